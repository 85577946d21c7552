//! The metadata that is not read for free.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// An object's metadata without `managedFields`, parsed when it is first asked for.
///
/// Name, namespace, uid and resource version are [`Object`](crate::Object)'s own: they cost nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Metadata {
    /// What the server made the name from.
    pub generate_name: Option<String>,
    /// The labels, for selecting.
    #[serde(deserialize_with = "null_is_default")]
    pub labels: BTreeMap<String, String>,
    /// The annotations, for everything else.
    #[serde(deserialize_with = "null_is_default")]
    pub annotations: BTreeMap<String, String>,
    /// What must be done before the object can go.
    #[serde(deserialize_with = "null_is_default")]
    pub finalizers: Vec<String>,
    /// The objects that it goes with.
    #[serde(deserialize_with = "null_is_default")]
    pub owner_references: Vec<OwnerReference>,
    /// Counts the changes of what is wanted, as opposed to what is.
    pub generation: Option<i64>,
    /// When it was created: RFC 3339, in UTC.
    pub creation_timestamp: Option<String>,
    /// When it is to be gone, once it is being deleted: RFC 3339, in UTC.
    pub deletion_timestamp: Option<String>,
    /// How many seconds it has to end by itself, once it is being deleted.
    pub deletion_grace_period_seconds: Option<i64>,
}

/// An object that another goes with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct OwnerReference {
    /// The owner's apiVersion.
    pub api_version: String,
    /// The owner's kind.
    pub kind: String,
    /// The owner's name; it lives in the same namespace, or in none.
    pub name: String,
    /// The owner's uid: a later object of the same name is not the owner.
    pub uid: String,
    /// Whether it is the one owner that manages the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    /// Whether the owner waits for the object to go, when it is deleted in the foreground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_owner_deletion: Option<bool>,
}

fn null_is_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}
