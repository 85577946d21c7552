//! What a consumer makes of the events, and what must hold of them.

use std::{collections::BTreeMap, fmt::Write};

use steersman_meta::Object;
use steersman_watch::{Event, RestartReason};

use super::server::{Server, is_whole};

/// A promise that was broken. The first five are the invariants of etcd's watches and of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// What is told goes back.
    Ordered,
    /// Something is told twice.
    Unique,
    /// Something that happened is not told.
    Reliable,
    /// History is lost, or told anew, without a word.
    Loud,
    /// What the consumer knows is not what there is.
    Converged,
    /// An object has not come as it was sent.
    Garbled,
    /// The server is asked too often.
    Budget,
    /// It does not go on, or not in time.
    Stuck,
    /// All is told anew without need.
    Relist,
    /// It gives up.
    Ended,
    /// A connection is kept that nobody reads.
    Leak,
    /// Many come back together.
    Herd,
}

/// What is broken, and how it showed.
pub(crate) type Violation = (Broken, String);

pub(crate) fn broken(what: Broken, how: impl Into<String>) -> Violation {
    (what, how.into())
}

/// Someone who keeps a store by the events.
#[derive(Debug, Default)]
pub(crate) struct Consumer {
    pub(crate) known: BTreeMap<String, u64>,
    /// What has been told since the list began; none behind its end.
    pub(crate) listing: Option<BTreeMap<String, u64>>,
    /// Whether the watch keeps what was told, and tells differences.
    differences: bool,
    /// The version that the last list or change had, outside of lists.
    newest: u64,
    pub(crate) restarts: Vec<RestartReason>,
    pub(crate) ends: usize,
    pub(crate) changes: usize,
    pub(crate) trace: String,
}

impl Consumer {
    pub(crate) fn new(differences: bool) -> Self {
        Self { listing: Some(BTreeMap::new()), differences, ..Self::default() }
    }

    pub(crate) fn take(&mut self, event: &Event, server: &Server) -> Result<(), Violation> {
        match event {
            Event::Restarted(restarted) => {
                self.note("restarted", "", restarted.reason);
                self.restarts.push(restarted.reason);
                self.listing = Some(BTreeMap::new());
                Ok(())
            }
            Event::Bookmark(bookmark) => {
                let version = number(bookmark.resource_version.as_str())?;
                self.note("bookmark", "", (version, bookmark.initial_events_end));
                if bookmark.initial_events_end {
                    return self.end(version);
                }
                if version < self.newest {
                    return Err(broken(
                        Broken::Ordered,
                        format!("a bookmark {version} behind {}", self.newest),
                    ));
                }
                Ok(())
            }
            Event::Added(object) => self.change("ADDED", object, server),
            Event::Modified(object) => self.change("MODIFIED", object, server),
            Event::Deleted(object) => self.change("DELETED", object, server),
            Event::Vanished(vanished) => {
                self.note("vanished", &vanished.name, vanished.uid.as_deref());
                match self.known.remove(&vanished.name) {
                    Some(_) if self.differences => Ok(()),
                    _ => Err(broken(Broken::Unique, format!("{} was not known", vanished.name))),
                }
            }
        }
    }

    fn note(&mut self, what: &str, name: &str, more: impl std::fmt::Debug) {
        writeln!(self.trace, "{what} {name} {more:?}").expect("a string takes everything");
    }

    /// A list is complete.
    fn end(&mut self, version: u64) -> Result<(), Violation> {
        let Some(listed) = self.listing.take() else {
            return Err(broken(Broken::Loud, "a list ends that was not announced"));
        };
        if !self.differences {
            self.known.retain(|name, _| listed.contains_key(name));
        }
        self.newest = version;
        self.ends += 1;
        Ok(())
    }

    fn change(&mut self, kind: &'static str, object: &Object, server: &Server) -> Result<(), Violation> {
        let version = number(object.resource_version().unwrap_or_default())?;
        let name = object.name().to_owned();
        self.note(kind, &name, version);
        self.changes += 1;
        if !is_whole(object) {
            return Err(broken(Broken::Garbled, format!("{name} {version}")));
        }
        if let Some(listing) = &mut self.listing {
            // What comes on the watch itself may change before the list is closed.
            if listing.insert(name.clone(), version).is_some_and(|told| told >= version) {
                return Err(broken(Broken::Unique, format!("{name} {version} twice in one list")));
            }
            if kind == "DELETED" {
                listing.remove(&name);
            }
            if self.differences && self.known.get(&name) == Some(&version) {
                return Err(broken(Broken::Unique, format!("{name} {version} was known")));
            }
        } else {
            if version <= self.newest {
                let what =
                    if self.known.get(&name) == Some(&version) { Broken::Unique } else { Broken::Ordered };
                return Err(broken(what, format!("{kind} {name} {version} behind {}", self.newest)));
            }
            match server.behind(self.newest) {
                Some(next) if next.state.version == version && next.kind == kind && next.name == name => {}
                next => {
                    let how = format!("{kind} {name} {version} behind {}, and not {next:?}", self.newest);
                    return Err(broken(Broken::Reliable, how));
                }
            }
            if self.known.contains_key(&name) != (kind != "ADDED") {
                return Err(broken(
                    Broken::Reliable,
                    format!("{kind} {name} {version}: {:?}", self.known.get(&name)),
                ));
            }
            self.newest = version;
        }
        if kind == "DELETED" {
            self.known.remove(&name);
        } else {
            self.known.insert(name, version);
        }
        Ok(())
    }

    /// The consumer knows what there is, when all is quiet.
    pub(crate) fn check(&self, server: &Server) -> Result<(), Violation> {
        let there: BTreeMap<_, _> =
            server.objects.iter().map(|(name, state)| (name.clone(), state.version)).collect();
        if self.known != there {
            return Err(broken(Broken::Converged, format!("{:?}, and not {there:?}", self.known)));
        }
        if self.listing.is_some() {
            return Err(broken(Broken::Loud, "the list never ends"));
        }
        let restarts = self.restarts.iter().filter(|reason| **reason != RestartReason::ListBroken).count();
        if self.ends != 1 + restarts {
            return Err(broken(Broken::Loud, format!("{} lists, and {restarts} restarts", self.ends)));
        }
        Ok(())
    }
}

fn number(version: &str) -> Result<u64, Violation> {
    version.parse().map_err(|_| broken(Broken::Ordered, format!("version {version:?}")))
}
