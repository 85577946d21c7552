//! From the description of one group version to its resources: what makes sense is kept, and the rest is told of.

use std::collections::{HashMap, HashSet};

use steersman_meta::{
    ApiResource, ApiSubresource, GroupVersion, GroupVersionKind, Scope, Shared, Text, Verb,
};

use crate::{listing::Content, wire};

/// What an aggregated document says of a version.
pub(crate) fn aggregated(
    resources: Vec<wire::ResourceDiscovery>,
    group_version: &GroupVersion,
    verbs: &mut VerbLists,
) -> Content {
    let mut faults = Faults::default();
    let mut read = Resources::with_capacity(resources.len());
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
        let wire::ResponseKind { group, version, kind } = wire.response_kind;
        let gvk = group_version.clone().with_kind(kind);
        let mut resource = ApiResource::new(gvk, wire.resource, scope);
        resource.response_group_version = other_than(group_version, group, version);
        resource.singular = wire.singular_resource;
        resource.short_names = wire.short_names.into();
        resource.categories = wire.categories.into();
        resource.verbs = verbs.shared(wire.verbs);
        let mut below = Below::with_capacity(wire.subresources.len());
        for sub in wire.subresources.into_iter().filter(|sub| !sub.response_kind.kind.is_empty()) {
            let wire::ResponseKind { group, version, kind } = sub.response_kind;
            let kind = kind_in(group_version, group, version, kind);
            let sub = ApiSubresource::new(sub.subresource, kind, verbs.shared(sub.verbs));
            below.add(sub, &resource.plural, &mut faults);
        }
        resource.subresources = below.subresources.into();
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
    let mut verbs = VerbLists::default();
    let mut read = Resources::with_capacity(resources.len());
    let (below, resources): (Vec<_>, Vec<_>) =
        resources.into_iter().partition(|wire| wire.name.contains('/'));
    for wire in resources.into_iter().filter(|wire| !wire.kind.is_empty()) {
        let scope = if wire.namespaced { Scope::Namespaced } else { Scope::Cluster };
        let mut resource = ApiResource::new(group_version.clone().with_kind(wire.kind), wire.name, scope);
        resource.response_group_version = other_than(group_version, wire.group, wire.version);
        resource.singular = wire.singular_name;
        resource.short_names = wire.short_names.into();
        resource.categories = wire.categories.into();
        resource.verbs = verbs.shared(wire.verbs);
        resource.storage_version_hash = Some(wire.storage_version_hash).filter(|hash| !hash.is_empty());
        read.add(resource, &mut faults);
    }
    let mut of: Vec<Below> = read.resources.iter().map(|_| Below::default()).collect();
    for wire in below.into_iter().filter(|wire| !wire.kind.is_empty()) {
        let Some((parent, name)) = wire.name.split_once('/') else { continue };
        let Some(&at) = read.at.get(parent) else { continue };
        let kind = kind_in(group_version, wire.group, wire.version, wire.kind);
        let sub = ApiSubresource::new(name, kind, verbs.shared(wire.verbs));
        of[at].add(sub, &read.resources[at].plural, &mut faults);
    }
    for (resource, below) in read.resources.iter_mut().zip(of) {
        resource.subresources = below.subresources.into();
    }
    Content::Read { resources: read.resources, fault: faults.into_text() }
}

/// A kind of the group version that is named, or of the resource's own where none is.
fn kind_in(own: &GroupVersion, group: Text, version: Text, kind: Text) -> GroupVersionKind {
    other_than(own, group, version).unwrap_or_else(|| own.clone()).with_kind(kind)
}

/// The group version that is named, if one is and it is not the resource's own.
fn other_than(own: &GroupVersion, group: Text, version: Text) -> Option<GroupVersion> {
    let named = GroupVersion { group, version };
    (!named.version.is_empty() && named != *own).then_some(named)
}

/// The lists of verbs, each once: a cluster has thousands of kinds, and a handful of lists.
#[derive(Debug, Default)]
pub(crate) struct VerbLists(Vec<Shared<Verb>>);

impl VerbLists {
    /// The list that was seen before, if it was among the first; else this one.
    fn shared(&mut self, verbs: Vec<Verb>) -> Shared<Verb> {
        if let Some(seen) = self.0.iter().find(|seen| ***seen == *verbs) {
            return seen.clone();
        }
        let verbs = Shared::from(verbs);
        if self.0.len() < MAX_LISTS {
            self.0.push(verbs.clone());
        }
        verbs
    }
}

/// More are not compared with.
const MAX_LISTS: usize = 64;

/// The subresources of one resource, each name once.
#[derive(Default)]
struct Below {
    subresources: Vec<ApiSubresource>,
    /// Their names, once there are more than a few.
    seen: HashSet<Text>,
}

impl Below {
    fn with_capacity(count: usize) -> Self {
        Self { subresources: Vec::with_capacity(count), seen: HashSet::new() }
    }

    fn add(&mut self, sub: ApiSubresource, plural: &str, faults: &mut Faults) {
        match () {
            () if !sub.name.split('/').all(is_segment) || !is_text(&sub.kind.kind) => {
                faults.add(|| format!("a subresource of {plural:?} has no usable name"));
            }
            () if self.has(&sub.name) => {
                faults.add(|| format!("{:?} is listed twice below {plural:?}", sub.name));
            }
            () => self.subresources.push(sub),
        }
    }

    fn has(&mut self, name: &Text) -> bool {
        if self.subresources.len() < A_FEW {
            return self.subresources.iter().any(|known| known.name == *name);
        }
        if self.seen.is_empty() {
            self.seen = self.subresources.iter().map(|known| known.name.clone()).collect();
        }
        !self.seen.insert(name.clone())
    }
}

/// The resources of one group version, each name once.
struct Resources {
    resources: Vec<ApiResource>,
    at: HashMap<Text, usize>,
}

impl Resources {
    fn with_capacity(count: usize) -> Self {
        Self { resources: Vec::with_capacity(count), at: HashMap::with_capacity(count) }
    }

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
        if !resource.short_names.iter().all(|name| is_segment(name)) {
            resource.short_names =
                resource.short_names.iter().filter(|name| is_segment(name)).cloned().collect();
        }
        if !is_segment(&resource.singular) {
            resource.singular = Text::default();
        }
        self.at.insert(resource.plural.clone(), self.resources.len());
        self.resources.push(resource);
    }
}

/// So many are quicker compared than hashed.
const A_FEW: usize = 16;

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
    is_plain(name) || is_text(name) && name != "." && name != ".." && !name.contains(['/', '%', '?', '#'])
}

/// Whether it is of the letters and digits that nearly all names are of, which need no closer look.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a name can stand in a line of text: nothing in Kubernetes is longer, or has spaces in it.
pub(crate) fn is_text(name: &str) -> bool {
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    is_plain(name) || !name.is_empty() && name.len() <= LONGEST_NAME && !name.contains(is_odd)
}

const LONGEST_NAME: usize = 253;

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
