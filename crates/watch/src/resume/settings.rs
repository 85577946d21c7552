//! What a watch is told before it begins.

use std::time::Duration;

use steersman_meta::ResourceVersion;

/// Where a watch begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one either knows a version or does not")]
pub enum Start {
    /// At this version: what happened after it. `0`, which to Kubernetes means any version, is the same as a list.
    At(ResourceVersion),
    /// With a list: all objects that there are as [`Event::Added`](crate::Event::Added), a
    /// [`Bookmark`](crate::Bookmark) that closes it, then what
    /// happens. How it is fetched is said by [`InitialEvents`].
    List,
}

impl Start {
    /// Whether there is a list first.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List) || matches!(self, Self::At(version) if version.as_str() == "0")
    }

    /// The version to go on from; none if there is a list first.
    pub(crate) fn into_version(self) -> Option<ResourceVersion> {
        let is_list = self.is_list();
        match self {
            Self::At(version) if !is_list => Some(version),
            Self::At(_) | Self::List => None,
        }
    }
}

/// How a watch learns what there is, at its start and after lost history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the API has these two ways")]
pub enum InitialEvents {
    /// By lists, page by page, and a watch from their version: works with every server.
    Listed,
    /// By the watch itself (`sendInitialEvents`, KEP-3157), which costs the server a fraction of a list; by lists where
    /// a server refuses that, or does not close it with its bookmark. What was learnt so is kept.
    #[default]
    Streamed,
}

/// What a watch can be told about its ways.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// For how long to watch, from the first step on; then the watch ends, at most 5 s later where a server does not. What the server closes more than
    /// a second before that is opened again. More than 30 years count as 30. `None`, the default: until it is dropped.
    pub timeout: Option<Duration>,
    /// From 0 up to 1: where in the range of 5 to 10 minutes the length of connections lies that the server is asked
    /// for. Programs that start together should not all reconnect together, so draw it at random. Default: 0.
    pub spread: f64,
    /// How it learns what there is. Default: [`InitialEvents::Streamed`].
    pub initial_events: InitialEvents,
}
