//! `list` and `list-paged`: the name and the node of each pod.

use steersman::ResourceInstance;
use steersman_bench_frame::Measured;

use super::Bench;
use crate::Outcome;

/// All in one answer.
pub(super) async fn whole(bench: &Bench<'_>) -> Outcome<Measured> {
    let pods = bench.cluster.resource("v1", "Pod").await?.all_namespaces();
    let meter = bench.start()?;
    let list = pods.list().await?;
    let mut items = 0;
    for pod in &list {
        items += read(pod)?;
    }
    bench.stop(meter, items)
}

/// In pages, each object dropped when it was read.
pub(super) async fn paged(bench: &Bench<'_>) -> Outcome<Measured> {
    let pods = bench.cluster.resource("v1", "Pod").await?.all_namespaces();
    let meter = bench.start()?;
    let mut stream = pods.list().limit(500).stream();
    let mut items = 0;
    while let Some(pod) = stream.try_next().await? {
        items += read(&pod)?;
    }
    bench.stop(meter, items)
}

/// Reads what a pod is asked for, and counts it.
fn read(pod: &ResourceInstance) -> Outcome<u64> {
    let node: Option<String> = pod.at("/spec/nodeName")?;
    Ok(u64::from(!pod.name().is_empty() && node.is_some()))
}
