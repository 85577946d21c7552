//! How often look-ups that miss may ask the server again.

use std::time::{Duration, Instant};

use crate::fetch::IN_FLIGHT;

/// Paces the refreshes that misses cause: ten at once, then two a second. One of more than sixteen requests, as many as are in
/// flight at a time, counts as one for each sixteen. A look-up is never answered from before it was asked; it waits
/// instead. So a kind that was made a moment ago is found, and a loop that asks for one that is not there costs a server that
/// aggregates four requests a second, and another at most thirty-two.
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

    /// Notes that one that was `started` then has sent so many requests.
    pub(crate) fn charge(&mut self, started: Instant, requests: u32) {
        let cost = INTERVAL * requests.div_ceil(REQUESTS).max(1);
        self.paid_at = Some(self.paid_at.map_or(started, |paid_at| paid_at.max(started)) + cost);
    }
}

const BURST: u32 = 10;
const INTERVAL: Duration = Duration::from_millis(500);

/// How many requests cost one [`INTERVAL`].
#[expect(clippy::cast_possible_truncation, reason = "it is a small constant")]
const REQUESTS: u32 = IN_FLIGHT as u32;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{BURST, INTERVAL, Pace, REQUESTS};

    #[test]
    fn a_burst_is_free_and_then_each_waits() {
        let start = Instant::now();
        let mut pace = Pace::default();
        for _ in 0..BURST {
            assert_eq!(pace.wait(start), Duration::ZERO);
            pace.charge(start, 2);
        }
        assert_eq!(pace.wait(start), INTERVAL);
        assert_eq!(pace.wait(start + INTERVAL / 2), INTERVAL / 2);
        let mut now = start;
        for _ in 0..100 {
            now += pace.wait(now);
            pace.charge(now, 2);
        }
        assert_eq!(now - start, INTERVAL * 100);
        assert_eq!(pace.wait(now + INTERVAL * BURST), Duration::ZERO, "rest restores the burst");
    }

    #[test]
    fn many_requests_cost_more() {
        let start = Instant::now();
        for (requests, refreshes) in [(0, 1), (1, 1), (REQUESTS, 1), (REQUESTS + 1, 2), (303, 19)] {
            let mut pace = Pace::default();
            pace.charge(start, requests);
            let mut same = Pace::default();
            (0..refreshes).for_each(|_| same.charge(start, 1));
            assert_eq!(pace.paid_at, same.paid_at, "{requests}");
            assert_eq!(pace.wait(start), INTERVAL * (refreshes + 1_u32).saturating_sub(BURST), "{requests}");
        }
    }
}
