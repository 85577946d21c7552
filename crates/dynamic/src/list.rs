//! Objects that came together.

use serde_json::{Value, json};
use steersman_meta::{Content, ListMeta, ObjectList};

use crate::{Resource, ResourceInstance};

/// The objects of a list, with the list's own metadata.
///
/// Two lists are equal if their metadata and their objects are, and they are lists of one kind.
#[derive(Clone, Debug)]
pub struct ResourceList {
    resource: Resource,
    metadata: ListMeta,
    items: Vec<ResourceInstance>,
}

impl ResourceList {
    pub(crate) fn new(resource: &Resource, list: ObjectList) -> Self {
        let items =
            list.items.into_iter().map(|item| ResourceInstance::new(resource.clone(), item)).collect();
        Self { resource: resource.clone(), metadata: list.metadata, items }
    }

    pub(crate) fn of(resource: Resource, metadata: ListMeta, items: Vec<ResourceInstance>) -> Self {
        Self { resource, metadata, items }
    }

    /// The objects, in the server's order: by namespace and name.
    #[must_use]
    pub fn items(&self) -> &[ResourceInstance] {
        &self.items
    }

    /// The list's resource version, and with what to ask for the rest where it is a page.
    #[must_use]
    pub fn metadata(&self) -> &ListMeta {
        &self.metadata
    }

    /// How many objects there are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// An iterator over the objects.
    pub fn iter(&self) -> std::slice::Iter<'_, ResourceInstance> {
        self.items.iter()
    }

    /// The whole list as a tree.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let items: Vec<Value> = self.items.iter().map(|item| item.to_value()).collect();
        json!({
            "apiVersion": self.resource.api().api_version(),
            "kind": self.resource.api().list_kind(),
            "metadata": self.metadata,
            "items": items,
        })
    }
}

impl PartialEq for ResourceList {
    fn eq(&self, other: &Self) -> bool {
        self.resource.api().gvk() == other.resource.api().gvk()
            && self.metadata == other.metadata
            && self.items == other.items
    }
}

impl From<&ResourceList> for Content {
    /// The whole list, as the verbs of a [`Bulk`](crate::Bulk) take it.
    fn from(list: &ResourceList) -> Self {
        Self::from(list.to_value())
    }
}

impl From<ResourceList> for Content {
    fn from(list: ResourceList) -> Self {
        Self::from(&list)
    }
}

impl IntoIterator for ResourceList {
    type Item = ResourceInstance;
    type IntoIter = std::vec::IntoIter<ResourceInstance>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a> IntoIterator for &'a ResourceList {
    type Item = &'a ResourceInstance;
    type IntoIter = std::slice::Iter<'a, ResourceInstance>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
