//! serde_json's `Value`: a tree of everything.

use serde_json::Value;
use steersman_bench_frame::{Arguments, Measured, Meter};

use super::{PODS, connected, get, receive};
use crate::Outcome;

/// The name and the node of each pod of one list.
pub(crate) async fn list(arguments: &Arguments) -> Outcome<Measured> {
    let mut connection = connected(arguments).await?;
    let meter = Meter::start()?;
    let body = receive::into_one_buffer(connection.send(get(arguments, PODS)?).await?).await?;
    let list: Value = serde_json::from_slice(&body)?;
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let read = |item: &&Value| item["metadata"]["name"].is_string() && item["spec"]["nodeName"].is_string();
    let items = items.iter().filter(read).count() as u64;
    Ok(meter.stop(arguments.mode, items, 1)?)
}
