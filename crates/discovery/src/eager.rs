//! The discoverer that takes everything at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steersman_meta::ApiResource;
use steersman_transport::Client;
use tokio::{sync::Mutex as FlightLock, task, time};

use crate::{BoxFuture, Budget, Discoverer, Discovery, Error, LookupError, fetch, pace::Pace};

/// Takes everything that the server serves at the first question, and keeps it until it is asked to
/// [`refresh`](Discoverer::refresh) or a look-up misses.
///
/// - Callers who ask at the same time share one flight of requests, and its failure.
/// - A look-up that misses asks the server again before it says so, unless the server was asked after the look-up began;
///   a kind that was made a moment ago is found. Ten such refreshes are free, then they come at most twice a second: the
///   look-ups wait and share them.
/// - A group that could not be read is asked for again with the next miss. No failure is kept in place of an answer.
///
/// It needs a tokio runtime with timers. Futures are cancel safe: if the one that asks is dropped, the next that waits asks in its place.
#[derive(Debug)]
pub struct EagerDiscoverer {
    client: Client,
    budget: Budget,
    state: Mutex<State>,
    /// Held by the one that asks the server.
    flight: FlightLock<()>,
}

#[derive(Debug, Default)]
struct State {
    /// The last answer.
    known: Option<Arc<Discovery>>,
    /// How many flights have started.
    started: u64,
    /// The number and the outcome of the last flight that ended: `0 < number <= started`.
    ended: Option<(u64, Result<Arc<Discovery>, Error>)>,
    pace: Pace,
}

/// Why the server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// Somebody says so, or nothing is known yet.
    Told,
    /// A look-up missed.
    Miss,
}

impl EagerDiscoverer {
    /// Asks through `client`, within the default [`Budget`]. Nothing is sent yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, budget: Budget::default(), state: Mutex::default(), flight: FlightLock::new(()) }
    }

    /// Waits as long as `budget` says.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// The last flight that has started: what one with a higher number says is from after now.
    fn last_started(&self) -> u64 {
        self.state().started
    }

    /// The last flight that has ended: one with a higher number is under way, or to come.
    fn last_ended(&self) -> u64 {
        self.state().ended.as_ref().map_or(0, |(number, _)| *number)
    }

    fn known(&self) -> Option<Arc<Discovery>> {
        self.state().known.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What is in it is whole at any time, so that a panic elsewhere has spoilt nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outcome of a flight after that of number `flight`: another's, or one of our own.
    async fn after(&self, flight: u64, why: Why) -> Result<Arc<Discovery>, Error> {
        let _lock = self.flight.lock().await;
        if let Some(outcome) = self.ended_after(flight) {
            return outcome;
        }
        if why == Why::Miss {
            let wait = self.state().pace.wait(time::Instant::now().into_std());
            if !wait.is_zero() {
                time::sleep(wait).await;
            }
            self.state().pace.started(time::Instant::now().into_std());
        }
        // Callers of the same moment have their turn to ask first, so that this flight is theirs too.
        task::yield_now().await;
        let number = {
            let mut state = self.state();
            state.started += 1;
            state.started
        };
        let outcome = fetch::everything(&self.client, self.budget).await.map(Arc::new);
        let mut state = self.state();
        if let Ok(discovery) = &outcome {
            state.known = Some(Arc::clone(discovery));
        }
        state.ended = Some((number, outcome.clone()));
        outcome
    }

    fn ended_after(&self, flight: u64) -> Option<Result<Arc<Discovery>, Error>> {
        self.state().ended.as_ref().filter(|(number, _)| *number > flight).map(|(_, outcome)| outcome.clone())
    }

    /// Looks up in what is known; if that fails, in what the server says now.
    async fn look_up(
        &self,
        rule: impl Fn(&Discovery) -> Result<ApiResource, LookupError> + Send,
    ) -> Result<ApiResource, Error> {
        let before = self.last_started();
        let known = self.discover().await?;
        match rule(&known) {
            Ok(resource) => return Ok(resource),
            Err(error @ LookupError::Ambiguous { .. }) => return Err(error.into()),
            Err(LookupError::NotFound { .. } | LookupError::Unavailable { .. }) => {}
        }
        // If the flight that gave `known` started after the question, then this is its outcome, and nothing is sent.
        Ok(rule(&*self.after(before, Why::Miss).await?)?)
    }
}

impl Discoverer for EagerDiscoverer {
    fn discover(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(async move {
            let before = self.last_ended();
            match self.known() {
                Some(known) => Ok(known),
                None => self.after(before, Why::Told).await,
            }
        })
    }

    fn refresh(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(async move { self.after(self.last_started(), Why::Told).await })
    }

    fn get<'a>(&'a self, api_version: &'a str, kind: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        Box::pin(self.look_up(move |discovery| discovery.require(api_version, kind).cloned()))
    }

    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        Box::pin(self.look_up(move |discovery| discovery.find(name).cloned()))
    }
}
