//! One resource, with all that discovery tells about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{GroupVersion, GroupVersionKind, GroupVersionResource, Shared, Text, Verb};

/// A resource that a server serves: the nouns and verbs of one kind.
///
/// Discovery makes it; somebody who knows a kind by heart can make it too, and saves the look-up.
///
/// ```
/// use steersman_meta::{ApiResource, GroupVersionKind, Scope};
///
/// let widgets = ApiResource::new(GroupVersionKind::new("example.com", "v1", "Widget"), "widgets", Scope::Namespaced);
/// assert_eq!(widgets.api_version(), "example.com/v1");
/// assert_eq!(widgets.list_kind(), "WidgetList");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiResource {
    /// The group; empty for the core group.
    pub group: Text,
    /// The version in that group.
    pub version: Text,
    /// The kind of its objects.
    pub kind: Text,
    /// The name in paths, and the one that RBAC uses.
    pub plural: Text,
    /// The name of one object, in lower case; empty where the server does not say.
    #[serde(default)]
    pub singular: Text,
    /// Other names, `po` for one.
    #[serde(default)]
    pub short_names: Shared<Text>,
    /// The sets that it belongs to, `all` for one.
    #[serde(default)]
    pub categories: Shared<Text>,
    /// Whether its objects live in namespaces.
    pub scope: Scope,
    /// What can be done with it. Empty means that nobody said, and nothing is refused.
    #[serde(default)]
    pub verbs: Shared<Verb>,
    /// What lies below each object, in the server's order.
    #[serde(default)]
    pub subresources: Shared<ApiSubresource>,
    /// The group version of its objects, where the server says that it is another than the one that serves them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_group_version: Option<GroupVersion>,
    /// Changes with the version that the server stores objects in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_version_hash: Option<Text>,
    /// Whether its version is the one that the server prefers in this group.
    #[serde(default)]
    pub preferred: bool,
}

impl ApiResource {
    /// A resource of which only the essentials are known.
    #[must_use]
    pub fn new(gvk: GroupVersionKind, plural: impl Into<Text>, scope: Scope) -> Self {
        let GroupVersionKind { group, version, kind } = gvk;
        Self {
            group,
            version,
            kind,
            plural: plural.into(),
            singular: Text::default(),
            short_names: Shared::default(),
            categories: Shared::default(),
            scope,
            verbs: Shared::default(),
            subresources: Shared::default(),
            response_group_version: None,
            storage_version_hash: None,
            preferred: false,
        }
    }

    /// As `apiVersion` is written: `apps/v1`, or `v1` in the core group.
    #[must_use]
    pub fn api_version(&self) -> String {
        self.group_version().to_string()
    }

    /// The group at its version.
    #[must_use]
    pub fn group_version(&self) -> GroupVersion {
        GroupVersion::new(&self.group, &self.version)
    }

    /// The type of its objects: its kind, at its group version or, where the server says so, at another.
    #[must_use]
    pub fn gvk(&self) -> GroupVersionKind {
        match &self.response_group_version {
            Some(other) => other.clone().with_kind(&self.kind),
            None => GroupVersionKind::new(&self.group, &self.version, &self.kind),
        }
    }

    /// Where its objects are served.
    #[must_use]
    pub fn gvr(&self) -> GroupVersionResource {
        GroupVersionResource::new(&self.group, &self.version, &self.plural)
    }

    /// The kind of a list of its objects: `List` behind their kind. No document of discovery tells it; a definition may name
    /// another, and the lists that the server sends say which.
    #[must_use]
    pub fn list_kind(&self) -> String {
        format!("{}List", self.kind)
    }

    /// Whether its objects live in namespaces.
    #[must_use]
    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// Whether the server said that it serves `verb`, or said nothing at all about verbs.
    #[must_use]
    pub fn serves(&self, verb: &Verb) -> bool {
        self.verbs.is_empty() || self.verbs.contains(verb)
    }

    /// The subresource of that name, `scale` for one.
    #[must_use]
    pub fn subresource(&self, name: &str) -> Option<&ApiSubresource> {
        self.subresources.iter().find(|subresource| subresource.name == name)
    }

    /// The plural name with its group, as RBAC and kubectl write it: `deployments.apps`, `pods`.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

impl fmt::Display for ApiResource {
    /// `apps/v1 Deployment`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.group_version(), self.kind)
    }
}

/// Whether the objects of a kind live in namespaces.
#[expect(clippy::exhaustive_enums, reason = "Kubernetes has these two scopes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// They stand by themselves.
    Cluster,
    /// Each lives in a namespace.
    Namespaced,
}

/// What lies below an object under a name of its own: `scale`, `status`, `log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiSubresource {
    /// The name behind the object's, `scale` for one; it may have several parts.
    pub name: Text,
    /// The type of what it takes and gives, `autoscaling/v1 Scale` for one.
    pub kind: GroupVersionKind,
    /// What can be done with it. Empty means that nobody said, and nothing is refused.
    #[serde(default)]
    pub verbs: Shared<Verb>,
}

impl ApiSubresource {
    /// Joins the three.
    #[must_use]
    pub fn new(name: impl Into<Text>, kind: GroupVersionKind, verbs: impl Into<Shared<Verb>>) -> Self {
        Self { name: name.into(), kind, verbs: verbs.into() }
    }

    /// Whether the server said that it serves `verb`, or said nothing at all about verbs.
    #[must_use]
    pub fn serves(&self, verb: &Verb) -> bool {
        self.verbs.is_empty() || self.verbs.contains(verb)
    }
}
