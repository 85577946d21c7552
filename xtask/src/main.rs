//! The house-keeping commands of the workspace, one file each.
//!
//! **Invariant.** This program depends on no crate of the workspace, so that it builds when the workspace does not.
//! Whatever it needs of them it runs as programs.

#![expect(clippy::print_stdout, reason = "the commands talk to the person at the terminal")]
#![expect(clippy::print_stderr, reason = "the commands talk to the person at the terminal")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod run;
mod workspace;

mod bench;
mod campaign;
mod ci;
mod conformance;
mod control_plane;
mod features;
mod floors;
mod kubectl;
mod layers;
mod served;
mod tidy;

/// The house-keeping commands of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures whole client processes against a replayed kube-apiserver, by turns with other clients.
    Bench(bench::Options),
    /// Runs the seeded property tests with more cases, within a time budget.
    Campaign(campaign::Options),
    /// Runs every check that a change has to pass, and prints what each took.
    Ci(ci::Options),
    /// Runs the conformance suite against the embedded server, the real control plane, or both.
    Conformance(conformance::Options),
    /// Builds, starts and stops the real control plane.
    ControlPlane(control_plane::Options),
    /// Lists the tests that name each row of docs/features.md.
    Features,
    /// Runs an unmodified kubectl against the embedded server.
    Kubectl(kubectl::Options),
    /// Checks the layers, the lints, the module docs and the documents of the workspace.
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Bench(options) => bench::run(&options),
        Command::Campaign(options) => campaign::run(&options),
        Command::Ci(options) => ci::run(&options),
        Command::Conformance(options) => conformance::run(&options),
        Command::ControlPlane(options) => control_plane::run(&options),
        Command::Features => features::run(),
        Command::Kubectl(options) => kubectl::run(&options),
        Command::Tidy => tidy::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
