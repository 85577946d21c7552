//! How often look-ups that miss may ask the server again.

use std::time::{Duration, Instant};

/// Paces the refreshes that misses cause: ten at once, then two a second. A look-up is never answered from before it was
/// asked; it waits instead. So a kind that was made a moment ago is found, and a loop that asks for one that is not
/// there costs the server four requests a second.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When the refreshes so far would all be paid for at [`INTERVAL`] each.
    paid_at: Option<Instant>,
}

impl Pace {
    /// How long to wait before the next one, at `now`.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        let owed = self.paid_at.map_or(Duration::ZERO, |paid_at| paid_at.saturating_duration_since(now));
        owed.saturating_sub(INTERVAL * (BURST - 1))
    }

    /// Notes that one starts at `now`.
    pub(crate) fn started(&mut self, now: Instant) {
        self.paid_at = Some(self.paid_at.map_or(now, |paid_at| paid_at.max(now)) + INTERVAL);
    }
}

const BURST: u32 = 10;
const INTERVAL: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{BURST, INTERVAL, Pace};

    #[test]
    fn a_burst_is_free_and_then_each_waits() {
        let start = Instant::now();
        let mut pace = Pace::default();
        for _ in 0..BURST {
            assert_eq!(pace.wait(start), Duration::ZERO);
            pace.started(start);
        }
        assert_eq!(pace.wait(start), INTERVAL);
        assert_eq!(pace.wait(start + INTERVAL / 2), INTERVAL / 2);
        let mut now = start;
        for _ in 0..100 {
            now += pace.wait(now);
            pace.started(now);
        }
        assert_eq!(now - start, INTERVAL * 100);
        assert_eq!(pace.wait(now + INTERVAL * BURST), Duration::ZERO, "rest restores the burst");
    }
}
