//! `watch`: the type and the name of each event.

use steersman::WatchEvent;
use steersman_bench_frame::Measured;

use super::Bench;
use crate::Outcome;

pub(super) async fn run(bench: &Bench<'_>) -> Outcome<Measured> {
    let pods = bench.cluster.resource("v1", "Pod").await?.all_namespaces();
    let meter = bench.start()?;
    let mut events = pods.watch().resource_version("1").start().await?;
    let mut items = 0;
    while items < bench.arguments.count {
        let Some(event) = events.try_next().await? else { break };
        let (kind, pod) = match &event {
            WatchEvent::Added(pod) => ("ADDED", pod),
            WatchEvent::Modified(pod) => ("MODIFIED", pod),
            WatchEvent::Deleted(pod) => ("DELETED", pod),
            _ => continue,
        };
        items += u64::from(!kind.is_empty() && !pod.name().is_empty());
    }
    bench.stop(meter, items)
}
