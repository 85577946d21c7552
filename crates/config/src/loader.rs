//! Finds a configuration where kubectl would find it.

mod edit;
mod gather;
mod keep;

use std::path::PathBuf;

use self::gather::Gathered;
use crate::{
    Config, Environment, Error, ErrorKind, Kubeconfig, Overrides, in_cluster,
    resolve::{Namespace, Reading, Resolved, Selection, check_namespace, override_service_account, resolve},
};

/// Loads a [`Config`], with what the user chose in place of what the kubeconfig says.
///
/// Without any choice it does what kubectl does without flags:
/// 1. the files in `KUBECONFIG`, merged; or `~/.kube/config` where the variable is not set or empty;
/// 2. if they say nothing (no file exists, or none names a current context), the service account of the pod.
///
/// A file that exists but cannot be used is an error, never a reason to look further. Files are read with blocking calls;
/// they are small.
///
/// ```
/// use steersman_config::{Environment, Loader};
///
/// let dir = tempfile::tempdir()?;
/// std::fs::write(dir.path().join("config"), "
/// clusters: [{name: c, cluster: {server: 'https://10.0.0.1'}}]
/// contexts: [{name: dev, context: {cluster: c}}, {name: prod, context: {cluster: c, namespace: shop}}]
/// current-context: dev
/// ")?;
/// let environment = Environment::empty().with_variable("KUBECONFIG", dir.path().join("config"));
///
/// let config = Loader::new().environment(environment).context("prod").load()?;
/// assert_eq!(config.default_namespace, "shop");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loader {
    /// Variables, folders and files. Default: those of the process.
    pub environment: Environment,
    /// The one kubeconfig file to read, as kubectl's `--kubeconfig`: neither `KUBECONFIG` nor `~/.kube/config` is looked
    /// at, and it is an error if it does not exist. Default: none.
    pub path: Option<PathBuf>,
    /// The context to use in place of `current-context`, as kubectl's `--context`. Default: none.
    pub context: Option<String>,
    /// The cluster entry to use in place of the context's, as kubectl's `--cluster`. Default: none.
    pub cluster: Option<String>,
    /// The user entry to use in place of the context's, as kubectl's `--user`. Default: none.
    pub user: Option<String>,
    /// The default namespace in place of the context's, as kubectl's `--namespace`. Default: none.
    pub namespace: Option<String>,
    /// What is said in place of the kubeconfig's entries, as kubectl's other flags. Default: nothing.
    pub overrides: Overrides,
    /// Whether kubeconfig files or the service account come first. Default: kubeconfig files.
    pub order: Order,
    /// Whose the kubeconfig is. Default: somebody's whom the user trusts.
    pub author: Author,
}

/// Whose a kubeconfig is, and so what it may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Author {
    /// Somebody's whom the user trusts: it may name files of this machine and programs to run on it.
    #[default]
    Known,
    /// Anybody's: an entry in use that names a file or a program is an error of the kind
    /// [`Refused`](crate::ErrorKind::Refused), so that the kubeconfig reaches nothing but what stands in itself.
    /// Overrides are the user's own, and may name files.
    Stranger,
}

/// What is looked at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The service account, if this is a pod and no kubeconfig, context, cluster or user was asked for; then kubeconfig
    /// files. For programs that run in clusters and may find somebody's kubeconfig in their image.
    InClusterFirst,
    /// Kubeconfig files, then the service account: kubectl's order.
    #[default]
    KubeconfigFirst,
}

impl Loader {
    /// A loader that does what kubectl does without flags.
    #[must_use]
    pub fn new() -> Self {
        Self {
            environment: Environment::of_process(),
            path: None,
            context: None,
            cluster: None,
            user: None,
            namespace: None,
            overrides: Overrides::default(),
            order: Order::default(),
            author: Author::default(),
        }
    }

    /// Reads everything in `environment`.
    #[must_use]
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Reads that kubeconfig file and no other.
    #[must_use]
    pub fn path(self, path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Uses that context.
    #[must_use]
    pub fn context(self, name: impl Into<String>) -> Self {
        Self { context: Some(name.into()), ..self }
    }

    /// Uses that cluster entry.
    #[must_use]
    pub fn cluster(self, name: impl Into<String>) -> Self {
        Self { cluster: Some(name.into()), ..self }
    }

    /// Uses that user entry.
    #[must_use]
    pub fn user(self, name: impl Into<String>) -> Self {
        Self { user: Some(name.into()), ..self }
    }

    /// Uses that namespace as the default.
    #[must_use]
    pub fn namespace(self, name: impl Into<String>) -> Self {
        Self { namespace: Some(name.into()), ..self }
    }

    /// Says that in place of the kubeconfig's entries.
    #[must_use]
    pub fn overrides(self, overrides: Overrides) -> Self {
        Self { overrides, ..self }
    }

    /// Takes the kubeconfig for that author's.
    #[must_use]
    pub fn author(self, author: Author) -> Self {
        Self { author, ..self }
    }

    /// Looks in that order.
    #[must_use]
    pub fn order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// Finds the configuration.
    ///
    /// The default namespace is the one that was chosen, else the context's, else, in a pod, `POD_NAMESPACE` or the
    /// service account's, else `default`.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`] if no place says anything, with the list of those places; else what is wrong with
    /// the place that does.
    pub fn load(&self) -> Result<Config, Error> {
        let config = self.find()?;
        for warning in &config.warnings {
            tracing::warn!(server = %config.server, "{warning}");
        }
        Ok(config)
    }

    /// Reads the kubeconfig files that [`load`](Self::load) would use, merged into one, without resolving anything.
    ///
    /// # Errors
    /// If one of them exists but cannot be read; or if [`path`](Self::path) does not exist.
    pub fn kubeconfig(&self) -> Result<Kubeconfig, Error> {
        Ok(Gathered::read(self.path.as_deref(), &self.environment)?.kubeconfig)
    }

    /// Makes a configuration of `kubeconfig`, whatever files there are. The default namespace is the one that was chosen,
    /// else the context's, else `default`.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`] if it names no context; else what is wrong with the entries that it leads to.
    pub fn resolve(&self, kubeconfig: &Kubeconfig) -> Result<Config, Error> {
        match resolve(kubeconfig, self.reading())? {
            Resolved::Found { config, .. } => self.with_chosen_namespace(*config),
            Resolved::Nothing => {
                let error = Error::new(ErrorKind::NotConfigured, "is not set").in_field("current-context");
                Err(error.with_hint(choose_a_context(kubeconfig)))
            }
        }
    }

    fn find(&self) -> Result<Config, Error> {
        let reading = self.reading();
        let selection = reading.selection;
        let asked_for_kubeconfig =
            self.path.is_some() || selection.context.or(selection.cluster).or(selection.user).is_some();
        if self.order == Order::InClusterFirst
            && !asked_for_kubeconfig
            && in_cluster::why_not(&self.environment).is_none()
        {
            return self.in_cluster();
        }
        let gathered = Gathered::read(self.path.as_deref(), &self.environment)?;
        let mut config = match resolve(&gathered.kubeconfig, reading) {
            Ok(Resolved::Found { mut config, namespace }) => {
                if namespace == Namespace::Implied && in_cluster::why_not(&self.environment).is_none() {
                    config.default_namespace = in_cluster::namespace(&self.environment)?;
                }
                self.with_chosen_namespace(*config)?
            }
            Ok(Resolved::Nothing) => match in_cluster::why_not(&self.environment) {
                None => self.in_cluster()?,
                Some(reason) => return Err(gathered.nothing_found(reason)),
            },
            Err(error) if error.is_not_found() && gathered.is_empty() => {
                return Err(error.with_tried(gathered.tried()));
            }
            Err(error) => return Err(error),
        };
        config.warnings.splice(..0, gathered.warning());
        Ok(config)
    }

    fn reading(&self) -> Reading<'_> {
        fn named(choice: &Option<String>) -> Option<&str> {
            choice.as_deref().filter(|name| !name.is_empty())
        }
        Reading {
            selection: Selection {
                context: named(&self.context),
                cluster: named(&self.cluster),
                user: named(&self.user),
            },
            overrides: &self.overrides,
            environment: &self.environment,
            author: self.author,
        }
    }

    fn in_cluster(&self) -> Result<Config, Error> {
        let mut config = in_cluster::load(&self.environment)?;
        override_service_account(&mut config, self.reading())?;
        self.with_chosen_namespace(config)
    }

    fn with_chosen_namespace(&self, mut config: Config) -> Result<Config, Error> {
        if let Some(name) = self.namespace.as_ref().filter(|name| !name.is_empty()) {
            check_namespace(name).map_err(|problem| problem.into_error(Error::new).in_field("namespace"))?;
            config.default_namespace.clone_from(name);
        }
        Ok(config)
    }
}

impl Default for Loader {
    fn default() -> Self {
        Self::new()
    }
}

/// The hint for a kubeconfig without a current context.
fn choose_a_context(kubeconfig: &Kubeconfig) -> String {
    let names: Vec<_> =
        kubeconfig.contexts.iter().take(10).map(|entry| format!("{:?}", entry.name)).collect();
    match names.is_empty() {
        true => "it has no contexts".to_owned(),
        false => format!("choose a context: {}", names.join(", ")),
    }
}
