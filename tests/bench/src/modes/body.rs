//! `body`: one long body, chunk by chunk into one buffer.

use bytes::BytesMut;
use http::Request;
use steersman::transport::Body;
use steersman_bench_frame::Measured;

use super::Bench;
use crate::Outcome;

pub(super) async fn run(bench: &Bench<'_>) -> Outcome<Measured> {
    let meter = bench.start()?;
    let request = Request::get(bench.arguments.path.as_str()).body(Body::empty())?;
    let mut body = bench.client.request(request).await?.into_body();
    let mut all = BytesMut::new();
    while let Some(chunk) = body.next_chunk().await {
        all.extend_from_slice(&chunk?);
    }
    bench.stop(meter, u64::from(!all.is_empty()))
}
