//! A small `kubectl get` for any kind, in one screen: `cargo run -p steersman --example get -- deploy -n shop`.

#![expect(clippy::print_stderr, reason = "a program speaks to its user")]

use std::{io::Write, process::ExitCode};

use clap::Parser;
use steersman::prelude::*;

/// Prints objects of any kind that the cluster serves.
#[derive(Parser)]
struct Args {
    /// The kind, by any name that kubectl knows: deploy, pods, widgets.example.com.
    kind: String,
    /// One object; without it, all are listed.
    name: Option<String>,
    /// The namespace; without it, the context's own.
    #[arg(short, long)]
    namespace: Option<String>,
    /// All namespaces.
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
    /// The context of the kubeconfig; without it, the current one.
    #[arg(long)]
    context: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match get(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn get(args: Args) -> Result<(), String> {
    let report = |error: steersman::Error| error.report().to_string();
    let mut cluster = DynamicClient::builder();
    if let Some(context) = &args.context {
        cluster = cluster.context(context);
    }
    let cluster = cluster.connect().await.map_err(report)?;

    let mut resource = cluster.find(&args.kind).await.map_err(report)?;
    if resource.api().is_namespaced() {
        resource = match (&args.namespace, args.all_namespaces) {
            (Some(namespace), _) => resource.namespace(namespace),
            (None, true) => resource.all_namespaces(),
            (None, false) => resource.default_namespace(),
        };
    }
    if let Some(name) = &args.name {
        return say(resource.get(name).await.map_err(report)?.as_json());
    }
    let mut objects = resource.list().stream();
    while let Some(object) = objects.try_next().await.map_err(report)? {
        match object.namespace() {
            Some(namespace) => say(&format!("{namespace}/{}", object.name()))?,
            None => say(object.name())?,
        }
    }
    Ok(())
}

/// Unlike `println!`, it can fail: whoever reads may have gone.
fn say(line: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}
