//! The groups of a server while they are being read, and what becomes of them when all are.

use std::collections::{HashMap, HashSet};

use steersman_meta::{ApiResource, GroupVersion, Text};

use crate::{
    ApiGroup, Discovery, FailureCause, GroupFailure,
    document::RootKind,
    source::{Source, Sources},
};

/// What the two roots say; `None` for one that has not been read.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) core: Option<Root>,
    pub(crate) groups: Option<Root>,
}

/// What one root says.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) source: Source,
    pub(crate) groups: Vec<Group>,
}

/// A group as a root document names it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: Text,
    /// In the server's order.
    pub(crate) versions: Vec<Version>,
    /// The version that the server prefers, where it says so; else it is the first that is not stale.
    pub(crate) preferred: Option<Text>,
}

/// One version of a group.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) name: Text,
    pub(crate) content: Content,
}

/// What is known of a version.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// It stands in a document of its own, which has not been read.
    Unread,
    /// What it serves; and what in its description makes no sense, if anything.
    Read {
        resources: Vec<ApiResource>,
        fault: Option<String>,
    },
    Failed(FailureCause),
}

impl Listing {
    pub(crate) fn root_mut(&mut self, root: RootKind) -> &mut Option<Root> {
        match root {
            RootKind::Core => &mut self.core,
            RootKind::Groups => &mut self.groups,
        }
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = &Root> {
        self.core.iter().chain(&self.groups)
    }

    pub(crate) fn roots_mut(&mut self) -> impl Iterator<Item = &mut Root> {
        self.core.iter_mut().chain(self.groups.iter_mut())
    }
}

impl Group {
    /// A group of which not even the name can be read.
    pub(crate) fn broken(name: impl Into<Text>, version: impl Into<Text>, why: impl Into<String>) -> Self {
        let content = Content::Failed(FailureCause::Malformed(why.into()));
        Self { name: name.into(), versions: vec![Version { name: version.into(), content }], preferred: None }
    }
}

/// Puts the groups in kubectl's order of priority, and gathers what failed.
///
/// A group that is named twice is one group; of a version that is named twice the first counts.
pub(crate) fn assemble(listing: Listing) -> Discovery {
    let sources = Sources {
        core: listing.core.as_ref().map(|root| root.source.clone()),
        groups: listing.groups.as_ref().map(|root| root.source.clone()),
    };
    let listing: Vec<Group> =
        [listing.core, listing.groups].into_iter().flatten().flat_map(|root| root.groups).collect();
    let mut groups: Vec<ApiGroup> = Vec::with_capacity(listing.len());
    let mut resources: Vec<ApiResource> = Vec::new();
    let mut failures = Vec::new();
    let mut seen = HashSet::new();
    let mut unread = HashSet::new();
    for mut group in merged(listing) {
        let preferred = preferred(&group);
        let mut listed = HashSet::with_capacity(group.versions.len());
        let served = group.versions.iter().filter(|it| it.is_served()).map(|it| &it.name);
        let versions = served.filter(|name| listed.insert(*name)).cloned().collect();
        let this = ApiGroup { name: group.name, versions, preferred: preferred.clone() };
        group.versions.sort_by_key(|version| Some(&version.name) != preferred.as_ref());
        for version in group.versions {
            let group_version = GroupVersion::new(&this.name, &version.name);
            if !version.name.is_empty() && !seen.insert(group_version.clone()) {
                let cause = FailureCause::Malformed("it is listed twice, and the first counts".to_owned());
                failures.push(GroupFailure::new(group_version, cause));
                continue;
            }
            match version.content {
                Content::Read { resources: read, fault } => {
                    let is_preferred = preferred.as_ref() == Some(&version.name);
                    resources.extend(read.into_iter().map(|mut resource| {
                        resource.preferred = is_preferred;
                        resource
                    }));
                    let fault = fault.map(FailureCause::Malformed);
                    failures.extend(fault.map(|cause| GroupFailure::new(group_version, cause)));
                }
                Content::Failed(cause) => failures.push(GroupFailure::new(group_version, cause)),
                Content::Unread => {
                    unread.insert(group_version);
                }
            }
        }
        groups.push(this);
    }
    // What has no name at all stands here under the core group's, as a failure only.
    groups.retain(|group| !group.name.is_empty() || !group.versions.is_empty());
    Discovery::assembled(groups, resources, failures, unread).with_sources(sources)
}

/// Takes what is known apart again, so that a part of it can be replaced.
pub(crate) fn take_apart(known: &Discovery) -> Listing {
    let mut read: HashMap<GroupVersion, Vec<ApiResource>> = HashMap::new();
    for resource in known {
        read.entry(resource.group_version()).or_default().push(resource.clone());
    }
    let mut failed: HashMap<&GroupVersion, &FailureCause> = HashMap::new();
    for failure in known.failures() {
        failed.entry(&failure.group_version).or_insert(&failure.cause);
    }
    let mut groups: Vec<Group> = Vec::with_capacity(known.api_groups().len());
    for group in known.api_groups() {
        let version = |name: &Text| {
            let version = GroupVersion::new(&group.name, name);
            let cause = failed.remove(&version);
            let content = match (read.remove(&version), cause) {
                _ if known.unread().contains(&version) => Content::Unread,
                (Some(resources), cause) => Content::Read { resources, fault: cause.map(fault) },
                (None, Some(cause)) => Content::Failed(cause.clone()),
                (None, None) => Content::Read { resources: Vec::new(), fault: None },
            };
            Version { name: name.clone(), content }
        };
        let versions = group.versions.iter().map(version).collect();
        groups.push(Group { name: group.name.clone(), versions, preferred: group.preferred.clone() });
    }
    let mut at: HashMap<Text, usize> =
        groups.iter().enumerate().map(|(at, group)| (group.name.clone(), at)).collect();
    // What is stale, or has no name, is known by its failure alone.
    for failure in known.failures().iter().filter(|failure| failed.contains_key(&failure.group_version)) {
        let GroupVersion { group, version } = failure.group_version.clone();
        let version = Version { name: version, content: Content::Failed(failure.cause.clone()) };
        let at = *at.entry(group).or_insert_with_key(|group| {
            groups.push(Group { name: group.clone(), versions: Vec::new(), preferred: None });
            groups.len() - 1
        });
        groups[at].versions.push(version);
    }
    let (core, groups) = groups.into_iter().partition(|group| RootKind::of(&group.name) == RootKind::Core);
    let root = |kind, groups| known.sources().of(kind).map(|source| Root { source: source.clone(), groups });
    Listing { core: root(RootKind::Core, core), groups: root(RootKind::Groups, groups) }
}

fn fault(cause: &FailureCause) -> String {
    match cause {
        FailureCause::Malformed(what) => what.clone(),
        FailureCause::Stale | FailureCause::Request(_) | FailureCause::TimedOut(_) => {
            "it is incomplete".to_owned()
        }
    }
}

impl Version {
    /// Whether the server says that it is there: one that is stale, or has no name, is not.
    fn is_served(&self) -> bool {
        !self.name.is_empty() && !matches!(self.content, Content::Failed(FailureCause::Stale))
    }
}

/// The core group first, and each group once.
fn merged(listing: Vec<Group>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::with_capacity(listing.len());
    let mut known = HashMap::new();
    for group in listing {
        match known.get(&group.name) {
            None => {
                known.insert(group.name.clone(), groups.len());
                groups.push(group);
            }
            Some(at) => {
                let first: &mut Group = &mut groups[*at];
                first.versions.extend(group.versions);
                first.preferred = first.preferred.take().or(group.preferred);
            }
        }
    }
    groups.sort_by_key(|group| !group.name.is_empty());
    groups
}

/// The version that the server prefers: the one that it names, if it is there; else the first that is.
fn preferred(group: &Group) -> Option<Text> {
    let served =
        |name: &Text| group.versions.iter().any(|version| version.name == *name && version.is_served());
    let named = group.preferred.clone().filter(served);
    named.or_else(|| {
        group.versions.iter().find(|version| version.is_served()).map(|version| version.name.clone())
    })
}
