//! How many connections there are, and what they are used for.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Request, Response};
use http_body_util::StreamBody;
use hyper::{
    body::{Frame, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use steersman_config::Config;
use steersman_transport::{Body, Client, HttpVersions, Metrics};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::server::{Authority, Server, ok};

#[derive(Default)]
struct Connections {
    opened: AtomicUsize,
    closed: AtomicUsize,
    requests: AtomicUsize,
}

impl Metrics for Connections {
    fn request(&self, request: &steersman_transport::RequestSummary<'_>) {
        assert_eq!((request.status.map(|code| code.as_u16()), request.attempts), (Some(200), 1));
        self.requests.fetch_add(1, Ordering::SeqCst);
    }

    fn connection_opened(&self) {
        self.opened.fetch_add(1, Ordering::SeqCst);
    }

    fn connection_closed(&self) {
        self.closed.fetch_add(1, Ordering::SeqCst);
    }
}

/// A server that takes so many streams on a connection, and answers with a body that goes on for ever.
async fn watched(limit: u32) -> (Config, JoinSet<()>) {
    let authority = Authority::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let acceptor = TlsAcceptor::from(Arc::new(authority.server()));
    let mut config = Config::new(format!("https://{address}").parse().expect("a URL"));
    config.trust = authority.trust();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (tcp, _) = listener.accept().await.expect("a connection");
            let acceptor = acceptor.clone();
            connections.spawn(async move {
                let tls = acceptor.accept(tcp).await.expect("TLS");
                let watch = service_fn(|_: Request<Incoming>| async {
                    let first =
                        stream::once(async { Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"{}\n"))) });
                    Ok::<_, Infallible>(Response::new(StreamBody::new(first.chain(stream::pending()))))
                });
                let mut builder = http2::Builder::new(TokioExecutor::new());
                builder.max_concurrent_streams(limit);
                // A client that goes away ends it.
                let _ = builder.serve_connection(TokioIo::new(tls), watch).await;
            });
        }
    });
    (config, tasks)
}

/// 1,000 watches at once work, on no more connections than the server's limit asks for.
#[tokio::test]
async fn many_watches_at_once_have_the_connections_that_they_need() {
    for (limit, count, most) in [(250, 1000, 5), (30, 100, 4), (1, 4, 5)] {
        let (config, _tasks) = watched(limit).await;
        let metrics = Arc::new(Connections::default());
        let client = Client::builder(config)
            .metrics(Arc::clone(&metrics) as Arc<dyn Metrics>)
            .build()
            .expect("a client");
        let open = |_: usize| {
            let request = Request::get("/api/v1/pods?watch=1").body(Body::empty()).expect("a request");
            let client = &client;
            async move {
                let mut body = client.request(request).await?.into_body();
                body.next_chunk().await.expect("a chunk")?;
                Ok::<_, steersman_transport::Error>(body)
            }
        };
        let watches: Vec<Body> =
            stream::iter(0..count).map(open).buffer_unordered(count).try_collect().await.expect("watches");
        assert_eq!((watches.len(), metrics.requests.load(Ordering::SeqCst)), (count, count));
        let opened = metrics.opened.load(Ordering::SeqCst);
        assert!(opened <= most, "{opened} connections for {count} watches at {limit} each");
        // What is over makes room.
        drop(watches);
        for _ in 0..3 {
            open(0).await.expect("a watch");
        }
        assert!(metrics.opened.load(Ordering::SeqCst) <= most);
    }
}

/// D09: which versions of HTTP are spoken is the user's to say.
#[tokio::test]
async fn d09_http_versions() {
    let authority = Authority::new();
    for (versions, want) in [
        (HttpVersions::default(), http::Version::HTTP_2),
        (HttpVersions::Http2OrHttp1, http::Version::HTTP_2),
        (HttpVersions::Http1, http::Version::HTTP_11),
    ] {
        let server = Server::tls(authority.server(), ok).await;
        let mut config = server.config();
        config.trust = authority.trust();
        let client = Client::builder(config).http_versions(versions).build().expect("a client");
        let request = Request::get("/version").body(Body::empty()).expect("a request");
        client.request_bytes(request).await.expect("an answer");
        assert_eq!(server.only().version, want, "{versions:?}");
    }
}
