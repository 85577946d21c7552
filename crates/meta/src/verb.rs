//! What can be done with a resource.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A verb of the Kubernetes API, as discovery and RBAC name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// `create`: POST to the collection.
    Create,
    /// `delete`: DELETE of one object.
    Delete,
    /// `deletecollection`: DELETE of the collection.
    DeleteCollection,
    /// `get`: GET of one object.
    Get,
    /// `list`: GET of the collection.
    List,
    /// `patch`: PATCH of one object.
    Patch,
    /// `update`: PUT of one object.
    Update,
    /// `watch`: GET of the collection's changes.
    Watch,
    /// One that is not in the table above.
    Other(String),
}

impl Verb {
    /// The verb's name in Kubernetes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
            Self::Get => "get",
            Self::List => "list",
            Self::Patch => "patch",
            Self::Update => "update",
            Self::Watch => "watch",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for Verb {
    fn from(name: &str) -> Self {
        match name {
            "create" => Self::Create,
            "delete" => Self::Delete,
            "deletecollection" => Self::DeleteCollection,
            "get" => Self::Get,
            "list" => Self::List,
            "patch" => Self::Patch,
            "update" => Self::Update,
            "watch" => Self::Watch,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for Verb {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl From<Verb> for String {
    fn from(verb: Verb) -> Self {
        verb.as_str().to_owned()
    }
}

impl Serialize for Verb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Verb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Name)
    }
}

/// Reads a verb's name without keeping it: discovery tells the same eight thousands of times.
struct Name;

impl de::Visitor<'_> for Name {
    type Value = Verb;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a verb")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Verb, E> {
        Ok(Verb::from(name))
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
