//! The main job, line by line: `cargo run -p steersman --example tour`.
//!
//! Without arguments it runs on an API server embedded in this process. With `--cluster` it runs on the cluster of the
//! current kubeconfig context, in a namespace and with a kind of its own, and removes both again.

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a program speaks to its user")]

mod stage;

use std::{process::ExitCode, time::Instant};

use clap::Parser;
use serde_json::json;
use steersman::{Error, prelude::*};
use steersman_envtest::EnvTest;

use crate::stage::Stage;

/// Shows what steersman does, on an API server embedded in this process.
#[derive(Parser)]
struct Args {
    /// Use the cluster of the current kubeconfig context instead, and leave nothing there.
    #[arg(long)]
    cluster: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done =
        if Args::parse().cluster { on_the_current_cluster().await } else { on_an_embedded_server().await };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn on_an_embedded_server() -> Result<(), String> {
    let started = Instant::now();
    let server = EnvTest::start().await.map_err(|error| error.to_string())?;
    println!("An API server is up in this process after {} ms.", started.elapsed().as_millis());
    let cluster = DynamicClient::builder().config(server.config()).connect().await.map_err(stage::report)?;
    let stage = Stage::new(cluster);
    let done = on_stage(&stage).await;
    server.stop().await;
    done
}

async fn on_the_current_cluster() -> Result<(), String> {
    let cluster = DynamicClient::connect().await.map_err(stage::report)?;
    let context = cluster.client().config().and_then(|config| config.context.as_deref());
    println!(
        "The cluster is that of the context {}.",
        context.unwrap_or("(in a cluster, without a context)")
    );
    let stage = Stage::new(cluster);
    stage.ask_permission().await?;
    stage.remove_left_overs().await.map_err(stage::report)?;
    on_stage(&stage).await
}

/// Runs the tour, and clears up whatever became of it.
async fn on_stage(stage: &Stage) -> Result<(), String> {
    let toured = tokio::select! {
        toured = tokio::time::timeout(stage::LIMIT, tour(stage)) => match toured {
            Ok(toured) => toured.map_err(stage::report),
            Err(_) => Err(format!("the tour took more than {} s", stage::LIMIT.as_secs())),
        },
        _ = tokio::signal::ctrl_c() => Err("interrupted".to_owned()),
    };
    let cleared = tokio::select! {
        cleared = stage.clear() => cleared,
        _ = tokio::signal::ctrl_c() => Err("interrupted while clearing up: a later tour removes what is left".to_owned()),
    };
    match (toured, cleared) {
        (Ok(summary), Ok(())) => {
            println!("\n{summary}");
            Ok(())
        }
        (Err(error), Ok(())) | (Ok(_), Err(error)) => Err(error),
        (Err(error), Err(left)) => Err(format!("{error}\nand then: {left}")),
    }
}

async fn tour(stage: &Stage) -> Result<String, Error> {
    let cluster = stage.cluster();
    let started = Instant::now();

    step("Discover what the server serves");
    let version = cluster.version().await?;
    let served = cluster.resources().all().await?;
    let deployments = cluster.find("deploy").await?;
    println!("   {version} serves {} resources; \"deploy\" is {}", served.len(), deployments.api());

    step("Define a kind that did not exist when this program was compiled");
    stage.create_namespace().await?;
    let widgets = stage.define_widgets().await?;
    println!("   {} is served, with {}", widgets.api(), stage::subresources(&widgets));

    step("Create seven objects of it, and read one field straight from the JSON");
    for number in 1..=7 {
        let tier = if number % 2 == 0 { "even" } else { "odd" };
        widgets
            .create(json!({
                "metadata": {"name": format!("widget-{number}"), "labels": {"tier": tier}},
                "spec": {"replicas": number, "color": "grey"},
            }))
            .await?;
    }
    let third = widgets.get("widget-3").await?;
    println!("   {} has spec.replicas = {:?}", third.name(), third.at::<i64>("/spec/replicas")?);

    step("List them in pages of three, as a stream");
    let mut names = Vec::new();
    let mut pages = widgets.list().limit(3).stream();
    while let Some(widget) = pages.try_next().await? {
        names.push(widget.name().to_owned());
    }
    println!("   {}", names.join(", "));

    step("Apply on the server, as two managers who want different things");
    let painted = |color: &str| json!({"metadata": {"name": "widget-1"}, "spec": {"color": color}});
    widgets.apply(painted("red")).field_manager("alice").force().await?;
    match widgets.apply(painted("blue")).field_manager("bob").await {
        Err(conflict) if conflict.is_conflict() => {
            println!("   bob is told: {}", conflict.status().map(ToString::to_string).unwrap_or_default());
        }
        other => println!("   the server let bob have it: {other:?}"),
    }
    let blue = widgets.apply(painted("blue")).field_manager("bob").force().await?;
    println!("   bob insists, and it is {}", blue.field::<String>("spec.color")?.unwrap_or_default());

    step("Scale through the subresource");
    let scale = widgets.subresource("scale")?;
    let scaled = scale.patch("widget-1", Patch::merge(json!({"spec": {"replicas": 10}}))).await?;
    println!("   {} of widget-1 now wants {:?}", scaled.kind(), scaled.at::<i64>("/spec/replicas")?);

    step("Watch changes arrive");
    let since = widgets.list().await?.metadata().resource_version.clone().unwrap_or_default();
    let mut events = widgets.watch().labels("tier=even").resource_version(since).start().await?;
    widgets.get("widget-2").await?.set_labels([("seen", Some("yes"))]).await?;
    widgets.create(json!({"metadata": {"name": "widget-8", "labels": {"tier": "even"}}, "spec": {}})).await?;
    widgets.delete("widget-4").await?;
    let mut seen = 0;
    while let Some(event) = events.try_next().await? {
        let (what, widget) = match event {
            WatchEvent::Added(widget) => ("added", widget),
            WatchEvent::Modified(widget) => ("modified", widget),
            WatchEvent::Deleted(widget) => ("deleted", widget),
            _ => continue,
        };
        println!("   {what} {}", widget.name());
        seen += 1;
        if seen == 3 {
            break;
        }
    }

    step("Delete by selector");
    let deleted = widgets.delete_collection().labels("tier=odd").await?.len();
    let left = widgets.list().await?;
    let left: Vec<&str> = left.iter().map(|widget| widget.name()).collect();
    println!("   {deleted} are deleted, {} are left: {}", left.len(), left.join(", "));

    let elapsed = started.elapsed().as_millis();
    Ok(format!(
        "Done in {elapsed} ms on {version}: 8 objects created, {seen} changes watched, {deleted} deleted by selector."
    ))
}

fn step(what: &str) {
    println!("\n-- {what}");
}
