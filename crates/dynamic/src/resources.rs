//! All that a server serves, as resources with verbs.

use std::sync::Arc;

use steersman_discovery::{Discovery, SearchTerms};
use steersman_meta::{Scope, Verb};

use crate::{DynamicClient, Error, Resource};

/// What a server serves: the discoverer's view, each entry a [`Resource`].
#[derive(Clone, Debug)]
pub struct Resources {
    cluster: DynamicClient,
}

impl Resources {
    pub(crate) fn new(cluster: DynamicClient) -> Self {
        Self { cluster }
    }

    /// The resource of an apiVersion and kind; the same as [`DynamicClient::resource`].
    ///
    /// # Errors
    /// As [`DynamicClient::resource`].
    ///
    /// # Cancel safety
    /// As [`DynamicClient::resource`].
    pub async fn get(&self, api_version: &str, kind: &str) -> Result<Resource, Error> {
        self.cluster.resource(api_version, kind).await
    }

    /// What was discovered, as a value: with the groups, and with what could not be read and why
    /// ([`failures`](Discovery::failures)). The server is asked if nothing is known yet.
    ///
    /// # Errors
    /// If the server can't be asked.
    ///
    /// # Cancel safety
    /// Dropping the future loses at most the answer of a discovery request.
    pub async fn discovery(&self) -> Result<Arc<Discovery>, Error> {
        self.cluster.discover().await
    }

    /// Every resource, in kubectl's order: the core group first, preferred versions first in each group.
    ///
    /// # Errors
    /// If the server can't be asked. Groups that could not be read are left out; they stand in
    /// [`discovery`](Resources::discovery).
    ///
    /// # Cancel safety
    /// Dropping the future loses at most the answer of a discovery request.
    pub async fn all(&self) -> Result<Vec<Resource>, Error> {
        self.search().run().await
    }

    /// The resources that fit all of some terms.
    pub fn search(&self) -> Search {
        Search { cluster: self.cluster.clone(), terms: SearchTerms::new() }
    }

    /// The resource that a word means: `deploy`, `pods.metrics.k8s.io`; the same as [`DynamicClient::find`].
    ///
    /// # Errors
    /// As [`DynamicClient::find`].
    pub async fn find(&self, name: &str) -> Result<Resource, Error> {
        self.cluster.find(name).await
    }

    /// Forgets what was discovered, on disk too, and asks the server for all of it.
    ///
    /// # Errors
    /// If the server can't be asked; then what was known before stays.
    pub async fn invalidate_cache(&self) -> Result<(), Error> {
        self.cluster.discover_from_nothing().await.map(drop)
    }

    /// Asks the server again what it serves.
    ///
    /// # Errors
    /// If the server can't be asked; then what was known before stays.
    ///
    /// # Cancel safety
    /// Dropping the future loses at most the answer of a discovery request.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.cluster.rediscover().await.map(drop)
    }
}

/// A search over all that a server serves: a resource is found if all terms hold.
#[derive(Debug)]
#[must_use = "a search does nothing until it runs"]
pub struct Search {
    cluster: DynamicClient,
    terms: SearchTerms,
}

/// The terms of discovery, on this search.
macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty)?);)*) => {
        impl Search {
            $($(#[$doc])* pub fn $name(mut self $(, $arg: $type)?) -> Self {
                self.terms = self.terms.$name($($arg)?);
                self
            })*
        }
    };
}

terms! {
    /// Only of this apiVersion.
    api_version(api_version: impl Into<String>);
    /// Only in this category, `all` for one.
    category(category: impl Into<String>);
    /// Only of this group, at any of its versions; the core group is the empty text.
    group(group: impl Into<String>);
    /// Only of this kind, in any group and version.
    kind(kind: impl Into<String>);
    /// Only where a list is of this kind, `PodList` for one.
    list_kind(list_kind: impl Into<String>);
    /// Only at versions that the server does not prefer.
    not_preferred();
    /// Only with this plural name.
    plural(plural: impl Into<String>);
    /// Only served below `/api` or below `/apis`.
    prefix(prefix: impl Into<String>);
    /// Only at the version that the server prefers in each group.
    preferred();
    /// Only in this scope.
    scope(scope: Scope);
    /// Only with this short name.
    short_name(short_name: impl Into<String>);
    /// Only with this singular name.
    singular(singular: impl Into<String>);
    /// Only stored in the version that has this hash, which a server that aggregates does not tell.
    storage_version_hash(hash: impl Into<String>);
    /// Only with this subresource.
    subresource(subresource: impl Into<String>);
    /// Only what serves this verb; said again, that verb too.
    verb(verb: impl Into<Verb>);
    /// Only in this version, of whatever group.
    version(version: impl Into<String>);
}

impl Search {
    /// The resources that fit, in kubectl's order.
    ///
    /// # Errors
    /// If the server can't be asked. Groups that could not be read are left out; they stand in
    /// [`discovery`](Resources::discovery).
    ///
    /// # Cancel safety
    /// Dropping the future loses at most the answer of a discovery request.
    pub async fn run(self) -> Result<Vec<Resource>, Error> {
        let found = self.cluster.discover().await?;
        let fits = found.resources().iter().filter(|resource| self.terms.matches(resource));
        Ok(fits.map(|resource| self.cluster.resource_for(Arc::new(resource.clone()))).collect())
    }
}
