//! `conformance`: one suite of cases, on the embedded server, on the real control plane, or on both.

use clap::ValueEnum;

use crate::control_plane;
use crate::run::{self, Failure, cargo};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The server to run against.
    #[arg(long, value_enum, default_value_t = Server::All)]
    server: Server,
    /// Lists the cases, and runs none.
    #[arg(long)]
    list: bool,
}

impl Options {
    /// Every case on both servers.
    pub(crate) fn all() -> Self {
        Self { server: Server::All, list: false }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Server {
    Embedded,
    Real,
    All,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.list {
        return run::run(suite().arg("--list"));
    }
    // Both run, so that a difference between them is seen.
    let embedded = options.server != Server::Real;
    let embedded = if embedded { run::run(suite().args(["--server", "embedded"])) } else { Ok(()) };
    let real = if options.server == Server::Embedded { Ok(()) } else { run_real() };
    match (embedded, real) {
        (Err(embedded), Err(real)) => Err(Failure::new(format!("{embedded}; {real}"))),
        (embedded, real) => embedded.and(real),
    }
}

fn run_real() -> Result<(), Failure> {
    let binaries = control_plane::binaries()?;
    let kwok = control_plane::kwok()?;
    run::run(suite().args(["--server", "real", "--bin-dir"]).arg(binaries).arg("--kwok").arg(kwok))
}

fn suite() -> std::process::Command {
    cargo(["run", "-p", "steersman-conformance", "--"])
}
