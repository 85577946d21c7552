//! Receiving into one buffer, and nothing else: no client can do with less.

use http::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use steersman_bench_frame::{Arguments, Measured, Meter, Mode};

use super::{PODS, connected, get, successful};
use crate::Outcome;

pub(crate) async fn run(arguments: &Arguments) -> Outcome<Measured> {
    let path = if arguments.mode == Mode::Body { arguments.path.as_str() } else { PODS };
    let mut connection = connected(arguments).await?;
    let meter = Meter::start()?;
    let body = into_one_buffer(connection.send(get(arguments, path)?).await?).await?;
    Ok(meter.stop(arguments.mode, u64::from(!body.is_empty()), 1)?)
}

/// The whole body.
pub(super) async fn into_one_buffer(response: Response<Incoming>) -> Outcome<Vec<u8>> {
    let mut body = successful(response)?;
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            all.extend_from_slice(data);
        }
    }
    Ok(all)
}
