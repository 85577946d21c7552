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
    /// More columns, or one object as JSON.
    #[arg(short, long)]
    output: Option<Output>,
    /// The context of the kubeconfig; without it, the current one.
    #[arg(long)]
    context: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    Wide,
    Json,
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
    let table = match &args.name {
        Some(name) if args.output == Some(Output::Json) => {
            return say(&format!("{}\n", resource.get(name).await.map_err(report)?.as_json()));
        }
        Some(name) => resource.get(name).as_table().await.map_err(report)?,
        None if args.output == Some(Output::Json) => {
            return Err("-o json is for one object: name it".to_owned());
        }
        None => resource.list().as_table().await.map_err(report)?,
    };
    let mut text = table.text();
    if args.output == Some(Output::Wide) {
        text = text.wide();
    }
    if args.all_namespaces && resource.api().is_namespaced() {
        text = text.with_namespaces();
    }
    say(&text.to_string())
}

/// Unlike `print!`, it can fail: whoever reads may have gone.
fn say(text: &str) -> Result<(), String> {
    write!(std::io::stdout(), "{text}").map_err(|error| error.to_string())
}
