//! Changes to an object, in the four forms that the API takes.

use crate::Content;

/// A change to an object.
///
/// ```
/// use serde_json::json;
/// use steersman_meta::Patch;
///
/// let scale_up = Patch::merge(json!({"spec": {"replicas": 3}}));
/// let first_port = Patch::json(json!([{"op": "replace", "path": "/spec/ports/0/port", "value": 81}]));
/// # let _ = (scale_up, first_port);
/// ```
#[derive(Clone, Debug)]
pub struct Patch {
    patch_type: PatchType,
    content: Content,
}

impl Patch {
    /// A JSON patch (RFC 6902): a list of operations.
    #[must_use]
    pub fn json(operations: impl Into<Content>) -> Self {
        Self { patch_type: PatchType::Json, content: operations.into() }
    }

    /// A JSON merge patch (RFC 7386): members replace, null removes, lists are replaced whole.
    #[must_use]
    pub fn merge(changes: impl Into<Content>) -> Self {
        Self { patch_type: PatchType::Merge, content: changes.into() }
    }

    /// A strategic merge patch: as a merge patch, but lists merge by the kind's own keys. Custom resources do not take it.
    #[must_use]
    pub fn strategic(changes: impl Into<Content>) -> Self {
        Self { patch_type: PatchType::Strategic, content: changes.into() }
    }

    /// A server-side apply: the fields that its manager wants to own, with their values.
    #[must_use]
    pub fn apply(configuration: impl Into<Content>) -> Self {
        Self { patch_type: PatchType::Apply, content: configuration.into() }
    }

    /// The form of the change.
    #[must_use]
    pub fn patch_type(&self) -> PatchType {
        self.patch_type
    }

    /// The change itself.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }
}

/// The form of a [`Patch`].
#[expect(clippy::exhaustive_enums, reason = "the four forms that a server takes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatchType {
    /// Server-side apply.
    Apply,
    /// A JSON patch, RFC 6902.
    Json,
    /// A JSON merge patch, RFC 7386.
    Merge,
    /// A strategic merge patch.
    Strategic,
}

impl PatchType {
    /// The content type on the wire.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            // JSON is YAML, so the content can be JSON.
            Self::Apply => "application/apply-patch+yaml",
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
        }
    }
}
