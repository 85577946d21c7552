//! A client of a configuration, with layers of the user's own.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body::Body as HttpBody;
use steersman_config::Config;
use tower::{Layer, Service};

use crate::{
    body::Body,
    client::{BoxService, Client, erase},
    error::{BoxError, Error, ErrorKind},
    limits::Limits,
    stack::{self, Stack, Wrap},
    timeouts::Timeouts,
    tls, unsupported,
};

impl Client {
    /// Makes a client of a configuration, with everything else at its default. Opens no connection.
    ///
    /// Reading the system's certificates, where the configuration trusts those, blocks for some milliseconds.
    ///
    /// # Errors
    /// If a certificate, a key, the name for TLS or a token in the configuration can't be used, or it asks for what this
    /// client does not do yet ([`ErrorKind::Unsupported`]: exec plugins, OIDC, basic authentication, impersonation,
    /// proxies); the error names the field.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::builder(config).build()
    }

    /// Begins a client of a configuration, with layers, timeouts and limits of your own.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        // A watch and a log that is followed say for themselves that they have no such limit.
        let timeouts = Timeouts { total: config.timeout, ..Timeouts::default() };
        ClientBuilder {
            config,
            outer: Vec::new(),
            wire: Vec::new(),
            user_agent: concat!("steersman/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts,
            limits: Limits::default(),
        }
    }
}

/// Puts a [`Client`] together.
///
/// ```
/// use http::{HeaderName, HeaderValue};
/// use steersman_config::Config;
/// use steersman_transport::Client;
/// use tower_http::set_header::SetRequestHeaderLayer;
///
/// let audit = SetRequestHeaderLayer::overriding(
///     HeaderName::from_static("x-audit-user"),
///     HeaderValue::from_static("backup"),
/// );
/// let client = Client::builder(Config::new("https://10.0.0.1:6443".parse()?))
///     .layer(audit)
///     .user_agent("backup/1.0")
///     .build();
/// # drop(client);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ClientBuilder {
    config: Config,
    outer: Vec<Wrap>,
    wire: Vec<Wrap>,
    user_agent: String,
    timeouts: Timeouts,
    limits: Limits,
}

impl ClientBuilder {
    /// Adds a layer around the whole stack: it sees requests as they are made, with a path for a URI and without
    /// credentials, once each. Of several the first is outermost.
    #[must_use]
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.outer.push(wrap(layer));
        self
    }

    /// Adds a layer next to the wire, inside all of ours: it sees requests as they are sent, with a whole URL and **with
    /// the credentials**. Of several the first is outermost.
    #[must_use]
    pub fn wire_layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.wire.push(wrap(layer));
        self
    }

    /// Says who asks, in the header `User-Agent` of each request that has none; `steersman/<version>` by default.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Says how long to wait. By default [`Timeouts::default`] with the configuration's timeout as the total.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Says how much to take in.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Makes the client. Opens no connection.
    ///
    /// # Errors
    /// As [`Client::new`]; also if the user agent is no header value.
    pub fn build(self) -> Result<Client, Error> {
        unsupported::refuse(&self.config)?;
        let user_agent = HeaderValue::try_from(self.user_agent)
            .map_err(|error| Error::new(ErrorKind::Config { field: "user agent" }).because(error))?;
        let identity = tls::identity(&self.config)?;
        let service = stack::assemble(Stack {
            config: &self.config,
            outer: self.outer,
            wire: self.wire,
            user_agent,
            timeouts: self.timeouts,
            limits: self.limits,
        })?;
        Ok(Client::assembled(service, Some(self.config), Some(identity), self.limits))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("server", &self.config.server)
            .field("layers", &self.outer.len())
            .field("wire_layers", &self.wire.len())
            .field("user_agent", &self.user_agent)
            .field("timeouts", &self.timeouts)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

fn wrap<L, B>(layer: L) -> Wrap
where
    L: Layer<BoxService> + Send + 'static,
    L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Box::new(move |inner| erase(layer.layer(inner)))
}
