//! A client by hand: which connection, whose discovery, what holds by default.

use std::{path::PathBuf, sync::Arc, time::Duration};

use steersman_config::{Config, Loader};
use steersman_discovery::{Discoverer, DiskCache, LazyDiscoverer};
use steersman_meta::{DryRun, FieldValidation};
use steersman_transport::{Client, Timeouts};

use crate::{DynamicClient, Error, defaults::Defaults, error::Attempt};

/// Sets a [`DynamicClient`] up.
///
/// ```no_run
/// # async fn doc() -> Result<(), steersman_dynamic::Error> {
/// use steersman_dynamic::DynamicClient;
///
/// let cluster = DynamicClient::builder().namespace("shop").field_manager("my-operator").connect().await?;
/// # let _ = cluster;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until it connects"]
pub struct DynamicClientBuilder {
    client: Option<Client>,
    config: Option<Config>,
    loader: Option<Loader>,
    discoverer: Option<Arc<dyn Discoverer>>,
    cache: Cache,
    timeouts: Option<Timeouts>,
    defaults: Defaults,
}

/// Where what is discovered is kept for the next process.
#[derive(Debug, Default)]
enum Cache {
    /// In the user's cache folder, for a client that the builder makes. Whoever brings a client of their own may have
    /// layers in it that are to see every question.
    #[default]
    Default,
    This(DiskCache),
    Nowhere,
}

impl DynamicClientBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Connects as `config` says. Default: the configuration that kubectl would take.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Connects as what `loader` finds says; new tokens of an OpenID Connect provider go back to where it read the old
    /// ones. Default: what kubectl would find. Not used with a [`config`](Self::config) or a [`client`](Self::client).
    pub fn loader(mut self, loader: Loader) -> Self {
        self.loader = Some(loader);
        self
    }

    /// Connects as this context of the kubeconfig says. Default: its current context. Not used with a
    /// [`config`](Self::config) or a [`client`](Self::client).
    pub fn context(mut self, name: impl Into<String>) -> Self {
        self.loader.get_or_insert_with(Loader::new).context = Some(name.into());
        self
    }

    /// Sends everything through `client`; a configuration given besides is not used.
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Asks `discoverer` what the server serves. Default: a [`LazyDiscoverer`] with a cache on disk.
    pub fn discoverer(mut self, discoverer: impl Discoverer + 'static) -> Self {
        self.discoverer = Some(Arc::new(discoverer));
        self
    }

    /// Keeps what was discovered in this file, for the next process. Default: a file of its own for each server in the
    /// user's cache folder, as [`DiskCache::default_for`] says; none for a [`client`](Self::client) that is given. Not used
    /// with a [`discoverer`](Self::discoverer).
    pub fn cache_file(self, path: impl Into<PathBuf>) -> Self {
        self.cache(DiskCache::file(path))
    }

    /// Keeps what was discovered in this cache. Not used with a [`discoverer`](Self::discoverer).
    pub fn cache(mut self, cache: DiskCache) -> Self {
        self.cache = Cache::This(cache);
        self
    }

    /// Keeps nothing on disk of what was discovered.
    pub fn without_cache(mut self) -> Self {
        self.cache = Cache::Nowhere;
        self
    }

    /// The namespace of calls that name none. Default: none, and such a call is an error.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.defaults.namespace = Some(namespace.into());
        self
    }

    /// The field manager of writes that name none. Default: none; an apply without one is an error.
    pub fn field_manager(mut self, field_manager: impl Into<String>) -> Self {
        self.defaults.field_manager = Some(field_manager.into());
        self
    }

    /// What becomes of fields that a kind does not have, in writes that do not say otherwise. Default: the server drops them
    /// and warns.
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.defaults.field_validation = Some(validation);
        self
    }

    /// Makes every write that does not say otherwise (`for_real`) a dry run, deletes too.
    pub fn dry_run(mut self) -> Self {
        self.defaults.dry_run = Some(DryRun::All);
        self
    }

    /// How long a call may take in all that does not say otherwise (`timeout`, `without_timeout`), with everything that is sent
    /// again. Watches, waits and logs that are followed have deadlines of their own, and not this one. Default: what the
    /// configuration says, and no limit besides.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.defaults.timeout = Some(limit);
        self
    }

    /// How long to wait for a connection, for the head of an answer, for the next part of its body, and in all, where a call does
    /// not say otherwise. Default: [`Timeouts::default`] with the configuration's timeout in all. Not used with a
    /// [`client`](Self::client), which has its own.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// The client. Reads the configuration's files, and sends nothing.
    ///
    /// # Errors
    /// If no configuration is found, or what is found can't be used.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    #[cfg(feature = "tls")]
    pub async fn connect(mut self) -> Result<DynamicClient, Error> {
        if self.client.is_none() {
            let attempt = Attempt::to("connect", "");
            let client = match self.config.take() {
                Some(config) => Client::builder(config),
                None => {
                    let mut loader = self.loader.take().unwrap_or_default();
                    let config = loader.load().map_err(|error| attempt.failed(error))?;
                    // Tokens are those of this context, whichever is the current one later.
                    loader.context.clone_from(&config.context);
                    // The login is kubectl's too, and the provider may take each refresh token only once.
                    let again = loader.clone();
                    Client::builder(config)
                        .keep_oidc_tokens(move |tokens| {
                            Ok(loader.keep_oidc_tokens(&tokens.id_token, &tokens.refresh_token)?)
                        })
                        .reload_oidc_tokens(move || {
                            again
                                .load()?
                                .credentials
                                .oidc
                                .ok_or("the user has another way to log in now".into())
                        })
                }
            };
            let client = match self.timeouts {
                Some(timeouts) => client.timeouts(timeouts),
                None => client,
            };
            let client = client.build().map_err(|error| attempt.failed(error))?;
            if matches!(self.cache, Cache::Default) {
                self.cache = DiskCache::default_for(&client).map_or(Cache::Nowhere, Cache::This);
            }
            self.client = Some(client);
        }
        Ok(self.build_over_client())
    }

    /// The client over the [`client`](Self::client) that was given.
    ///
    /// # Errors
    /// If none was given: without the feature `tls` nothing else can be connected to.
    #[cfg(not(feature = "tls"))]
    pub async fn connect(self) -> Result<DynamicClient, Error> {
        if self.client.is_none() {
            return Err(Attempt::to("connect", "").failed(crate::LocalError::NoClient));
        }
        Ok(self.build_over_client())
    }

    pub(crate) fn build_over_client(self) -> DynamicClient {
        let client = self.client.expect("callers set it first");
        let discoverer = self.discoverer.unwrap_or_else(|| {
            let lazy = LazyDiscoverer::new(client.clone());
            Arc::new(match self.cache {
                Cache::This(cache) => lazy.with_cache(cache),
                Cache::Default | Cache::Nowhere => lazy,
            })
        });
        DynamicClient::from_parts(client, discoverer, self.defaults)
    }
}
