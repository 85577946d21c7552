//! What it costs to discover a large cluster without a network between, and to start from the cache instead: wall time, the
//! least of many times.

use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use steersman::{Discoverer, DiskCache, EagerDiscoverer};
use steersman_bench::{Documents, client};

use crate::Outcome;

/// How it is measured.
#[derive(Args)]
pub(crate) struct Options {
    /// How many groups of three kinds the cluster has.
    #[arg(long, default_value_t = 300)]
    groups: usize,
    /// Fails where a warm start takes more of the processor's time than this share of reading the documents.
    #[arg(long)]
    check: Option<f64>,
}

#[derive(Serialize)]
struct Costs {
    documents_bytes: usize,
    /// A cold discovery, its index included, and a start from the cache, its checksum included.
    documents_us: f64,
    warm_us: f64,
    warm_to_documents: f64,
}

#[expect(clippy::print_stdout, reason = "a program's output")]
pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let costs = runtime.block_on(measure(options.groups))?;
    println!("{}", serde_json::to_string(&costs)?);
    match options.check {
        Some(most) if costs.warm_to_documents > most => {
            Err(format!("a warm start takes more than {most} of reading the documents").into())
        }
        _ => Ok(()),
    }
}

async fn measure(groups: usize) -> Outcome<Costs> {
    let documents = Documents::new(groups);
    let client = client(&documents);
    let folder = tempfile::tempdir()?;
    let cache = DiskCache::file(folder.path().join("cache"));
    EagerDiscoverer::new(client.clone()).with_cache(cache.clone()).discover().await?;
    let (mut cold, mut warm) = (Duration::MAX, Duration::MAX);
    for _ in 0..TIMES {
        let started = Instant::now();
        EagerDiscoverer::new(client.clone()).discover().await?;
        cold = cold.min(started.elapsed());
        let started = Instant::now();
        EagerDiscoverer::new(client.clone()).with_cache(cache.clone()).discover().await?;
        warm = warm.min(started.elapsed());
    }
    let micros = |time: Duration| (time.as_secs_f64() * 1e7).round() / 10.0;
    Ok(Costs {
        documents_bytes: documents.bytes(),
        documents_us: micros(cold),
        warm_us: micros(warm),
        warm_to_documents: (warm.as_secs_f64() / cold.as_secs_f64() * 100.0).round() / 100.0,
    })
}

const TIMES: usize = 200;
