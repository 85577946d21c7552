//! What a watch asks for.

use std::time::Instant;

use steersman_meta::ResourceVersion;

use crate::Failure;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives a watch has to do each of these")]
pub enum Step {
    /// List all objects, of the newest version (`resourceVersion` unset), on as many pages as it takes. Report each
    /// object with [`Resume::item`](crate::Resume::item) and then [`Resume::listed`](crate::Resume::listed), or [`Resume::list_failed`](crate::Resume::list_failed).
    List,
    /// Open a watch with bookmarks (`allowWatchBookmarks=true`). Report [`Resume::watch_opened`](crate::Resume::watch_opened) when the server has
    /// answered 200, or [`Resume::failed`](crate::Resume::failed).
    #[non_exhaustive]
    Watch {
        /// From where.
        resource_version: ResourceVersion,
        /// After how many seconds the server shall end the connection; never 0.
        timeout_seconds: u32,
    },
    /// Read the next frame of the open watch and report [`Resume::frame`](crate::Resume::frame), [`Resume::closed`](crate::Resume::closed) or [`Resume::failed`](crate::Resume::failed).
    #[non_exhaustive]
    Read {
        /// If nothing has come by then, the connection is dead: report [`Failure::Silent`], and drop it.
        until: Instant,
    },
    /// Do nothing for a while, then ask again. Any connection is over.
    #[non_exhaustive]
    Wait {
        /// For how long.
        until: Instant,
    },
    /// The watch is over, as its time limit says.
    End,
    /// The watch cannot go on.
    Fail(Failure),
}
