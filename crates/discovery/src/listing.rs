//! The groups of a server while they are being read, and what becomes of them when all are.

use std::collections::HashSet;

use steersman_meta::{ApiResource, GroupVersion};

use crate::{ApiGroup, Discovery, FailureCause, GroupFailure};

/// A group as a root document names it.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// In the server's order.
    pub(crate) versions: Vec<Version>,
    /// The version that the server prefers, where it says so; else it is the first that is not stale.
    pub(crate) preferred: Option<String>,
}

/// One version of a group.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What is known of a version.
#[derive(Debug)]
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

impl Group {
    /// A group of which not even the name can be read.
    pub(crate) fn broken(
        name: impl Into<String>,
        version: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        let content = Content::Failed(FailureCause::Malformed(why.into()));
        Self { name: name.into(), versions: vec![Version { name: version.into(), content }], preferred: None }
    }
}

/// Puts the groups in kubectl's order of priority, and gathers what failed.
///
/// A group that is named twice is one group; of a version that is named twice the first counts.
pub(crate) fn assemble(listing: Vec<Group>) -> Discovery {
    let mut groups: Vec<ApiGroup> = Vec::with_capacity(listing.len());
    let mut resources: Vec<Vec<ApiResource>> = Vec::with_capacity(listing.len());
    let mut failures = Vec::new();
    let mut seen = HashSet::new();
    for mut group in merged(listing) {
        let preferred = preferred(&group);
        let mut this = ApiGroup { name: group.name, versions: Vec::new(), preferred: preferred.clone() };
        let listed: Vec<String> =
            group.versions.iter().filter(|it| it.is_served()).map(|it| it.name.clone()).collect();
        group.versions.sort_by_key(|version| Some(&version.name) != preferred.as_ref());
        let mut of_group = Vec::new();
        for version in group.versions {
            let group_version = GroupVersion::new(&*this.name, &*version.name);
            if !version.name.is_empty() && !seen.insert(group_version.clone()) {
                let cause = FailureCause::Malformed("it is listed twice, and the first counts".to_owned());
                failures.push(GroupFailure::new(group_version, cause));
                continue;
            }
            match version.content {
                Content::Read { resources, fault } => {
                    let is_preferred = preferred.as_ref() == Some(&version.name);
                    of_group.extend(resources.into_iter().map(|mut resource| {
                        resource.preferred = is_preferred;
                        resource
                    }));
                    let fault = fault.map(FailureCause::Malformed);
                    failures.extend(fault.map(|cause| GroupFailure::new(group_version, cause)));
                }
                Content::Failed(cause) => failures.push(GroupFailure::new(group_version, cause)),
                Content::Unread => {
                    let cause = FailureCause::Malformed("it was not read".to_owned());
                    failures.push(GroupFailure::new(group_version, cause));
                }
            }
        }
        for version in listed {
            if !this.versions.contains(&version) {
                this.versions.push(version);
            }
        }
        groups.push(this);
        resources.push(of_group);
    }
    // What has no name at all stands here under the core group's, as a failure only.
    groups.retain(|group| !group.name.is_empty() || !group.versions.is_empty());
    Discovery::assembled(groups, resources.into_iter().flatten().collect(), failures)
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
    let mut known = std::collections::HashMap::new();
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
fn preferred(group: &Group) -> Option<String> {
    let served =
        |name: &String| group.versions.iter().any(|version| version.name == *name && version.is_served());
    let named = group.preferred.clone().filter(served);
    named.or_else(|| {
        group.versions.iter().find(|version| version.is_served()).map(|version| version.name.clone())
    })
}
