//! What a watch does next: the rules of listing, watching, waiting and going on.

use std::time::{Duration, Instant};

use steersman_meta::{Object, ResourceVersion};

use crate::{Bookmark, Event, Failure, Frame, RestartReason, Restarted, backoff::Backoff, version};

mod settings;
mod step;
mod verdict;

pub use settings::{Settings, Start};
pub use step::Step;
use verdict::{Verdict, verdict};

#[cfg(test)]
mod tests;

/// A watch that outlives its connections: it is told what happened, and says what to do next.
///
/// Whoever drives it asks for the [`next_step`](Self::next_step), does that, and reports how it went; reports that
/// answer with an [`Event`] have something for the consumer. Reports that do not belong to the step are ignored.
///
/// ```text
///            ┌── item, listed ──▶ Watch ── watch_opened ──▶ Read ── frame ──▶ Read …
///   List ────┤                      ▲                        │
///    ▲       └── list_failed ─▶ Wait│                        ├── closed ──────────▶ Watch, or Wait
///    │                           ▲  └────────────────────────┤
///    └── Restarted ──────────────┴───────────────────────────┴── failed, Error ───▶ Wait, List or Fail
/// ```
///
/// The rules:
/// - A connection that ends cleanly is followed by a watch from the last version seen: no list, no event. If it
///   lasted less than a second, the second of these in a row waits first, and so does the first one if nothing came
///   on it. After three that brought nothing, the version is held to be unusable, and a list starts anew.
/// - A version that the server has forgotten (410 as an answer or as an event, `Expired` or `Gone`) gives one
///   [`Event::Restarted`], then a list, whose objects come as [`Event::Added`], then a closing [`Bookmark`]. So does
///   a version that the server has not reached (cause `ResourceVersionTooLarge`), after a wait.
/// - The version to go on from is the list's own, then that of each event and bookmark; it is never empty. Within one
///   history it never goes back, where both are decimal numbers.
/// - Broken connections, 408, 425, 429 and all from 500 on are tried again from the last version, without a list,
///   after a wait: 0.8 s, doubling up to 30 s, each up to twice as long by chance, and at least as long as a
///   `Retry-After` says. The waits begin anew after a connection that brought something or lasted two minutes.
/// - Every other refusal (400, 401, 403, 404, 405, 422…) ends the watch, also when it worked before: a resource that
///   is no longer served or no longer allowed needs somebody to know of it.
/// - An answer that cannot be read is tried again; after two in a row a list starts anew, which passes over the event
///   that could not be read; after five, the watch ends.
#[derive(Debug)]
pub struct Resume {
    settings: Settings,
    phase: Phase,
    /// The last version seen: what the next watch goes on from. Always there when a watch is due.
    version: Option<ResourceVersion>,
    backoff: Backoff,
    /// When a watch with the user's time limit ends.
    deadline: Option<Instant>,
    /// The chance that the length of the next connection is drawn with.
    spread: f64,
    in_a_row: InARow,
}

#[derive(Debug)]
enum Phase {
    /// A list is due, or running.
    List {
        /// Whether some of its objects have been told.
        told: bool,
    },
    /// A watch is due, or being opened.
    Watch,
    Reading(Connection),
    Waiting {
        until: Instant,
        then: Next,
    },
    Ended,
    Failed(Failure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    List,
    Watch,
}

#[derive(Debug)]
struct Connection {
    opened: Instant,
    latest: Instant,
    /// Whether any frame came.
    frames: bool,
    /// Whether the server sends bookmarks, so that silence means something.
    bookmarks: bool,
    /// For how long a live server may be silent.
    patience: Duration,
}

/// Things that happened again and again, without a frame of a watch between.
#[derive(Clone, Copy, Debug, Default)]
struct InARow {
    /// Connections that ended cleanly in less than a second; these are counted with frames on them, too.
    short: u32,
    /// Those of them that brought nothing.
    empty: u32,
    undecodable: u32,
    restarts: u32,
}

/// Shorter is no way to end a watch.
const SHORT: Duration = Duration::from_secs(1);
/// A connection that lasted so long was a good one.
const LONG: Duration = Duration::from_secs(120);
/// The least that connections are asked to last; the most is twice as much. As client-go's reflector.
const CONNECTION_SECONDS: u32 = 300;
/// How long a server that sends bookmarks, about one a minute, may be silent.
const SILENCE_WITH_BOOKMARKS: Duration = Duration::from_secs(180);
/// A longer time limit is as good as none, and must not run over the clock's end.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
/// How long after the end that it was asked for a connection may still be open.
const GRACE: Duration = Duration::from_secs(5);
const EMPTY_BEFORE_RESTART: u32 = 3;
const UNDECODABLE_BEFORE_RESTART: u32 = 2;
const UNDECODABLE_BEFORE_FAILURE: u32 = 5;

impl Resume {
    /// A watch that has not begun.
    #[must_use]
    pub fn new(start: Start, settings: Settings) -> Self {
        let (phase, version) = match start {
            Start::At(version) if version.as_str() != "0" => (Phase::Watch, Some(version)),
            Start::At(_) | Start::List => (Phase::List { told: false }, None),
        };
        Self {
            spread: settings.spread,
            settings,
            phase,
            version,
            backoff: Backoff::default(),
            deadline: None,
            in_a_row: InARow::default(),
        }
    }

    /// What to do next. Asked again before anything is reported, it says the same.
    pub fn next_step(&mut self, now: Instant) -> Step {
        if self.deadline.is_some_and(|deadline| self.is_over(deadline, now)) {
            self.phase = Phase::Ended;
        }
        if let Phase::Waiting { until, then } = self.phase
            && until <= now
        {
            self.phase = match then {
                Next::List => Phase::List { told: false },
                Next::Watch => Phase::Watch,
            };
        }
        match &self.phase {
            Phase::List { .. } => Step::List,
            Phase::Watch => self.watch(now),
            Phase::Reading(connection) => {
                let silent = connection.latest + connection.patience;
                let until = self.deadline.map_or(silent, |deadline| silent.min(deadline + GRACE));
                Step::Read { until }
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
        self.version.as_ref()
    }

    /// How many failures there were in a row, each followed by a wait; 0 when all is well.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    /// An object of the list; the event is for the consumer.
    pub fn item(&mut self, object: Object) -> Event {
        if let Phase::List { told } = &mut self.phase {
            *told = true;
        }
        Event::Added(object)
    }

    /// The list is complete. `resource_version` is that of the list's own metadata: those of objects say nothing
    /// about the list.
    #[must_use = "the event is for the consumer"]
    pub fn listed(&mut self, resource_version: Option<ResourceVersion>) -> Option<Event> {
        let Phase::List { .. } = self.phase else { return None };
        let Some(resource_version) = resource_version else {
            self.phase = Phase::Failed(Failure::NoResourceVersion);
            return None;
        };
        // A list begins a history of its own: its version counts even if it is older, as after a restored backup.
        self.version = Some(resource_version.clone());
        self.phase = Phase::Watch;
        Some(Event::Bookmark(Bookmark { resource_version, initial_events_end: true }))
    }

    /// The list, or one of its pages, failed. `jitter` is drawn from 0 up to 1.
    #[must_use = "the event is for the consumer"]
    pub fn list_failed(&mut self, failure: Failure, now: Instant, jitter: f64) -> Option<Event> {
        let Phase::List { told } = self.phase else { return None };
        self.spread = jitter;
        match verdict(&failure) {
            // A continue token that has expired is no reason to give up: another list gets another one.
            Verdict::Retry | Verdict::Expired | Verdict::TooLarge => {}
            Verdict::Undecodable if self.count_undecodable() < UNDECODABLE_BEFORE_FAILURE => {}
            Verdict::Undecodable | Verdict::Fatal => {
                self.phase = Phase::Failed(failure);
                return None;
            }
        }
        self.wait(failure.retry_after(), Next::List, now, jitter);
        told.then(|| restarted(RestartReason::ListBroken))
    }

    /// The watch is open: the server has answered 200.
    pub fn watch_opened(&mut self, now: Instant) {
        if let Phase::Watch = self.phase {
            let patience = Duration::from_secs(self.connection_seconds(now).into()) + GRACE;
            self.phase = Phase::Reading(Connection {
                opened: now,
                latest: now,
                frames: false,
                bookmarks: false,
                patience,
            });
        }
    }

    /// A frame came. `jitter` is drawn from 0 up to 1.
    #[must_use = "the event is for the consumer"]
    pub fn frame(&mut self, frame: Frame, now: Instant, jitter: f64) -> Option<Event> {
        let Phase::Reading(connection) = &mut self.phase else { return None };
        if let Frame::Error(status) = frame {
            return self.failed(Failure::status(status), now, jitter);
        }
        connection.latest = now;
        connection.frames = true;
        self.in_a_row = InARow { short: self.in_a_row.short, ..InARow::default() };
        match frame {
            Frame::Added(object) => Some(Event::Added(self.seen(object))),
            Frame::Modified(object) => Some(Event::Modified(self.seen(object))),
            Frame::Deleted(object) => Some(Event::Deleted(self.seen(object))),
            Frame::Bookmark { resource_version, initial_events_end } => {
                connection.bookmarks = true;
                connection.patience = connection.patience.min(SILENCE_WITH_BOOKMARKS);
                if let Some(resource_version) = &resource_version {
                    self.advance(resource_version.clone());
                }
                // A bookmark without a version says nothing that the consumer could use.
                resource_version.map(|resource_version| {
                    Event::Bookmark(Bookmark { resource_version, initial_events_end })
                })
            }
            Frame::Error(_) => None,
        }
    }

    /// The watch ended cleanly: the body is over, and no event was cut off. `jitter` is drawn from 0 up to 1.
    #[must_use = "the event is for the consumer"]
    pub fn closed(&mut self, now: Instant, jitter: f64) -> Option<Event> {
        let Phase::Reading(connection) = &self.phase else { return None };
        if self.deadline.is_some_and(|deadline| deadline.saturating_duration_since(now) <= SHORT) {
            self.phase = Phase::Ended;
            return None;
        }
        let (lasted, frames) = (now.saturating_duration_since(connection.opened), connection.frames);
        self.spread = jitter;
        self.forgive(now);
        if lasted >= SHORT {
            self.in_a_row.short = 0;
            self.in_a_row.empty = 0;
            self.phase = Phase::Watch;
            return None;
        }
        self.in_a_row.short += 1;
        if frames && self.in_a_row.short == 1 {
            self.phase = Phase::Watch;
            return None;
        }
        if !frames {
            self.in_a_row.empty += 1;
        }
        if self.in_a_row.empty == EMPTY_BEFORE_RESTART {
            self.in_a_row.empty = 0;
            self.wait(Duration::ZERO, Next::List, now, jitter);
            return Some(restarted(RestartReason::ClosedAtOnce));
        }
        self.wait(Duration::ZERO, Next::Watch, now, jitter);
        None
    }

    /// The watch could not be opened, broke, or said that it failed. `jitter` is drawn from 0 up to 1.
    #[must_use = "the event is for the consumer"]
    pub fn failed(&mut self, failure: Failure, now: Instant, jitter: f64) -> Option<Event> {
        let (Phase::Watch | Phase::Reading(_)) = self.phase else { return None };
        self.spread = jitter;
        self.forgive(now);
        match verdict(&failure) {
            Verdict::Retry => {
                self.wait(failure.retry_after(), Next::Watch, now, jitter);
                None
            }
            Verdict::Expired => {
                self.in_a_row.restarts += 1;
                if self.in_a_row.restarts == 1 {
                    self.phase = Phase::List { told: false };
                } else {
                    // The server's own list version is too old for it: asking faster will not help.
                    self.wait(failure.retry_after(), Next::List, now, jitter);
                }
                Some(restarted(RestartReason::Expired))
            }
            Verdict::TooLarge => {
                self.wait(failure.retry_after(), Next::List, now, jitter);
                Some(restarted(RestartReason::ResourceVersionTooLarge))
            }
            Verdict::Undecodable => {
                let count = self.count_undecodable();
                if count >= UNDECODABLE_BEFORE_FAILURE {
                    self.phase = Phase::Failed(failure);
                    return None;
                }
                let relist = count.is_multiple_of(UNDECODABLE_BEFORE_RESTART);
                self.wait(Duration::ZERO, if relist { Next::List } else { Next::Watch }, now, jitter);
                relist.then(|| restarted(RestartReason::Undecodable))
            }
            Verdict::Fatal => {
                self.phase = Phase::Failed(failure);
                None
            }
        }
    }

    fn watch(&mut self, now: Instant) -> Step {
        let Some(resource_version) = self.version.clone() else {
            // Not reached: a watch is due only behind a list, or from a version that was given.
            return Step::Fail(Failure::NoResourceVersion);
        };
        if let Some(timeout) = self.settings.timeout {
            self.deadline.get_or_insert(now + timeout.min(LONGEST_TIMEOUT));
        }
        Step::Watch { resource_version, timeout_seconds: self.connection_seconds(now) }
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

    /// Whether the user's time is up. A connection that is open may end by itself, a little later.
    fn is_over(&self, deadline: Instant, now: Instant) -> bool {
        match self.phase {
            Phase::Reading(_) => deadline + GRACE <= now,
            Phase::Watch | Phase::Waiting { .. } | Phase::List { .. } => deadline <= now,
            Phase::Ended | Phase::Failed(_) => false,
        }
    }

    /// The failures before a good connection do not count any more.
    fn forgive(&mut self, now: Instant) {
        if let Phase::Reading(connection) = &self.phase
            && (connection.frames || now.saturating_duration_since(connection.opened) >= LONG)
        {
            self.backoff.reset();
            self.in_a_row.restarts = 0;
        }
    }

    fn wait(&mut self, at_least: Duration, then: Next, now: Instant, jitter: f64) {
        let wait = self.backoff.next(jitter).max(at_least);
        self.phase = Phase::Waiting { until: now + wait, then };
    }

    fn count_undecodable(&mut self) -> u32 {
        self.in_a_row.undecodable += 1;
        self.in_a_row.undecodable
    }

    fn seen(&mut self, object: Object) -> Object {
        if let Some(version) = object.resource_version().and_then(ResourceVersion::new) {
            self.advance(version);
        }
        object
    }

    fn advance(&mut self, to: ResourceVersion) {
        if self.version.as_ref().is_none_or(|seen| version::advances(seen, &to)) {
            self.version = Some(to);
        }
    }
}

fn restarted(reason: RestartReason) -> Event {
    Event::Restarted(Restarted { reason })
}
