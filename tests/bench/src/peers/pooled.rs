//! hyper-util's pooled client: a body received for each request, and not looked at.

use bytes::Bytes;
use futures::future::try_join_all;
use http_body_util::{BodyExt, Empty};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use steersman_bench_frame::{Arguments, Measured, Meter, Mode};

use super::{
    connect::{CONNECTION_WINDOW, STREAM_WINDOW, tls_config},
    get, successful,
};
use crate::Outcome;

type Pooled = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

pub(crate) async fn run(arguments: &Arguments) -> Outcome<Measured> {
    let client = client(arguments)?;
    let path = match arguments.mode {
        Mode::Request | Mode::Request16 => arguments.path.clone(),
        _ => {
            let (namespace, name) = arguments.namespace_and_name();
            format!("/api/v1/namespaces/{namespace}/pods/{name}")
        }
    };
    ask(&client, arguments, "/version").await?;
    let loops = arguments.mode.loops();
    let each = arguments.count / loops;
    let meter = Meter::start()?;
    let requests = (0..loops).map(|_| async {
        let mut items = 0;
        for _ in 0..each {
            items += u64::from(!ask(&client, arguments, &path).await?.is_empty());
        }
        Outcome::Ok(items)
    });
    let items: u64 = try_join_all(requests).await?.into_iter().sum();
    Ok(meter.stop(arguments.mode, items, each * loops)?)
}

async fn ask(client: &Pooled, arguments: &Arguments, path: &str) -> Outcome<Bytes> {
    let response = client.request(get(arguments, path)?).await?;
    Ok(successful(response)?.collect().await?.to_bytes())
}

fn client(arguments: &Arguments) -> Outcome<Pooled> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls_config(arguments)?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .build(connector))
}
