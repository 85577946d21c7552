//! `steersman-bench`: measures the client, and the peers that it is compared with.
//!
//! `serve` replays what a real kube-apiserver once said, in a process of its own. `client` does one thing against any
//! server, prints what that took as one line of JSON, and ends. `record` makes the recordings. `cargo xtask bench` puts
//! them together.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod client;
mod costs;
mod modes;
mod peers;
mod record;
mod recorded;
mod server;

/// Any error: this is a program, and nobody looks into what it says.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures the client, and the peers that it is compared with.
#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Does one thing against a server, and prints what it took.
    Client(client::Options),
    /// Prints what a start from the discovery cache costs, against reading the documents.
    Costs(costs::Options),
    /// Replays a recorded kube-apiserver until the standard input is closed.
    Serve(server::Options),
    /// Makes pods of several managers on a real kube-apiserver, and records what it says of them.
    Record(record::Options),
}

#[expect(clippy::print_stderr, reason = "a program's output")]
fn main() -> ExitCode {
    let outcome = match Program::parse().command {
        Command::Client(options) => client::run(&options),
        Command::Costs(options) => costs::run(&options),
        Command::Serve(options) => server::run(&options),
        Command::Record(options) => record::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("steersman-bench: {error}");
            let mut cause = error.source();
            while let Some(next) = cause {
                eprintln!("  because {next}");
                cause = next.source();
            }
            ExitCode::FAILURE
        }
    }
}
