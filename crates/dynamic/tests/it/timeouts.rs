//! How long a call may take: what it says itself, else what the client says.

use std::{
    future::{self, IntoFuture},
    io,
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use http::{Method, Request, Response};
use serde_json::json;
use steersman_dynamic::{DynamicClient, Error};
use steersman_meta::Patch;
use steersman_transport::{Body, Client, DeadlineLayer, Timeouts};
use tokio::time::Instant;
use tower::Layer;

use crate::{
    kinds::{Fixed, Kinds, resources},
    server::Server,
};

/// A client of a server that never answers, with deadlines around it as the stack of a client has them.
fn silent() -> Client {
    let service = tower::service_fn(|_: Request<Body>| future::pending::<io::Result<Response<Body>>>());
    Client::from_service(DeadlineLayer::new(Timeouts::default()).layer(service))
}

async fn kinds(timeout: Option<u64>) -> Kinds {
    let discovery = steersman_discovery::Discovery::new(resources());
    let mut builder = DynamicClient::builder().client(silent()).discoverer(Fixed(discovery.into()));
    if let Some(seconds) = timeout {
        builder = builder.timeout(Duration::from_secs(seconds));
    }
    Kinds::of(builder).await
}

type Call = BoxFuture<'static, Result<(), Error>>;

fn call<T, V: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>>(verb: V) -> Call {
    verb.into_future().map(|result| result.map(drop)).boxed()
}

/// Each verb, with 3 s to answer.
fn with_three_seconds(kinds: &Kinds) -> Vec<(&'static str, Call)> {
    let limit = Duration::from_secs(3);
    let pods = kinds.pods.namespace("a");
    let status = pods.subresource("status").expect("it is served");
    let content = || json!({"metadata": {"name": "p"}});
    let mut stream = pods.list().timeout(limit).stream();
    vec![
        ("get", call(pods.get("p").timeout(limit))),
        ("get if it exists", call(pods.get("p").timeout(limit).if_exists())),
        ("get as a table", call(pods.get("p").timeout(limit).as_table())),
        ("get of a subresource", call(status.get("p").timeout(limit))),
        ("list", call(pods.list().timeout(limit))),
        ("list as a table", call(pods.list().timeout(limit).as_table())),
        ("stream", async move { stream.try_next().await.map(drop) }.boxed()),
        ("create", call(pods.create(content()).timeout(limit))),
        ("replace", call(pods.replace(content()).timeout(limit))),
        ("patch", call(pods.patch("p", Patch::merge(json!({}))).timeout(limit))),
        ("apply", call(pods.apply(content()).field_manager("me").timeout(limit))),
        ("delete", call(pods.delete("p").timeout(limit))),
        ("delete all", call(pods.delete_collection().timeout(limit))),
        ("raw", call(pods.get("p").timeout(limit).raw())),
        ("raw stream", pods.get("p").timeout(limit).raw().stream().map(|answer| answer.map(drop)).boxed()),
        ("logs", call(pods.logs("p").timeout(limit))),
        ("followed logs", pods.logs("p").timeout(limit).follow().map(|lines| lines.map(drop)).boxed()),
        ("by hand", call(kinds.cluster.request(Method::GET).timeout(limit))),
    ]
}

/// B11 (`_request_timeout`): what a call says holds, also against the client, and the error says which limit it was.
#[tokio::test(start_paused = true)]
async fn b11_the_limit_of_a_call() {
    for default in [None, Some(2), Some(50)] {
        for (name, call) in with_three_seconds(&kinds(default).await) {
            let started = Instant::now();
            let error = call.await.expect_err(name);
            assert!(error.is_timeout() && error.status().is_none(), "{name}: {error:?}");
            assert_eq!(started.elapsed().as_secs(), 3, "{name}");
        }
    }
    let error = kinds(None).await.pods.namespace("a").get("p").timeout(Duration::from_secs(3)).await;
    let error = error.expect_err("nobody answers");
    let report = error.report().to_string();
    let want = "could not get v1 Pod a/p\n  because GET /api/v1/namespaces/a/pods/p: the request was not over in time";
    assert!(report.starts_with(want), "{report}");
    assert!(error.hint().is_some_and(|hint| hint.contains(".timeout(")), "{report}");
    // Whether a write was done, nobody knows.
    let pods = kinds(None).await.pods.namespace("a");
    assert!(
        pods.delete("p").timeout(Duration::from_secs(3)).await.expect_err("silence").is_outcome_unknown()
    );
}

/// B11, D04: what the client says holds for all calls that end, and each can say otherwise, either way.
#[tokio::test(start_paused = true)]
async fn b11_d04_the_limit_of_a_client() {
    let k = kinds(Some(7)).await;
    let pods = k.pods.namespace("a");
    let content = || json!({"metadata": {"name": "p"}});
    let mut stream = pods.list().stream();
    for (name, call) in [
        ("get", call(pods.get("p"))),
        ("list", call(pods.list())),
        ("list as a table", call(pods.list().as_table())),
        ("stream", async move { stream.try_next().await.map(drop) }.boxed()),
        ("create", call(pods.create(content()))),
        ("replace", call(pods.replace(content()))),
        ("patch", call(pods.patch("p", Patch::merge(json!({}))))),
        ("apply", call(pods.apply(content()).field_manager("me"))),
        ("delete", call(pods.delete("p"))),
        ("delete all", call(pods.delete_collection())),
        ("raw", call(pods.get("p").raw())),
        ("logs", call(pods.logs("p"))),
        ("by hand", call(k.cluster.request(Method::GET))),
        ("can_i", call(pods.can_i("get"))),
        ("whoami", whoami(&k.cluster)),
    ] {
        let started = Instant::now();
        let error = call.await.expect_err(name);
        assert!(error.is_timeout(), "{name}: {error:?}");
        assert_eq!(started.elapsed().as_secs(), 7, "{name}");
    }
    // What may be silent for long has no such limit: after it comes the client's own for a silent head.
    let longer = Timeouts::default().response_head.expect("there is one");
    for (name, call) in [
        ("get", call(pods.get("p").without_timeout())),
        ("watch", pods.watch().resource_version("7").start().map(|watch| watch.map(drop)).boxed()),
        ("raw stream", pods.get("p").raw().stream().map(|answer| answer.map(drop)).boxed()),
    ] {
        let started = Instant::now();
        call.await.expect_err(name);
        assert_eq!(started.elapsed().as_secs(), longer.as_secs(), "{name}");
    }
    let follow = pods.logs("p").follow();
    assert!(tokio::time::timeout(Duration::from_secs(3600), follow).await.is_err(), "a quiet log");
}

fn whoami(cluster: &DynamicClient) -> Call {
    let cluster = cluster.clone();
    async move { cluster.whoami().await.map(drop) }.boxed()
}

/// B11: over a service of the caller's own, with nothing around it, a limit that was said holds too.
#[tokio::test(start_paused = true)]
async fn b11_a_service_of_ones_own() {
    let service = tower::service_fn(|_: Request<Body>| future::pending::<io::Result<Response<Body>>>());
    let discovery = steersman_discovery::Discovery::new(resources());
    let builder = DynamicClient::builder().client(Client::from_service(service));
    let k = Kinds::of(builder.discoverer(Fixed(discovery.into()))).await;
    for (name, call) in with_three_seconds(&k) {
        let started = Instant::now();
        let error = call.await.expect_err(name);
        assert!(error.is_timeout(), "{name}: {error:?}");
        assert_eq!(started.elapsed().as_secs(), 3, "{name}");
    }
    let quiet =
        tokio::time::timeout(Duration::from_secs(86_400), k.pods.namespace("a").get("p").into_future());
    assert!(quiet.await.is_err(), "nobody has set a limit");
}

/// B10, B11: parameters and headers of one's own go with logs and waits too.
#[tokio::test]
async fn b10_b11_logs_and_waits() {
    let server = Server::saying(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"},
        "spec": {"containers": [{"name": "main"}]}, "items": []}),
    );
    let pods = Kinds::on(&server).await.pods.namespace("a");
    pods.logs("p").tail(1).query("x", "y").header("X-Team", "blue").await.unwrap();
    let lines = pods.logs("p").all_containers().query("x", "y").header("X-Team", "blue").lines();
    drop(lines.await.unwrap());
    let wait = pods.wait("p").until(|_| false).query("x", "y").header("x-team", "blue");
    wait.timeout(Duration::from_millis(1)).await.expect_err("it never comes");
    let seen = server.take();
    for (request, want) in seen.iter().zip([
        "GET /api/v1/namespaces/a/pods/p/log?tailLines=1&x=y",
        // The pod is asked for its containers; the parameters are for the log.
        "GET /api/v1/namespaces/a/pods/p",
        "GET /api/v1/namespaces/a/pods/p/log?container=main&x=y",
        "GET /api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp&limit=500&x=y",
    ]) {
        assert_eq!(request.line(), want);
        assert_eq!(
            request.headers.get("x-team").map(http::HeaderValue::as_bytes),
            Some(&b"blue"[..]),
            "{want}"
        );
    }
    assert!(seen.len() >= 4);
}
