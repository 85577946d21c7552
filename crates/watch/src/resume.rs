//! What a watch does next: the rules of listing, watching, waiting and going on.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use steersman_meta::ResourceVersion;

use crate::{
    Failure,
    backoff::{Backoff, herd, share},
    history::History,
};

mod connection;
mod initial;
mod reports;
mod settings;
mod step;
mod verdict;

use connection::{Connection, GRACE, Initial};
pub use settings::{InitialEvents, Settings, Start};
pub use step::Step;

#[cfg(test)]
mod tests;

/// A watch that outlives its connections: it is told what happened, and says what to do next.
///
/// Whoever drives it asks for the [`next_step`](Self::next_step), does that, and reports how it went; reports that
/// answer with an [`Event`](crate::Event) have something for the consumer. Reports that do not belong to the step are
/// ignored.
///
/// ```text
///            ┌── item, listed ──▶ Watch ── watch_opened ──▶ Read ── frame ──▶ Read …
///   List ────┤                      ▲                        │▲
///    ▲       └── failed ──────▶ Wait│                        │└── checked ── Check
///    │                           ▲  └────────────────────────┤
///    └── Restarted ──────────────┴───────────────────────────┼── closed ──────────▶ Watch, or Wait
///    ▼                                                       └── failed, Error ───▶ Wait, List or Fail
///   WatchList ── watch_opened ──▶ Read ── frame ──▶ …
/// ```
///
/// The rules:
/// - What there is comes on the watch itself (`WatchList`), closed by the server's bookmark. A server that refuses that
///   (400, 403, 405, 406, 415, 422, 501), sends a bookmark that closes nothing, or is silent for 10 s before it closes,
///   is not asked again: it gets lists. One whose streams break off three times gets lists, too, and so does one that
///   sends what cannot be read.
/// - A connection that ends cleanly is followed by a watch from the last version seen: no list, no event. If it
///   lasted less than a second, the second of these in a row waits first, and so does the first one if nothing came
///   on it. After three that brought nothing, the version is held to be unusable, and all is told anew.
/// - A version that the server has forgotten (410 as an answer or as an event, `Expired` or `Gone`) gives one
///   [`Restarted`](crate::Restarted), then all objects as [`Added`](crate::Event::Added), then a closing
///   [`Bookmark`](crate::Bookmark). So does a version that the server has not reached (cause
///   `ResourceVersionTooLarge`), after a wait.
/// - The version to go on from is the list's own, then that of each event and bookmark; it is never empty. Within one
///   history it never goes back, where versions are decimal numbers: a change that is not newer than what has been seen
///   is not told, and neither is an older bookmark.
/// - A server that sends what is older replays, or has gone back to a backup: after a minute, all is told anew; if that
///   goes on, after two, four and so on up to 32. A bookmark that catches up ends the suspicion, for that was a server
///   that lagged. On a connection behind a failure on which nothing comes for two minutes, the version of the newest
///   list is looked at; if it is older than what was seen, all is told anew.
/// - Broken connections, 408, 425, 429 and all from 500 on are tried again from the last version, without a list,
///   after a wait: 0.8 s, doubling up to 30 s, each up to twice as long by chance, and at least as long as a
///   `Retry-After` says. The waits begin anew after a connection that led further and lasted a second, or one that
///   lasted two minutes; where versions are forgotten again and again, only after one that lasted ten seconds. Many
///   watches of one client spread out further: see [`set_siblings`](Self::set_siblings).
/// - A list whose continue token expires begins anew with pages twice as large; after five of these in a row the watch
///   ends.
/// - Every other refusal (400, 401, 403, 404, 405, 422…) ends the watch, also when it worked before: a resource that
///   is no longer served or no longer allowed needs somebody to know of it.
/// - An answer that cannot be read is tried again; after two in a row with nothing new between them all is told anew, which passes over the event
///   that could not be read; after five, the watch ends.
#[derive(Debug)]
pub struct Resume {
    settings: Settings,
    streaming: Streaming,
    phase: Phase,
    /// What the next watch goes on from. Its version is always there when a watch is due.
    history: History,
    backoff: Backoff,
    /// When a watch with the user's time limit ends.
    deadline: Option<Instant>,
    /// The chance that the length of the next connection is drawn with.
    spread: f64,
    siblings: u32,
    in_a_row: InARow,
    suspicion: Option<Suspicion>,
    /// Whether nothing has come since a failure, so that it is not known whether the server still has the version.
    unproven: bool,
    /// Whether the server sends bookmarks, so that a connection without one for long is dead.
    bookmarks: bool,
    repeated: u64,
}

#[derive(Debug)]
enum Phase {
    /// A list is due, or running.
    List {
        /// Whether some of its objects have been told.
        told: bool,
    },
    /// A watch that begins with what there is is due, or being opened.
    WatchList,
    /// A watch is due, or being opened.
    Watch,
    Reading(Connection),
    /// The version that the connection goes on from is being looked at.
    Checking(Connection),
    Waiting {
        until: Instant,
        then: Next,
    },
    Ended,
    Failed(Failure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Begin,
    Watch,
}

/// Whether the server streams what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Streaming {
    Asked,
    /// Not asked for, or it broke off too often.
    GivenUp,
    /// The server has shown that it can't.
    Refused,
}

/// Something older than what was seen came from the server.
#[derive(Clone, Copy, Debug)]
struct Suspicion {
    due: Instant,
    /// It was a change, and not only a bookmark: catching up says nothing about what was left out between.
    replay: bool,
}

/// Things that happened again and again, and led no further.
#[derive(Clone, Copy, Debug, Default)]
struct InARow {
    /// Connections that ended cleanly in less than a second; these are counted with frames on them, too.
    short: u32,
    /// Those of them that brought nothing.
    empty: u32,
    undecodable: u32,
    restarts: u32,
    /// Lists whose continue token expired.
    expired_lists: u32,
    /// Streamed lists that broke off.
    broken_streams: u32,
    /// Restarts because the server was behind; these are counted with frames between them, too.
    went_back: u32,
}

/// Shorter is no way to end a watch.
const SHORT: Duration = Duration::from_secs(1);
/// The least that connections are asked to last; the most is twice as much. As client-go's reflector.
const CONNECTION_SECONDS: u32 = 300;
/// A longer time limit is as good as none, and must not run over the clock's end.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
/// How many objects a page of a list holds. As client-go's pager.
const PAGE: NonZeroU32 = NonZeroU32::new(500).expect("it is not zero");
const EMPTY_BEFORE_RESTART: u32 = 3;
const UNDECODABLE_BEFORE_RESTART: u32 = 2;
const UNDECODABLE_BEFORE_FAILURE: u32 = 5;
const EXPIRED_LISTS_BEFORE_FAILURE: u32 = 5;
const BROKEN_STREAMS_BEFORE_LISTS: u32 = 3;
/// How long a server that is behind has to catch up, and how often that doubles.
const SUSPICION: Duration = Duration::from_secs(60);
const SUSPICION_DOUBLINGS: u32 = 5;

impl Resume {
    /// A watch that has not begun.
    #[must_use]
    pub fn new(start: Start, settings: Settings) -> Self {
        let streaming = match settings.initial_events {
            InitialEvents::Listed => Streaming::GivenUp,
            InitialEvents::Streamed => Streaming::Asked,
        };
        let version = start.into_version();
        let phase = if version.is_some() { Phase::Watch } else { beginning(streaming) };
        Self {
            spread: settings.spread,
            settings,
            streaming,
            phase,
            history: History::from(version),
            backoff: Backoff::default(),
            deadline: None,
            siblings: 0,
            in_a_row: InARow::default(),
            suspicion: None,
            unproven: false,
            bookmarks: false,
            repeated: 0,
        }
    }

    /// What to do next. Asked again before anything is reported, it says the same.
    pub fn next_step(&mut self, now: Instant) -> Step {
        if let Some(timeout) = self.settings.timeout {
            self.deadline.get_or_insert(now + timeout.min(LONGEST_TIMEOUT));
        }
        if self.deadline.is_some_and(|deadline| self.is_over(deadline, now)) {
            self.phase = Phase::Ended;
        }
        match self.phase {
            Phase::Waiting { until, then } if until <= now => {
                self.phase = match then {
                    Next::Begin => beginning(self.streaming),
                    Next::Watch => Phase::Watch,
                };
            }
            Phase::Reading(connection) if connection.check_at.is_some_and(|check| check <= now) => {
                self.phase = Phase::Checking(connection);
            }
            _ => {}
        }
        match &self.phase {
            Phase::Checking(_) => Step::Check,
            Phase::List { .. } => Step::List { limit: self.page() },
            Phase::Watch | Phase::WatchList => self.open(now),
            Phase::Reading(connection) => {
                let ends = [
                    self.deadline.map(|deadline| deadline + GRACE),
                    self.suspicion.map(|suspicion| suspicion.due),
                ];
                Step::Read { until: ends.into_iter().flatten().fold(connection.until(), Instant::min) }
            }
            Phase::Waiting { until, .. } => {
                Step::Wait { until: self.deadline.map_or(*until, |deadline| deadline.min(*until)) }
            }
            Phase::Ended => Step::End,
            Phase::Failed(failure) => Step::Fail(failure.clone()),
        }
    }

    /// The last version seen: from here another watch could go on. None before the list is done.
    #[must_use]
    pub fn resource_version(&self) -> Option<&ResourceVersion> {
        self.history.version()
    }

    /// How many failures there were in a row, each followed by a wait; 0 when all is well.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    /// How many changes came that had been told before, or were older than what had been, and so were not told.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Whether a connection is open as far as this watch is concerned. If not, drop it.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        matches!(self.phase, Phase::Reading(_) | Phase::Checking(_))
    }

    /// Whether the server has shown that it has no streamed lists, so that other watches of the same resource need not
    /// ask: give them [`InitialEvents::Listed`].
    #[must_use]
    pub fn is_watch_list_refused(&self) -> bool {
        self.streaming == Streaming::Refused
    }

    /// How many other watches the same client has. When they are cut together, they come back one by one, 25 ms after
    /// each other on average, within 30 s: a thousand watches are no stampede.
    pub fn set_siblings(&mut self, siblings: u32) {
        self.siblings = siblings;
    }

    /// Ends the watch: the next step is [`Step::End`].
    pub fn stop(&mut self) {
        self.phase = Phase::Ended;
    }

    /// Ends the watch with this failure, whatever the rules say about it.
    pub fn give_up(&mut self, failure: Failure) {
        self.phase = Phase::Failed(failure);
    }

    /// A connection is to be opened.
    fn open(&mut self, now: Instant) -> Step {
        let timeout_seconds = self.connection_seconds(now);
        match (&self.phase, self.history.version()) {
            (Phase::WatchList, _) => Step::WatchList { timeout_seconds },
            (_, Some(version)) => Step::Watch { resource_version: version.clone(), timeout_seconds },
            // Not reached: a watch is due only behind a list, or from a version that was given.
            (_, None) => Step::Fail(Failure::NoResourceVersion),
        }
    }

    /// For how long the server is asked to keep the connection: 5 to 10 minutes, or what is left of the user's time.
    fn connection_seconds(&self, now: Instant) -> u32 {
        let spread = if self.spread.is_finite() { self.spread.clamp(0.0, 1.0) } else { 0.0 };
        let seconds = CONNECTION_SECONDS + (f64::from(CONNECTION_SECONDS) * spread) as u32;
        let Some(deadline) = self.deadline else { return seconds };
        let left = deadline.saturating_duration_since(now).as_secs_f64().ceil();
        // A float that is too large becomes the largest integer.
        (left as u32).clamp(1, seconds)
    }

    /// Larger from time to time where the server forgets a version before all pages are fetched.
    fn page(&self) -> NonZeroU32 {
        PAGE.saturating_mul(NonZeroU32::MIN.saturating_add((1 << self.in_a_row.expired_lists.min(4)) - 1))
    }

    /// Whether the user's time is up. A connection that is open may end by itself, a little later.
    fn is_over(&self, deadline: Instant, now: Instant) -> bool {
        match self.phase {
            Phase::Reading(_) | Phase::Checking(_) => deadline + GRACE <= now,
            Phase::Watch | Phase::WatchList | Phase::Waiting { .. } | Phase::List { .. } => deadline <= now,
            Phase::Ended | Phase::Failed(_) => false,
        }
    }

    /// The failures before a good connection do not count any more; forgotten versions, only behind a steady one.
    fn forgive(&mut self, expired: bool, now: Instant) {
        let Phase::Reading(connection) = &self.phase else { return };
        let steady = connection.was_steady(now);
        if steady || (connection.was_good(now) && !expired) {
            self.backoff.reset();
        }
        if steady {
            self.in_a_row.restarts = 0;
        }
    }

    /// Waits behind a failure.
    fn wait(&mut self, at_least: Duration, then: Next, now: Instant, jitter: f64) {
        let wait = self.backoff.next(jitter, herd(self.siblings)).max(at_least);
        self.unproven = true;
        self.phase = Phase::Waiting { until: now + wait, then };
    }

    /// Lets others go first behind a connection that ended cleanly and too early, as when a server goes down.
    fn make_room(&mut self, now: Instant, jitter: f64) {
        let wait = share(herd(self.siblings), jitter);
        self.phase = if wait.is_zero() {
            Phase::Watch
        } else {
            Phase::Waiting { until: now + wait, then: Next::Watch }
        };
    }

    fn count_undecodable(&mut self) -> u32 {
        self.in_a_row.undecodable += 1;
        self.in_a_row.undecodable
    }
}

/// What a watch that knows nothing begins with.
fn beginning(streaming: Streaming) -> Phase {
    match streaming {
        Streaming::Asked => Phase::WatchList,
        Streaming::GivenUp | Streaming::Refused => Phase::List { told: false },
    }
}
