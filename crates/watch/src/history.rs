//! Up to where a history has been seen, and what of it comes again.

use steersman_meta::{Object, ResourceVersion};

use crate::version::{self, Order};

/// The history that a watch follows: a version, and who had it.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// All changes up to here have been seen. Never empty; it goes back only when a list begins a new history.
    version: Option<ResourceVersion>,
    /// The object whose change had that version; empty if a list or a bookmark had it. Reused from event to event.
    object: String,
}

/// What the version of a change says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is new, as far as can be known: versions are opaque by contract, and only decimal numbers have an order.
    New,
    /// It is older than what has been seen, or as old as a list or a bookmark that promised to be complete.
    Older,
    /// It is the change that was seen last.
    Repeated,
}

impl History {
    pub(crate) fn from(version: Option<ResourceVersion>) -> Self {
        Self { version, object: String::new() }
    }

    pub(crate) fn version(&self) -> Option<&ResourceVersion> {
        self.version.as_ref()
    }

    /// A list is complete: its version counts even if it is older, as after a restored backup.
    pub(crate) fn begin(&mut self, version: ResourceVersion) {
        self.version = Some(version);
        self.object.clear();
    }

    /// Takes a change in, if it is new.
    pub(crate) fn change(&mut self, object: &Object) -> Place {
        let Some(next) = object.resource_version() else { return Place::New };
        let place = match &self.version {
            None => Place::New,
            Some(seen) => match version::order(seen.as_str(), next) {
                Order::Newer => Place::New,
                Order::Older => Place::Older,
                Order::Same if self.object.is_empty() => Place::Older,
                Order::Same if self.object == identity(object) => Place::Repeated,
                Order::Same | Order::Unknown => Place::New,
            },
        };
        if place == Place::New {
            self.version = ResourceVersion::new(next);
            self.object.clear();
            self.object.push_str(identity(object));
        }
        place
    }

    /// Takes a bookmark in, if it is not older.
    pub(crate) fn bookmark(&mut self, next: &ResourceVersion) -> Place {
        let order = self.version.as_ref().map(|seen| version::order(seen.as_str(), next.as_str()));
        match order {
            Some(Order::Older) => Place::Older,
            Some(Order::Same) => Place::Repeated,
            Some(Order::Newer | Order::Unknown) | None => {
                self.begin(next.clone());
                Place::New
            }
        }
    }

    /// Whether a server whose newest version is this has gone back behind what has been seen.
    pub(crate) fn is_ahead_of(&self, newest: &ResourceVersion) -> bool {
        let order = self.version.as_ref().map(|seen| version::order(seen.as_str(), newest.as_str()));
        order == Some(Order::Older)
    }
}

fn identity(object: &Object) -> &str {
    object.uid().unwrap_or_else(|| object.name())
}
