//! A client of a configuration, with layers of the user's own.

use std::{fmt, sync::Arc};

use http::{HeaderValue, Uri};
use steersman_config::{Config, Oidc, Trust};
use tokio::io::{AsyncRead, AsyncWrite};
use tower::Service;

use crate::{
    client::Client,
    closing::Closing,
    compression::Compression,
    credentials::{ExecPolicy, OidcStore, OidcTokens},
    error::{BoxError, Error, ErrorKind},
    limits::Limits,
    live::LiveTimeouts,
    observe::{Metrics, SharedMetrics},
    proxy::{self, Proxy},
    rate_limit::RateLimit,
    retry::RetryPolicy,
    slot::Wrap,
    stack::{self, Own, Stack},
    timeouts::Timeouts,
    tls::{self, Crypto},
    warnings::{Warnings, default_handler},
    wire::{self, Dial, HttpVersions},
};

mod layers;

impl Client {
    /// Makes a client of a configuration, with everything else at its default. Opens no connection.
    ///
    /// Reading the system's certificates, where the configuration trusts those, blocks for some milliseconds.
    ///
    /// # Errors
    /// If a certificate, a key, the name for TLS or a token in the configuration can't be used, or an OpenID Connect
    /// provider is not at an `https` URL; the error names the field.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::builder(config).build()
    }

    /// Begins a client of a configuration, with layers, timeouts and limits of your own.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        // A watch and a log that is followed say for themselves that they have no such limit.
        let timeouts = Timeouts { total: config.timeout, ..Timeouts::default() };
        let compression = match config.disable_compression {
            true => Compression::None,
            false => Compression::Gzip,
        };
        ClientBuilder {
            config,
            outer: Vec::new(),
            wire: Vec::new(),
            user_agent: concat!("steersman/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts,
            retry: RetryPolicy::default(),
            limits: Limits::default(),
            versions: HttpVersions::default(),
            crypto: Crypto::default(),
            compression,
            own: Own::default(),
            dial: None,
            proxy: Proxy::default(),
            proxy_trust: Trust::System,
            rate_limit: None,
            exec: ExecPolicy::default(),
            oidc_store: OidcStore::default(),
            warnings: default_handler(),
            metrics: SharedMetrics::default(),
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
    retry: RetryPolicy,
    limits: Limits,
    versions: HttpVersions,
    crypto: Crypto,
    compression: Compression,
    own: Own,
    dial: Option<Dial>,
    proxy: Proxy,
    proxy_trust: Trust,
    rate_limit: Option<RateLimit>,
    exec: ExecPolicy,
    oidc_store: OidcStore,
    warnings: Warnings,
    metrics: SharedMetrics,
}

impl ClientBuilder {
    /// Connects by a connector of the user's own, in place of TCP and proxies: a Unix socket, a tunnel, a test. It is given
    /// the server's URL; for an `https` server TLS is spoken on what it gives.
    ///
    #[cfg_attr(unix, doc = "```")]
    #[cfg_attr(not(unix), doc = "```no_run")]
    /// use http::{Request, Uri};
    /// use steersman_config::Config;
    /// use steersman_transport::{Body, Client};
    /// use tokio::net::UnixStream;
    ///
    /// # use tokio::io::{AsyncReadExt, AsyncWriteExt};
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("api.sock");
    /// # let listener = tokio::net::UnixListener::bind(&path)?;
    /// # tokio::spawn(async move {
    /// #     let (mut socket, _) = listener.accept().await?;
    /// #     socket.read(&mut [0; 4096]).await?;
    /// #     socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await
    /// # });
    /// let socket = tower::service_fn(move |_: Uri| UnixStream::connect(path.clone()));
    /// let client = Client::builder(Config::new("http://api".parse()?)).connector(socket).build()?;
    /// let (_, body) = client.request_bytes(Request::get("/version").body(Body::empty())?).await?;
    /// assert_eq!(body, "{}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn connector<C>(mut self, connector: C) -> Self
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send + 'static,
    {
        self.dial = Some(wire::custom(connector));
        self
    }

    /// Says which versions of HTTP to speak; by default HTTP/2 where the server has it.
    #[must_use]
    pub fn http_versions(mut self, versions: HttpVersions) -> Self {
        self.versions = versions;
        self
    }

    /// Says whose cryptography TLS uses; by default that of `ring`.
    #[must_use]
    pub fn crypto(mut self, crypto: Crypto) -> Self {
        self.crypto = crypto;
        self
    }

    /// Says whether the server may compress its answers; by default it may, unless the configuration says otherwise
    /// (`disable-compression`).
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Says which proxy to go through; by default what the configuration and the environment say.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Says which certificates of a proxy with an `https` URL are believed; by default those that the system believes, as
    /// the authorities of a cluster say nothing about a proxy.
    #[must_use]
    pub fn proxy_trust(mut self, trust: Trust) -> Self {
        self.proxy_trust = trust;
        self
    }

    /// Sends no more than this; without it there is no limit.
    #[must_use]
    pub fn rate_limit(mut self, limit: impl Into<Option<RateLimit>>) -> Self {
        self.rate_limit = limit.into();
        self
    }

    /// Says which credential plugins may be run, and for how long.
    #[must_use]
    pub fn exec(mut self, policy: ExecPolicy) -> Self {
        self.exec = policy;
        self
    }

    /// Gives the tokens that an OpenID Connect provider gives to `keep`, for the next process.
    ///
    /// Without it they live as long as the client does. That is a loss where the provider takes each refresh token only
    /// once: the one in the kubeconfig is used up then, for kubectl too, and the next process has to log in again. This
    /// client says so in an event of `tracing`, at the level `WARN`.
    ///
    /// `keep` may block. It is called before the new tokens are used; where it fails, they are used all the same, and
    /// another event says why. To write them to the kubeconfig, as kubectl does:
    ///
    /// ```no_run
    /// use steersman_config::Loader;
    /// use steersman_transport::Client;
    ///
    /// let mut loader = Loader::new();
    /// let config = loader.load()?;
    /// // Those of this context, whichever is the current one by then.
    /// loader.context.clone_from(&config.context);
    /// let client = Client::builder(config)
    ///     .keep_oidc_tokens(move |tokens| loader.keep_oidc_tokens(&tokens.id_token, &tokens.refresh_token).map_err(Into::into))
    ///     .build()?;
    /// # drop(client);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn keep_oidc_tokens(
        mut self,
        keep: impl Fn(&OidcTokens) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.oidc_store.keep = Some(Arc::new(keep));
        self
    }

    /// Looks for the tokens of an OpenID Connect provider with `reload`, before the provider is asked for new ones: another
    /// process may have got them, and used up the refresh token that this one knows.
    ///
    /// `reload` may block; tokens of another provider, or of another client of it, are passed over. Where it fails, an event of `tracing` says why, and the tokens that are known go on. To share a
    /// login with kubectl, read its kubeconfig again:
    ///
    /// ```no_run
    /// use steersman_config::Loader;
    /// use steersman_transport::Client;
    ///
    /// let mut loader = Loader::new();
    /// let config = loader.load()?;
    /// loader.context.clone_from(&config.context);
    /// let client = Client::builder(config)
    ///     .reload_oidc_tokens(move || loader.load()?.credentials.oidc.ok_or("the user has another way to log in now".into()))
    ///     .build()?;
    /// # drop(client);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reload_oidc_tokens(
        mut self,
        reload: impl Fn() -> Result<Oidc, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.oidc_store.reload = Some(Arc::new(reload));
        self
    }

    /// Says who hears of the server's warnings; by default each is one event of `tracing`, at the level `WARN`.
    #[must_use]
    pub fn warnings(mut self, warnings: Warnings) -> Self {
        self.warnings = warnings;
        self
    }

    /// Tells `metrics` what the client does.
    #[must_use]
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.metrics = SharedMetrics::new(metrics);
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

    /// Says how often a request is sent that may be repeated; a request may carry a [`RetryPolicy`] of its own among its
    /// extensions.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
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
        let user_agent = HeaderValue::try_from(self.user_agent)
            .map_err(|error| Error::new(ErrorKind::Config { field: "user agent" }).because(error))?;
        let identity = tls::identity(&self.config)?;
        let timeouts = LiveTimeouts::new(self.timeouts);
        let dial = match self.dial {
            Some(dial) => dial,
            None => {
                let proxy = proxy::choose(&self.config, &self.proxy, |name| std::env::var(name).ok())?;
                wire::dial(proxy.as_ref(), &self.proxy_trust, &timeouts, self.crypto)?
            }
        };
        let closing = Closing::default();
        let service = stack::assemble(Stack {
            config: &self.config,
            outer: self.outer,
            wire: self.wire,
            own: self.own,
            dial,
            user_agent,
            timeouts: timeouts.clone(),
            retry: self.retry,
            rate_limit: self.rate_limit,
            exec: self.exec,
            proxy: self.proxy,
            proxy_trust: self.proxy_trust,
            oidc_store: self.oidc_store,
            warnings: self.warnings,
            metrics: self.metrics,
            limits: self.limits,
            versions: self.versions,
            crypto: self.crypto,
            compression: self.compression,
            closing: closing.clone(),
        })?;
        Ok(Client::assembled(
            service,
            Some(self.config),
            Some(identity),
            Some(timeouts),
            self.limits,
            closing,
        ))
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
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
