//! What is known of the connection that is open.

use std::time::{Duration, Instant};

use super::SHORT;

/// An open connection of a watch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    pub(super) opened: Instant,
    latest: Instant,
    /// Whether any frame came.
    pub(super) frames: bool,
    /// Whether any of them led further: one that comes again shows no more than that the server lives.
    pub(super) progress: bool,
    /// What it begins with.
    pub(super) initial: Initial,
    /// For how long the server was asked to keep it.
    asked: Duration,
    /// For how long a live server may be silent.
    patience: Duration,
    /// When the version that it was opened at is looked at, if nothing comes until then.
    pub(super) check_at: Option<Instant>,
}

/// Whether a connection still says what there is, before it says what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Initial {
    /// It is over, or there was none.
    Over,
    /// The bookmark that closes it is still to come, and no object has been told.
    Running,
    /// The same, and objects have been told.
    Told,
}

/// A connection that lasted so long was a good one, whatever came on it.
const LONG: Duration = Duration::from_secs(120);
/// One that led further is a good one if it was not over at once, and a steady one if it lasted so long.
const STEADY: Duration = Duration::from_secs(10);
/// How long a server that sends bookmarks, about one a minute, may be silent.
const SILENCE_WITH_BOOKMARKS: Duration = Duration::from_secs(180);
/// How long a server that says what there is may be silent before the bookmark that closes it.
const SILENCE_WHILE_INITIAL: Duration = Duration::from_secs(10);
/// How long after the end that it was asked for a connection may still be open.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// How long after that end a streamed list may still run. A server ends it in time; a consumer may be slow to read it.
const OVERDUE: Duration = Duration::from_secs(60 * 60);
/// How long nothing may come on a connection behind a failure, before its version is looked at.
const BEFORE_CHECK: Duration = Duration::from_secs(120);

impl Connection {
    pub(super) fn new(now: Instant, asked: Duration, initial: Initial) -> Self {
        let patience = if initial == Initial::Over { asked + GRACE } else { SILENCE_WHILE_INITIAL };
        Self {
            opened: now,
            latest: now,
            frames: false,
            progress: false,
            initial,
            asked,
            patience,
            check_at: None,
        }
    }

    /// The same, looked at if nothing comes on it.
    pub(super) fn with_check(self, now: Instant) -> Self {
        Self { check_at: Some(now + BEFORE_CHECK), ..self }
    }

    pub(super) fn heard(&mut self, now: Instant) {
        (self.latest, self.frames, self.check_at) = (now, true, None);
    }

    /// Somebody waits for the next bytes: how long nobody did is no silence of the server.
    pub(super) fn listens(&mut self, now: Instant) {
        self.latest = self.latest.max(now);
    }

    /// A server that sends bookmarks should not be silent.
    pub(super) fn sends_bookmarks(&mut self) {
        self.patience = self.patience.min(SILENCE_WITH_BOOKMARKS);
    }

    /// What there is has been said; what happens may be long in coming.
    pub(super) fn is_complete(&mut self) {
        (self.initial, self.progress) = (Initial::Over, true);
        self.patience = (self.asked + GRACE).min(SILENCE_WITH_BOOKMARKS);
    }

    /// Until when something should have come.
    pub(super) fn until(&self) -> Instant {
        let silent = self.latest + self.patience;
        self.check_at.map_or(silent, |check| check.min(silent))
    }

    pub(super) fn lasted(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.opened)
    }

    /// Whether it shows that the server is well.
    pub(super) fn was_good(&self, now: Instant) -> bool {
        (self.progress && self.lasted(now) >= SHORT) || self.lasted(now) >= LONG
    }

    /// Whether it shows that the server is well for good: it forgets no version in the next moment.
    pub(super) fn was_steady(&self, now: Instant) -> bool {
        (self.progress && self.lasted(now) >= STEADY) || self.lasted(now) >= LONG
    }

    /// Whether a streamed list had the time that it is given.
    pub(super) fn was_given_time(&self, now: Instant) -> bool {
        self.lasted(now) >= SILENCE_WHILE_INITIAL
    }

    /// Whether the server should have ended it long ago.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.lasted(now) > self.asked + OVERDUE
    }

    /// Whether it ends when the server was asked to end it, and not because the server goes down.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.lasted(now) + GRACE >= self.asked
    }
}
