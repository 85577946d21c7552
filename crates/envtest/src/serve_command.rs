//! `steersman-envtest serve`: the embedded server in the foreground.

use std::{
    error::Error,
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;
use steersman_envtest::EnvTest;

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// Where to write a kubeconfig with a client certificate of the administrator.
    #[arg(long, value_name = "FILE")]
    write_kubeconfig: PathBuf,
    /// The loopback port to listen on; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
}

/// Serves until the process is asked to stop.
pub(crate) async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    // Before anything is started, so that no signal finds us half-way.
    let mut stop = Stop::new()?;
    let env = EnvTest::builder().port(command.port).start().await?;
    env.write_kubeconfig(&command.write_kubeconfig)?;
    let path = command.write_kubeconfig.display();
    let line = format!(
        "serving on {}; use it with: kubectl --kubeconfig {path} get namespaces (create and apply need \
         --validate=false and -f: the protobuf of `create namespace|configmap …` is not served)\n",
        env.url()
    );
    let mut out = io::stdout();
    out.write_all(line.as_bytes())?;
    out.flush()?;
    stop.asked().await;
    env.stop().await;
    Ok(())
}

/// Advice for a failure of this command, if there is any.
pub(crate) fn hint(failure: &(dyn Error + 'static)) -> Option<&'static str> {
    failure.downcast_ref::<steersman_envtest::Error>()?.hint()
}

#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn asked(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
