//! Which form an answer has, and which groups and versions it names.

use serde::de::DeserializeOwned;
use serde_json::Value;
use steersman_meta::{GroupVersion, Text};

use crate::{
    FailureCause,
    described::{self, Faults, VerbLists, is_segment},
    listing::{Content, Group, Version},
    source::Form,
    wire,
};

/// What a server prefers to answer at `/api` and `/apis`, most wanted first.
///
/// Servers before 1.30 compare it as text, so that the order of the parameters matters.
pub(crate) const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                                 application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                                 application/json";

/// Which root was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RootKind {
    /// `/api`: the core group.
    Core,
    /// `/apis`: all others.
    Groups,
}

impl RootKind {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Core => "/api",
            Self::Groups => "/apis",
        }
    }

    /// Where the group of that name stands.
    pub(crate) fn of(group: &str) -> Self {
        if group.is_empty() { Self::Core } else { Self::Groups }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Core => Self::Groups,
            Self::Groups => Self::Core,
        }
    }

    fn legacy_kind(self) -> &'static str {
        match self {
            Self::Core => "APIVersions",
            Self::Groups => "APIGroupList",
        }
    }
}

/// Reads the answer of a root, whichever form it has: its own `kind` says so. Header fields are not asked, as a proxy
/// may have changed them.
///
/// # Errors
/// What is wrong, if it is no root document at all. A group that makes no sense is marked, and the others are read.
pub(crate) fn root(body: &[u8], root: RootKind) -> Result<(Form, Vec<Group>), String> {
    let body = text(body)?;
    type Typed = wire::Root<wire::GroupDiscovery<wire::VersionDiscovery>, wire::Group>;
    match serde_json::from_str::<Typed>(body) {
        Ok(document) => groups(document, root, aggregated_group, legacy_group),
        Err(error) => {
            let document = serde_json::from_str::<wire::Root<Value, Value>>(body);
            groups(document.map_err(|_| error.to_string())?, root, salvaged_group, salvaged_legacy_group)
        }
    }
}

/// Reads an `APIResourceList`: what one group version serves.
///
/// # Errors
/// What is wrong, if it is no such list. A resource that makes no sense is left out, and told of in the content.
pub(crate) fn resource_list(body: &[u8], group_version: &GroupVersion) -> Result<Content, String> {
    let body = text(body)?;
    match serde_json::from_str::<wire::ResourceList<wire::Resource>>(body) {
        Ok(list) => {
            is_kind(&list.kind, "APIResourceList")?;
            Ok(described::legacy(list.resources, group_version, Faults::default()))
        }
        Err(error) => {
            let list =
                serde_json::from_str::<wire::ResourceList<Value>>(body).map_err(|_| error.to_string())?;
            is_kind(&list.kind, "APIResourceList")?;
            let mut faults = Faults::default();
            let read = |entry| typed(entry).map_err(|why| faults.add(|| why)).ok();
            let resources = list.resources.into_iter().filter_map(read).collect();
            Ok(described::legacy(resources, group_version, faults))
        }
    }
}

/// Reads the list of groups that kubectl keeps, in which the core group is one like the others.
///
/// # Errors
/// What is wrong. Nobody is told of entries that make no sense, so that one spoils the list.
pub(crate) fn kubectl_groups(body: &[u8]) -> Result<Vec<Group>, String> {
    let body = text(body)?;
    let list: wire::Root<Value, wire::Group> =
        serde_json::from_str(body).map_err(|error| error.to_string())?;
    is_kind(&list.kind, "APIGroupList")?;
    let group = |group: wire::Group| {
        let name = group.name;
        let versions: Vec<_> =
            group.versions.into_iter().map(|version| unread(&name, version.version)).collect();
        let is_sound = versions.iter().all(|version| matches!(version.content, Content::Unread));
        let preferred = Some(group.preferred_version.version).filter(|version| !version.is_empty());
        if is_sound {
            Ok(Group { name, versions, preferred })
        } else {
            Err("a group has no usable name".to_owned())
        }
    };
    list.groups.into_iter().map(group).collect()
}

/// The document as text, checked once for all its strings.
///
/// # Errors
/// If it is none, or has so many entries that reading it would take a multiple of its own memory: two bytes can stand for a
/// resource, and for the reason why it is none.
fn text(body: &[u8]) -> Result<&str, String> {
    let text = str::from_utf8(body).map_err(|error| error.to_string())?;
    if body.len() <= HARMLESS_BYTES {
        return Ok(text);
    }
    let count = |byte: u8| body.iter().filter(|it| **it == byte).count();
    let (objects, entries) = (count(b'{'), count(b','));
    if objects > MAX_OBJECTS || entries > MAX_ENTRIES {
        return Err(format!("it has more than {MAX_OBJECTS} objects or {MAX_ENTRIES} entries"));
    }
    Ok(text)
}

/// Whatever stands in so few bytes takes some hundred megabytes at the most.
const HARMLESS_BYTES: usize = 1 << 20;

/// A kind has two, and two more for each subresource.
const MAX_OBJECTS: usize = 1 << 19;

/// A kind has some forty: its members, and their verbs. So it is the limit of a cluster of twenty-five thousand kinds.
const MAX_ENTRIES: usize = 1 << 20;

fn groups<G, L>(
    document: wire::Root<G, L>,
    root: RootKind,
    aggregated: fn(G, RootKind, &mut VerbLists) -> Group,
    legacy: fn(L) -> Group,
) -> Result<(Form, Vec<Group>), String> {
    if document.kind == "APIGroupDiscoveryList" {
        let mut verbs = VerbLists::default();
        let group = |group| aggregated(group, root, &mut verbs);
        return match document.api_version.as_str() {
            "apidiscovery.k8s.io/v2" | "apidiscovery.k8s.io/v2beta1" => {
                Ok((Form::Aggregated, document.items.into_iter().map(group).collect()))
            }
            other => Err(format!("its apiVersion is {other:?}, which is not known")),
        };
    }
    is_kind(&document.kind, root.legacy_kind())?;
    let groups = match root {
        RootKind::Core => {
            let versions = document.versions.into_iter().map(|name| unread(&Text::default(), name)).collect();
            vec![Group { name: Text::default(), versions, preferred: None }]
        }
        RootKind::Groups => document.groups.into_iter().map(legacy).collect(),
    };
    Ok((Form::Legacy, groups))
}

fn is_kind(kind: &str, wanted: &str) -> Result<(), String> {
    if kind == wanted { Ok(()) } else { Err(format!("its kind is {kind:?}, not {wanted:?}")) }
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// A group of an aggregated document whose entries are all of the right types.
fn aggregated_group(
    group: wire::GroupDiscovery<wire::VersionDiscovery>,
    root: RootKind,
    verbs: &mut VerbLists,
) -> Group {
    let name = group.metadata.name;
    if name.is_empty() != (root == RootKind::Core) {
        return Group::broken(name, "", format!("it does not belong to {}", root.path()));
    }
    let versions =
        group.versions.into_iter().map(|version| aggregated_version(&name, version, verbs)).collect();
    Group { name, versions, preferred: None }
}

/// A group of an aggregated document in which something has a wrong type.
fn salvaged_group(group: Value, root: RootKind, verbs: &mut VerbLists) -> Group {
    let group: wire::GroupDiscovery<Value> = match typed(group) {
        Ok(group) => group,
        Err(why) => return Group::broken("", "", why),
    };
    let name = group.metadata.name;
    if name.is_empty() != (root == RootKind::Core) {
        return Group::broken(name, "", format!("it does not belong to {}", root.path()));
    }
    let salvaged = |version: Value| {
        let called = version.get("version").and_then(Value::as_str).unwrap_or_default().into();
        match typed(version) {
            Ok(version) => aggregated_version(&name, version, verbs),
            Err(why) => Version { name: called, content: Content::Failed(FailureCause::Malformed(why)) },
        }
    };
    let versions = group.versions.into_iter().map(salvaged).collect();
    Group { name, versions, preferred: None }
}

fn aggregated_version(group: &Text, version: wire::VersionDiscovery, verbs: &mut VerbLists) -> Version {
    let wire::VersionDiscovery { version: name, resources, freshness } = version;
    let content = match group_version(group, &name) {
        Err(why) => Content::Failed(FailureCause::Malformed(why)),
        Ok(_) if freshness == "Stale" => Content::Failed(FailureCause::Stale),
        Ok(group_version) => described::aggregated(resources, &group_version, verbs),
    };
    Version { name, content }
}

fn legacy_group(group: wire::Group) -> Group {
    let name = group.name;
    if name.is_empty() {
        return Group::broken(name, "", "it has no name");
    }
    let versions = group.versions.into_iter().map(|version| unread(&name, version.version)).collect();
    let preferred = Some(group.preferred_version.version).filter(|version| !version.is_empty());
    Group { name, versions, preferred }
}

fn salvaged_legacy_group(group: Value) -> Group {
    let called = group.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    match typed(group) {
        Ok(group) => legacy_group(group),
        Err(why) => Group::broken(called, "", why),
    }
}

fn unread(group: &Text, name: Text) -> Version {
    let content = match group_version(group, &name) {
        Ok(_) => Content::Unread,
        Err(why) => Content::Failed(FailureCause::Malformed(why)),
    };
    Version { name, content }
}

/// Joins the two if both can stand in a path.
fn group_version(group: &Text, version: &Text) -> Result<GroupVersion, String> {
    match () {
        () if !group.is_empty() && !is_segment(group) => Err("its group has no usable name".to_owned()),
        () if !is_segment(version) => Err("its version has no usable name".to_owned()),
        () => Ok(GroupVersion::new(group, version)),
    }
}
