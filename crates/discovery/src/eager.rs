//! The discoverer that takes everything at once.

use std::sync::Arc;

use steersman_meta::ApiResource;
use steersman_transport::Client;

use crate::{BoxFuture, Budget, Discoverer, Discovery, DiskCache, Error, need::Need, surveyor::Surveyor};

/// Takes everything that the server serves at the first question, and keeps it until it is asked to
/// [`refresh`](Discoverer::refresh) or a look-up misses.
///
/// - Callers who ask at the same time share one flight of requests, and its failure.
/// - A look-up that misses asks the server again before it says so, unless the server was asked after the look-up began;
///   a kind that was made a moment ago is found. By apiVersion and kind it asks for what can have brought that kind since:
///   the root, or the one group version that has a document of its own; by name it asks for everything.
/// - Ten such refreshes are free, then they come at most twice a second: the look-ups wait and share them. One of more than
///   sixteen requests, as by name to a server that does not aggregate, counts as one for each sixteen of them. A server that
///   marks its documents says in a few bytes that nothing has changed.
/// - A group that could not be read is asked for again with the next miss that it may hide. No failure is kept in place of
///   an answer.
/// - With a [`DiskCache`] the first question is answered from there.
///
/// It needs a tokio runtime with timers. Futures are cancel safe: if the one that asks is dropped, the next that waits
/// asks in its place.
#[derive(Debug)]
pub struct EagerDiscoverer {
    surveyor: Surveyor,
}

impl EagerDiscoverer {
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

impl Discoverer for EagerDiscoverer {
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

    fn get<'a>(&'a self, api_version: &'a str, kind: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        let rule = move |discovery: &Discovery| discovery.require(api_version, kind).cloned();
        Box::pin(self.surveyor.look_up(Need::Everything, Need::of_version(api_version), rule))
    }

    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        let rule = move |discovery: &Discovery| discovery.find_and_warn(name).cloned();
        Box::pin(self.surveyor.look_up(Need::Everything, Need::Everything, rule))
    }
}
