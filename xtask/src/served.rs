//! A server as a program of its own, for clients that are not in its process: the embedded one, or the real control
//! plane.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::control_plane;
use crate::run::{self, Failure, cargo};
use crate::workspace;

/// How long a server may take to say where it is. The embedded one needs a fraction of a second, the real one a few.
const START: Duration = Duration::from_secs(60);

/// How long it may take to stop by itself.
const STOP: Duration = Duration::from_secs(20);

/// A server that runs, and is stopped when this value goes.
#[derive(Debug)]
pub(crate) struct Served {
    server: Stopped,
    kubeconfig: PathBuf,
}

/// A program that does not outlive this value.
#[derive(Debug)]
pub(crate) struct Stopped(pub(crate) Child);

impl Served {
    /// Builds and starts the embedded server; `name` is that of the folder for its kubeconfig.
    pub(crate) fn embedded(name: &str) -> Result<Self, Failure> {
        Self::start(name, &["serve"], None)
    }

    /// Builds and starts the real control plane.
    pub(crate) fn real(name: &str) -> Result<Self, Failure> {
        Self::start(name, &["real", "up"], Some(&control_plane::binaries()?))
    }

    /// Builds and starts the real control plane, without kube-controller-manager.
    pub(crate) fn real_without_controllers(name: &str) -> Result<Self, Failure> {
        Self::start(name, &["real", "up", "--no-controller-manager"], Some(&control_plane::binaries()?))
    }

    fn start(name: &str, arguments: &[&str], binaries: Option<&Path>) -> Result<Self, Failure> {
        run::run(&mut cargo(["build", "-p", "steersman-envtest", "--bins"]))?;
        let kubeconfig = workspace::scratch(name)?.join("kubeconfig");
        let program = format!("debug/steersman-envtest{}", std::env::consts::EXE_SUFFIX);
        let mut command = run::program(workspace::target_dir()?.join(program));
        command.args(arguments).arg("--write-kubeconfig").arg(&kubeconfig);
        if let Some(folder) = binaries {
            command.arg("--bin-dir").arg(folder);
        }
        println!("$ {}", run::shown(&command));
        // An open standard input is what the control plane runs for: it stops when we are gone, however that happened.
        let server =
            command.stdin(Stdio::piped()).spawn().map_err(|error| run::not_started(&command, &error))?;
        let mut served = Self { server: Stopped(server), kubeconfig };
        served.wait()?;
        Ok(served)
    }

    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Waits until the kubeconfig is there, which the server writes when it listens.
    fn wait(&mut self) -> Result<(), Failure> {
        let started = Instant::now();
        while started.elapsed() < START {
            if fs::metadata(&self.kubeconfig).is_ok_and(|file| file.len() > 0) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.server.0.try_wait() {
                return Err(Failure::new(format!("`steersman-envtest` ended with {status}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(Failure::new(format!("`steersman-envtest` wrote no kubeconfig within {} s", START.as_secs())))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // A program that runs while its input is open stops what it started itself.
        if let Some(input) = self.0.stdin.take() {
            drop(input);
            let started = Instant::now();
            while started.elapsed() < STOP {
                match self.0.try_wait() {
                    Ok(None) => thread::sleep(Duration::from_millis(20)),
                    Ok(Some(_)) | Err(_) => return,
                }
            }
        }
        // It may have ended meanwhile, and nothing can be done here about one that cannot be stopped.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a program whose output is read, and which is stopped with the value.
pub(crate) fn start(command: &mut Command) -> Result<Stopped, Failure> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    child.map(Stopped).map_err(|error| run::not_started(command, &error))
}
