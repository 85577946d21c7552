//! Peers that are gone without a word, and peers that are slow: found in time. No sockets here, so that the clock can be
//! paused: the network is a pipe in memory that can be cut.

use std::{
    convert::Infallible,
    future::pending,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response, Uri, Version};
use http_body_util::StreamBody;
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use steersman_config::Config;
use steersman_transport::{Body, Client, ErrorKind, HttpVersions, RequestTimeouts, TimedOut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, copy, duplex, split},
    sync::watch,
    time::{Instant, advance, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::server::Authority;

/// A network of pipes to one server, which answers everything with a line and then silence.
#[derive(Clone)]
struct Network {
    authority: Arc<Authority>,
    tls: TlsAcceptor,
    /// How many connections were made.
    made: Arc<AtomicUsize>,
    /// The number of the first one that still carries something.
    alive_from: watch::Sender<usize>,
}

impl Network {
    fn new() -> Self {
        let authority = Arc::new(Authority::new());
        let tls = TlsAcceptor::from(Arc::new(authority.server()));
        Self { authority, tls, made: Arc::default(), alive_from: watch::Sender::new(0) }
    }

    fn client(&self, versions: HttpVersions) -> Client {
        let mut config = Config::new("https://127.0.0.1:6443".parse().expect("a URL"));
        config.trust = self.authority.trust();
        let network = self.clone();
        let connector = tower::service_fn(move |_: Uri| {
            let pipe = network.connect();
            async move { Ok::<_, io::Error>(pipe) }
        });
        Client::builder(config).connector(connector).http_versions(versions).build().expect("a client")
    }

    fn connect(&self) -> DuplexStream {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        let (client, near) = duplex(1 << 16);
        let (far, server) = duplex(1 << 16);
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (split(near), split(far));
        let mut alive_from = self.alive_from.subscribe();
        tokio::spawn(async move {
            let cut = async { alive_from.wait_for(|from| *from > number).await.map(drop) };
            tokio::select! {
                _ = copy(&mut from_client, &mut to_server) => {}
                _ = copy(&mut from_server, &mut to_client) => {}
                // Both ends stay open, and nothing passes any more.
                _ = cut => pending().await,
            }
        });
        let tls = self.tls.clone();
        tokio::spawn(async move {
            let tls = tls.accept(server).await.expect("TLS");
            let answer = service_fn(|_: Request<Incoming>| async {
                let line =
                    stream::once(async { Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"{}\n"))) });
                Ok::<_, Infallible>(Response::new(StreamBody::new(line.chain(stream::pending()))))
            });
            // A client that goes away ends it.
            let _ =
                auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), answer).await;
        });
        client
    }

    /// Whatever was connected until now carries nothing from now on.
    fn cut(&self) {
        self.alive_from.send_replace(self.made());
    }

    fn made(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }
}

fn get(timeouts: RequestTimeouts) -> Request<Body> {
    let mut request = Request::get("/api/v1/pods").body(Body::empty()).expect("a request");
    request.extensions_mut().insert(timeouts);
    request
}

/// The first line of an answer, and the body behind it.
async fn line(client: &Client, timeouts: RequestTimeouts, version: Version) -> Body {
    let response = client.request(get(timeouts)).await.expect("an answer");
    assert_eq!(response.version(), version);
    let mut body = response.into_body();
    assert_eq!(body.next_chunk().await.expect("a chunk").expect("a chunk"), "{}\n");
    body
}

/// G4: a peer that is cut off in the middle of a stream is found within 45 s on HTTP/2, also by a watch, which has no idle
/// limit; on HTTP/1.1, where TCP has no say in this pipe, by the idle limit. The next request goes on a connection of its
/// own.
#[tokio::test(start_paused = true)]
async fn g04_half_open_peers_are_found() {
    for (versions, version, timeouts, want, within) in [
        (
            HttpVersions::Http2OrHttp1,
            Version::HTTP_2,
            RequestTimeouts::for_streaming(),
            ErrorKind::Interrupted,
            45,
        ),
        (HttpVersions::Http2OrHttp1, Version::HTTP_2, RequestTimeouts::default(), ErrorKind::Interrupted, 45),
        (
            HttpVersions::Http1,
            Version::HTTP_11,
            RequestTimeouts::default(),
            ErrorKind::Timeout(TimedOut::BodyIdle),
            60,
        ),
    ] {
        let network = Network::new();
        let client = network.client(versions);
        let mut body = line(&client, timeouts, version).await;
        network.cut();
        let cut = Instant::now();
        let error = body.next_chunk().await.expect("an error").expect_err("nobody is there");
        assert_eq!(error.kind(), &want, "{versions:?} {timeouts:?}");
        assert!(cut.elapsed() <= Duration::from_secs(within), "{versions:?}: {:?}", cut.elapsed());
        line(&client, timeouts, version).await;
        assert_eq!(network.made(), 2);
    }
}

/// A live peer that says nothing is no dead one: its pings come back.
#[tokio::test(start_paused = true)]
async fn a_silent_peer_that_answers_pings_is_left_alone() {
    let network = Network::new();
    let client = network.client(HttpVersions::default());
    let mut body = line(&client, RequestTimeouts::for_streaming(), Version::HTTP_2).await;
    // Less than the 90 s after which nobody is given a connection that nobody has asked on.
    let long = Duration::from_secs(80);
    assert!(timeout(long, body.next_chunk()).await.is_err(), "there is nothing to tell");
    line(&client, RequestTimeouts::for_streaming(), Version::HTTP_2).await;
    assert_eq!(network.made(), 1);
}

/// G4: a peer that was cut off while nobody asked for anything is found too, as the pings go on.
#[tokio::test(start_paused = true)]
async fn g04_a_peer_that_went_while_idle() {
    let network = Network::new();
    let client = network.client(HttpVersions::default());
    drop(line(&client, RequestTimeouts::default(), Version::HTTP_2).await);
    network.cut();
    assert!(timeout(Duration::from_secs(46), pending::<()>()).await.is_err());
    let asked = Instant::now();
    line(&client, RequestTimeouts::default(), Version::HTTP_2).await;
    assert_eq!((network.made(), asked.elapsed()), (2, Duration::ZERO));
}

/// G4: a request that finds the peer gone before the pings do is told within 45 s; that is longer than requests are repeated
/// for.
#[tokio::test(start_paused = true)]
async fn g04_a_peer_that_went_just_before_a_request() {
    let network = Network::new();
    let client = network.client(HttpVersions::default());
    drop(line(&client, RequestTimeouts::default(), Version::HTTP_2).await);
    network.cut();
    let asked = Instant::now();
    let error = client.request(get(RequestTimeouts::default())).await.expect_err("nobody is there");
    assert_eq!(error.kind(), &ErrorKind::Timeout(TimedOut::KeepAlive));
    assert!(asked.elapsed() <= Duration::from_secs(45), "{:?}", asked.elapsed());
    line(&client, RequestTimeouts::default(), Version::HTTP_2).await;
    assert_eq!(network.made(), 2);
}

/// Each byte of a head comes in time, and the head does not: the limit is on the head.
#[tokio::test(start_paused = true)]
async fn slow_heads_have_a_limit() {
    const HEAD: &str =
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n{}";
    for (pause, in_time) in [(Duration::from_millis(100), true), (Duration::from_secs(1), false)] {
        let connector = tower::service_fn(move |_: Uri| async move {
            let (client, mut server) = duplex(1 << 16);
            tokio::spawn(async move {
                let asked = server.read(&mut [0; 4096]).await;
                assert!(asked.is_ok_and(|bytes| bytes > 0));
                for byte in HEAD.bytes() {
                    advance(pause).await;
                    // A client that gave up ends it.
                    if server.write_all(&[byte]).await.is_err() {
                        break;
                    }
                }
            });
            Ok::<_, io::Error>(client)
        });
        let config = Config::new("http://api".parse().expect("a URL"));
        let client = Client::builder(config).connector(connector).build().expect("a client");
        let request = Request::post("/api/v1/pods").body(Body::empty()).expect("a request");
        match client.request_bytes(request).await {
            Ok((_, body)) => assert!(in_time && body == "{}", "{pause:?}"),
            Err(error) => {
                assert!(!in_time, "{pause:?}");
                assert_eq!(error.kind(), &ErrorKind::Timeout(TimedOut::ResponseHead));
                assert!(error.is_outcome_unknown(), "the server has the request");
            }
        }
    }
}
