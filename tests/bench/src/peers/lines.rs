//! A watch, cut into lines and not looked at.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use steersman_bench_frame::{Arguments, Measured, Meter};

use super::{WATCH, connected, get, successful};
use crate::Outcome;

pub(crate) async fn run(arguments: &Arguments) -> Outcome<Measured> {
    let mut connection = connected(arguments).await?;
    let meter = Meter::start()?;
    let body = successful(connection.send(get(arguments, WATCH)?).await?)?;
    let items = each(body, arguments.count, |_| Ok(())).await?;
    Ok(meter.stop(arguments.mode, items, 1)?)
}

/// Gives each line of a body to `look`, until there were `most`; tells how many.
pub(super) async fn each(
    mut body: Incoming,
    most: u64,
    mut look: impl FnMut(&[u8]) -> Outcome<()>,
) -> Outcome<u64> {
    let mut seen = 0;
    // The beginning of a line that has not come whole yet.
    let mut begun = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let mut rest = frame.data_ref().map(AsRef::as_ref).unwrap_or_default();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, next) = (&rest[..end], &rest[end + 1..]);
            rest = next;
            if begun.is_empty() {
                look(line)?;
            } else {
                begun.extend_from_slice(line);
                look(&begun)?;
                begun.clear();
            }
            seen += 1;
            if seen == most {
                return Ok(seen);
            }
        }
        begun.extend_from_slice(rest);
    }
    Ok(seen)
}
