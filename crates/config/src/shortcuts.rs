//! The short ways to a [`Config`], for those who have nothing to choose.

use std::path::Path;

use crate::{Config, Environment, Error, Kubeconfig, Loader, in_cluster};

impl Config {
    /// Finds the configuration that kubectl would use: see [`Loader`], which also takes choices.
    ///
    /// ```no_run
    /// let config = steersman_config::Config::infer()?;
    /// println!("{} as {:?}", config.server, config.context);
    /// # Ok::<(), steersman_config::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Loader::load`].
    pub fn infer() -> Result<Self, Error> {
        Loader::new().load()
    }

    /// Reads one kubeconfig file and uses its current context, whatever the environment says.
    ///
    /// # Errors
    /// As [`Kubeconfig::read`] and [`from_kubeconfig`](Self::from_kubeconfig).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let loader = Loader::new();
        let kubeconfig = Kubeconfig::read(path, &loader.environment)?;
        loader.resolve(&kubeconfig)
    }

    /// Reads a kubeconfig from YAML or JSON text and uses its current context.
    ///
    /// ```
    /// use steersman_config::{Config, Trust};
    ///
    /// let config = Config::from_bytes(b"
    /// clusters: [{name: dev, cluster: {server: 'https://10.0.0.1:6443/prefix'}}]
    /// users: [{name: me, user: {token: let-me-in}}]
    /// contexts: [{name: dev, context: {cluster: dev, user: me}}]
    /// current-context: dev
    /// ")?;
    /// assert_eq!(config.server.prefix(), "/prefix");
    /// assert_eq!(config.trust, Trust::System);
    /// assert!(!format!("{config:?}").contains("let-me-in"));
    /// # Ok::<(), steersman_config::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Kubeconfig::parse`] and [`from_kubeconfig`](Self::from_kubeconfig).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_kubeconfig(&Kubeconfig::parse(bytes)?)
    }

    /// Uses the current context of `kubeconfig`. [`Loader::resolve`] takes another one.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`](crate::ErrorKind::NotConfigured) if it has no current context; else what is wrong with the entries that it leads to.
    pub fn from_kubeconfig(kubeconfig: &Kubeconfig) -> Result<Self, Error> {
        Loader::new().resolve(kubeconfig)
    }

    /// Uses the context of `kubeconfig` that is called `name`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such context; else what is wrong with the entries that it leads to.
    pub fn from_kubeconfig_context(kubeconfig: &Kubeconfig, name: &str) -> Result<Self, Error> {
        Loader::new().context(name).resolve(kubeconfig)
    }

    /// Uses the service account of the pod that this process runs in.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`](crate::ErrorKind::NotConfigured) if this is no pod; else what is wrong with the service account.
    pub fn in_cluster() -> Result<Self, Error> {
        in_cluster::load(&Environment::of_process())
    }
}
