//! `get` and `get-16`: one pod again and again, and its name.

use futures::future::try_join_all;
use steersman_bench_frame::Measured;

use super::Bench;
use crate::Outcome;

pub(super) async fn run(bench: &Bench<'_>) -> Outcome<Measured> {
    let (namespace, name) = bench.arguments.namespace_and_name();
    let pods = bench.cluster.resource("v1", "Pod").await?.namespace(namespace);
    let loops = bench.arguments.mode.loops();
    let each = bench.arguments.count / loops;
    let meter = bench.start()?;
    let gets = (0..loops).map(|_| async {
        let mut items = 0;
        for _ in 0..each {
            items += u64::from(!pods.get(name).await?.name().is_empty());
        }
        Ok::<_, steersman::Error>(items)
    });
    let items = try_join_all(gets).await?.into_iter().sum();
    bench.stop(meter, items)
}
