//! What a watch asks for.

use std::{num::NonZeroU32, time::Instant};

use steersman_meta::ResourceVersion;

use crate::Failure;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives a watch has to do each of these")]
pub enum Step {
    /// Ask for the version of the newest list, with `limit=1`, and leave a connection that is open as it is. Report
    /// [`Resume::checked`](crate::Resume::checked), also when it failed.
    Check,
    /// List all objects, of the newest version (`resourceVersion` unset), on as many pages as it takes. Report each
    /// object with [`Resume::item`](crate::Resume::item) and then [`Resume::listed`](crate::Resume::listed), or [`Resume::failed`](crate::Resume::failed).
    #[non_exhaustive]
    List {
        /// At most how many objects a page holds (`limit`).
        limit: NonZeroU32,
    },
    /// Open a watch with bookmarks (`allowWatchBookmarks=true`). Report [`Resume::watch_opened`](crate::Resume::watch_opened) when the server has
    /// answered 200, or [`Resume::failed`](crate::Resume::failed).
    #[non_exhaustive]
    Watch {
        /// From where.
        resource_version: ResourceVersion,
        /// After how many seconds the server shall end the connection; never 0.
        timeout_seconds: u32,
    },
    /// Open a watch that begins with all objects, of the newest version: `sendInitialEvents=true`,
    /// `resourceVersionMatch=NotOlderThan`, `allowWatchBookmarks=true`, `resourceVersion` unset. Report as for
    /// [`Watch`](Self::Watch).
    #[non_exhaustive]
    WatchList {
        /// After how many seconds the server shall end the connection; never 0.
        timeout_seconds: u32,
    },
    /// Read the next frame of the open watch and report [`Resume::frame`](crate::Resume::frame), [`Resume::closed`](crate::Resume::closed) or [`Resume::failed`](crate::Resume::failed).
    #[non_exhaustive]
    Read {
        /// If nothing has come by then, ask for the next step; if it is still this one, report [`Failure::Silent`].
        until: Instant,
    },
    /// Do nothing for a while, then ask again. Any connection is over.
    #[non_exhaustive]
    Wait {
        /// For how long.
        until: Instant,
    },
    /// The watch is over, as its time limit says, or whoever stopped it.
    End,
    /// The watch cannot go on.
    Fail(Failure),
}
