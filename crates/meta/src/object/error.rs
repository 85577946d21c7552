//! What is wrong with an object, or with a reading of it.

use std::fmt;

use steersman_json::Kind;

/// A text that is no object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectError(pub(super) Problem);

impl ObjectError {
    pub(crate) fn json(error: steersman_json::Error) -> Self {
        Self(Problem::Json(error))
    }

    pub(crate) fn item(index: usize, error: Self) -> Self {
        Self(Problem::Item { index, error: Box::new(error) })
    }

    pub(crate) fn mixed_kinds(said: String, taken: String) -> Self {
        Self(Problem::MixedKinds { said, taken })
    }

    pub(crate) fn not_a_list(kind: String) -> Self {
        Self(Problem::NotAList { kind })
    }

    pub(crate) fn not_an_object(kind: Kind) -> Self {
        Self(Problem::NotAnObject(kind))
    }

    pub(crate) fn member(member: &'static str, kind: Kind) -> Self {
        Self(Problem::Member { member, kind })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Problem {
    Content(crate::ContentError),
    Item { index: usize, error: Box<ObjectError> },
    Json(steersman_json::Error),
    MixedKinds { said: String, taken: String },
    NotAList { kind: String },
    Member { member: &'static str, kind: Kind },
    NotAnObject(Kind),
    Yaml(String),
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Problem::Content(_) | Problem::Json(_) => {
                f.write_str("it is no JSON that an object can be read from")
            }
            Problem::Item { index, .. } => {
                write!(f, "item {index} of the list, counted from 0, is no object")
            }
            Problem::MixedKinds { said, taken } => {
                write!(
                    f,
                    "the list says behind its items that they are {said}, and they were taken for {taken}"
                )
            }
            Problem::NotAList { kind } => write!(f, "it is a {kind}, and no list"),
            Problem::Member { member, kind } => {
                write!(f, "its member {member:?} is of the wrong type: {kind:?}")
            }
            Problem::Yaml(reason) => write!(f, "it can't be written as YAML: {reason}"),
            Problem::NotAnObject(kind) => write!(f, "it is no JSON object: {kind:?}"),
        }
    }
}

impl std::error::Error for ObjectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Problem::Content(error) => Some(error),
            Problem::Item { error, .. } => Some(error),
            Problem::Json(error) => Some(error),
            _ => None,
        }
    }
}

/// A value that is not of the type that it was read as.
///
/// It tells the place and the types, and nothing of the value, which may be a secret's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    path: String,
    found: Kind,
    wanted: &'static str,
}

impl ReadError {
    pub(super) fn new<T>(path: &str, found: Kind) -> Self {
        Self { path: path.to_owned(), found, wanted: std::any::type_name::<T>() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, found, wanted } = self;
        let place = if path.is_empty() { "the object" } else { path };
        write!(f, "{place} does not read as {wanted}: it is of the JSON type {found:?}")
    }
}

impl std::error::Error for ReadError {}
