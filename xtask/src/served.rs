//! The embedded server as a program of its own, for clients that are not in its process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::run::{self, Failure, cargo};
use crate::workspace;

/// How long the server may take to say where it is. It needs a fraction of a second.
const START: Duration = Duration::from_secs(30);

/// `steersman-envtest serve`, stopped when this value goes.
#[derive(Debug)]
pub(crate) struct Served {
    server: Stopped,
    kubeconfig: PathBuf,
}

/// A program that does not outlive this value.
#[derive(Debug)]
pub(crate) struct Stopped(pub(crate) Child);

impl Served {
    /// Builds and starts the server; `name` is that of the folder for its kubeconfig.
    pub(crate) fn start(name: &str) -> Result<Self, Failure> {
        run::run(&mut cargo(["build", "-p", "steersman-envtest", "--bins"]))?;
        let folder = workspace::scratch(name)?;
        let kubeconfig = folder.join("kubeconfig");
        let program = format!("debug/steersman-envtest{}", std::env::consts::EXE_SUFFIX);
        let mut command = run::program(workspace::target_dir()?.join(program));
        command.arg("serve").arg("--write-kubeconfig").arg(&kubeconfig).stdin(Stdio::null());
        println!("$ {}", run::shown(&command));
        let server = command.spawn().map_err(|error| run::not_started(&command, &error))?;
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
                return Err(Failure::new(format!("`steersman-envtest serve` ended with {status}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(Failure::new(format!(
            "`steersman-envtest serve` wrote no kubeconfig within {} s",
            START.as_secs()
        )))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // It may have ended by itself, and nothing can be done here about one that cannot be stopped.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a program whose output is read, and which is stopped with the value.
pub(crate) fn start(command: &mut Command) -> Result<Stopped, Failure> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    child.map(Stopped).map_err(|error| run::not_started(command, &error))
}
