//! `steersman-envtest real`: the real control plane in the foreground.

use std::{
    error::Error,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Subcommand};
use serde_json::json;
use steersman_envtest::real::{self, ControlPlane};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

/// What to do with the real control plane.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts it, prints one line of JSON when it is ready, and runs until standard input is closed or a signal asks it
    /// to stop.
    Up(Up),
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// The folder that holds the programs; without it they are looked for as envtest does (`TEST_ASSET_…`,
    /// `KUBEBUILDER_ASSETS`, /usr/local/kubebuilder/bin).
    #[arg(long, value_name = "FOLDER")]
    bin_dir: Option<PathBuf>,
    /// Where to write a kubeconfig with a client certificate.
    #[arg(long, value_name = "FILE")]
    write_kubeconfig: PathBuf,
    /// Where to write one with a bearer token.
    #[arg(long, value_name = "FILE")]
    token_kubeconfig: Option<PathBuf>,
    /// Where to write the programs' logs, which otherwise go when it stops.
    #[arg(long, value_name = "FOLDER")]
    log_dir: Option<PathBuf>,
    /// Leaves kube-controller-manager out.
    #[arg(long)]
    no_controller_manager: bool,
    /// Passes `--NAME=VALUE` to kube-apiserver; can be given again.
    #[arg(long, value_name = "NAME=VALUE", value_parser = flag)]
    apiserver_flag: Vec<(String, String)>,
    /// How many seconds everything may take to become ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    start_timeout: u64,
    /// Runs on when standard input is closed; only a signal stops it then.
    #[arg(long)]
    detached: bool,
}

/// Runs the command to its end.
pub(crate) async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Up(up) => up.run().await,
    }
}

/// Advice for a failure of this command, if there is any.
pub(crate) fn hint(failure: &(dyn Error + 'static)) -> Option<&'static str> {
    failure.downcast_ref::<real::Error>()?.hint()
}

impl Up {
    async fn run(mut self) -> Result<(), Box<dyn Error>> {
        self.make_absolute()?;
        // Before anything is started, so that no signal finds us without a handler and programs running.
        let mut stop = Stop::new(self.detached)?;
        let mut control_plane = tokio::select! {
            started = self.builder().start() => started?,
            () = stop.asked() => return Ok(()),
        };
        let written = self.write_kubeconfigs(&control_plane).and_then(|()| self.announce(&control_plane));
        let outcome = match written {
            Ok(()) => tokio::select! {
                () = stop.asked() => Ok(()),
                failure = control_plane.failure() => Err(failure.into()),
            },
            Err(failure) => Err(failure.into()),
        };
        let stopped = control_plane.stop().await;
        outcome.and(stopped.map_err(Into::into))
    }

    /// What is announced is read by somebody in another folder.
    fn make_absolute(&mut self) -> io::Result<()> {
        let optional = [self.token_kubeconfig.as_mut(), self.log_dir.as_mut()].into_iter().flatten();
        for path in std::iter::once(&mut self.write_kubeconfig).chain(optional) {
            *path = std::path::absolute(&path)?;
        }
        Ok(())
    }

    fn builder(&self) -> real::ControlPlaneBuilder {
        let mut builder = ControlPlane::builder().start_timeout(Duration::from_secs(self.start_timeout));
        if let Some(folder) = &self.bin_dir {
            builder = builder.bin_dir(folder);
        }
        if let Some(folder) = &self.log_dir {
            builder = builder.log_dir(folder);
        }
        if !self.no_controller_manager {
            builder = builder.with_controller_manager();
        }
        self.apiserver_flag.iter().fold(builder, |builder, (name, value)| builder.apiserver_flag(name, value))
    }

    fn write_kubeconfigs(&self, control_plane: &ControlPlane) -> io::Result<()> {
        write_secret(&self.write_kubeconfig, &control_plane.kubeconfig())?;
        match &self.token_kubeconfig {
            Some(path) => write_secret(path, &control_plane.token_kubeconfig()),
            None => Ok(()),
        }
    }

    /// The only thing that is ever written to standard output.
    fn announce(&self, control_plane: &ControlPlane) -> io::Result<()> {
        let processes: serde_json::Map<_, _> =
            control_plane.processes().map(|(name, id)| (name.to_owned(), id.into())).collect();
        let ready = json!({
            "pid": std::process::id(),
            "server": control_plane.config().server.to_string(),
            "etcd": control_plane.etcd_url(),
            "kubeconfig": self.write_kubeconfig,
            "tokenKubeconfig": self.token_kubeconfig,
            "logs": control_plane.log_dir(),
            "processes": processes,
        });
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{ready}")?;
        stdout.flush()
    }
}

/// Whatever asks us to stop.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    closed: Option<oneshot::Receiver<()>>,
}

impl Stop {
    fn new(detached: bool) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            closed: (!detached).then(stdin_closed),
        })
    }

    /// Can be dropped and called again.
    async fn asked(&mut self) {
        let closed = async {
            match &mut self.closed {
                // The sender is never dropped unused.
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            () = closed => {}
        }
    }
}

/// Reads standard input to its end on a thread of its own: the runtime would wait for a read of its own when it ends,
/// while this thread goes with the process.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        let mut stdin = io::stdin().lock();
        loop {
            match stdin.read(&mut buffer) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        // Nobody listens if we are stopping already.
        let _ = sender.send(());
    });
    receiver
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // The cause would name the temporary file, which nobody asked for.
    let failed = |error: io::Error| {
        let kind = error.kind();
        io::Error::new(kind, format!("could not write {}: {kind}", path.display()))
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

fn flag(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it has no `=`")?;
    Ok((name.trim_start_matches('-').to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{flag, write_secret};

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("none/config");
        let error = write_secret(&path, "").expect_err("no folder");
        assert_eq!(error.to_string(), format!("could not write {}: entity not found", path.display()));
    }

    #[test]
    fn flags_are_read_with_and_without_dashes() {
        for (text, want) in [
            ("a=b", Ok(("a", "b"))),
            ("--feature-gates=A=true,B=true", Ok(("feature-gates", "A=true,B=true"))),
            ("a=", Ok(("a", ""))),
            ("a", Err("it has no `=`")),
        ] {
            let want = want.map(|(name, value)| (name.to_owned(), value.to_owned())).map_err(str::to_owned);
            assert_eq!(flag(text), want, "{text}");
        }
    }
}
