//! `discovery`: all that the server serves, by a client that knows nothing yet.

use steersman::DynamicClient;
use steersman_bench_frame::Measured;

use super::Bench;
use crate::Outcome;

pub(super) async fn run(bench: &Bench<'_>) -> Outcome<Measured> {
    let fresh = DynamicClient::builder().client(bench.client.clone()).without_cache().connect().await?;
    let meter = bench.start()?;
    let found = fresh.resources().search().run().await?;
    bench.stop(meter, found.len() as u64)
}
