//! How often, and for how long.

use std::time::Duration;

/// How often a request is sent, and how long is waited in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The most times that a request is sent, the first included; 6 by default. 1 (and 0) means that nothing is repeated.
    pub max_attempts: u32,
    /// The longest pause after the first failure where the server names none; 200 ms by default. It doubles with each
    /// attempt; the pause itself lies between half of it and the whole, by chance, so that clients that failed together
    /// don't come back together.
    pub first_backoff: Duration,
    /// What the doubling stops at; 10 s by default.
    pub max_backoff: Duration,
    /// The longest pause that a server may ask for, 30 s by default: a longer one is cut to this.
    pub max_retry_after: Duration,
    /// From the first attempt to the beginning of the last; 30 s by default. A pause that would go beyond it, or beyond
    /// the request's own deadline, is not begun: the caller gets what there is.
    pub deadline: Duration,
}

impl RetryPolicy {
    /// Sends each request once.
    #[must_use]
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// How long to wait after attempt number `attempt`, counted from 1; `chance` is a random number.
    pub(super) fn backoff(&self, attempt: u32, chance: u64) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX).max(1);
        let whole = self.first_backoff.saturating_mul(factor).min(self.max_backoff);
        let half = whole / 2;
        let spread = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX).saturating_add(1);
        half.saturating_add(Duration::from_nanos(chance % spread))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 6,
            first_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(30),
            deadline: Duration::from_secs(30),
        }
    }
}
