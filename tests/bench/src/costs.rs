//! What it costs to know a large cluster: to parse its documents once, to discover it without a network between, and to
//! start from the cache instead. All in time of the processor, the least of many times.

use std::{future::Future, time::Duration};

use clap::Args;
use serde::Serialize;
use steersman::{Discoverer, DiskCache, EagerDiscoverer};
use steersman_bench::{Documents, Parsed, client};
use steersman_bench_frame::cpu;

use crate::Outcome;

/// How it is measured.
#[derive(Args)]
pub(crate) struct Options {
    /// How many groups of three kinds the cluster has.
    #[arg(long, default_value_t = 300)]
    groups: usize,
    /// Fails where a warm start takes more than this share of what parsing the documents once takes.
    #[arg(long)]
    check: Option<f64>,
}

#[derive(Serialize)]
struct Costs {
    documents_bytes: usize,
    cache_bytes: u64,
    /// serde_json, into structures of the shape of the documents, and into its own values.
    parsed_us: f64,
    value_us: f64,
    /// A cold discovery without a network between: the documents taken in, parsed, checked and indexed.
    cold_us: f64,
    /// A start from the cache: the file opened and read, its owner, its checksum and its places checked, and one look-up.
    warm_us: f64,
    warm_to_parsed: f64,
    warm_to_value: f64,
    warm_to_cold: f64,
}

#[expect(clippy::print_stdout, reason = "a program's output")]
pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let costs = runtime.block_on(measure(options.groups))?;
    println!("{}", serde_json::to_string(&costs)?);
    match options.check {
        Some(most) if costs.warm_to_parsed > most => {
            Err(format!("a warm start takes more than {most} of parsing the documents").into())
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
    let (mut parsed, mut value, mut cold, mut warm) = (MAX, MAX, MAX, MAX);
    for _ in 0..TIMES {
        parsed = parsed.min(time(async || Ok(documents.parse::<Parsed>()?)).await?);
        value = value.min(time(async || Ok(documents.parse::<serde_json::Value>()?)).await?);
        cold = cold.min(time(async || found(EagerDiscoverer::new(client.clone())).await).await?);
        let cached = || EagerDiscoverer::new(client.clone()).with_cache(cache.clone());
        warm = warm.min(time(async || found(cached()).await).await?);
    }
    let micros = |time: Duration| (time.as_secs_f64() * 1e7).round() / 10.0;
    let warm_to = |other: Duration| (warm.as_secs_f64() / other.as_secs_f64() * 100.0).round() / 100.0;
    Ok(Costs {
        documents_bytes: documents.bytes(),
        cache_bytes: cache.path().metadata()?.len(),
        parsed_us: micros(parsed),
        value_us: micros(value),
        cold_us: micros(cold),
        warm_us: micros(warm),
        warm_to_parsed: warm_to(parsed),
        warm_to_value: warm_to(value),
        warm_to_cold: warm_to(cold),
    })
}

/// Knows the cluster, looks one kind up, and forgets it again, as everything that is measured here is dropped.
async fn found(discoverer: EagerDiscoverer) -> Outcome<()> {
    let known = discoverer.discover().await?;
    known.get("g7.example.net/v1", "Thing7x1").map(drop).ok_or_else(|| "a look-up found nothing".into())
}

/// The processor's time that the whole process takes for it, the threads that read files included.
async fn time<T, F: Future<Output = Outcome<T>>>(work: impl FnOnce() -> F) -> Outcome<Duration> {
    let before = cpu();
    drop(work().await?);
    Ok(cpu().saturating_sub(before))
}

const TIMES: usize = 200;
const MAX: Duration = Duration::MAX;
