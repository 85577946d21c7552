//! `control-plane`: builds the pinned etcd, kube-apiserver, kube-controller-manager, kubectl and kwok, and runs the servers.

use std::path::PathBuf;

use clap::Subcommand;

use crate::run::Failure;

mod build;
mod pins;
mod running;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds the programs into the cache, if they are not there yet, and prints their folder.
    Build,
    /// Starts the servers in the background and prints how to use them.
    Up(running::Up),
    /// Stops them.
    Down,
    /// Prints the path of the kubeconfig of the servers that are up.
    Kubeconfig,
    /// Prints the folder of the programs that `build` made, and nothing else.
    BinDir,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    match &options.command {
        Command::Build => {
            kwok()?;
            println!("{}", binaries()?.display());
        }
        Command::Up(up) => running::up(up)?,
        Command::Down => running::down()?,
        Command::Kubeconfig => println!("{}", running::kubeconfig()?.display()),
        Command::BinDir => println!("{}", build::bin_dir()?.display()),
    }
    Ok(())
}

/// The fake kubelet, built first if it is not in the cache.
pub(crate) fn kwok() -> Result<PathBuf, Failure> {
    build::kwok()
}

/// The folder of the pinned programs, built first if they are not in the cache.
pub(crate) fn binaries() -> Result<PathBuf, Failure> {
    build::binaries()
}
