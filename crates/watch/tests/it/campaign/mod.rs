//! Random histories of a server that does everything that a server, and what lies between, can do to a watch, in virtual
//! time; and the promises that hold all the same. Section 2 of the reliability page and its figures G1, G3, G5, G6, G14 and
//! G22.
//!
//! [`faults`] lists the classes of what can go wrong, [`world`] does it, [`client`] drives the state machine as a real watch
//! does, [`consumer`] checks what comes out, and [`bugs`] makes the client wrong on purpose, to see whether that shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use fastrand::Rng;
use steersman_meta::ResourceVersion;
use steersman_watch::{Failure, InitialEvents, RestartReason, Resume, Settings, Start, Step};

mod bugs;
mod client;
mod consumer;
mod faults;
mod server;
mod world;

use bugs::{Bug, HERD, OUTAGE, ROWS};
use client::Client;
use consumer::{Broken, Consumer, Violation, broken};
use faults::{Answer, Class, Disruption, Fault, Request, classes};
use world::World;

use crate::cases;

/// A history that was played to its end.
struct Played {
    consumer: Consumer,
    requested: usize,
    /// How long it took to be well again once the server was.
    recovery: Duration,
}

/// How many steps things go wrong for, and how many there are then to get well.
const STEPS: usize = 250;
const STEPS_TO_RECOVER: usize = 500_000;

/// Plays one history: some faults for a while, then quiet.
fn play(seed: u64, classes: &[&Class], bug: Option<Bug>) -> Result<Played, Violation> {
    let faults: Vec<_> = classes.iter().map(|class| class.fault).collect();
    let mut world = World::new(seed, &faults);
    let mut settings = Settings::default();
    settings.spread = world.rng.f64();
    let differences = world.rng.bool() || bug == Some(Bug::DeletionsNotDerived);
    settings.initial_events = match (&faults[..], world.rng.bool()) {
        ([Fault::Gap(_) | Fault::Answer(Request::Streamed, _)], _) | (_, true) => InitialEvents::Streamed,
        _ => InitialEvents::Listed,
    };
    if bug.is_some_and(Bug::is_about_lists) {
        settings.initial_events = InitialEvents::Listed;
    }
    let mut client = Client::new(settings, differences, bug);
    let mut consumer = Consumer::new(differences);
    for _ in 0..STEPS {
        step(&mut client, &mut world, &mut consumer)?;
    }
    world.active = false;
    let healed = world.now;
    for _ in 0..STEPS_TO_RECOVER {
        step(&mut client, &mut world, &mut consumer)?;
        // In this very step a suspicion may have been confirmed.
        world.settled &= client.is_reading();
        if world.settled {
            break;
        }
    }
    if !world.settled {
        return Err(broken(Broken::Stuck, "it never gets well"));
    }
    let longest = classes.iter().map(|class| class.recovers).max().unwrap_or_default();
    // Where several things went wrong, one wait may uncover what the next is for.
    let allowed = if classes.len() > 1 { longest * 3 } else { longest };
    let took = world.now - healed;
    if took > allowed {
        return Err(broken(Broken::Stuck, format!("{took:?} until it was well, and not {allowed:?}")));
    }
    consumer.check(&world.server)?;
    let may: Vec<_> = classes.iter().flat_map(|class| class.may).collect();
    if let Some(reason) = consumer.restarts.iter().find(|reason| !may.contains(reason)) {
        return Err(broken(Broken::Relist, format!("all was told anew because {reason}")));
    }
    let expired = consumer.restarts.iter().filter(|reason| **reason == RestartReason::Expired).count();
    let behind = consumer.restarts.contains(&RestartReason::WentBack);
    if expired > world.expired || (expired < world.expired && !behind) {
        let what = if expired > world.expired { Broken::Relist } else { Broken::Loud };
        return Err(broken(
            what,
            format!("{expired} restarts for {} versions that were too old", world.expired),
        ));
    }
    Ok(Played { consumer, requested: world.requested, recovery: took })
}

fn step(client: &mut Client, world: &mut World, consumer: &mut Consumer) -> Result<(), Violation> {
    if world.pauses() {
        // The consumer is at something else.
        let pause = Duration::from_secs(world.rng.u64(1..400));
        world.sleep(world.now + pause);
    }
    client.step(world)?;
    client.told().iter().try_for_each(|event| consumer.take(event, &world.server))
}

fn names(classes: &[&Class]) -> String {
    classes.iter().map(|class| class.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// G1: each class of faults by itself. Nothing is lost, told twice or out of order, the store is right in the end, nothing is
/// told anew without need, the server is not asked too often, and all is well soon after the server is.
#[test]
fn g1_each_class_of_faults() {
    let classes = classes();
    assert!(classes.len() >= 50, "{} classes", classes.len());
    let mut restarts = BTreeSet::new();
    let mut recoveries = Vec::new();
    for class in &classes {
        for seed in 1..=cases(12, classes.len()) {
            let played = play(seed, &[class], None);
            let played =
                played.unwrap_or_else(|(what, how)| panic!("{}, seed {seed}: {what:?}: {how}", class.name));
            restarts.extend(played.consumer.restarts.iter().map(ToString::to_string));
            if class.recovers == faults::SOON {
                recoveries.push(played.recovery);
            }
        }
    }
    // G3: half of them within two seconds.
    recoveries.sort_unstable();
    let median = recoveries[recoveries.len() / 2];
    assert!(median <= Duration::from_secs(2), "{median:?}");
    assert_eq!(restarts.len(), 6, "every reason to restart happens: {restarts:?}");
}

/// G1: three to six faults at once.
#[test]
fn g1_mixed_faults() {
    let classes = classes();
    let mut changes = 0;
    for seed in 1..=cases(600, 1) {
        let mut rng = Rng::with_seed(seed);
        let mixed: Vec<_> = (0..rng.usize(3..=6)).map(|_| &classes[rng.usize(..classes.len())]).collect();
        let played = play(seed, &mixed, None);
        let played =
            played.unwrap_or_else(|(what, how)| panic!("{}; seed {seed}: {what:?}: {how}", names(&mixed)));
        changes += played.consumer.changes;
    }
    assert!(changes > 10_000, "{changes} changes were told");
}

/// G14: the same seed gives the same events.
#[test]
fn g14_the_same_seed_gives_the_same_events() {
    let classes = classes();
    let hash = |seed: u64| {
        let class = &classes[usize::try_from(seed).expect("a small number") % classes.len()];
        let played = play(seed, &[class], None).unwrap_or_else(|violation| panic!("{violation:?}"));
        let mut hasher = DefaultHasher::new();
        (played.consumer.trace, played.requested).hash(&mut hasher);
        hasher.finish()
    };
    let first: Vec<_> = (1..=200).map(hash).collect();
    assert_eq!(first, (1..=200).map(hash).collect::<Vec<_>>());
    assert!(first.iter().collect::<BTreeSet<_>>().len() > 190, "and another seed gives others");
}

/// G22: each bug is caught by the histories of the faults that it is about, as the breach of a promise that it is.
#[test]
fn g22_every_bug_is_caught() {
    let classes = classes();
    assert!(ROWS.len() >= 20);
    let mut survivors = Vec::new();
    for row in ROWS {
        assert!(!row.section_2.is_empty(), "{:?} is a bug that nobody had", row.bug);
        let shows = |class: &&Class| row.shows_under.iter().any(|part| class.name.contains(part));
        let under: Vec<_> = classes.iter().filter(shows).collect();
        let violation = match row.shows_under {
            HERD => herd(Some(row.bug)).err(),
            OUTAGE => outage(1, Fault::Answer(Request::Watch, Answer::Status(503)), Some(row.bug)).err(),
            _ => {
                let histories = under.iter().flat_map(|class| (1..=40).map(move |seed| (*class, seed)));
                let mut violations =
                    histories.filter_map(|(class, seed)| play(seed, &[class], Some(row.bug)).err());
                violations.next()
            }
        };
        match violation {
            Some((what, _)) if row.breaks.contains(&what) => {}
            other => survivors.push(format!("{:?}: {other:?}", row.bug)),
        }
    }
    assert!(survivors.is_empty(), "{survivors:#?}");
}

/// A server that does so to each watch for twelve minutes.
fn outage(seed: u64, fault: Fault, bug: Option<Bug>) -> Result<(), Violation> {
    let mut world = World::new(seed, &[fault]);
    world.always();
    let mut settings = Settings::default();
    settings.initial_events = InitialEvents::Listed;
    let mut client = Client::new(settings, false, bug);
    let mut consumer = Consumer::new(false);
    let (begun, mut at_two_minutes) = (world.now, None);
    while world.now < begun + Duration::from_secs(12 * 60) {
        step(&mut client, &mut world, &mut consumer)?;
        if world.now >= begun + Duration::from_secs(120) {
            at_two_minutes.get_or_insert(world.requested);
        }
    }
    let requests = world.requested - at_two_minutes.unwrap_or_default();
    if requests > 150 {
        return Err(broken(Broken::Budget, format!("{requests} requests in ten minutes")));
    }
    if requests < 10 {
        return Err(broken(Broken::Stuck, format!("only {requests} requests in ten minutes")));
    }
    match &consumer.restarts[..] {
        [] => Ok(()),
        // A version that is forgotten again and again.
        [RestartReason::Expired, ..] if matches!(fault, Fault::Stream(_)) => Ok(()),
        restarts => Err(broken(Broken::Relist, format!("{restarts:?}"))),
    }
}

/// G5: while the server is away, at most one request in four seconds after two minutes, and no list.
#[test]
fn g5_the_request_budget() {
    let answers = [Answer::None, Answer::Status(429), Answer::Later(429, 1), Answer::Status(503)];
    let answers = answers.map(|answer| Fault::Answer(Request::Watch, answer));
    let streams =
        [Disruption::Break, Disruption::Error(Answer::Expired), Disruption::Error(Answer::Status(500))];
    for fault in answers.into_iter().chain(streams.map(Fault::Stream)) {
        for seed in 1..=20 {
            outage(seed, fault, None).unwrap_or_else(|(what, how)| panic!("{fault:?}: {what:?}: {how}"));
        }
    }
}

/// Many watches of one client that are cut together.
fn herd(bug: Option<Bug>) -> Result<(), Violation> {
    const WATCHES: u32 = 1000;
    let begun = World::new(1, &[]).now;
    let mut rng = Rng::with_seed(7);
    let mut seconds = BTreeMap::<u64, u32>::new();
    for _ in 0..WATCHES {
        let start = Start::At(ResourceVersion::new("7").expect("a version"));
        let mut watch = Resume::new(start, Settings::default());
        watch.next_step(begun);
        watch.watch_opened(begun);
        if bug != Some(Bug::NoChance) {
            watch.set_siblings(WATCHES - 1);
        }
        let jitter = if bug == Some(Bug::NoChance) { 0.0 } else { rng.f64() };
        let cut: Instant = begun + Duration::from_secs(60);
        assert!(watch.failed(Failure::Transport, cut, jitter).is_none());
        let Step::Wait { until, .. } = watch.next_step(cut) else { panic!("it waits") };
        *seconds.entry((until - cut).as_secs()).or_default() += 1;
    }
    let most = seconds.values().max().copied().unwrap_or_default();
    if most > WATCHES * 15 / 100 || seconds.len() < 20 {
        return Err(broken(Broken::Herd, format!("{most} in a second, {} seconds", seconds.len())));
    }
    Ok(())
}

/// G6: a thousand watches that were cut together come back over 20 s at least, at most 15 % of them in a second.
#[test]
fn g6_a_herd_comes_back_one_by_one() {
    herd(None).unwrap();
}
