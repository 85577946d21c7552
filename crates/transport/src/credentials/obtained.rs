//! Credentials that are obtained when they are needed, once for all who wait: by a plugin, from a provider.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::time::Instant;

/// How credentials are obtained.
pub(crate) trait Obtain: fmt::Debug + Send + Sync + 'static {
    /// What is obtained.
    type Value: Send + Sync + 'static;
    /// Why it is not.
    type Error: Send + Sync + 'static;

    /// Obtains credentials; `last` are those before, which are not to be used any more.
    fn obtain(
        &self,
        last: Option<Arc<Self::Value>>,
    ) -> impl Future<Output = Result<Self::Value, Self::Error>> + Send;

    /// Whether they can be used, now.
    fn is_fresh(value: &Self::Value, now: SystemTime) -> bool;

    /// Whether there is a way to others, once `last` are refused.
    fn can_renew(&self, last: &Self::Value) -> bool;

    /// The error where the task that obtains them is gone.
    fn lost(&self) -> Self::Error;
}

/// The credentials that were obtained last, and the one attempt to obtain others.
pub(crate) struct Obtained<O: Obtain> {
    how: O,
    state: Mutex<State<O>>,
}

struct State<O: Obtain> {
    current: Option<Current<O::Value>>,
    flight: Option<Flight<O>>,
    /// Until when the last failure stands, so that nothing is tried for each request.
    failed: Option<(Instant, Arc<O::Error>)>,
    /// Failures since the last success.
    failures: u32,
    /// How often in a row the server has refused what was new.
    refusals: u32,
}

struct Current<T> {
    value: Arc<T>,
    since: Instant,
    is_refused: bool,
}

impl<O: Obtain> State<O> {
    fn fresh(&self, now: SystemTime) -> Option<Arc<O::Value>> {
        let current = self.current.as_ref().filter(|current| !current.is_refused)?;
        O::is_fresh(&current.value, now).then(|| Arc::clone(&current.value))
    }
}

type Outcome<O> = Result<Arc<<O as Obtain>::Value>, Arc<<O as Obtain>::Error>>;

/// `None` where the runtime of the task is gone, or it panicked.
type Flight<O> = Shared<BoxFuture<'static, Option<Outcome<O>>>>;

impl<O: Obtain> Obtained<O> {
    /// Begins with what is there already, if anything.
    pub(crate) fn new(how: O, first: Option<O::Value>) -> Arc<Self> {
        let current = first.map(|value| Current {
            value: Arc::new(value),
            // Nobody knows how old it is.
            since: Instant::now(),
            is_refused: false,
        });
        let state = State { current, flight: None, failed: None, failures: 0, refusals: 0 };
        Arc::new(Self { how, state: Mutex::new(state) })
    }

    /// The credentials, where nothing need be done for them.
    pub(crate) fn fresh(&self, now: SystemTime) -> Option<Arc<O::Value>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).fresh(now)
    }

    /// Gives up credentials that the server refused, unless there are newer ones; says whether to ask for others.
    ///
    /// A server that refuses what is new, again and again, is not a reason to obtain credentials for each request: then
    /// they stay for a while, and the caller sees the refusal.
    pub(crate) fn forget(&self, refused: &Arc<O::Value>) -> Forgotten {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let refusals = state.refusals;
        let Some(current) = state.current.as_mut().filter(|current| Arc::ptr_eq(&current.value, refused))
        else {
            return Forgotten::Yes;
        };
        if current.is_refused {
            return Forgotten::Yes;
        }
        let age = current.since.elapsed();
        if age < pause_after(refusals) || !self.how.can_renew(&current.value) {
            return Forgotten::No;
        }
        current.is_refused = true;
        state.refusals = if age < CALM { refusals.saturating_add(1) } else { 1 };
        Forgotten::Yes
    }

    /// The credentials, which are obtained if need be.
    ///
    /// # Cancel safety
    /// What has begun goes on for the others who wait, and for the next who asks.
    pub(crate) async fn get(self: &Arc<Self>) -> Outcome<O> {
        // Once more where the runtime that the flight began on is gone: there is another, as somebody polls this.
        for _ in 0..2 {
            let flight = {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                // A flight may have landed since: what it brought is not asked for once more.
                if let Some(value) = state.fresh(SystemTime::now()) {
                    return Ok(value);
                }
                match (&state.flight, &state.failed) {
                    (Some(flight), _) => flight.clone(),
                    (None, Some((until, error))) if Instant::now() < *until => return Err(Arc::clone(error)),
                    (None, _) => {
                        let last = state.current.as_ref().map(|current| Arc::clone(&current.value));
                        let flight = self.take_off(last);
                        state.flight = Some(flight.clone());
                        flight
                    }
                }
            };
            if let Some(outcome) = flight.await {
                return outcome;
            }
        }
        Err(Arc::new(self.how.lost()))
    }

    /// Obtains credentials in a task of its own.
    fn take_off(self: &Arc<Self>, last: Option<Arc<O::Value>>) -> Flight<O> {
        let this = Arc::clone(self);
        let task = tokio::spawn(async move {
            let outcome = this.how.obtain(last).await.map(Arc::new).map_err(Arc::new);
            this.land(&outcome);
            outcome
        });
        let this = Arc::clone(self);
        let flight = async move {
            match task.await {
                Ok(outcome) => Some(outcome),
                Err(_) => {
                    this.state.lock().unwrap_or_else(PoisonError::into_inner).flight = None;
                    None
                }
            }
        };
        flight.boxed().shared()
    }

    fn land(&self, outcome: &Outcome<O>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.flight = None;
        match outcome {
            Ok(value) => {
                let current = Current { value: Arc::clone(value), since: Instant::now(), is_refused: false };
                state.current = Some(current);
                state.failed = None;
                state.failures = 0;
            }
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                state.failed = Some((Instant::now() + pause_after(state.failures), Arc::clone(error)));
            }
        }
    }
}

/// What came of [`Obtained::forget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// They are not used any more: ask for others.
    Yes,
    /// They stay: others have been refused a moment ago, or there are none.
    No,
}

impl<O: Obtain> fmt::Debug for Obtained<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Obtained").field(&self.how).finish()
    }
}

/// How long nothing is tried after so many failures in a row: nothing, a second, two, four, eight, ten.
fn pause_after(failures: u32) -> Duration {
    match failures.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_PAUSE.saturating_mul(1 << doublings.min(10)).min(LONGEST_PAUSE),
    }
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Credentials that the server took for so long were good, whatever it says now.
const CALM: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
