//! How long to wait after a failure.

use std::time::Duration;

/// The waits after one, two, three… failures in a row: 0.8 s, doubling up to 30 s, each made up to twice as long by
/// chance, so that watches that were cut together do not come back together.
///
/// The figures are those of client-go's reflector.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

const FIRST: Duration = Duration::from_millis(800);
const LONGEST: Duration = Duration::from_secs(30);

impl Backoff {
    /// The next wait; `jitter` from 0 up to 1.
    pub(crate) fn next(&mut self, jitter: f64) -> Duration {
        let doubled = 1_u32.checked_shl(self.failures).and_then(|factor| FIRST.checked_mul(factor));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.unwrap_or(LONGEST).min(LONGEST);
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
        wait.mul_f64(1.0 + jitter)
    }

    /// How many failures there were in a row.
    pub(crate) fn failures(self) -> u32 {
        self.failures
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn waits_double_up_to_the_longest() {
        for (jitter, want) in [
            (0.0, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]),
            (0.5, [1200, 2400, 4800, 9600, 19_200, 38_400, 45_000, 45_000]),
            (f64::NAN, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]),
            (7.0, [1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]),
        ] {
            let mut backoff = Backoff::default();
            assert_eq!(want.map(|_| backoff.next(jitter)), want.map(Duration::from_millis));
        }
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.next(0.0), Duration::from_secs(30));
        backoff.reset();
        assert_eq!(backoff.next(0.0), Duration::from_millis(800));
    }
}
