//! Who owns which fields of an object: `metadata.managedFields`.

mod conflict;
mod extract;
mod field_set;
mod upgrade;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Object, ObjectError, Patch, ReadError};

pub use conflict::ApplyConflict;
pub use field_set::FieldSet;

/// Who owns which fields of an object.
///
/// ```
/// use steersman_meta::{ManagedFields, Object};
///
/// let web = Object::parse(r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "managedFields": [
///     {"manager": "me", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
///      "fieldsV1": {"f:data": {"f:mine": {}}}}]}, "data": {"mine": "1", "theirs": "2"}}"#)?;
/// let mine = ManagedFields::of(&web)?.extract("me")?.expect("an apply of mine");
/// assert_eq!(mine.to_value()["data"], serde_json::json!({"mine": "1"}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManagedFields {
    object: Object,
    entries: Vec<ManagedFieldsEntry>,
}

/// What one manager owns, by one kind of write, at one version of the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManagedFieldsEntry {
    /// The field manager.
    #[serde(default)]
    pub manager: String,
    /// By which kind of write.
    #[serde(default)]
    pub operation: Operation,
    /// The version in which the fields are named.
    #[serde(default)]
    pub api_version: String,
    /// When it was written last, as RFC 3339 has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Through which subresource; empty for the object itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    /// The fields.
    #[serde(rename = "fieldsV1", default)]
    pub fields: FieldSet,
    /// What else the entry has.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The kind of write by which fields are owned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Operation {
    /// A server-side apply.
    Apply,
    /// Every other write.
    #[default]
    Update,
}

impl ManagedFields {
    /// Reads who owns which fields of `object`; of one without `managedFields`, nobody owns any.
    ///
    /// # Errors
    /// If they are of another shape, or name fields in a form that is not `FieldsV1`.
    pub fn of(object: &Object) -> Result<Self, ReadError> {
        let entries = object.at("/metadata/managedFields")?.unwrap_or_default();
        Ok(Self { object: object.clone(), entries })
    }

    /// The entries, in the object's order.
    #[must_use]
    pub fn entries(&self) -> &[ManagedFieldsEntry] {
        &self.entries
    }

    /// What `manager` owns of the object by its applies: its own configuration as it applied it, to be changed and applied
    /// again. It has apiVersion, kind, name and namespace, and of an entry in a keyed list the keys.
    ///
    /// `None` if it owns nothing: it never applied, or others have taken everything over.
    ///
    /// # Errors
    /// If what is there is no object; the object's own text cannot be the reason.
    pub fn extract(&self, manager: &str) -> Result<Option<Object>, ObjectError> {
        self.extract_of(manager, "")
    }

    /// As [`extract`](Self::extract), of what it applied through a subresource whose fields are the object's own: `status`.
    ///
    /// # Errors
    /// As [`extract`](Self::extract).
    pub fn extract_of(&self, manager: &str, subresource: &str) -> Result<Option<Object>, ObjectError> {
        let entry = self.entries.iter().find(|entry| {
            entry.manager == manager
                && entry.operation == Operation::Apply
                && entry.subresource == subresource
        });
        entry.map(|entry| extract::extract(&self.object, &entry.fields)).transpose()
    }

    /// The patch that makes what was applied on the client (`kubectl apply` without `--server-side`) the property of
    /// `manager`, so that its server-side applies can remove it: the entries of the managers `from` become one of `manager`'s
    /// applies. `None` where there is nothing to do.
    ///
    /// The patch holds the object's resource version, so that a change that somebody made meanwhile is a conflict. Which fields
    /// the client wrote cannot be told any more afterwards.
    #[must_use]
    pub fn upgrade_patch<M: AsRef<str>>(
        &self,
        from: impl IntoIterator<Item = M>,
        manager: &str,
    ) -> Option<Patch> {
        let from: Vec<M> = from.into_iter().collect();
        let mut entries = self.entries.clone();
        for one in &from {
            entries = upgrade::upgraded(entries, one.as_ref(), manager);
        }
        (entries != self.entries).then(|| upgrade::patch(&entries, self.object.resource_version()))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        })
    }
}
