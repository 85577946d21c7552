//! What a watch is told while it learns what there is.

use std::time::{Duration, Instant};

use steersman_meta::{Object, ResourceVersion};

use super::{
    BROKEN_STREAMS_BEFORE_LISTS, Connection, EXPIRED_LISTS_BEFORE_FAILURE, Initial, Next, Phase, Resume,
    Streaming, UNDECODABLE_BEFORE_FAILURE,
    reports::restarted,
    verdict::{Verdict, refuses_watch_list, verdict},
};
use crate::{Bookmark, Event, Failure, Frame, RestartReason};

impl Resume {
    /// An object of the list; the event is for the consumer.
    pub fn item(&mut self, object: Object) -> Event {
        if let Phase::List { told } = &mut self.phase {
            *told = true;
        }
        Event::Added(object)
    }

    /// The list is complete. `resource_version` is that of the list's own metadata: those of objects say nothing
    /// about the list. `0` is none, as to a watch it means any.
    #[must_use = "the event is for the consumer"]
    pub fn listed(&mut self, resource_version: Option<ResourceVersion>) -> Option<Event> {
        let Phase::List { .. } = self.phase else { return None };
        let Some(resource_version) = resource_version.filter(|version| version.as_str() != "0") else {
            self.phase = Phase::Failed(Failure::NoResourceVersion);
            return None;
        };
        self.phase = Phase::Watch;
        Some(self.complete(resource_version))
    }

    /// The list, or one of its pages, failed.
    pub(super) fn list_failed(
        &mut self,
        failure: Failure,
        told: bool,
        now: Instant,
        jitter: f64,
    ) -> Option<Event> {
        let heals = match verdict(&failure) {
            Verdict::Retry | Verdict::TooLarge => true,
            // A continue token that has expired is no reason to give up: another list gets another one. The token that
            // comes with the refusal would go on in another version, and what changed between would never be told.
            Verdict::Expired => {
                self.in_a_row.expired_lists += 1;
                self.in_a_row.expired_lists < EXPIRED_LISTS_BEFORE_FAILURE
            }
            Verdict::Undecodable => self.count_undecodable() < UNDECODABLE_BEFORE_FAILURE,
            Verdict::Fatal => false,
        };
        if !heals {
            self.phase = Phase::Failed(failure);
            return None;
        }
        self.wait(failure.retry_after(), Next::Begin, now, jitter);
        told.then(|| restarted(RestartReason::ListBroken))
    }

    /// A frame before the bookmark that closes what there is.
    pub(super) fn initial_frame(&mut self, frame: Frame, now: Instant) -> Option<Event> {
        let Phase::Reading(connection) = &mut self.phase else { return None };
        let event = match frame {
            Frame::Added(object) => Event::Added(object),
            Frame::Modified(object) => Event::Modified(object),
            Frame::Deleted(object) => Event::Deleted(object),
            Frame::Bookmark { resource_version: Some(version), initial_events_end: true } => {
                connection.is_complete();
                self.bookmarks = true;
                return Some(self.complete(version));
            }
            // A server that streams what there is sends no bookmark before the one that closes it.
            Frame::Bookmark { .. } | Frame::Error(_) => return self.refused(),
        };
        if connection.is_overdue(now) {
            return self.refused();
        }
        connection.initial = Initial::Told;
        Some(event)
    }

    /// The connection ended cleanly before all was told.
    pub(super) fn initial_closed(
        &mut self,
        connection: Connection,
        now: Instant,
        jitter: f64,
    ) -> Option<Event> {
        if connection.is_due(now) && connection.was_given_time(now) {
            return self.refused();
        }
        self.count_broken_stream();
        self.wait(Duration::ZERO, Next::Begin, now, jitter);
        (connection.initial == Initial::Told).then(|| restarted(RestartReason::ListBroken))
    }

    /// The watch that begins with what there is could not be opened (then there is no connection), or broke before all
    /// was told.
    pub(super) fn initial_failed(
        &mut self,
        failure: Failure,
        connection: Option<Connection>,
        now: Instant,
        jitter: f64,
    ) -> Option<Event> {
        if refuses_watch_list(&failure) || failure == Failure::Silent {
            return self.refused();
        }
        let heals = match verdict(&failure) {
            Verdict::Retry | Verdict::Expired | Verdict::TooLarge => true,
            Verdict::Undecodable => {
                self.give_up_streams();
                self.count_undecodable() < UNDECODABLE_BEFORE_FAILURE
            }
            Verdict::Fatal => false,
        };
        if !heals {
            self.phase = Phase::Failed(failure);
            return None;
        }
        let server_failed = matches!(&failure, Failure::Status { status, .. } if status.code == 500);
        if connection.is_some() || server_failed {
            self.count_broken_stream();
        }
        self.wait(failure.retry_after(), Next::Begin, now, jitter);
        let told = connection.is_some_and(|connection| connection.initial == Initial::Told);
        told.then(|| restarted(RestartReason::ListBroken))
    }

    /// All that there is has been told.
    fn complete(&mut self, resource_version: ResourceVersion) -> Event {
        // A list begins a history of its own: its version counts even if it is older, as after a restored backup.
        self.history.begin(resource_version.clone());
        self.suspicion = None;
        self.unproven = false;
        (self.in_a_row.expired_lists, self.in_a_row.broken_streams) = (0, 0);
        Event::Bookmark(Bookmark { resource_version, initial_events_end: true })
    }

    /// The server has no streamed lists: it gets lists from now on, and the first one at once.
    fn refused(&mut self) -> Option<Event> {
        let told = matches!(&self.phase, Phase::Reading(Connection { initial: Initial::Told, .. }));
        self.streaming = Streaming::Refused;
        self.phase = Phase::List { told: false };
        told.then(|| restarted(RestartReason::ListBroken))
    }

    fn count_broken_stream(&mut self) {
        self.in_a_row.broken_streams += 1;
        if self.in_a_row.broken_streams >= BROKEN_STREAMS_BEFORE_LISTS {
            self.give_up_streams();
        }
    }

    /// From now on there are lists: an event that can't be read would come again on a stream, and a list may do where
    /// streams break off.
    pub(super) fn give_up_streams(&mut self) {
        if self.streaming == Streaming::Asked {
            self.streaming = Streaming::GivenUp;
        }
    }
}
