//! Who asks when: what is known, and the flights of requests that callers share.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use steersman_meta::{ApiResource, Text};
use steersman_transport::Client;
use tokio::{sync::Mutex as Lock, task, time};

use crate::{
    Budget, Discovery, DiskCache, Error, LookupError,
    cache::Kept,
    document::RootKind,
    fetch::{self, Surveyed},
    need::{Need, Wants},
    pace::Pace,
};

mod version;

/// Knows what the server said so far, and asks it for more.
///
/// Whoever needs more says what, and waits for the lock. The first that gets it asks for all that is wanted by then; the
/// others find their answer when they get it.
#[derive(Debug)]
pub(crate) struct Surveyor {
    client: Client,
    budget: Budget,
    cache: Option<DiskCache>,
    /// Whether the cache has been read. Held while it is.
    loaded: Lock<bool>,
    state: Mutex<State>,
    /// Held by the one that asks the server.
    flight: Lock<()>,
}

#[derive(Debug, Default)]
struct State {
    known: Option<Arc<Discovery>>,
    /// The server's version, if somebody asked for it.
    version: Option<Text>,
    /// Whether what is known comes from a cache beside which nobody's version stood: it may be another server's than the one
    /// that is learnt first.
    is_unversioned: bool,
    /// How often what was known has come to be doubted.
    doubts: u64,
    /// What the server did not say, but somebody here.
    told: Vec<ApiResource>,
    /// What the next flight asks for.
    wanted: Wants,
    /// What the last flight that has started asks for, until it ends.
    flying: Wants,
    /// How many flights have started.
    started: u64,
    /// The last flight that ended: `0 < number <= started`.
    ended: Option<Ended>,
    pace: Pace,
}

/// A flight that ended.
#[derive(Debug)]
struct Ended {
    number: u64,
    asked: Wants,
    outcome: Outcome,
}

/// What a flight brought.
#[derive(Clone, Debug)]
struct Outcome {
    known: Arc<Discovery>,
    core: Option<Error>,
    groups: Option<Error>,
}

impl Surveyor {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            budget: Budget::default(),
            cache: None,
            loaded: Lock::default(),
            state: Mutex::default(),
            flight: Lock::default(),
        }
    }

    pub(crate) fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    pub(crate) fn set_cache(&mut self, cache: DiskCache) {
        self.cache = Some(cache);
    }

    /// What is known, once it is enough.
    pub(crate) async fn know(&self, need: &Need) -> Result<Arc<Discovery>, Error> {
        let (known, _) = self.enough(need).await?;
        Ok(self.with_told(known))
    }

    /// Takes these for granted, whatever the server says.
    pub(crate) fn update(&self, resources: Vec<ApiResource>) {
        let mut state = self.state();
        state.told.retain(|known| !resources.iter().any(|resource| resource.gvr() == known.gvr()));
        state.told.extend(resources);
    }

    fn with_told(&self, known: Arc<Discovery>) -> Arc<Discovery> {
        let told = self.state().told.clone();
        if told.is_empty() { known } else { Arc::new(known.updated(told)) }
    }

    /// What the server says now.
    pub(crate) async fn ask_anew(&self, need: &Need) -> Result<Arc<Discovery>, Error> {
        self.load().await;
        let wants = need.wants_after_miss(self.state().known.as_deref());
        Ok(self.with_told(self.ask(&wants).await.answer(need)?))
    }

    /// What the server says now, without asking whether what is known still holds.
    pub(crate) async fn ask_from_nothing(&self) -> Result<Arc<Discovery>, Error> {
        self.load().await;
        self.state().told.clear();
        self.ask(&Wants::everything_from_nothing()).await.answer(&Need::Everything)
    }

    /// Looks up in what is known, which must be `need`; if that fails, in what the server says now of `missed`.
    pub(crate) async fn look_up(
        &self,
        need: Need,
        missed: Need,
        rule: impl Fn(&Discovery) -> Result<ApiResource, LookupError> + Send,
    ) -> Result<ApiResource, Error> {
        let told = self.state().told.clone();
        if !told.is_empty()
            && let Ok(resource) = rule(&Discovery::new(told))
        {
            return Ok(resource);
        }
        let before = self.state().started;
        let (known, flight) = self.enough(&need).await?;
        match rule(&known) {
            Ok(resource) => return Ok(resource),
            Err(error @ LookupError::Ambiguous { .. }) => return Err(error.into()),
            Err(LookupError::NotFound { .. } | LookupError::Unavailable { .. }) => {}
        }
        // What a flight brought that started after the question is as new as it can be.
        let is_new = flight > before;
        let known = if is_new { self.with_names(known).await } else { self.after_miss(&missed).await? };
        Ok(rule(&known)?)
    }

    /// What is known once it is enough, and the number of the flight that brought it; 0 if it was known already.
    async fn enough(&self, need: &Need) -> Result<(Arc<Discovery>, u64), Error> {
        self.load().await;
        let mut flight = 0;
        loop {
            let (ticket, wants) = {
                let mut state = self.state();
                let wants = need.wants(state.known.as_deref());
                if let Some(known) = state.known.as_ref().filter(|_| wants.is_empty()) {
                    return Ok((Arc::clone(known), flight));
                }
                if state.is_flying() && state.flying.covers(&wants) {
                    (state.started, wants)
                } else {
                    state.wanted.add(&wants);
                    (state.started + 1, wants)
                }
            };
            flight = ticket;
            if let Some(outcome) = self.flown(ticket, &wants).await {
                return Ok((outcome.answer(need)?, flight));
            }
        }
    }

    /// What the server says now, as soon as the pace of misses allows to ask it.
    ///
    /// The pace is waited for without the lock, and before anything is wanted: whoever needs something else does not wait for
    /// it, and does not ask for it either.
    async fn after_miss(&self, need: &Need) -> Result<Arc<Discovery>, Error> {
        let before = self.state().started;
        loop {
            let wait = {
                let state = self.state();
                let wants = need.wants_after_miss(state.known.as_deref());
                // Another's flight that started after the question answers it too.
                let answer = state.ended.as_ref().filter(|it| it.number > before && it.asked.covers(&wants));
                if let Some(ended) = answer {
                    return ended.outcome.clone().answer(need);
                }
                state.pace.wait(time::Instant::now().into_std())
            };
            if wait.is_zero() {
                break;
            }
            time::sleep(wait).await;
        }
        let wants = need.wants_after_miss(self.state().known.as_deref());
        self.ask(&Wants { is_paced: true, ..wants }).await.answer(need)
    }

    /// Reads the root that has not been read, for the sake of the names in it. If it cannot be, it is done without.
    async fn with_names(&self, known: Arc<Discovery>) -> Arc<Discovery> {
        let is_read = |root| known.sources().is_current(root);
        let (core, groups) = (!is_read(RootKind::Core), !is_read(RootKind::Groups));
        if !core && !groups {
            return known;
        }
        self.ask(&Wants { core, groups, ..Wants::default() }).await.known
    }

    /// The outcome of a flight that asks for all of this and has not started yet.
    async fn ask(&self, wants: &Wants) -> Outcome {
        loop {
            let ticket = {
                let mut state = self.state();
                state.wanted.add(wants);
                state.started + 1
            };
            if let Some(outcome) = self.flown(ticket, wants).await {
                return outcome;
            }
        }
    }

    /// The outcome of the flight of that number, or of a later one: another's, or one of our own. `None` if the last one did
    /// not ask for all of `wants`: it is not known then what became of the rest.
    async fn flown(&self, ticket: u64, wants: &Wants) -> Option<Outcome> {
        let _lock = self.flight.lock().await;
        if let Some(ended) = self.state().ended.as_ref().filter(|ended| ended.number >= ticket) {
            return ended.asked.covers(wants).then(|| ended.outcome.clone());
        }
        // Callers of the same moment have their turn to say what they want first, so that this flight is theirs too.
        task::yield_now().await;
        let (number, wants, known, doubts) = self.state().start();
        let forgets = wants.from_nothing;
        if let Some(cache) = self.cache.as_ref().filter(|_| forgets) {
            cache.forget().await;
        }
        let surveyed = {
            let charge = Charge::of(self, &wants);
            fetch::survey(&self.client, self.budget, known.as_deref(), &wants, &charge.requests).await
        };
        let outcome = Outcome::of(surveyed, known.as_ref(), &wants);
        {
            let mut state = self.state();
            state.land(&outcome.known, doubts);
            state.flying = Wants::default();
            state.ended = Some(Ended { number, asked: wants, outcome: outcome.clone() });
        }
        match (forgets, &outcome.groups) {
            (false, _) => self.save(known.as_deref(), &outcome.known).await,
            (true, None) => self.write(&outcome.known).await,
            // What stays known is not what the server says now.
            (true, Some(_)) => {}
        }
        Some(outcome)
    }

    /// Reads the cache, if that has not been done.
    async fn load(&self) {
        let Some(cache) = &self.cache else { return };
        let mut loaded = self.loaded.lock().await;
        if !*loaded {
            let found = cache.load(&self.client).await;
            let mut state = self.state();
            if let Some(Kept { discovery, version }) = found
                && state.known.is_none()
            {
                state.is_unversioned = version.is_none() && cache.keeps_version();
                (state.known, state.version) = (Some(Arc::new(discovery)), version);
            }
            *loaded = true;
        }
    }

    /// Writes the cache, if there is something new to keep.
    async fn save(&self, before: Option<&Discovery>, now: &Discovery) {
        let was_current = before.is_some_and(|before| {
            [RootKind::Core, RootKind::Groups]
                .iter()
                .all(|root| before.sources().of(*root).is_none_or(|source| source.is_current))
        });
        if !was_current || before.is_none_or(|before| !before.is_same(now)) {
            self.write(now).await;
        }
    }

    /// Writes the cache.
    async fn write(&self, known: &Discovery) {
        let Some(cache) = &self.cache else { return };
        let version = self.state().version.clone();
        cache.save(&self.client, Kept { discovery: known.clone(), version }).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What is in it is whole at any time, so that a panic elsewhere has spoilt nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a flight has started and not ended. One that was given up looks so too; whoever waits for it asks anew.
    fn is_flying(&self) -> bool {
        self.started > self.ended.as_ref().map_or(0, |ended| ended.number)
    }

    /// Starts a flight for all that is wanted, also by those whose flight was given up half-way.
    fn start(&mut self) -> (u64, Wants, Option<Arc<Discovery>>, u64) {
        self.started += 1;
        let wanted = std::mem::take(&mut self.wanted);
        self.flying.add(&wanted);
        (self.started, self.flying.clone(), self.known.clone(), self.doubts)
    }
}

/// Charges the [`Pace`] for a flight when it ends, also when it is given up half-way.
struct Charge<'a> {
    surveyor: &'a Surveyor,
    is_paced: bool,
    started: time::Instant,
    /// How many were sent so far.
    requests: AtomicU32,
}

impl<'a> Charge<'a> {
    fn of(surveyor: &'a Surveyor, wants: &Wants) -> Self {
        let started = time::Instant::now();
        Self { surveyor, is_paced: wants.is_paced, started, requests: AtomicU32::new(0) }
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        if self.is_paced {
            let requests = self.requests.load(Ordering::Relaxed);
            self.surveyor.state().pace.charge(self.started.into_std(), requests);
        }
    }
}

impl Outcome {
    fn of(surveyed: Surveyed, known: Option<&Arc<Discovery>>, wants: &Wants) -> Self {
        let Surveyed { discovery, core, groups } = surveyed;
        // What was known stays known if nothing came in its place.
        let discovery = match known {
            Some(known) if wants.from_nothing && groups.is_some() => Arc::clone(known),
            Some(known) if known.is_same(&discovery) && known.sources() == discovery.sources() => {
                Arc::clone(known)
            }
            _ => Arc::new(discovery),
        };
        Self { known: discovery, core, groups }
    }

    /// What is known, or why what is needed is not.
    fn answer(self, need: &Need) -> Result<Arc<Discovery>, Error> {
        let error = match need {
            Need::Everything => self.groups,
            Need::Version(version) => match RootKind::of(&version.group) {
                RootKind::Core => self.core,
                RootKind::Groups => self.groups,
            },
        };
        error.map_or(Ok(self.known), Err)
    }
}
