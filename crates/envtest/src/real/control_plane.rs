//! The control plane, from its start to its end.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use steersman_config::{Config, ServerUrl};
use tempfile::TempDir;
use tokio::time::Instant;

use super::{
    ControlPlaneBuilder, Error, arguments,
    certificates::Identities,
    keeper::Keeper,
    kwok::{self, LoggingContainer, PodLog},
    layout::{Layout, write},
    ports::Ports,
    probe::Probe,
    program::Program,
};

/// A running etcd and kube-apiserver on loopback, and kube-controller-manager and kwok if they were asked for.
///
/// It has certificates of its own, RBAC, and an administrator who can show a [certificate](Self::config) or a
/// [token](Self::token_config). [`stop`](Self::stop) ends it in good order; dropping it kills it; and when this
/// process is killed, it goes too.
///
/// ```no_run
/// use steersman_envtest::real::ControlPlane;
///
/// # async fn doc() -> Result<(), steersman_envtest::real::Error> {
/// let control_plane = ControlPlane::builder().bin_dir("/opt/kubernetes/bin").start().await?;
/// println!("serving at {}", control_plane.config().server);
/// control_plane.stop().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ControlPlane {
    /// First, so that everything is dead before its files are removed.
    keeper: Keeper,
    /// In the order in which they were started.
    programs: Vec<Program>,
    folder: TempDir,
    layout: Layout,
    ports: Ports,
    identities: Identities,
    admin: Config,
    stop_timeout: Duration,
    logging_containers: Vec<LoggingContainer>,
}

impl ControlPlane {
    /// Says what to start, and starts it.
    pub fn builder() -> ControlPlaneBuilder {
        ControlPlaneBuilder::new()
    }

    /// How to reach the server as an administrator, with a client certificate.
    #[must_use]
    pub fn config(&self) -> Config {
        self.admin.clone()
    }

    /// How to reach the server as an administrator, with a bearer token.
    #[must_use]
    pub fn token_config(&self) -> Config {
        self.identities.admin_by_token(&self.admin.server)
    }

    /// How to reach the server as `user`, with a new client certificate.
    ///
    /// The user is in no group but `system:authenticated`, and may do only what RBAC objects say.
    ///
    /// # Errors
    /// If the certificate cannot be made.
    pub fn user_config(&self, user: &str) -> Result<Config, Error> {
        self.identities.user(&self.admin.server, user)
    }

    /// The text of a kubeconfig for [`config`](Self::config). It holds a private key.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        self.admin.to_kubeconfig(NAME)
    }

    /// The text of a kubeconfig for [`token_config`](Self::token_config). It holds the token.
    #[must_use]
    pub fn token_kubeconfig(&self) -> String {
        self.token_config().to_kubeconfig(NAME)
    }

    /// Where etcd listens, for those who want to look behind the server or to compact its history.
    #[must_use]
    pub fn etcd_url(&self) -> String {
        arguments::etcd_url(self.ports)
    }

    /// The folder of the logs: `etcd.log`, `kube-apiserver.log`, `kube-controller-manager.log`, `kwok.log`.
    #[must_use]
    pub fn log_dir(&self) -> &Path {
        self.layout.logs()
    }

    /// The log of a container that the builder was told [`with_pod_log`](ControlPlaneBuilder::with_pod_log), for the caller to
    /// write; `None` for any other, and where kwok does not run.
    #[must_use]
    pub fn pod_log(&self, pod: &str, container: &str) -> Option<PodLog> {
        let one = LoggingContainer { pod: pod.to_owned(), container: container.to_owned() };
        self.logging_containers.contains(&one).then(|| PodLog::new(&self.layout.pod_logs(), &one))
    }

    /// The running programs with their process ids.
    pub fn processes(&self) -> impl Iterator<Item = (&'static str, u32)> {
        self.programs.iter().filter_map(|program| Some((program.name(), program.id()?)))
    }

    /// Waits until one of the programs ends by itself, and says which and why. Without that it waits for ever: it is meant
    /// for one arm of a `select!`.
    ///
    /// # Cancel safety
    /// It can be dropped and called again.
    pub async fn failure(&mut self) -> Error {
        let ends = self.programs.iter_mut().map(|program| Box::pin(program.ended()));
        futures::future::select_all(ends).await.0
    }

    /// Stops the programs in good order, the last one started first, and removes their files.
    ///
    /// # Errors
    /// If a program had to be killed since the time for stopping was over, or if files cannot be removed. Nothing runs any
    /// more in either case.
    ///
    /// # Cancel safety
    /// A stop that is dropped kills what is left.
    pub async fn stop(self) -> Result<(), Error> {
        let Self { keeper, mut programs, folder, stop_timeout, .. } = self;
        let deadline = Instant::now() + stop_timeout;
        let mut late = None;
        for program in programs.iter_mut().rev() {
            if !program.stop(deadline).await {
                late = Some(Error::killed(program.name(), stop_timeout));
                break;
            }
        }
        drop(keeper);
        let path = folder.path().to_owned();
        folder.close().map_err(|cause| Error::file("remove", path, cause))?;
        late.map_or(Ok(()), Err)
    }

    /// One try, on these ports.
    pub(super) async fn start(
        binaries: &Binaries,
        settings: &Settings,
        ports: Ports,
        deadline: Instant,
    ) -> Result<Self, Error> {
        let folder = tempfile::Builder::new()
            .prefix("steersman-control-plane-")
            .tempdir()
            .map_err(|cause| Error::file("create a folder in", std::env::temp_dir(), cause))?;
        let layout = Layout::create(folder.path(), settings.log_dir.as_deref())?;
        let identities = Identities::create(&layout)?;
        let server = server_url(ports);
        let mut control_plane = Self {
            keeper: Keeper::start(folder.path()).map_err(|cause| Error::not_started("sh", cause))?,
            programs: Vec::new(),
            admin: identities.admin(&server)?,
            folder,
            layout,
            ports,
            identities,
            stop_timeout: settings.stop_timeout,
            logging_containers: Vec::new(),
        };
        control_plane.start_etcd(&binaries.etcd, deadline).await?;
        control_plane.start_apiserver(&binaries.apiserver, &settings.apiserver_flags, deadline).await?;
        if let Some(binary) = &binaries.controller_manager {
            control_plane.start_controller_manager(binary, deadline).await?;
        }
        if let Some(binary) = &binaries.kwok {
            control_plane.start_kwok(binary, &settings.logging_containers, deadline).await?;
        }
        Ok(control_plane)
    }

    async fn start_etcd(&mut self, binary: &Path, deadline: Instant) -> Result<(), Error> {
        let probe = Probe::plain(self.ports.etcd);
        let arguments = arguments::etcd(&self.layout, self.ports);
        let etcd = self.add(Program::start("etcd", binary, &arguments, &self.keeper, &self.layout)?);
        etcd.until_ready(&probe, &["/health"], deadline).await
    }

    async fn start_apiserver(
        &mut self,
        binary: &Path,
        flags: &[(String, String)],
        deadline: Instant,
    ) -> Result<(), Error> {
        let probe = self.apiserver_probe()?;
        let mut arguments = arguments::apiserver(&self.layout, self.ports);
        arguments.extend(flags.iter().cloned());
        let apiserver =
            self.add(Program::start("kube-apiserver", binary, &arguments, &self.keeper, &self.layout)?);
        // The namespace is made in the background, a little after the server calls itself ready.
        apiserver.until_ready(&probe, &["/readyz", "/api/v1/namespaces/default"], deadline).await
    }

    async fn start_controller_manager(&mut self, binary: &Path, deadline: Instant) -> Result<(), Error> {
        let probe = self.apiserver_probe()?;
        let config = self.identities.controller_manager(&self.admin.server)?;
        write(&self.layout.controller_manager_kubeconfig(), config.to_kubeconfig(NAME))?;
        let arguments = arguments::controller_manager(&self.layout);
        let name = "kube-controller-manager";
        let manager = self.add(Program::start(name, binary, &arguments, &self.keeper, &self.layout)?);
        // It serves nothing that could be asked. Its first visible work is this service account.
        manager.until_ready(&probe, &["/api/v1/namespaces/default/serviceaccounts/default"], deadline).await
    }

    async fn start_kwok(
        &mut self,
        binary: &Path,
        logs: &[LoggingContainer],
        deadline: Instant,
    ) -> Result<(), Error> {
        let folder = self.layout.pod_logs();
        std::fs::create_dir_all(&folder).map_err(|cause| Error::file("create", &folder, cause))?;
        for one in logs {
            let log = PodLog::new(&folder, one);
            log.create()?;
            log.previous().create()?;
        }
        write(&self.layout.kwok_config(), kwok::configuration(&folder, logs))?;
        write(&self.layout.kwok_kubeconfig(), self.admin.to_kubeconfig(NAME))?;
        let arguments = arguments::kwok(&self.layout, self.ports);
        let probe = Probe::plain(self.ports.kwok);
        let kwok = self.add(Program::start("kwok", binary, &arguments, &self.keeper, &self.layout)?);
        kwok.until_ready(&probe, &["/healthz"], deadline).await?;
        self.logging_containers = logs.to_vec();
        Ok(())
    }

    fn apiserver_probe(&self) -> Result<Probe, Error> {
        let token = self.identities.admin_token().clone();
        Ok(Probe::secure(self.ports.apiserver, self.identities.tls()?, token))
    }

    fn add(&mut self, program: Program) -> &mut Program {
        self.programs.push(program);
        self.programs.last_mut().expect("it was pushed just now")
    }
}

fn server_url(ports: Ports) -> ServerUrl {
    format!("https://127.0.0.1:{}", ports.apiserver).parse().expect("it is a URL with a host and a port")
}

/// The files to run.
#[derive(Debug)]
pub(super) struct Binaries {
    pub(super) etcd: PathBuf,
    pub(super) apiserver: PathBuf,
    pub(super) controller_manager: Option<PathBuf>,
    pub(super) kwok: Option<PathBuf>,
}

/// What holds for each try.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) apiserver_flags: Vec<(String, String)>,
    pub(super) log_dir: Option<PathBuf>,
    pub(super) stop_timeout: Duration,
    /// Those whose logs kwok serves.
    pub(super) logging_containers: Vec<LoggingContainer>,
}

/// Of the context, the cluster and the user in kubeconfigs.
const NAME: &str = "steersman-control-plane";
