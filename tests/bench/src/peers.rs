//! The peers in the workspace: what the same work takes with hyper alone, and with serde_json on top of it.

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Empty;
use hyper::body::Incoming;
use steersman_bench_frame::Arguments;

use crate::Outcome;

mod connect;
pub(crate) mod lines;
pub(crate) mod pooled;
pub(crate) mod raw_value;
pub(crate) mod receive;
pub(crate) mod value;

use connect::Connection;

/// The list of all pods.
const PODS: &str = "/api/v1/pods";
/// A watch of all pods.
const WATCH: &str = "/api/v1/pods?watch=true&resourceVersion=1&allowWatchBookmarks=true";

/// One connection that has answered one small request.
async fn connected(arguments: &Arguments) -> Outcome<Connection> {
    let mut connection = Connection::open(arguments).await?;
    receive::into_one_buffer(connection.send(get(arguments, "/version")?).await?).await?;
    Ok(connection)
}

fn get(arguments: &Arguments, path: &str) -> Outcome<Request<Empty<Bytes>>> {
    let uri: http::Uri = format!("{}{path}", arguments.server.trim_end_matches('/')).parse()?;
    let host = uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
    Ok(Request::get(uri)
        .header(header::HOST, host)
        .header(header::ACCEPT, "application/json")
        .body(Empty::new())?)
}

fn successful(response: Response<Incoming>) -> Outcome<Incoming> {
    match response.status().is_success() {
        true => Ok(response.into_body()),
        false => Err(format!("the server answered {}", response.status()).into()),
    }
}
