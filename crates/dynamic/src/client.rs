//! The client itself.

use std::{fmt, sync::Arc};

use steersman_discovery::{Discoverer, Discovery};
use steersman_meta::{ApiResource, Object};
use steersman_transport::Client;

use crate::{
    DynamicClientBuilder, Error, RawRequest, Resource, Resources, ServerVersion,
    call::{JSON, request},
    defaults::Defaults,
    error::{Attempt, Unexpected},
    exchange::{Exchange, Refusal},
    watch::Watches,
};

/// A client for whatever a cluster serves. Cheap to clone; all clones share connections and what was discovered.
///
/// ```no_run
/// # async fn doc() -> Result<(), steersman_dynamic::Error> {
/// use steersman_dynamic::DynamicClient;
///
/// let cluster = DynamicClient::connect().await?;
/// let deployments = cluster.resource("apps/v1", "Deployment").await?;
/// let web = deployments.namespace("shop").get("web").await?;
/// println!("{} is at {:?}", web.name(), web.resource_version());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DynamicClient {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    discoverer: Arc<dyn Discoverer>,
    defaults: Defaults,
    watches: Arc<Watches>,
}

impl DynamicClient {
    /// Connects as kubectl would: by `KUBECONFIG`, else `~/.kube/config`, else the pod's service account.
    ///
    /// Reads files, and sends nothing: the first look-up or verb does.
    ///
    /// # Errors
    /// If no configuration is found, or what is found can't be used.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    #[cfg(feature = "tls")]
    pub async fn connect() -> Result<Self, Error> {
        Self::builder().connect().await
    }

    /// A client over a connection that exists already, with the defaults of [`builder`](Self::builder).
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self::builder().client(client).build_over_client()
    }

    /// Sets a client up by hand.
    pub fn builder() -> DynamicClientBuilder {
        DynamicClientBuilder::new()
    }

    pub(crate) fn from_parts(client: Client, discoverer: Arc<dyn Discoverer>, defaults: Defaults) -> Self {
        Self { inner: Arc::new(Inner { client, discoverer, defaults, watches: Arc::default() }) }
    }

    /// Finds a resource by its apiVersion and kind: `("apps/v1", "Deployment")`.
    ///
    /// The server is asked for what the look-up needs, unless a process before has kept it on disk, and again when it is
    /// asked for something that it did not serve then: a kind that was defined a moment ago is found.
    ///
    /// # Errors
    /// If the server serves no such kind (with the nearest ones in the hint), or can't be asked.
    ///
    /// # Cancel safety
    /// Dropping the future loses at most the answer of a discovery request.
    pub async fn resource(&self, api_version: &str, kind: &str) -> Result<Resource, Error> {
        let found = self.inner.discoverer.get(api_version, kind).await;
        let found =
            found.map_err(|error| Attempt::to("find", format!("{api_version} {kind}")).failed(error))?;
        Ok(self.resource_for(found))
    }

    /// Finds a resource by any name that kubectl knows it by: `deploy`, `deployments`, `Deployment`,
    /// `deployments.apps`, `deployments.v1.apps`.
    ///
    /// # Errors
    /// As [`resource`](Self::resource), and if the name fits several resources equally well.
    ///
    /// # Cancel safety
    /// As [`resource`](Self::resource).
    pub async fn find(&self, name: &str) -> Result<Resource, Error> {
        let found = self.inner.discoverer.find(name).await;
        let found = found.map_err(|error| Attempt::to("find", format!("{name:?}")).failed(error))?;
        Ok(self.resource_for(found))
    }

    /// A resource that the caller knows already; nothing is asked of the server.
    #[must_use]
    pub fn resource_for(&self, api: impl Into<Arc<ApiResource>>) -> Resource {
        Resource::new(self.clone(), api.into())
    }

    /// All that the server serves.
    #[must_use]
    pub fn resources(&self) -> Resources {
        Resources::new(self.clone())
    }

    /// The server's version. It is asked for each time, and the discoverer is told of it: where it is another than before, what
    /// is known of the server's kinds is asked for again before it is used.
    ///
    /// # Errors
    /// If the server can't be asked, or answers with something else.
    ///
    /// # Cancel safety
    /// Dropping the future loses the answer and nothing else.
    pub async fn version(&self) -> Result<ServerVersion, Error> {
        let attempt = Attempt::to("read", "the server's version");
        let request = request(http::Method::GET, "/version".to_owned(), JSON, None)
            .map_err(|error| attempt.failed(error))?;
        let exchange = Exchange::new(self.clone(), attempt, request);
        let (attempt, _, body) = exchange.whole(Refusal::Error).await?;
        let document = Object::parse(body).map_err(|error| attempt.failed(error))?;
        let version = ServerVersion::from_object(&document)
            .ok_or_else(|| attempt.failed(Unexpected("the answer has no gitVersion")))?;
        self.inner.discoverer.learn_version(&version.git_version).await;
        Ok(version)
    }

    /// The API versions that the server serves, as `kubectl api-versions` prints them: `v1`, `apps/v1`, in the order of their
    /// text. It is asked for each time. What is known to be out of service at the moment is not among them.
    ///
    /// ```no_run
    /// # async fn doc(cluster: steersman_dynamic::DynamicClient) -> Result<(), steersman_dynamic::Error> {
    /// let gateways = cluster.api_versions().await?.iter().any(|one| one.starts_with("gateway.networking.k8s.io/"));
    /// # let _ = gateways;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the server can't be asked.
    ///
    /// # Cancel safety
    /// Dropping the future loses at most the answer of a discovery request.
    pub async fn api_versions(&self) -> Result<Vec<String>, Error> {
        let served = self.rediscover().await?;
        let mut versions: Vec<String> =
            served.api_groups().iter().flat_map(steersman_discovery::ApiGroup::api_versions).collect();
        versions.sort_unstable();
        Ok(versions)
    }

    /// A request by hand, for what no verb covers, through the same connections, credentials and limits.
    ///
    /// ```no_run
    /// # async fn doc(cluster: steersman_dynamic::DynamicClient) -> Result<(), steersman_dynamic::Error> {
    /// use http::Method;
    /// use serde_json::Value;
    ///
    /// let ready = cluster.request(Method::GET).base("/readyz").query("verbose", true).text().await?;
    /// let pods: Value = cluster.request(Method::GET).namespace("shop").url("pods").query("limit", 5).value().await?;
    /// let web = cluster.request(Method::GET).version("apps/v1").namespace("shop").url("deployments/web").await?.into_body();
    /// # let _ = (ready, pods, web);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: http::Method) -> RawRequest {
        RawRequest::new(self.clone(), method)
    }

    /// Closes the client, with all its clones, and waits for what is under way: as
    /// [`Client::close`] of the HTTP client below. There is no need to call it: dropping
    /// everything closes the connections too.
    ///
    /// It has no deadline: a watch may go on for ever. Drop it first, or give this a timeout.
    ///
    /// # Cancel safety
    /// If it is dropped, the client is closed all the same.
    pub async fn close(&self) {
        self.client().close().await;
    }

    /// The HTTP client below, for requests that no verb covers.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// The namespace of calls that name none, if one was set on the builder.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.inner.defaults.namespace.as_deref()
    }

    /// The namespace of the configuration's context: what
    /// [`default_namespace`](Resource::default_namespace) means. `default` for a bare service.
    #[must_use]
    pub fn context_namespace(&self) -> &str {
        self.inner.client.config().map_or("default", |config| &config.default_namespace)
    }

    pub(crate) fn defaults(&self) -> &Defaults {
        &self.inner.defaults
    }

    /// What its watches know of each other.
    pub(crate) fn watches(&self) -> &Arc<Watches> {
        &self.inner.watches
    }

    /// What the server serves, as the discoverer knows it.
    pub(crate) async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        let found = self.inner.discoverer.discover().await;
        found.map_err(|error| Attempt::to("discover", "what the server serves").failed(error))
    }

    /// The same, with nothing taken for granted.
    pub(crate) async fn discover_from_nothing(&self) -> Result<Arc<Discovery>, Error> {
        let found = self.inner.discoverer.invalidate_cache().await;
        found.map_err(|error| Attempt::to("discover", "what the server serves").failed(error))
    }

    /// The same, asked anew.
    pub(crate) async fn rediscover(&self) -> Result<Arc<Discovery>, Error> {
        let found = self.inner.discoverer.refresh().await;
        found.map_err(|error| Attempt::to("discover", "what the server serves").failed(error))
    }
}

impl fmt::Debug for DynamicClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicClient")
            .field("client", &self.inner.client)
            .field("defaults", &self.inner.defaults)
            .finish_non_exhaustive()
    }
}
