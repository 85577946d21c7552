//! What one connection of a watch says.

use std::borrow::Cow;

use steersman_json::{Document, Kind, Outline, Shape, Value, Wanted};
use steersman_meta::{Object, ResourceVersion, Status};

use crate::DecodeError;

/// How a server marks the bookmark behind the last object that was there at the start (KEP-3157).
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// How many bytes of something that is no event are shown.
pub(crate) const EXCERPT_BYTES: usize = 80;

/// One document of a watch's body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Frame {
    /// The object was created, or has come to match the selector.
    Added(Object),
    /// The object has changed.
    Modified(Object),
    /// The object is gone, or no longer matches the selector.
    Deleted(Object),
    /// No change.
    #[non_exhaustive]
    Bookmark {
        /// The version up to which all changes have been sent; `None` if the server names none.
        resource_version: Option<ResourceVersion>,
        /// Whether all objects that there were at the start have been sent.
        initial_events_end: bool,
    },
    /// The watch has failed; nothing sensible comes behind it.
    Error(Status),
}

impl Frame {
    /// Reads one document: `{"type": …, "object": …}`, or a `Status` that stands alone.
    ///
    /// # Errors
    /// If it is none of these, or its object cannot be read. The documents behind it may be fine.
    pub fn from_document(document: &Document) -> Result<Self, DecodeError> {
        let outline = Outline::parse(document.bytes().clone(), EVENT).map_err(DecodeError::Json)?;
        Self::from_outline(&outline)
    }

    /// As [`from_document`](Self::from_document), of a text whose parts are known.
    pub(crate) fn from_outline(event: &Outline) -> Result<Self, DecodeError> {
        let Some(event_type) = event.value(TYPE).and_then(|value| value.as_str()) else {
            let document = event.document();
            return Status::parse(document.bytes())
                .map(Self::Error)
                .ok_or_else(|| DecodeError::NotAnEvent { found: describe(document.root()) });
        };
        let value = || event.value(OBJECT).filter(|object| !object.is_null());
        let read = || match event.part(OBJECT).filter(|object| !object.document().root().is_null()) {
            None => Err(DecodeError::NoObject { event_type: event_type.clone().into_owned() }),
            Some(object) => Object::from_outline(object)
                .map_err(|error| DecodeError::Object { event_type: event_type.clone().into_owned(), error }),
        };
        match &*event_type {
            "ADDED" => read().map(Self::Added),
            "MODIFIED" => read().map(Self::Modified),
            "DELETED" => read().map(Self::Deleted),
            "BOOKMARK" => Ok(bookmark(value())),
            "ERROR" => value()
                .and_then(|object| Status::parse(object.raw().as_bytes()))
                .map(Self::Error)
                .ok_or_else(|| DecodeError::NotAStatus { found: value().map_or_else(String::new, describe) }),
            _ => Err(DecodeError::UnknownType { event_type: event_type.into_owned() }),
        }
    }
}

/// What is noted of an event while it is cut.
pub(crate) static EVENT: &Shape =
    &Shape::new(&[Wanted::new("type", TYPE), Wanted::new("object", OBJECT).with(Object::SHAPE)]);
const TYPE: usize = Object::SLOTS;
const OBJECT: usize = Object::SLOTS + 1;

fn bookmark(object: Option<Value<'_>>) -> Frame {
    let metadata = object.and_then(|object| object.get("metadata"));
    let version = metadata.and_then(|metadata| metadata.get("resourceVersion")?.as_str());
    let end = metadata.and_then(|metadata| metadata.get("annotations")?.get(INITIAL_EVENTS_END)?.as_str());
    Frame::Bookmark {
        resource_version: version.and_then(ResourceVersion::new),
        initial_events_end: end.as_deref() == Some("true"),
    }
}

/// What a value is, without its content: it may be an object that holds secrets.
fn describe(value: Value<'_>) -> String {
    let text = match value.kind() {
        Kind::Object => match value.get("kind").and_then(|kind| kind.as_str()) {
            Some(kind) => Cow::Owned(format!("an object of kind {kind}")),
            None => Cow::Borrowed("an object without a kind"),
        },
        Kind::Array => Cow::Borrowed("an array"),
        _ => Cow::Borrowed(value.raw()),
    };
    excerpt(text.as_bytes())
}

/// The start of a text, without control characters.
pub(crate) fn excerpt(text: &[u8]) -> String {
    let start = &text[..text.len().min(EXCERPT_BYTES)];
    let line: String = String::from_utf8_lossy(start).chars().filter(|c| !c.is_control()).collect();
    if start.len() < text.len() { line + "…" } else { line }
}
