//! The documents as they are on the wire: `apidiscovery.k8s.io/v2` (and `v2beta1`, which reads the same) and the older
//! lists of `meta/v1`.
//!
//! A member that is missing or `null` is empty, as for a Go program. The types that hold a list take the type of its
//! entries as a parameter: with [`serde_json::Value`] for it, one broken entry does not take the others along.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use steersman_meta::{Text, Verb};

/// Whatever `/api` and `/apis` answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "G: Deserialize<'de>, L: Deserialize<'de>"))]
pub(crate) struct Root<G, L> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) kind: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) api_version: Text,
    /// Of an `APIGroupDiscoveryList`.
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) items: Vec<G>,
    /// Of an `APIGroupList`.
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) groups: Vec<L>,
    /// Of an `APIVersions`.
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) versions: Vec<Text>,
}

/// `APIGroupDiscovery`.
#[derive(Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
pub(crate) struct GroupDiscovery<V> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) metadata: Metadata,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) versions: Vec<V>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) name: Text,
}

/// `APIVersionDiscovery`.
#[derive(Deserialize)]
pub(crate) struct VersionDiscovery {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) version: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resources: Vec<ResourceDiscovery>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) freshness: Text,
}

/// `APIResourceDiscovery`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceDiscovery {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resource: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) response_kind: ResponseKind,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) scope: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) singular_resource: Text,
    #[serde(default, deserialize_with = "verbs_or_empty")]
    pub(crate) verbs: Vec<Verb>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) short_names: Vec<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) categories: Vec<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) subresources: Vec<SubresourceDiscovery>,
}

/// `APISubresourceDiscovery`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubresourceDiscovery {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) subresource: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) response_kind: ResponseKind,
    #[serde(default, deserialize_with = "verbs_or_empty")]
    pub(crate) verbs: Vec<Verb>,
}

/// A kind; an empty group and version mean those of the resource.
#[derive(Default, Deserialize)]
pub(crate) struct ResponseKind {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) group: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) version: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) kind: Text,
}

/// `APIGroup`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) name: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) versions: Vec<GroupVersionForDiscovery>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) preferred_version: GroupVersionForDiscovery,
}

/// `GroupVersionForDiscovery`; its `groupVersion` says nothing that the group and the version don't.
#[derive(Default, Deserialize)]
pub(crate) struct GroupVersionForDiscovery {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) version: Text,
}

/// `APIResourceList`.
#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
pub(crate) struct ResourceList<R> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) kind: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resources: Vec<R>,
}

/// `APIResource`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resource {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) name: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) singular_name: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) namespaced: bool,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) group: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) version: Text,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) kind: Text,
    #[serde(default, deserialize_with = "verbs_or_empty")]
    pub(crate) verbs: Vec<Verb>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) short_names: Vec<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) categories: Vec<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) storage_version_hash: Text,
}

fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// As [`or_empty`], with room for the usual eight from the beginning.
fn verbs_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Verb>, D::Error> {
    deserializer.deserialize_any(Verbs)
}

struct Verbs;

impl<'de> de::Visitor<'de> for Verbs {
    type Value = Vec<Verb>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of verbs")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<Verb>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Verb>, A::Error> {
        let mut verbs = Vec::with_capacity(8);
        while let Some(verb) = list.next_element()? {
            verbs.push(verb);
        }
        Ok(verbs)
    }
}
