//! What a watch is told while it goes on from a version.

use std::time::{Duration, Instant};

use steersman_meta::{Object, ResourceVersion};

use super::{
    Connection, EMPTY_BEFORE_RESTART, InARow, Initial, LONGEST_TIMEOUT, Next, Phase, Resume, SHORT,
    SUSPICION, SUSPICION_DOUBLINGS, Suspicion, UNDECODABLE_BEFORE_FAILURE, UNDECODABLE_BEFORE_RESTART,
    beginning,
    verdict::{Verdict, verdict},
};
use crate::{Bookmark, Event, Failure, Frame, RestartReason, Restarted, history::Place};

impl Resume {
    /// The watch is open: the server has answered 200.
    pub fn watch_opened(&mut self, now: Instant) {
        let initial = match self.phase {
            Phase::Watch => Initial::Over,
            Phase::WatchList => Initial::Running,
            _ => return,
        };
        let asked = Duration::from_secs(self.connection_seconds(now).into());
        let connection = Connection::new(now, asked, initial);
        let unsure = self.unproven && initial == Initial::Over;
        let mut connection = if unsure { connection.with_check(now) } else { connection };
        if self.bookmarks {
            connection.sends_bookmarks();
        }
        self.phase = Phase::Reading(connection);
    }

    /// Somebody begins to wait for bytes of the open watch, or bytes have come: the silence of the server counts from
    /// here, and not from when the consumer last asked.
    pub fn listens(&mut self, now: Instant) {
        if let Phase::Reading(connection) = &mut self.phase {
            connection.listens(now);
        }
    }

    /// Nothing came until the time that [`Step::Read`](super::Step::Read) gave. Something else than silence may have
    /// come due by then; the event is for the consumer. Then ask for the next step.
    #[must_use = "the event is for the consumer"]
    pub fn elapsed(&mut self, now: Instant) -> Option<Event> {
        if matches!(self.phase, Phase::Reading(_)) { self.confirmed(now) } else { None }
    }

    /// A frame came. `jitter` is drawn from 0 up to 1.
    #[must_use = "the event is for the consumer"]
    pub fn frame(&mut self, frame: Frame, now: Instant, jitter: f64) -> Option<Event> {
        let (Phase::Reading(connection) | Phase::Checking(connection)) = &mut self.phase else { return None };
        let frame = match frame {
            Frame::Error(status) => return self.failed(Failure::status(status), now, jitter),
            frame => frame,
        };
        connection.heard(now);
        self.unproven = false;
        if connection.initial != Initial::Over {
            return self.initial_frame(frame, now);
        }
        self.in_a_row.empty = 0;
        match frame {
            Frame::Added(object) => self.change(object, now).map(Event::Added),
            Frame::Modified(object) => self.change(object, now).map(Event::Modified),
            Frame::Deleted(object) => self.change(object, now).map(Event::Deleted),
            Frame::Bookmark { resource_version, .. } => {
                connection.sends_bookmarks();
                self.bookmarks = true;
                // A bookmark without a version says nothing that the consumer could use.
                let resource_version = resource_version?;
                match self.history.bookmark(&resource_version) {
                    Place::Older => {
                        self.suspect(now, false);
                        return None;
                    }
                    Place::New => self.progressed(),
                    Place::Repeated => self.caught_up(),
                }
                Some(Event::Bookmark(Bookmark { resource_version, initial_events_end: false }))
            }
            Frame::Error(_) => None,
        }
    }

    /// The watch ended cleanly: the body is over, and no event was cut off. `jitter` is drawn from 0 up to 1.
    #[must_use = "the event is for the consumer"]
    pub fn closed(&mut self, now: Instant, jitter: f64) -> Option<Event> {
        let (Phase::Reading(connection) | Phase::Checking(connection)) = self.phase else { return None };
        if self.deadline.is_some_and(|deadline| deadline.saturating_duration_since(now) <= SHORT) {
            self.phase = Phase::Ended;
            return None;
        }
        self.phase = Phase::Reading(connection);
        self.spread = jitter;
        if connection.initial != Initial::Over {
            return self.initial_closed(connection, now, jitter);
        }
        self.forgive(false, now);
        if let Some(restarted) = self.confirmed(now) {
            return Some(restarted);
        }
        if connection.lasted(now) >= SHORT {
            (self.in_a_row.short, self.in_a_row.empty) = (0, 0);
            if self.suspicion.is_none() {
                self.in_a_row.went_back = 0;
            }
            self.unproven |= !connection.frames;
            if connection.is_due(now) {
                self.phase = Phase::Watch;
            } else {
                self.make_room(now, jitter);
            }
            return None;
        }
        self.in_a_row.short += 1;
        if connection.frames && self.in_a_row.short == 1 {
            self.make_room(now, jitter);
            return None;
        }
        if !connection.frames {
            self.in_a_row.empty += 1;
        }
        if self.in_a_row.empty == EMPTY_BEFORE_RESTART {
            self.in_a_row.empty = 0;
            self.wait(Duration::ZERO, Next::Begin, now, jitter);
            return Some(restarted(RestartReason::ClosedAtOnce));
        }
        self.wait(Duration::ZERO, Next::Watch, now, jitter);
        None
    }

    /// The list, or one of its pages, failed; or the watch could not be opened, broke, or said that it failed. `jitter`
    /// is drawn from 0 up to 1.
    #[must_use = "the event is for the consumer"]
    pub fn failed(&mut self, failure: Failure, now: Instant, jitter: f64) -> Option<Event> {
        match self.phase {
            Phase::Waiting { .. } | Phase::Ended | Phase::Failed(_) => return None,
            _ => self.spread = jitter,
        }
        match self.phase {
            Phase::List { told } => return self.list_failed(failure, told, now, jitter),
            Phase::WatchList => return self.initial_failed(failure, None, now, jitter),
            Phase::Reading(connection) | Phase::Checking(connection) => {
                self.phase = Phase::Reading(connection);
                if connection.initial != Initial::Over {
                    return self.initial_failed(failure, Some(connection), now, jitter);
                }
                if let Some(restarted) = self.confirmed(now) {
                    return Some(restarted);
                }
            }
            _ => {}
        }
        let verdict = verdict(&failure);
        self.forgive(verdict == Verdict::Expired, now);
        match verdict {
            Verdict::Retry => {
                self.wait(failure.retry_after(), Next::Watch, now, jitter);
                None
            }
            Verdict::Expired => {
                self.in_a_row.restarts += 1;
                self.suspicion = None;
                if self.in_a_row.restarts == 1 {
                    self.phase = beginning(self.streaming);
                } else {
                    // The server's own list version is too old for it: asking faster will not help.
                    self.wait(failure.retry_after(), Next::Begin, now, jitter);
                }
                Some(restarted(RestartReason::Expired))
            }
            Verdict::TooLarge => {
                self.wait(failure.retry_after(), Next::Begin, now, jitter);
                Some(restarted(RestartReason::ResourceVersionTooLarge))
            }
            Verdict::Undecodable => {
                let count = self.count_undecodable();
                if count >= UNDECODABLE_BEFORE_FAILURE {
                    self.phase = Phase::Failed(failure);
                    return None;
                }
                let relist = count.is_multiple_of(UNDECODABLE_BEFORE_RESTART);
                if relist {
                    self.give_up_streams();
                }
                self.wait(Duration::ZERO, if relist { Next::Begin } else { Next::Watch }, now, jitter);
                relist.then(|| restarted(RestartReason::Undecodable))
            }
            Verdict::Fatal => {
                self.phase = Phase::Failed(failure);
                None
            }
        }
    }

    /// The same as [`failed`](Self::failed), where somebody has decided that it is to be tried again, whatever the rules
    /// say: after the usual wait, and at least after `at_least`.
    #[must_use = "the event is for the consumer"]
    pub fn retried(
        &mut self,
        failure: Failure,
        at_least: Duration,
        now: Instant,
        jitter: f64,
    ) -> Option<Event> {
        let beginning = match self.phase {
            Phase::Reading(connection) | Phase::Checking(connection) => connection.initial != Initial::Over,
            Phase::List { .. } | Phase::WatchList => true,
            _ => self.history.version().is_none(),
        };
        let at_least = at_least.min(LONGEST_TIMEOUT);
        let event = self.failed(failure, now, jitter);
        if let Phase::Failed(_) = self.phase {
            self.in_a_row = InARow::default();
            self.wait(Duration::ZERO, if beginning { Next::Begin } else { Next::Watch }, now, jitter);
        }
        match &mut self.phase {
            Phase::Waiting { until, .. } => *until = (*until).max(now + at_least),
            Phase::List { .. } | Phase::WatchList if !at_least.is_zero() => {
                self.phase = Phase::Waiting { until: now + at_least, then: Next::Begin };
            }
            _ => {}
        }
        event
    }

    /// The version of the newest list is this; `None` if it could not be had.
    #[must_use = "the event is for the consumer"]
    pub fn checked(&mut self, resource_version: Option<&ResourceVersion>) -> Option<Event> {
        let Phase::Checking(mut connection) = self.phase else { return None };
        connection.check_at = None;
        self.unproven &= resource_version.is_none();
        self.phase = Phase::Reading(connection);
        if resource_version.is_some_and(|newest| self.history.is_ahead_of(newest)) {
            return Some(self.went_back());
        }
        None
    }

    /// Takes a change in; what is not new is left out.
    fn change(&mut self, object: Object, now: Instant) -> Option<Object> {
        match self.history.change(&object) {
            Place::New => {
                self.progressed();
                Some(object)
            }
            Place::Repeated => {
                self.repeated += 1;
                None
            }
            Place::Older => {
                self.repeated += 1;
                self.suspect(now, true);
                None
            }
        }
    }

    fn suspect(&mut self, now: Instant, replay: bool) {
        let patience = SUSPICION * (1 << self.in_a_row.went_back.min(SUSPICION_DOUBLINGS));
        let suspicion = self.suspicion.get_or_insert(Suspicion { due: now + patience, replay });
        suspicion.replay |= replay;
    }

    /// Something new has come.
    fn progressed(&mut self) {
        self.caught_up();
        self.in_a_row.undecodable = 0;
        if let Phase::Reading(connection) | Phase::Checking(connection) = &mut self.phase {
            connection.progress = true;
        }
    }

    /// The server knows what we know. If it only lagged, all is well.
    fn caught_up(&mut self) {
        self.suspicion = self.suspicion.filter(|suspicion| suspicion.replay);
    }

    /// All is told anew if a suspicion has lasted.
    fn confirmed(&mut self, now: Instant) -> Option<Event> {
        let due = self.suspicion.is_some_and(|suspicion| suspicion.due <= now);
        due.then(|| self.went_back())
    }

    fn went_back(&mut self) -> Event {
        self.suspicion = None;
        self.in_a_row.went_back += 1;
        self.phase = beginning(self.streaming);
        restarted(RestartReason::WentBack)
    }
}

pub(super) fn restarted(reason: RestartReason) -> Event {
    Event::Restarted(Restarted { reason })
}
