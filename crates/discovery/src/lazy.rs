//! The discoverer that takes what a look-up needs.

use std::sync::Arc;

use steersman_meta::ApiResource;
use steersman_transport::Client;

use crate::{BoxFuture, Budget, Discoverer, Discovery, DiskCache, Error, need::Need, surveyor::Surveyor};

/// Takes what a look-up needs, and keeps it as [`EagerDiscoverer`](crate::EagerDiscoverer) does.
///
/// - By apiVersion and kind it asks one root, `/api` or `/apis`. A server that aggregates has said all that the root
///   describes then; to another it sends one request more, for that group version.
/// - By name, and for [`discover`](Discoverer::discover), it takes all that is missing.
/// - A look-up that misses asks again for what can have brought the kind since: the root, or the one group version that
///   has a document of its own; and for the other root if that has not been read, so that the nearest names are known.
///
/// Sharing, pace, failures, cancellation and the cache are as there.
#[derive(Debug)]
pub struct LazyDiscoverer {
    surveyor: Surveyor,
}

impl LazyDiscoverer {
    /// Asks through `client`, within the default [`Budget`], and keeps nothing on disk. Nothing is sent yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { surveyor: Surveyor::new(client) }
    }

    /// Waits as long as `budget` says.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.surveyor.set_budget(budget);
        self
    }

    /// Keeps what it learns in `cache`, and starts from what is there.
    #[must_use]
    pub fn with_cache(mut self, cache: DiskCache) -> Self {
        self.surveyor.set_cache(cache);
        self
    }

    /// Takes these resources for granted beside what the server says, and before it: they are found without asking it.
    ///
    /// What is said twice of one group, version and plural name counts as it was said last. They are not kept on disk, and
    /// are forgotten by [`invalidate_cache`](Discoverer::invalidate_cache).
    pub fn update(&self, resources: Vec<ApiResource>) {
        self.surveyor.update(resources);
    }
}

impl Discoverer for LazyDiscoverer {
    fn discover(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(self.surveyor.know(&Need::Everything))
    }

    fn refresh(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(self.surveyor.ask_anew(&Need::Everything))
    }

    fn invalidate_cache(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(self.surveyor.ask_from_nothing())
    }

    fn learn_version<'a>(&'a self, git_version: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.surveyor.learn_version(git_version))
    }

    fn in_api_version<'a>(&'a self, api_version: &'a str) -> BoxFuture<'a, Result<Vec<ApiResource>, Error>> {
        Box::pin(async move {
            let known = self.surveyor.know(&Need::of_version(api_version)).await?;
            Ok(known.search().api_version(api_version).run().cloned().collect())
        })
    }

    fn get<'a>(&'a self, api_version: &'a str, kind: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        let need = Need::of_version(api_version);
        let rule = move |discovery: &Discovery| discovery.require(api_version, kind).cloned();
        Box::pin(self.surveyor.look_up(need.clone(), need, rule))
    }

    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        let rule = move |discovery: &Discovery| discovery.find_and_warn(name).cloned();
        Box::pin(self.surveyor.look_up(Need::Everything, Need::Everything, rule))
    }
}
