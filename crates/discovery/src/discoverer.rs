//! Whatever knows what a server serves.

use std::{fmt, pin::Pin, sync::Arc};

use steersman_meta::ApiResource;

use crate::{Discovery, Error, LookupError};

/// A future on the heap, so that [`Discoverer`] can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Knows what a server serves, and asks it when it must.
///
/// Anyone can write one: a fixed list of kinds needs no server at all.
///
/// ```
/// use std::sync::Arc;
///
/// use steersman_discovery::{ApiResource, BoxFuture, Discoverer, Discovery, Error, Scope};
/// use steersman_meta::GroupVersionKind;
///
/// #[derive(Debug)]
/// struct Fixed(Arc<Discovery>);
///
/// impl Discoverer for Fixed {
///     fn discover(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
///         Box::pin(async { Ok(Arc::clone(&self.0)) })
///     }
///
///     fn refresh(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
///         self.discover()
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let pods = ApiResource::new(GroupVersionKind::new("", "v1", "Pod"), "pods", Scope::Namespaced);
/// let fixed: Arc<dyn Discoverer> = Arc::new(Fixed(Arc::new(Discovery::new(vec![pods]))));
/// assert_eq!(fixed.find("pod").await?.kind, "Pod");
/// assert!(fixed.get("v1", "Secret").await.is_err_and(|error| error.is_not_found()));
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Discoverer: fmt::Debug + Send + Sync {
    /// What the server serves, as far as it is known; the server is asked if nothing is known yet.
    ///
    /// # Errors
    /// If the server had to be asked, and could not be.
    fn discover(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>>;

    /// Asks the server again, whatever is known.
    ///
    /// The answer comes from after the call: what was created before it is in it.
    ///
    /// # Errors
    /// If the server cannot be asked. What was known stays known.
    fn refresh(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>>;

    /// Forgets what is known, and what is kept on disk of it, and asks the server for all of it; what it says is kept in
    /// its place.
    ///
    /// [`refresh`](Self::refresh) is cheaper where the server can say that nothing has changed; this one doubts what is
    /// known. By default it is the same.
    ///
    /// # Errors
    /// If the server cannot be asked. What was known stays known.
    fn invalidate_cache(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        self.refresh()
    }

    /// Tells which version the server has, as its `gitVersion` says it, somebody who has asked for it: discovery never does.
    ///
    /// Where it is another than the one that was told before, the server has been replaced, and what is known may not hold
    /// any more: the next question asks for it again, conditionally where that can be done. The version is kept on disk
    /// beside what is known, so that the next process notices it too; what was kept there without one counts as another's
    /// when the first is told. By default nothing is done.
    ///
    /// # Cancel safety
    /// Dropping the future loses at most what was to be kept on disk.
    fn learn_version<'a>(&'a self, _git_version: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    /// What is served at that apiVersion, in the server's order; nothing where it is not served, or could not be read.
    ///
    /// # Errors
    /// If the server had to be asked, and could not be.
    fn in_api_version<'a>(&'a self, api_version: &'a str) -> BoxFuture<'a, Result<Vec<ApiResource>, Error>> {
        Box::pin(async move {
            Ok(self.discover().await?.search().api_version(api_version).run().cloned().collect())
        })
    }

    /// The resource of that apiVersion and kind, as [`Discovery::get`] understands them. If it is not known the server is
    /// asked again, once.
    ///
    /// # Errors
    /// If the server serves no such kind, with the nearest ones; if its group could not be read; if the server cannot
    /// be asked.
    fn get<'a>(&'a self, api_version: &'a str, kind: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        Box::pin(async move {
            if let Some(known) = self.discover().await?.get(api_version, kind) {
                return Ok(known.clone());
            }
            Ok(self.refresh().await?.require(api_version, kind)?.clone())
        })
    }

    /// The resource that a word means, as [`Discovery::find`] understands words. If it is not known the server is asked
    /// again, once. What a short name [could also mean](Discovery::could_also_mean) is said in the log, at the level `WARN`.
    ///
    /// # Errors
    /// As [`get`](Self::get); also if several resources have that name.
    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<ApiResource, Error>> {
        Box::pin(async move {
            match self.discover().await?.find_and_warn(name) {
                Ok(known) => return Ok(known.clone()),
                Err(error @ LookupError::Ambiguous { .. }) => return Err(error.into()),
                Err(LookupError::NotFound { .. } | LookupError::Unavailable { .. }) => {}
            }
            Ok(self.refresh().await?.find_and_warn(name)?.clone())
        })
    }
}
