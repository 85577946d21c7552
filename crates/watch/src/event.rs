//! What the consumer of a watch sees.

use std::fmt;

use steersman_meta::{Object, ResourceVersion};

/// A change, or what has to be known about the changes.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives a watch has to pass each of these on")]
pub enum Event {
    /// The object is there: it was listed, it was created, or it has come to match the selector.
    Added(Object),
    /// The object has changed.
    Modified(Object),
    /// The object is gone, or no longer matches the selector. This is its last state.
    Deleted(Object),
    /// No change: a version up to which all changes have been seen.
    Bookmark(Bookmark),
    /// Some history was lost.
    Restarted(Restarted),
    /// The object was deleted while the history was lost. Only an [`Inventory`](crate::Inventory) tells this, since it
    /// needs to know what there was; to a consumer it means the same as [`Deleted`](Self::Deleted).
    Vanished(Vanished),
}

impl Event {
    /// The object of a change; none for what is no change.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::Bookmark(_) | Self::Restarted(_) | Self::Vanished(_) => None,
        }
    }

    /// The object of a change; none for what is no change.
    #[must_use]
    pub fn into_object(self) -> Option<Object> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::Bookmark(_) | Self::Restarted(_) | Self::Vanished(_) => None,
        }
    }
}

/// A version up to which all changes have been seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bookmark {
    /// A new watch can start from here and miss nothing.
    pub resource_version: ResourceVersion,
    /// Whether it closes a list: all objects that there were have been told as [`Event::Added`].
    pub initial_events_end: bool,
}

/// What is known of an object that was deleted while nobody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vanished {
    /// Its namespace; `None` if it was in none.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its uid; `None` if the server gave none.
    pub uid: Option<String>,
    /// The version of its last state that was seen.
    pub resource_version: Option<ResourceVersion>,
}

/// Some history was lost: changes happened that will never be told.
///
/// All objects are told again, as [`Event::Added`], up to the [`Bookmark`] that has
/// [`initial_events_end`](Bookmark::initial_events_end). An object that the consumer knows and that is not among
/// them is gone; no [`Event::Deleted`] comes for it, unless an [`Inventory`](crate::Inventory) keeps what there was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restarted {
    /// Why.
    pub reason: RestartReason,
}

/// Why history was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestartReason {
    /// The server closed the watch at once, without a word, three times in a row. Some servers answer so to a
    /// version that they no longer have.
    ClosedAtOnce,
    /// The server has forgotten the version to go on from: 410, reason `Expired` or `Gone`.
    Expired,
    /// The list broke off after some of its objects had been told, or the server does not say that it is complete.
    ListBroken,
    /// The server has not reached the version to go on from; its data may come from a backup.
    ResourceVersionTooLarge,
    /// What the server sends at the version to go on from cannot be read.
    Undecodable,
    /// The server sends what is older than what it has sent before: it replays, or its data comes from a backup.
    WentBack,
}

impl fmt::Display for RestartReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClosedAtOnce => "the server closes the watch at once",
            Self::Expired => "the server has forgotten the version to go on from",
            Self::ListBroken => "the list broke off",
            Self::ResourceVersionTooLarge => "the server has not reached the version to go on from",
            Self::Undecodable => "what the server sends cannot be read",
            Self::WentBack => "the server is behind what it has sent before",
        })
    }
}
