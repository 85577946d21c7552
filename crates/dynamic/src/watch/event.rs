//! What the consumer of a watch sees.

use serde_json::{Value, json};
use steersman_meta::Object;
use steersman_watch::{Bookmark, Event, Restarted, Vanished};

use crate::{Resource, ResourceInstance};

/// A change, or what has to be known about the changes.
///
/// An object lies in the bytes that it came in, which it keeps: keep [`detach`](steersman_meta::Object::detach)ed ones
/// if they are to stay for long.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// The object is there: it was there at the start, it was created, or it has come to be selected.
    Added(ResourceInstance),
    /// The object has changed.
    Modified(ResourceInstance),
    /// The object is gone, or is not selected any more. This is its last state; of an object that was deleted while the
    /// history was lost, it is all that is known: see [`is_inferred`](Self::is_inferred).
    Deleted(ResourceInstance),
    /// No change: a version up to which all changes have been seen.
    Bookmark(Bookmark),
    /// Some history was lost. Everything that is there follows as `Added`, up to a `Bookmark` that has
    /// `initial_events_end`; an object that is not among it is gone. A watch that
    /// [tracks deletions](crate::verbs::WatchObjects::track_deletions) tells the differences instead.
    Restarted(Restarted),
}

impl WatchEvent {
    /// `resource` is in the place that is watched.
    pub(crate) fn new(resource: &Resource, event: Event) -> Self {
        let instance = |object| ResourceInstance::new(resource.clone(), object);
        match event {
            Event::Added(object) => Self::Added(instance(object)),
            Event::Modified(object) => Self::Modified(instance(object)),
            Event::Deleted(object) => Self::Deleted(instance(object)),
            Event::Bookmark(bookmark) => Self::Bookmark(bookmark),
            Event::Restarted(restarted) => Self::Restarted(restarted),
            Event::Vanished(vanished) => {
                Self::Deleted(ResourceInstance::inferred(resource.clone(), remains(resource, &vanished)))
            }
        }
    }

    /// The object of a change; none for what is no change.
    #[must_use]
    pub fn object(&self) -> Option<&ResourceInstance> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::Bookmark(_) | Self::Restarted(_) => None,
        }
    }

    /// The object of a change; none for what is no change.
    #[must_use]
    pub fn into_object(self) -> Option<ResourceInstance> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::Bookmark(_) | Self::Restarted(_) => None,
        }
    }

    /// Whether the deletion was not seen, but follows from what is there no more. Its object has apiVersion, kind, name,
    /// namespace, uid and resource version, and nothing else.
    #[must_use]
    pub fn is_inferred(&self) -> bool {
        self.object().is_some_and(ResourceInstance::is_inferred)
    }

    /// The type as it is on the wire: `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK`; and `RESTARTED`, which is our own.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        match self {
            Self::Added(_) => "ADDED",
            Self::Modified(_) => "MODIFIED",
            Self::Deleted(_) => "DELETED",
            Self::Bookmark(_) => "BOOKMARK",
            Self::Restarted(_) => "RESTARTED",
        }
    }

    /// The event as a tree, as it is on the wire: `{"type": …, "object": …}`. The object of a bookmark has metadata alone,
    /// and that of `RESTARTED`, which is our own, a message.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let object = match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => object.to_value(),
            Self::Bookmark(bookmark) => json!({"metadata": {
                "resourceVersion": bookmark.resource_version.as_str(),
                "annotations": {"k8s.io/initial-events-end": bookmark.initial_events_end.to_string()},
            }}),
            Self::Restarted(restarted) => json!({"message": restarted.reason.to_string()}),
        };
        json!({"type": self.event_type(), "object": object})
    }
}

/// What is known of an object that is gone, in the shape of an object.
fn remains(resource: &Resource, vanished: &Vanished) -> Object {
    let (api_version, kind) = resource.form().of_items(resource.api());
    let mut metadata = json!({"name": vanished.name});
    for (key, value) in [
        ("namespace", vanished.namespace.as_deref()),
        ("uid", vanished.uid.as_deref()),
        ("resourceVersion", vanished.resource_version.as_ref().map(|version| version.as_str())),
    ] {
        if let Some(value) = value {
            metadata[key] = value.into();
        }
    }
    let object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
    Object::parse(object.to_string()).expect("it was just written")
}
