//! Random histories of a server that does everything a server can do to a watch, and the four things that must hold
//! all the same: *Ordered*, *Unique*, *Loud*, *Converged*.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bytes::Bytes;
use fastrand::Rng;
use serde_json::json;
use steersman_meta::{Object, ResourceVersion, Status};
use steersman_watch::{Decoder, Event, Failure, InitialEvents, RestartReason, Resume, Settings, Start, Step};

/// How many histories are played: `STEERSMAN_CAMPAIGN_CASES`, or a number that takes a moment.
#[expect(clippy::disallowed_methods, reason = "a test is told its size by who starts it")]
fn cases() -> u64 {
    let told = std::env::var("STEERSMAN_CAMPAIGN_CASES").ok();
    told.map_or(150, |cases| cases.parse().expect("STEERSMAN_CAMPAIGN_CASES is a number"))
}

#[expect(clippy::disallowed_methods, reason = "no other way to have an instant; only differences count")]
fn origin() -> Instant {
    Instant::now()
}

/// The truth: what there is, and what happened.
#[derive(Clone, Default)]
struct Server {
    version: u64,
    objects: BTreeMap<String, u64>,
    log: Vec<(u64, &'static str, String)>,
    compacted: u64,
    /// Its data came from a backup and nobody has noticed yet; until then nothing happens.
    restored: bool,
}

impl Server {
    fn change(&mut self, rng: &mut Rng) {
        if self.restored {
            return;
        }
        self.version += rng.u64(1..4);
        let name = format!("o{}", rng.u8(..6));
        let kind = match (self.objects.contains_key(&name), rng.bool()) {
            (true, true) => {
                self.objects.remove(&name);
                "DELETED"
            }
            (known, _) => {
                self.objects.insert(name.clone(), self.version);
                if known { "MODIFIED" } else { "ADDED" }
            }
        };
        self.log.push((self.version, kind, name));
    }

    fn behind(&self, version: u64) -> impl Iterator<Item = &(u64, &'static str, String)> {
        self.log.iter().filter(move |entry| entry.0 > version)
    }
}

/// What a consumer makes of the events.
#[derive(Default)]
struct Consumer {
    known: BTreeMap<String, u64>,
    /// What has been told since the list began; none behind its end.
    listing: Option<BTreeSet<String>>,
    /// The newest version seen outside of lists.
    newest: u64,
    restarts: Vec<RestartReason>,
    ends: u64,
    trace: String,
}

impl Consumer {
    fn take(&mut self, event: &Event) {
        let number = |text: &str| text.parse::<u64>().unwrap();
        self.trace += &format!("{event:?}\n");
        match event {
            Event::Restarted(restarted) => {
                self.restarts.push(restarted.reason);
                self.listing = Some(BTreeSet::new());
            }
            Event::Bookmark(bookmark) if bookmark.initial_events_end => {
                let listed = self.listing.take().expect("Loud: no list without Restarted, except the first");
                self.known.retain(|name, _| listed.contains(name));
                self.newest = number(bookmark.resource_version.as_str());
                self.ends += 1;
            }
            Event::Bookmark(bookmark) => {
                assert!(number(bookmark.resource_version.as_str()) >= self.newest, "Ordered");
            }
            Event::Vanished(_) => panic!("nobody keeps an inventory"),
            Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
                let version = number(object.resource_version().unwrap());
                let name = object.name().to_owned();
                if let Some(listing) = &mut self.listing {
                    assert!(listing.insert(name.clone()), "Unique: {name} twice in one list");
                } else {
                    assert!(version > self.newest, "Ordered and Unique: {version} behind {}", self.newest);
                    self.newest = version;
                }
                if matches!(event, Event::Deleted(_)) {
                    self.known.remove(&name);
                } else {
                    self.known.insert(name, version);
                }
            }
        }
    }
}

struct World {
    rng: Rng,
    now: Instant,
    server: Server,
    consumer: Consumer,
    resume: Resume,
    decoder: Decoder,
    /// Up to where the open connection has told the log.
    position: u64,
    faults: bool,
    /// Answers that could not be read, in a row: five would end the watch, and that is another test.
    unreadable: u32,
    expired: usize,
    requests: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut server = Server { version: 5, ..Server::default() };
        for _ in 0..rng.usize(0..12) {
            server.change(&mut rng);
        }
        let mut settings = Settings::default();
        settings.spread = rng.f64();
        settings.initial_events = InitialEvents::Listed;
        Self {
            rng,
            now: origin(),
            server,
            consumer: Consumer { listing: Some(BTreeSet::new()), ..Consumer::default() },
            resume: Resume::new(Start::List, settings),
            decoder: Decoder::default(),
            position: 0,
            faults: true,
            unreadable: 0,
            expired: 0,
            requests: 0,
        }
    }

    fn chance(&mut self, one_in: u32) -> bool {
        self.faults && self.rng.u32(..one_in) == 0
    }

    fn tell(&mut self, event: Option<Event>) {
        if let Some(event) = event {
            self.consumer.take(&event);
        }
    }

    /// Does one step. True when a watch is open and everything has been told.
    fn step(&mut self) -> bool {
        if self.faults {
            self.disturb();
        }
        let jitter = self.rng.f64();
        match self.resume.next_step(self.now) {
            Step::List { .. } => self.list(jitter),
            Step::Check => {
                let newest = ResourceVersion::new(self.server.version.to_string());
                let event = self.resume.checked(newest.as_ref());
                self.tell(event);
            }
            Step::Watch { resource_version, timeout_seconds, .. } => {
                assert!((300..=600).contains(&timeout_seconds));
                self.watch(&resource_version, jitter);
            }
            Step::Read { until, .. } => return self.read(until, jitter),
            Step::Wait { until, .. } => {
                assert!(until > self.now && until <= self.now + Duration::from_secs(60));
                self.now = until;
            }
            step => panic!("{step:?}"),
        }
        false
    }

    fn disturb(&mut self) {
        for _ in 0..self.rng.usize(..4) {
            self.server.change(&mut self.rng);
        }
        if self.rng.u8(..12) == 0 {
            self.server.compacted = self.server.version - self.rng.u64(..4).min(self.server.version);
        }
    }

    fn fault(&mut self) -> Failure {
        let code = [429, 500, 503, 504][self.rng.usize(..4)];
        match self.rng.u8(..3) {
            0 => Failure::Transport,
            _ => Failure::status(Status::from_http(code, "GET", b"")),
        }
    }

    fn list(&mut self, jitter: f64) {
        self.requests += 1;
        if self.consumer.ends > 0 {
            assert!(self.consumer.listing.is_some(), "Loud: a list behind the first is announced");
        }
        let snapshot = self.server.clone();
        self.server.restored = false;
        let breaks_at = if self.chance(3) { self.rng.usize(..=snapshot.objects.len()) } else { usize::MAX };
        for (index, (name, version)) in snapshot.objects.iter().enumerate() {
            if index == breaks_at {
                break;
            }
            let event = self.resume.item(object(name, *version));
            self.tell(Some(event));
        }
        let event = if breaks_at <= snapshot.objects.len() {
            let failure = match self.rng.u8(..3) {
                0 => Failure::status(Status::from_http(410, "GET", b"")),
                _ => self.fault(),
            };
            self.resume.failed(failure, self.now, jitter)
        } else {
            self.resume.listed(ResourceVersion::new(snapshot.version.to_string()))
        };
        self.tell(event);
    }

    fn watch(&mut self, from: &ResourceVersion, jitter: f64) {
        self.requests += 1;
        let from: u64 = from.as_str().parse().unwrap();
        let failure = if from > self.server.version {
            let body = json!({"kind": "Status", "status": "Failure", "code": 504, "reason": "Timeout",
                "details": {"causes": [{"reason": "ResourceVersionTooLarge"}]}});
            Failure::status(Status::from_http(504, "GET", body.to_string().as_bytes()))
        } else if from < self.server.compacted && self.rng.bool() {
            self.expired += 1;
            Failure::status(Status::from_http(410, "GET", b""))
        } else if self.chance(5) {
            self.fault()
        } else {
            self.position = from;
            self.decoder = Decoder::default();
            self.resume.watch_opened(self.now);
            return;
        };
        let event = self.resume.failed(failure, self.now, jitter);
        self.tell(event);
    }

    fn read(&mut self, until: Instant, jitter: f64) -> bool {
        // A connection that was opened at a version that is no longer there says so.
        if self.position < self.server.compacted && self.server.behind(self.position).next().is_some() {
            self.expired += 1;
            let status = json!({"kind": "Status", "code": 410, "reason": "Expired"});
            self.send(json!({"type": "ERROR", "object": status}).to_string().as_bytes(), jitter);
            return false;
        }
        if self.server.restored || self.chance(30) {
            if !self.server.restored && self.position > 10 {
                self.server.objects.clear();
                self.server.log.clear();
                self.server.version = self.position - self.rng.u64(1..5);
                self.server.compacted = 0;
                self.server.restored = true;
            }
            let event = self.resume.failed(Failure::Transport, self.now, jitter);
            self.tell(event);
            return false;
        }
        self.now += Duration::from_millis(self.rng.u64(..3000));
        let next = self.server.behind(self.position).next().cloned();
        if let Some((version, kind, name)) = next {
            let text = json!({"type": kind, "object": pod(&name, version)}).to_string();
            if self.chance(15) {
                // The connection breaks inside the event.
                let cut = self.rng.usize(1..text.len());
                self.send(&text.as_bytes()[..cut], jitter);
                let error = self.decoder.finish().expect_err("it is cut off");
                assert!(error.is_incomplete());
                let event = self.resume.failed(error.into(), self.now, jitter);
                self.tell(event);
                return false;
            }
            if self.unreadable < 4 && self.chance(15) {
                self.unreadable += 1;
                self.send(b"{\"type\":\"RENAMED\"}", jitter);
                return false;
            }
            self.unreadable = 0;
            self.position = version;
            self.send(text.as_bytes(), jitter);
            return false;
        }
        match self.rng.u8(..8) {
            0 if self.faults => {
                let event = self.resume.closed(self.now, jitter);
                self.tell(event);
            }
            1 if self.faults => {
                self.now = until;
                let event = self.resume.failed(Failure::Silent, self.now, jitter);
                self.tell(event);
            }
            2 if self.faults => {
                let failure = self.fault();
                let event = self.resume.failed(failure, self.now, jitter);
                self.tell(event);
            }
            3 => {
                self.unreadable = 0;
                self.position = self.server.version;
                let version = self.position.to_string();
                let text = json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": version}}});
                self.send(text.to_string().as_bytes(), jitter);
            }
            _ => return true,
        }
        false
    }

    /// Sends bytes in random chunks; what is no event is a failure.
    fn send(&mut self, mut bytes: &[u8], jitter: f64) {
        while !bytes.is_empty() {
            let (chunk, rest) = bytes.split_at(self.rng.usize(1..=bytes.len()));
            bytes = rest;
            self.decoder.push(Bytes::copy_from_slice(chunk));
            let event = match self.decoder.next() {
                Ok(None) => None,
                Ok(Some(frame)) => self.resume.frame(frame, self.now, jitter),
                Err(error) => self.resume.failed(error.into(), self.now, jitter),
            };
            self.tell(event);
        }
    }
}

fn pod(name: &str, version: u64) -> serde_json::Value {
    json!({"kind": "Pod", "metadata": {"name": name, "resourceVersion": version.to_string()}})
}

fn object(name: &str, version: u64) -> Object {
    Object::parse(pod(name, version).to_string()).unwrap()
}

fn play(seed: u64) -> World {
    let mut world = World::new(seed);
    for _ in 0..200 {
        world.step();
    }
    world.faults = false;
    for _ in 0..1000 {
        if world.step() {
            break;
        }
    }
    world
}

#[test]
fn whatever_the_server_does() {
    let mut restarts = BTreeMap::new();
    for seed in 1..=cases() {
        let world = play(seed);
        assert_eq!(world.consumer.known, world.server.objects, "Converged: seed {seed}");
        assert_eq!(world.consumer.listing, None, "seed {seed}");
        let expired =
            world.consumer.restarts.iter().filter(|reason| **reason == RestartReason::Expired).count();
        assert_eq!(expired, world.expired, "one Restarted for each 410: seed {seed}");
        for reason in world.consumer.restarts {
            *restarts.entry(reason.to_string()).or_insert(0) += 1;
        }
    }
    assert!(
        cases() < 100 || restarts.len() == 4,
        "all but one reason happen in these histories: {restarts:?}"
    );
}

#[test]
fn the_same_seed_gives_the_same_events() {
    for seed in 1..=20 {
        assert_eq!(play(seed).consumer.trace, play(seed).consumer.trace, "seed {seed}");
    }
}
