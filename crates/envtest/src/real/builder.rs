//! What to start, and how long that may take.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    ControlPlane, Error,
    binaries::{existing, find},
    control_plane::{Binaries, Settings},
    kwok::LoggingContainer,
    ports::Ports,
};

/// What to start, and how long that may take; made by [`ControlPlane::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing is started before `start`"]
pub struct ControlPlaneBuilder {
    bin_dir: Option<PathBuf>,
    controller_manager: bool,
    kwok: Option<PathBuf>,
    start_timeout: Duration,
    settings: Settings,
}

impl ControlPlaneBuilder {
    pub(super) fn new() -> Self {
        Self {
            bin_dir: None,
            controller_manager: false,
            kwok: None,
            start_timeout: Duration::from_secs(60),
            settings: Settings {
                apiserver_flags: Vec::new(),
                log_dir: None,
                stop_timeout: Duration::from_secs(20),
                logging_containers: Vec::new(),
            },
        }
    }

    /// Takes the programs from `folder`, whatever the environment says.
    ///
    /// Without it they are looked for as envtest does: the file in `TEST_ASSET_KUBE_APISERVER` (`_ETCD`,
    /// `_KUBE_CONTROLLER_MANAGER`), else the folder in `KUBEBUILDER_ASSETS`, else `/usr/local/kubebuilder/bin`.
    pub fn bin_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.bin_dir = Some(folder.into());
        self
    }

    /// Runs kube-controller-manager too, so that Deployments get their ReplicaSets, owned objects are collected and
    /// namespaces can be deleted. It takes a few seconds longer to start.
    pub fn with_controller_manager(mut self) -> Self {
        self.controller_manager = true;
        self
    }

    /// Runs kwok too, a fake kubelet: the program is `binary`, kwok 0.8 or a later one.
    ///
    /// It turns each node that is created ready, and runs pods whose `nodeName` is such a node's. Their logs are those that
    /// [`with_pod_log`](Self::with_pod_log) names.
    pub fn with_kwok(mut self, binary: impl Into<PathBuf>) -> Self {
        self.kwok = Some(binary.into());
        self
    }

    /// Gives the container `container` of each pod called `pod` a log, in whatever namespace: kwok serves it, and
    /// [`ControlPlane::pod_log`] writes it.
    pub fn with_pod_log(mut self, pod: impl Into<String>, container: impl Into<String>) -> Self {
        let one = LoggingContainer { pod: pod.into(), container: container.into() };
        self.settings.logging_containers.push(one);
        self
    }

    /// Passes `--name=value` to kube-apiserver, instead of the value that it would be given otherwise.
    pub fn apiserver_flag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.apiserver_flags.push((name.into(), value.into()));
        self
    }

    /// Writes the programs' logs to `folder`, where they stay. Without it they go with everything else.
    pub fn log_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.log_dir = Some(folder.into());
        self
    }

    /// How long everything may take to become ready, in all. 60 s by default.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout;
        self
    }

    /// How long the programs may take to stop, in all, before they are killed. 20 s by default.
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stop_timeout = timeout;
        self
    }

    /// Starts the programs and returns when they answer: kube-apiserver is ready and has made the namespace `default`, and
    /// kube-controller-manager, if it was asked for, is at work.
    ///
    /// # Errors
    /// If a program is missing, ends, or is not ready in time; the error then holds the end of its log. Everything that
    /// had been started is gone by then.
    ///
    /// # Cancel safety
    /// A start that is dropped leaves nothing behind.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub async fn start(self) -> Result<ControlPlane, Error> {
        let deadline = Instant::now() + self.start_timeout;
        let binaries = self.binaries()?;
        for _ in 1..TRIES {
            let ports = Ports::pick().map_err(Error::ports)?;
            match ControlPlane::start(&binaries, &self.settings, ports, deadline).await {
                Err(error) if error.is_exited() && ports.taken() => {}
                outcome => return outcome,
            }
        }
        let ports = Ports::pick().map_err(Error::ports)?;
        ControlPlane::start(&binaries, &self.settings, ports, deadline).await
    }

    fn binaries(&self) -> Result<Binaries, Error> {
        let find =
            |program| find(program, self.bin_dir.as_deref().map(Path::new), |name| std::env::var_os(name));
        Ok(Binaries {
            etcd: find("etcd")?,
            apiserver: find("kube-apiserver")?,
            controller_manager: self
                .controller_manager
                .then(|| find("kube-controller-manager"))
                .transpose()?,
            kwok: self.kwok.as_deref().map(|path| existing("kwok", path)).transpose()?,
        })
    }
}

/// How often a start is tried when somebody else takes a port between our choice and the program's bind.
const TRIES: usize = 3;
