//! From the description of one group version to its resources: what makes sense is kept, and the rest is told of.

use std::collections::HashMap;

use steersman_meta::{ApiResource, ApiSubresource, GroupVersion, GroupVersionKind, Scope};

use crate::{listing::Content, wire};

/// What an aggregated document says of a version.
pub(crate) fn aggregated(resources: Vec<wire::ResourceDiscovery>, group_version: &GroupVersion) -> Content {
    let mut faults = Faults::default();
    let mut read = Resources::default();
    for wire in resources {
        // Without a kind it is there for its subresources' sake only.
        if wire.response_kind.kind.is_empty() {
            continue;
        }
        let scope = match wire.scope.as_str() {
            "Namespaced" => Scope::Namespaced,
            "Cluster" => Scope::Cluster,
            other => {
                faults.add(|| format!("the scope of {:?} is {other:?}", wire.resource));
                continue;
            }
        };
        let gvk = group_version.clone().with_kind(wire.response_kind.kind);
        let mut resource = ApiResource::new(gvk, wire.resource, scope);
        resource.singular = wire.singular_resource;
        resource.short_names = wire.short_names;
        resource.categories = wire.categories;
        resource.verbs = wire.verbs;
        for sub in wire.subresources.into_iter().filter(|sub| !sub.response_kind.kind.is_empty()) {
            let wire::ResponseKind { group, version, kind } = sub.response_kind;
            let kind = kind_in(group_version, group, version, kind);
            add_subresource(
                &mut resource,
                ApiSubresource::new(sub.subresource, kind, sub.verbs),
                &mut faults,
            );
        }
        read.add(resource, &mut faults);
    }
    Content::Read { resources: read.resources, fault: faults.into_text() }
}

/// What an `APIResourceList` says of a version; `faults` are those that were found before.
pub(crate) fn legacy(
    resources: Vec<wire::Resource>,
    group_version: &GroupVersion,
    mut faults: Faults,
) -> Content {
    let mut read = Resources::default();
    let (below, resources): (Vec<_>, Vec<_>) =
        resources.into_iter().partition(|wire| wire.name.contains('/'));
    for wire in resources.into_iter().filter(|wire| !wire.kind.is_empty()) {
        let scope = if wire.namespaced { Scope::Namespaced } else { Scope::Cluster };
        let mut resource = ApiResource::new(group_version.clone().with_kind(wire.kind), wire.name, scope);
        resource.singular = wire.singular_name;
        resource.short_names = wire.short_names;
        resource.categories = wire.categories;
        resource.verbs = wire.verbs;
        resource.storage_version_hash = Some(wire.storage_version_hash).filter(|hash| !hash.is_empty());
        read.add(resource, &mut faults);
    }
    for wire in below.into_iter().filter(|wire| !wire.kind.is_empty()) {
        let Some((parent, name)) = wire.name.split_once('/') else { continue };
        let kind = kind_in(group_version, wire.group, wire.version, wire.kind);
        if let Some(resource) = read.named(parent) {
            add_subresource(resource, ApiSubresource::new(name, kind, wire.verbs), &mut faults);
        }
    }
    Content::Read { resources: read.resources, fault: faults.into_text() }
}

/// A kind of the group version that is named, or of the resource's own where none is.
fn kind_in(own: &GroupVersion, group: String, version: String, kind: String) -> GroupVersionKind {
    if version.is_empty() { own.clone().with_kind(kind) } else { GroupVersionKind::new(group, version, kind) }
}

fn add_subresource(resource: &mut ApiResource, sub: ApiSubresource, faults: &mut Faults) {
    match () {
        () if !sub.name.split('/').all(is_segment) || !is_text(&sub.kind.kind) => {
            faults.add(|| format!("a subresource of {:?} has no usable name", resource.plural));
        }
        () if resource.subresource(&sub.name).is_some() => {
            faults.add(|| format!("{:?} is listed twice below {:?}", sub.name, resource.plural));
        }
        () => resource.subresources.push(sub),
    }
}

/// The resources of one group version, each name once.
#[derive(Default)]
struct Resources {
    resources: Vec<ApiResource>,
    at: HashMap<String, usize>,
}

impl Resources {
    fn add(&mut self, mut resource: ApiResource, faults: &mut Faults) {
        if !is_segment(&resource.plural) {
            return faults.add(|| format!("{:?} is no name of a resource", shortened(&resource.plural)));
        }
        if !is_text(&resource.kind) {
            return faults.add(|| format!("the kind of {:?} has no usable name", resource.plural));
        }
        if self.at.contains_key(&resource.plural) {
            return faults.add(|| format!("{:?} is listed twice, and the first counts", resource.plural));
        }
        resource.short_names.retain(|name| is_segment(name));
        if !is_segment(&resource.singular) {
            resource.singular.clear();
        }
        self.at.insert(resource.plural.clone(), self.resources.len());
        self.resources.push(resource);
    }

    fn named(&mut self, plural: &str) -> Option<&mut ApiResource> {
        self.at.get(plural).map(|at| &mut self.resources[*at])
    }
}

/// What makes no sense in the description of a group version: the first, and how many there are.
#[derive(Default)]
pub(crate) struct Faults {
    first: Option<String>,
    more: usize,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: impl FnOnce() -> String) {
        if self.first.is_none() {
            self.first = Some(fault());
        } else {
            self.more += 1;
        }
    }

    fn into_text(self) -> Option<String> {
        match (self.first, self.more) {
            (first, 0) => first,
            (first, more) => first.map(|first| format!("{first} (and {more} more)")),
        }
    }
}

/// Whether a name can be one segment of a path, and of a line of text.
pub(crate) fn is_segment(name: &str) -> bool {
    is_text(name) && name != "." && name != ".." && !name.contains(['/', '%', '?', '#'])
}

/// Whether a name can stand in a line of text: nothing in Kubernetes is longer, or has spaces in it.
fn is_text(name: &str) -> bool {
    !name.is_empty() && name.len() <= 253 && !name.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
