//! D12: closing a client.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::join_all, stream};
use http::Request;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use steersman_config::Config;
use steersman_transport::{Body, BoxService, Client, ErrorKind, Metrics};
use tokio::time::timeout;
use tower::{ServiceExt, layer::layer_fn, service_fn};

use crate::server::{Answer, Authority, Server, answer, ok};

#[derive(Default)]
struct Connections(AtomicUsize);

impl Metrics for Connections {
    fn connection_opened(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn connection_closed(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn counted(config: Config) -> (Client, Arc<Connections>) {
    let connections = Arc::<Connections>::default();
    let metrics = Arc::clone(&connections) as Arc<dyn Metrics>;
    (Client::builder(config).metrics(metrics).build().expect("a client"), connections)
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

/// A body that does not end, below `/watch`.
async fn watched(request: Request<Incoming>) -> Answer {
    match request.uri().path() {
        "/watch" => {
            let first = stream::once(async { Ok(Frame::data(Bytes::from_static(b"{}\n"))) });
            http::Response::new(BodyExt::boxed(StreamBody::new(first.chain(stream::pending()))))
        }
        _ => answer(200, "{}"),
    }
}

type Handler = fn(Request<Incoming>) -> futures::future::BoxFuture<'static, Answer>;

/// A server that speaks HTTP/2, and one that speaks HTTP/1.1.
async fn both(handler: Handler) -> [(Server, Config); 2] {
    let authority = Authority::new();
    let tls = Server::of(Some(authority.server()), handler).await;
    let plain = Server::of(None, handler).await;
    let mut config = tls.config();
    config.trust = authority.trust();
    let plain_config = plain.config();
    [(tls, config), (plain, plain_config)]
}

/// D12: idle connections are closed at once, over HTTP/2 and HTTP/1.1, and the server sees it.
#[tokio::test]
async fn d12_idle_connections_are_closed() {
    for (mut server, config) in both(|request| ok(request).boxed()).await {
        let (client, connections) = counted(config);
        let all = join_all((0..5).map(|_| client.request_bytes(get("/")))).await;
        assert!(all.iter().all(Result::is_ok));
        let opened = connections.0.load(Ordering::SeqCst);
        assert!(opened > 0 && !client.is_closed());
        client.close().await;
        assert_eq!(connections.0.load(Ordering::SeqCst), 0);
        for _ in 0..opened {
            server.closed.recv().await.expect("the server sees it");
        }
        // Nothing more is sent, by no clone, and closing again is nothing new.
        let seen = server.seen().len();
        for client in [client.clone(), client] {
            assert!(client.is_closed());
            let error = client.request(get("/")).await.expect_err("it is closed");
            assert_eq!(error.kind(), &ErrorKind::Closed);
            assert!(!error.is_outcome_unknown() && error.hint().is_some());
            client.close().await;
        }
        assert_eq!(server.seen().len(), seen);
    }
}

/// D12: what is under way goes on to its end, which is waited for.
#[tokio::test]
async fn d12_what_is_under_way_goes_on() {
    for (_server, config) in both(|request| watched(request).boxed()).await {
        let (client, connections) = counted(config);
        let mut body = client.request(get("/watch")).await.expect("an answer").into_body();
        body.next_chunk().await.expect("a chunk").expect("bytes");
        let mut closing = Box::pin(client.close());
        for _ in 0..100 {
            assert!(futures::poll!(&mut closing).is_pending());
            tokio::task::yield_now().await;
        }
        assert!(client.is_closed());
        drop(body);
        closing.await;
        assert_eq!(connections.0.load(Ordering::SeqCst), 0);
    }
}

/// A02, D12: waiting can be given up, and the client stays closed; dropping everything closes the connections too.
#[tokio::test]
async fn d12_waiting_can_be_given_up() {
    for (mut server, config) in both(|request| watched(request).boxed()).await {
        let (client, connections) = counted(config.clone());
        let body = client.request(get("/watch")).await.expect("an answer").into_body();
        assert!(futures::poll!(Box::pin(client.close())).is_pending(), "the body is not read");
        assert!(client.is_closed());
        drop(body);
        client.close().await;
        assert_eq!(connections.0.load(Ordering::SeqCst), 0);
        server.closed.recv().await.expect("the server sees it");

        let (client, _) = counted(config);
        client.request_bytes(get("/")).await.expect("an answer");
        drop(client);
        server.closed.recv().await.expect("the server sees it");
    }
}

/// D12: a request that waits to be repeated finds the client closed.
#[tokio::test(start_paused = true)]
async fn d12_requests_that_wait_are_given_up() {
    let mut config = Config::new("http://127.0.0.1:1".parse().expect("a URL"));
    config.timeout = Some(Duration::from_secs(100));
    // Busy, and asks to come back; and beside it the wire, for it to be closed.
    let busy = layer_fn(|wire: BoxService| {
        let busy = Arc::new(AtomicUsize::new(0));
        service_fn(move |request: Request<Body>| {
            let (wire, first) = (wire.clone(), busy.fetch_add(1, Ordering::SeqCst) == 0);
            async move {
                if first {
                    let answer = http::Response::builder().status(503).header("retry-after", "5");
                    return Ok(answer.body(Body::empty()).expect("an answer"));
                }
                wire.oneshot(request).await
            }
        })
    });
    let client = Client::builder(config).wire_layer(busy).build().expect("a client");
    let mut asking = Box::pin(client.request(get("/")));
    timeout(Duration::from_secs(1), &mut asking).await.expect_err("it waits");
    client.close().await;
    assert_eq!(asking.await.expect_err("it is closed").kind(), &ErrorKind::Closed);
}
