//! `request` and `request-16`: one small request again and again, and its body.

use futures::future::try_join_all;
use http::Request;
use steersman::transport::Body;
use steersman_bench_frame::Measured;

use super::Bench;
use crate::Outcome;

pub(super) async fn run(bench: &Bench<'_>) -> Outcome<Measured> {
    let loops = bench.arguments.mode.loops();
    let each = bench.arguments.count / loops;
    let meter = bench.start()?;
    let requests = (0..loops).map(|_| async {
        let mut items = 0;
        for _ in 0..each {
            let request = Request::get(bench.arguments.path.as_str()).body(Body::empty())?;
            let (_, body) = bench.client.request_bytes(request).await?;
            items += u64::from(!body.is_empty());
        }
        Outcome::Ok(items)
    });
    let items = try_join_all(requests).await?.into_iter().sum();
    bench.stop(meter, items)
}
