//! `steersman-envtest`: an API server for tests, run as a program of its own.

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

#[cfg(unix)]
mod real_command;
mod serve_command;

/// An API server for tests: the real one, or one embedded in this program.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the embedded server.
    Serve(serve_command::Command),
    /// Runs the real etcd, kube-apiserver and kube-controller-manager on loopback.
    #[cfg(unix)]
    #[command(subcommand)]
    Real(real_command::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(command) => serve_command::run(command).await,
        #[cfg(unix)]
        Command::Real(command) => real_command::run(command).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(failure.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// The error, what caused it, and what to do, a line each.
#[expect(clippy::print_stderr, reason = "an error of a program goes to its standard error")]
fn report(failure: &(dyn Error + 'static)) {
    eprintln!("error: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprintln!("  caused by: {error}");
        cause = error.source();
    }
    if let Some(hint) = hint(failure) {
        eprintln!("  hint: {hint}");
    }
}

#[cfg(unix)]
fn hint(failure: &(dyn Error + 'static)) -> Option<&'static str> {
    serve_command::hint(failure).or_else(|| real_command::hint(failure))
}

#[cfg(not(unix))]
fn hint(failure: &(dyn Error + 'static)) -> Option<&'static str> {
    serve_command::hint(failure)
}
