//! A search among what a server serves.

use std::slice;

use steersman_meta::{ApiResource, Scope, Verb};

use crate::Discovery;

/// What to search for: a resource is found if all terms hold; without a term everything is.
///
/// A term given twice counts as it was given last, except [`verb`](Self::verb) and [`category`](Self::category), which add
/// up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchTerms {
    prefix: Option<String>,
    group: Option<String>,
    api_version: Option<String>,
    version: Option<String>,
    kind: Option<String>,
    plural: Option<String>,
    singular: Option<String>,
    short_name: Option<String>,
    categories: Vec<String>,
    verbs: Vec<Verb>,
    subresource: Option<String>,
    scope: Option<Scope>,
    list_kind: Option<String>,
    storage_version_hash: Option<String>,
    preferred: Option<bool>,
}

impl SearchTerms {
    /// No terms yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether all terms hold for `resource`.
    #[must_use]
    pub fn matches(&self, resource: &ApiResource) -> bool {
        let is = |term: &Option<String>, value: &str| term.as_deref().is_none_or(|term| term == value);
        let prefix = if resource.group.is_empty() { "api" } else { "apis" };
        is(&self.prefix, prefix)
            && is(&self.group, &resource.group)
            && self.api_version.as_deref().is_none_or(|term| has_api_version(resource, term))
            && is(&self.version, &resource.version)
            && is(&self.kind, &resource.kind)
            && is(&self.plural, &resource.plural)
            && is(&self.singular, &resource.singular)
            && self
                .short_name
                .as_ref()
                .is_none_or(|term| resource.short_names.iter().any(|name| name == term))
            && self.categories.iter().all(|term| resource.categories.iter().any(|name| name == term))
            && self.verbs.iter().all(|term| resource.verbs.contains(term))
            && self.subresource.as_deref().is_none_or(|term| resource.subresource(term).is_some())
            && self.scope.is_none_or(|term| term == resource.scope)
            && self.list_kind.as_deref().is_none_or(|term| term.strip_suffix("List") == Some(&resource.kind))
            && self
                .storage_version_hash
                .as_deref()
                .is_none_or(|term| resource.storage_version_hash.as_deref().is_some_and(|hash| hash == term))
            && self.preferred.is_none_or(|term| term == resource.preferred)
    }
}

fn has_api_version(resource: &ApiResource, api_version: &str) -> bool {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    resource.group == group && resource.version == version
}

/// A search that is being put together: [`Discovery::search`] starts it, iterating runs it.
///
/// ```
/// # use steersman_discovery::Discovery;
/// # fn show(discovery: &Discovery) {
/// for resource in discovery.search().group("apps").verb("list").preferred() {
///     println!("{resource}");
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Search<'a> {
    discovery: &'a Discovery,
    terms: SearchTerms,
}

impl<'a> Search<'a> {
    pub(crate) fn new(discovery: &'a Discovery, terms: SearchTerms) -> Self {
        Self { discovery, terms }
    }

    /// Takes these terms in place of those given so far.
    #[must_use]
    pub fn terms(mut self, terms: SearchTerms) -> Self {
        self.terms = terms;
        self
    }

    /// Runs the search: what it finds, in the order of priority.
    #[must_use]
    pub fn run(self) -> Found<'a> {
        Found { resources: self.discovery.iter(), terms: self.terms }
    }
}

/// The terms, on [`SearchTerms`] and on [`Search`] alike.
macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty)?) = |$terms:ident| $set:expr;)*) => {
        impl SearchTerms {
            $($(#[$doc])* #[must_use] pub fn $name(mut self $(, $arg: $type)?) -> Self {
                let $terms = &mut self;
                $set;
                self
            })*
        }

        impl Search<'_> {
            $($(#[$doc])* #[must_use] pub fn $name(mut self $(, $arg: $type)?) -> Self {
                self.terms = self.terms.$name($($arg)?);
                self
            })*
        }
    };
}

terms! {
    /// Served below `/api` or below `/apis`; the slash may be left out.
    prefix(prefix: impl Into<String>) = |terms| terms.prefix = Some(prefix.into().trim_matches('/').to_owned());
    /// In this group; the core group is the empty text.
    group(group: impl Into<String>) = |terms| terms.group = Some(group.into());
    /// In this group version: `apps/v1`; `v1` is in the core group, and in no other.
    api_version(api_version: impl Into<String>) = |terms| terms.api_version = Some(api_version.into());
    /// In this version, of whatever group.
    version(version: impl Into<String>) = |terms| terms.version = Some(version.into());
    /// Of this kind, in its exact spelling.
    kind(kind: impl Into<String>) = |terms| terms.kind = Some(kind.into());
    /// With this plural name.
    plural(plural: impl Into<String>) = |terms| terms.plural = Some(plural.into());
    /// With this singular name.
    singular(singular: impl Into<String>) = |terms| terms.singular = Some(singular.into());
    /// With this short name among its own.
    short_name(short_name: impl Into<String>) = |terms| terms.short_name = Some(short_name.into());
    /// In this category, and in those given before.
    category(category: impl Into<String>) = |terms| terms.categories.push(category.into());
    /// Serves this verb, and those given before, and says so.
    verb(verb: impl Into<Verb>) = |terms| terms.verbs.push(verb.into());
    /// With this subresource.
    subresource(subresource: impl Into<String>) = |terms| terms.subresource = Some(subresource.into());
    /// In this scope.
    scope(scope: Scope) = |terms| terms.scope = Some(scope);
    /// Whose lists are of this kind, in its exact spelling: `PodList`.
    list_kind(list_kind: impl Into<String>) = |terms| terms.list_kind = Some(list_kind.into());
    /// Stored in the version that has this hash; a server that aggregates tells none.
    storage_version_hash(hash: impl Into<String>) = |terms| terms.storage_version_hash = Some(hash.into());
    /// In a version that the server prefers.
    preferred() = |terms| terms.preferred = Some(true);
    /// In a version that the server does not prefer.
    not_preferred() = |terms| terms.preferred = Some(false);
}

impl<'a> IntoIterator for Search<'a> {
    type Item = &'a ApiResource;
    type IntoIter = Found<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.run()
    }
}

/// What a [`Search`] finds, one by one.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    resources: slice::Iter<'a, ApiResource>,
    terms: SearchTerms,
}

impl<'a> Iterator for Found<'a> {
    type Item = &'a ApiResource;

    fn next(&mut self) -> Option<Self::Item> {
        self.resources.find(|resource| self.terms.matches(resource))
    }
}
