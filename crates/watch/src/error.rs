//! Why a watch's body cannot be read.

use std::{error, fmt};

use steersman_meta::ObjectError;

/// Why a watch's body, or one document of it, cannot be read.
///
/// No variant holds text of an object: it may be a secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body ends inside a document, or is no JSON from some point on, or has a document that is too long.
    /// The decoder gives the same error from then on.
    Json(steersman_json::Error),
    /// A document is no watch event: it has no type. The server, or something before it, answered something else.
    NotAnEvent {
        /// What it is, in short.
        found: String,
    },
    /// The body is no JSON: a page of a proxy, for one. The decoder gives the same error from then on.
    NotJson {
        /// How it begins, at most 80 bytes, without control characters.
        excerpt: String,
    },
    /// An `ERROR` event brings something else than a `Status`.
    NotAStatus {
        /// What it brings, in short; empty for nothing.
        found: String,
    },
    /// An event brings no object.
    NoObject {
        /// The event's type.
        event_type: String,
    },
    /// The object of an event cannot be read.
    Object {
        /// The event's type.
        event_type: String,
        /// What is wrong with it.
        error: ObjectError,
    },
    /// An event is of a type that Kubernetes did not have when this was written.
    UnknownType {
        /// The type.
        event_type: String,
    },
}

impl DecodeError {
    /// Whether the body only ended too early. That is how a broken connection can look, and says nothing about
    /// what the server sends.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        matches!(self, Self::Json(steersman_json::Error::Incomplete { .. }))
    }

    /// What a person can do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Json(error) => error.hint(),
            Self::NotJson { .. } | Self::NotAnEvent { .. } => Some(
                "something between here and the API server may have answered in its place: look at proxies",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(_) => f.write_str("the watch's body cannot be read"),
            Self::NotAnEvent { found } => write!(f, "not a watch event: {found}"),
            Self::NotJson { excerpt } => write!(f, "the watch's body is not JSON: it begins {excerpt:?}"),
            Self::NotAStatus { found } if found.is_empty() => f.write_str("an ERROR event without a Status"),
            Self::NotAStatus { found } => write!(f, "an ERROR event that brings no Status: {found}"),
            Self::NoObject { event_type } => {
                write!(f, "a watch event of type {event_type} without an object")
            }
            Self::Object { event_type, .. } => {
                write!(f, "the object of a watch event of type {event_type} cannot be read")
            }
            Self::UnknownType { event_type } => write!(f, "unknown type of watch event: {event_type:?}"),
        }
    }
}

impl error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Object { error, .. } => Some(error),
            _ => None,
        }
    }
}
