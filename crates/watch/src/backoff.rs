//! How long to wait after a failure.

use std::time::Duration;

/// The waits after one, two, three… failures in a row: 0.8 s, doubling up to 30 s, each made up to twice as long by
/// chance, so that watches that were cut together do not come back together.
///
/// The figures are those of client-go's reflector. Where a client has many watches, chance has more room: see
/// [`herd`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

const FIRST: Duration = Duration::from_millis(800);
const LONGEST: Duration = Duration::from_secs(30);
/// Forty watches of one client come back in a second, on average.
const BETWEEN_SIBLINGS: Duration = Duration::from_millis(25);

impl Backoff {
    /// The next wait; `jitter` from 0 up to 1. Chance adds up to the wait itself, or up to `spread` if that is more.
    pub(crate) fn next(&mut self, jitter: f64, spread: Duration) -> Duration {
        let doubled = 1_u32.checked_shl(self.failures).and_then(|factor| FIRST.checked_mul(factor));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.unwrap_or(LONGEST).min(LONGEST);
        wait + share(wait.max(spread), jitter)
    }

    /// How many failures there were in a row.
    pub(crate) fn failures(self) -> u32 {
        self.failures
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Over how long the watches of one client spread when they were cut together: 25 ms for each beside this one, at most
/// 30 s. A watch that is alone need not wait for others.
pub(crate) fn herd(siblings: u32) -> Duration {
    BETWEEN_SIBLINGS.saturating_mul(siblings).min(LONGEST)
}

/// A part of a time: `jitter` from 0 up to 1.
pub(crate) fn share(time: Duration, jitter: f64) -> Duration {
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
    time.mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Backoff, herd};

    #[test]
    fn waits_double_up_to_the_longest() {
        for (jitter, want) in [
            (0.0, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]),
            (0.5, [1200, 2400, 4800, 9600, 19_200, 38_400, 45_000, 45_000]),
            (f64::NAN, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]),
            (7.0, [1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]),
        ] {
            let mut backoff = Backoff::default();
            assert_eq!(want.map(|_| backoff.next(jitter, Duration::ZERO)), want.map(Duration::from_millis));
        }
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.next(0.0, Duration::ZERO), Duration::from_secs(30));
        backoff.reset();
        assert_eq!(backoff.next(0.0, Duration::ZERO), Duration::from_millis(800));
    }

    #[test]
    fn many_watches_spread_further() {
        for (siblings, want) in [(0, 0), (1, 25), (999, 24_975), (u32::MAX, 30_000)] {
            assert_eq!(herd(siblings), Duration::from_millis(want), "{siblings}");
        }
        let mut backoff = Backoff::default();
        assert_eq!([1.0, 1.0].map(|jitter| backoff.next(jitter, herd(80)).as_millis()), [2800, 3600]);
    }
}
