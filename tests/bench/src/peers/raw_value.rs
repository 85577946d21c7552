//! serde_json's `RawValue`: the text is cut into items, and of each only what is read is parsed.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use steersman_bench_frame::{Arguments, Measured, Meter};

use super::{PODS, WATCH, connected, get, lines, receive, successful};
use crate::Outcome;

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// The name of each pod of one list.
pub(crate) async fn list(arguments: &Arguments) -> Outcome<Measured> {
    let mut connection = connected(arguments).await?;
    let meter = Meter::start()?;
    let body = receive::into_one_buffer(connection.send(get(arguments, PODS)?).await?).await?;
    let list: List<'_> = serde_json::from_slice(&body)?;
    let mut items = 0;
    for item in list.items {
        items += u64::from(!name(item)?.is_empty());
    }
    Ok(meter.stop(arguments.mode, items, 1)?)
}

/// The type and the name of each event.
pub(crate) async fn watch(arguments: &Arguments) -> Outcome<Measured> {
    let mut connection = connected(arguments).await?;
    let meter = Meter::start()?;
    let body = successful(connection.send(get(arguments, WATCH)?).await?)?;
    let mut items = 0;
    lines::each(body, arguments.count, |line| {
        let event: Event<'_> = serde_json::from_slice(line)?;
        items += u64::from(!event.kind.is_empty() && !name(event.object)?.is_empty());
        Ok(())
    })
    .await?;
    Ok(meter.stop(arguments.mode, items, 1)?)
}

fn name(object: &RawValue) -> Outcome<Cow<'_, str>> {
    let named: Named<'_> = serde_json::from_str(object.get())?;
    Ok(named.metadata.name)
}
