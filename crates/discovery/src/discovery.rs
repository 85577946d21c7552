//! What a server serves: an immutable snapshot.

use std::{collections::HashSet, slice, sync::Arc};

use steersman_meta::{ApiResource, GroupVersion, Text};
use tracing::warn;

use crate::{
    ApiGroup, Candidate, GroupFailure, LookupError, Search, SearchTerms, names::Names, source::Sources,
};

/// What a server serves, as it was when the server was asked: a value that never changes. Cheap to clone.
///
/// The resources stand in kubectl's order of priority: the core group first, then the groups in the server's order; in
/// each group the preferred version first, then the others in the server's order; in each version the server's order.
/// Where a word fits several resources, the first of them is meant.
///
/// Subresources stand in their resource's [`subresources`](ApiResource::subresources). One without a resource above it is
/// left out, and so is a resource of which the server does not tell the kind.
///
/// ```
/// use steersman_discovery::{ApiResource, Discovery, Scope};
/// use steersman_meta::GroupVersionKind;
///
/// let widgets = ApiResource::new(GroupVersionKind::new("example.com", "v1", "Widget"), "widgets", Scope::Namespaced);
/// let discovery = Discovery::new(vec![widgets]);
/// assert_eq!(discovery.find("widget")?.api_version(), "example.com/v1");
/// assert!(discovery.get("example.com/v2", "Widget").is_none());
/// # Ok::<(), steersman_discovery::LookupError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    contents: Arc<Contents>,
    sources: Sources,
}

#[derive(Debug, Default)]
struct Contents {
    resources: Box<[ApiResource]>,
    names: Names,
    groups: Box<[ApiGroup]>,
    failures: Vec<GroupFailure>,
    /// The group versions that have a document of their own, which nobody needed yet.
    unread: HashSet<GroupVersion>,
}

impl Discovery {
    /// Makes one of a fixed list, for a discoverer of your own.
    ///
    /// The list's order is the server's order: groups and versions count from where they first appear, except that a
    /// version with a [`preferred`](ApiResource::preferred) resource comes first in its group.
    #[must_use]
    pub fn new(mut resources: Vec<ApiResource>) -> Self {
        let mut groups: Vec<ApiGroup> = Vec::new();
        for resource in &resources {
            let at = groups.iter().position(|group| group.name == resource.group).unwrap_or_else(|| {
                let name = resource.group.clone();
                groups.push(ApiGroup { name, versions: Vec::new(), preferred: None });
                groups.len() - 1
            });
            let group = &mut groups[at];
            if !group.versions.contains(&resource.version) {
                group.versions.push(resource.version.clone());
            }
            if resource.preferred && group.preferred.is_none() {
                group.preferred = Some(resource.version.clone());
            }
        }
        groups.sort_by_key(|group| !group.name.is_empty());
        for group in &mut groups {
            group.preferred = group.preferred.take().or_else(|| group.versions.first().cloned());
        }
        resources.sort_by_cached_key(|resource| {
            let group = groups.iter().position(|group| group.name == resource.group);
            let versions = group.map(|at| &groups[at]);
            let preferred = versions.is_some_and(|group| group.preferred.as_ref() == Some(&resource.version));
            let version =
                versions.and_then(|group| group.versions.iter().position(|it| *it == resource.version));
            (group, !preferred, version)
        });
        Self::assembled(groups, resources, Vec::new(), HashSet::new())
    }

    /// The same with these resources: each takes the place of the one of its group, version and plural name, or is added.
    ///
    /// A group or a version that is new comes behind those that are there.
    #[must_use]
    pub fn updated(&self, resources: impl IntoIterator<Item = ApiResource>) -> Self {
        let mut all = self.resources().to_vec();
        for resource in resources {
            match all.iter_mut().find(|known| known.gvr() == resource.gvr()) {
                Some(known) => *known = resource,
                None => all.push(resource),
            }
        }
        let made = Self::new(all);
        let mut groups = self.api_groups().to_vec();
        for group in made.api_groups() {
            match groups.iter_mut().find(|known| known.name == group.name) {
                Some(known) => {
                    let new = group.versions.iter().filter(|version| !known.versions.contains(version));
                    let new: Vec<Text> = new.cloned().collect();
                    known.versions.extend(new);
                }
                None => groups.push(group.clone()),
            }
        }
        let (failures, unread) = (self.failures().to_vec(), self.unread().clone());
        let resources = made.resources().to_vec();
        Self::assembled(groups, resources, failures, unread).with_sources(self.sources.clone())
    }

    /// All resources, in the order of priority.
    #[must_use]
    pub fn resources(&self) -> &[ApiResource] {
        &self.contents.resources
    }

    /// Each resource once, in the order of priority: at its group's preferred version, or, where that does not serve it, at the
    /// first of the others that does. It is what `kubectl api-resources` lists.
    pub fn preferred_resources(&self) -> impl Iterator<Item = &ApiResource> {
        let mut seen = HashSet::new();
        self.iter().filter(move |resource| seen.insert((&resource.group, &resource.plural)))
    }

    /// The group versions that could not be read, and why: what they serve is missing here.
    #[must_use]
    pub fn failures(&self) -> &[GroupFailure] {
        &self.contents.failures
    }

    /// The groups with their versions, in the server's order, the core group first.
    #[must_use]
    pub fn api_groups(&self) -> &[ApiGroup] {
        &self.contents.groups
    }

    /// The resource of that very apiVersion and kind.
    ///
    /// The kind's exact spelling comes first; then the plural, the kind in any case, the singular; last the kind of a
    /// list (`PodList`). Of two resources with one kind in one version, the first is meant. Allocates nothing.
    #[must_use]
    pub fn get(&self, api_version: &str, kind: &str) -> Option<&ApiResource> {
        crate::lookup::exact(self, api_version, kind)
    }

    /// As [`get`](Self::get), with the reason where there is none.
    ///
    /// # Errors
    /// [`LookupError::NotFound`] with the nearest kinds; [`LookupError::Unavailable`] if that very group version could
    /// not be read.
    pub fn require(&self, api_version: &str, kind: &str) -> Result<&ApiResource, LookupError> {
        self.get(api_version, kind).ok_or_else(|| crate::lookup::missing_kind(self, api_version, kind))
    }

    /// The resource that a word means, as kubectl understands words: a plural, a singular, a short name or a kind, in
    /// any case; with `.GROUP` behind it, of which a beginning will do; with `.VERSION.GROUP` behind it.
    ///
    /// Names of resources come before short names, and both before kinds. A word that fits resources of several group
    /// versions means the one of the highest priority. Beyond kubectl: a group's whole name comes before a beginning of
    /// one; a version that is asked for and not served is not replaced by another; `pods.v1` is in the core group; a kind
    /// is found in any group; and the kind of a list means what it lists.
    ///
    /// # Errors
    /// [`LookupError::NotFound`] with the nearest names; [`LookupError::Ambiguous`] if several resources of one group
    /// version fit; [`LookupError::Unavailable`] if the group that the word names could not be read, or if it names none
    /// and nothing of the core group could: that one comes before all others.
    pub fn find(&self, name: &str) -> Result<&ApiResource, LookupError> {
        crate::lookup::find(self, name)
    }

    /// As [`find`](Self::find), and says in the log what the word could mean too.
    pub(crate) fn find_and_warn(&self, name: &str) -> Result<&ApiResource, LookupError> {
        let found = self.find(name)?;
        for other in self.could_also_mean(name) {
            warn!(%name, meant = %found, %other, "the short name could also mean a resource of lower priority");
        }
        Ok(found)
    }

    /// What `name` could mean too, where it is a short name that other resources have as well: those that are not what
    /// [`find`](Self::find) gives, the first version of each, in the order of priority. kubectl warns of them, and so do the
    /// discoverers of this crate, at the level `WARN`, as nobody sees to it that a short name is taken once.
    ///
    /// ```
    /// # use steersman_discovery::{ApiResource, Discovery, Scope};
    /// # use steersman_meta::GroupVersionKind;
    /// # let resource = |group: &str| {
    /// #     let kind = GroupVersionKind::new(group, "v1", "Service");
    /// #     let mut resource = ApiResource::new(kind, "services", Scope::Namespaced);
    /// #     resource.short_names = ["svc".into()].into();
    /// #     resource
    /// # };
    /// # let discovery = Discovery::new(vec![resource(""), resource("serving.example.com")]);
    /// let others = discovery.could_also_mean("svc");
    /// assert_eq!(others[0].gvr().to_string(), "services.v1.serving.example.com");
    /// assert!(discovery.could_also_mean("services").is_empty());
    /// ```
    #[must_use]
    pub fn could_also_mean(&self, name: &str) -> Vec<Candidate> {
        crate::lookup::could_also_mean(self, name)
    }

    /// Starts a search; without a term it finds everything.
    #[must_use]
    pub fn search(&self) -> Search<'_> {
        Search::new(self, SearchTerms::default())
    }

    /// An iterator over all resources, in the order of priority.
    pub fn iter(&self) -> slice::Iter<'_, ApiResource> {
        self.contents.resources.iter()
    }

    /// Joins the parts; `resources` are in the order of priority.
    pub(crate) fn assembled(
        groups: Vec<ApiGroup>,
        resources: Vec<ApiResource>,
        failures: Vec<GroupFailure>,
        unread: HashSet<GroupVersion>,
    ) -> Self {
        let names = Names::index(&resources);
        Self::indexed(groups, resources, names, failures, unread)
    }

    /// As [`assembled`](Self::assembled), with the index of the resources.
    pub(crate) fn indexed(
        groups: Vec<ApiGroup>,
        resources: Vec<ApiResource>,
        names: Names,
        failures: Vec<GroupFailure>,
        unread: HashSet<GroupVersion>,
    ) -> Self {
        let contents =
            Contents { resources: resources.into(), names, groups: groups.into(), failures, unread };
        Self { contents: Arc::new(contents), sources: Sources::default() }
    }

    /// The same, from elsewhere.
    pub(crate) fn with_sources(mut self, sources: Sources) -> Self {
        self.sources = sources;
        self
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The group versions that have a document of their own, which has not been read.
    pub(crate) fn unread(&self) -> &HashSet<GroupVersion> {
        &self.contents.unread
    }

    /// Whether the server lists that group version, read or not.
    pub(crate) fn lists(&self, version: &GroupVersion) -> bool {
        let group = self.api_groups().iter().find(|group| group.name == version.group);
        group.is_some_and(|group| group.versions.contains(&version.version))
    }

    /// Whether both hold the very same contents, whenever they were read.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.contents, &other.contents)
    }

    pub(crate) fn names(&self) -> &Names {
        &self.contents.names
    }
}

impl<'a> IntoIterator for &'a Discovery {
    type Item = &'a ApiResource;
    type IntoIter = slice::Iter<'a, ApiResource>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
