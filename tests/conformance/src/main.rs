//! `steersman-conformance`: runs the suite against the embedded server or the real control plane.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};
use steersman_conformance::{Case, Server, Summary, all, run};

/// Runs the conformance suite against one server.
#[derive(Parser)]
struct Args {
    /// Which server.
    #[arg(long, value_enum, default_value_t = Which::Embedded)]
    server: Which,
    /// The folder with etcd, kube-apiserver and kube-controller-manager, for the real one.
    #[arg(long, required_if_eq("server", "real"))]
    bin_dir: Option<PathBuf>,
    /// The fake kubelet, for the logs of pods on the real server.
    #[arg(long)]
    kwok: Option<PathBuf>,
    /// Names the cases and runs none.
    #[arg(long)]
    list: bool,
    /// Runs only the cases whose name holds one of these texts.
    only: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Embedded,
    Real,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let wanted =
        |case: &Case| args.only.is_empty() || args.only.iter().any(|only| case.name.contains(&**only));
    let cases: Vec<Case> = all().into_iter().filter(wanted).collect();
    if args.list {
        for case in &cases {
            println!("{}", case.name);
        }
        println!("{} cases", cases.len());
        return ExitCode::SUCCESS;
    }
    match on_server(&args, &cases).await {
        Ok(Summary { passed, failed, .. }) => {
            println!("{passed} passed, {failed} failed");
            if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a program's output")]
async fn on_server(args: &Args, cases: &[Case]) -> Result<Summary, Box<dyn std::error::Error>> {
    let server = match (args.server, &args.bin_dir) {
        (Which::Embedded, _) => Server::embedded().await?,
        (Which::Real, Some(bin_dir)) => Server::real(bin_dir, args.kwok.as_deref()).await?,
        (Which::Real, None) => return Err("the real server needs --bin-dir".into()),
    };
    println!("{} cases on the {} server", cases.len(), server.name());
    let summary = run(&server, cases, |line| println!("{line}")).await;
    server.stop().await?;
    Ok(summary?)
}
