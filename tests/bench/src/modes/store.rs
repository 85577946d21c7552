//! `store`: a map by key, filled from the list as it comes, without managedFields.

use std::collections::HashMap;

use steersman_bench_frame::Measured;

use super::Bench;
use crate::Outcome;

pub(super) async fn run(bench: &Bench<'_>) -> Outcome<Measured> {
    let pods = bench.cluster.resource("v1", "Pod").await?.all_namespaces();
    let meter = bench.start()?;
    let mut stream = pods.list().limit(500).stream();
    let mut store = HashMap::new();
    while let Some(pod) = stream.try_next().await? {
        let key = (pod.namespace().map(str::to_owned), pod.name().to_owned());
        store.insert(key, pod.without_managed_fields());
    }
    let measured = bench.stop(meter, store.len() as u64);
    drop(store);
    measured
}
