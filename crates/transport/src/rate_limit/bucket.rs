//! The bucket: how long a request has to wait, from values alone.

use std::time::Duration;

use tokio::time::Instant;

/// How many requests a client sends by itself: client-go's `QPS` and `Burst`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests a second, in the long run; more than 0.
    pub qps: f64,
    /// Requests at once after a silence; at least 1.
    pub burst: u32,
}

impl RateLimit {
    /// Reads client-go's two numbers: a `qps` below 0 (or one that is no number) means no limit, 0 its default of 5; a
    /// `burst` of 0 its default of 10.
    #[must_use]
    pub fn from_qps_and_burst(qps: f64, burst: u32) -> Option<Self> {
        if qps.is_nan() || qps < 0.0 || qps.is_infinite() {
            return None;
        }
        let qps = if qps == 0.0 { 5.0 } else { qps };
        Some(Self { qps, burst: if burst == 0 { 10 } else { burst } })
    }
}

/// A bucket that fills at a steady rate. It may owe tokens: who takes one that is not there yet waits for it, and whoever
/// comes next waits longer, so that requests go out in the order in which they came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// At most `burst`; below 0 where tokens are owed.
    tokens: f64,
    counted: Instant,
}

impl Bucket {
    pub(super) fn new(limit: RateLimit, now: Instant) -> Self {
        Self { tokens: f64::from(limit.burst), counted: now }
    }

    /// Takes a token, and says how long to wait for it; takes none where that is longer than `most`.
    pub(super) fn take(
        &mut self,
        limit: RateLimit,
        now: Instant,
        most: Option<Duration>,
    ) -> Option<Duration> {
        let passed = now.saturating_duration_since(self.counted).as_secs_f64();
        let tokens = (self.tokens + passed * limit.qps).min(f64::from(limit.burst.max(1)));
        self.counted = self.counted.max(now);
        self.tokens = tokens;
        let owed = (1.0 - tokens).max(0.0);
        let wait = Duration::try_from_secs_f64(owed / limit.qps).unwrap_or(Duration::MAX);
        if most.is_some_and(|most| wait > most) {
            return None;
        }
        self.tokens -= 1.0;
        Some(wait)
    }

    /// Gives back the token of somebody who went away while he waited.
    pub(super) fn give_back(&mut self, limit: RateLimit) {
        self.tokens = (self.tokens + 1.0).min(f64::from(limit.burst));
    }
}
