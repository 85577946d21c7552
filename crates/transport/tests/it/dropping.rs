//! G16: a request can be dropped at each of its await points, and nothing is left behind: not a connection, not a place in
//! a queue, not a flight that holds others up.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use http::{Method, Request, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use steersman_config::{Config, Secret};
use steersman_transport::{Body, BoxService, Client, ClientBuilder, Error, RateLimit, Upgrade, Upgraded};
use tokio::time::{Instant, timeout};
use tower::{layer::layer_fn, service_fn};

use crate::{
    oidc::{Provider, given, jwt},
    server::{Answer, Authority, Server, answer},
};

/// Polls `future` so often, and then drops it; `None` if it was not over by then. It is polled only when it asks to be,
/// so that each poll but the first is behind an await point.
async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// A body in three parts.
async fn parts(request: Request<Incoming>) -> Answer {
    let upgrade = request.headers().get(header::UPGRADE).cloned();
    match (request.uri().path(), upgrade) {
        (_, Some(protocol)) => {
            let mut answer = answer(101, "");
            answer.headers_mut().insert(header::UPGRADE, protocol);
            answer.headers_mut().insert(header::CONNECTION, "Upgrade".parse().expect("a value"));
            answer
        }
        _ => {
            let body = request.into_body().collect().await.map(|body| body.to_bytes().len());
            let chunks =
                ["one ", "two ", "three"].map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes()))));
            let chunks = stream::iter(chunks).then(|chunk| async move {
                tokio::task::yield_now().await;
                chunk
            });
            let mut answer = http::Response::new(BodyExt::boxed(StreamBody::new(chunks)));
            answer.headers_mut().insert("x-length", body.unwrap_or(0).to_string().parse().expect("a value"));
            answer
        }
    }
}

type Doing = fn(&Client) -> BoxFuture<'_, Result<(), Error>>;

fn request(method: Method, path: &str, body: Body) -> Request<Body> {
    Request::builder().method(method).uri(path).body(body).expect("a request")
}

/// What is done with a client, and dropped.
const DOINGS: [(&str, Doing); 7] = [
    ("get", |client| {
        async { client.request_bytes(request(Method::GET, "/", Body::empty())).await.map(drop) }.boxed()
    }),
    ("post", |client| {
        async {
            client.request_bytes(request(Method::POST, "/", Body::from("x".repeat(100_000)))).await.map(drop)
        }
        .boxed()
    }),
    ("post a stream", |client| {
        let chunks = stream::iter(0..5).then(|_| async {
            tokio::task::yield_now().await;
            Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 10_000]))
        });
        let body = Body::from_stream(chunks);
        async move { client.request_bytes(request(Method::PUT, "/", body)).await.map(drop) }.boxed()
    }),
    ("read a body by parts", |client| {
        async {
            let mut body = client.request(request(Method::GET, "/", Body::empty())).await?.into_body();
            while let Some(chunk) = body.next_chunk().await {
                chunk?;
            }
            Ok(())
        }
        .boxed()
    }),
    ("watch", |client| {
        async {
            let request = request(Method::GET, "/?watch=true", Body::empty());
            client.request(request).await?.into_body().next_chunk().await.transpose().map(drop)
        }
        .boxed()
    }),
    ("upgrade", |client| {
        async {
            let mut request = request(Method::GET, "/exec", Body::empty());
            request.extensions_mut().insert(Upgrade::new("websocket"));
            client.upgrade(request).await.map(drop)
        }
        .boxed()
    }),
    ("be repeated", |client| {
        async {
            match client.request(request(Method::GET, "/busy", Body::empty())).await {
                Err(error) if error.code().is_some() => Ok(()),
                other => other.map(drop),
            }
        }
        .boxed()
    }),
];

/// Drops each doing at each of its await points, on fresh and on used clients; gives how many points there were.
async fn drop_everywhere<F>(what: &str, paused: bool, mut client: impl FnMut() -> F) -> usize
where
    F: Future<Output = Client>,
{
    let mut points = 0;
    for (name, doing) in DOINGS.iter().filter(|(name, _)| paused || *name != "be repeated") {
        for warm in [false, true] {
            for polls in 0.. {
                let client = client().await;
                if warm {
                    let get = request(Method::GET, "/", Body::empty());
                    client.request_bytes(get).await.expect("an answer");
                }
                let outcome = dropped_after(polls, doing(&client)).await;
                // The client goes on, and lets go of all that it had: nothing is held by what was dropped.
                let get = request(Method::GET, "/", Body::empty());
                let case = format!("{what}: {name}, warm={warm}, dropped after {polls} polls");
                client.request_bytes(get).await.unwrap_or_else(|error| panic!("{case}: {error:?}"));
                timeout(Duration::from_secs(100), client.close())
                    .await
                    .unwrap_or_else(|_| panic!("{case}: it leaks"));
                match outcome {
                    None => points += 1,
                    Some(done) => {
                        done.unwrap_or_else(|error| panic!("{case}: {error:?}"));
                        break;
                    }
                }
            }
        }
    }
    points
}

async fn servers() -> [(&'static str, Server, Config); 2] {
    let authority = Authority::new();
    let (tls, plain) = (Server::tls(authority.server(), parts).await, Server::plain(parts).await);
    let mut secure = tls.config();
    secure.trust = authority.trust();
    let plain_config = plain.config();
    [("HTTP/2", tls, secure), ("HTTP/1.1", plain, plain_config)]
}

fn build(builder: ClientBuilder) -> Client {
    builder.build().expect("a client")
}

#[tokio::test]
async fn g16_requests_can_be_dropped_at_each_await_point() {
    let mut points = 0;
    for (name, _server, config) in servers().await {
        points += drop_everywhere(name, false, || async { build(Client::builder(config.clone())) }).await;
    }
    assert!(points >= 60, "{points}");
}

/// With a rate limit that makes requests wait, a token file, and refusals that are repeated after a pause; on a clock that
/// jumps, and so without sockets. Whoever goes away gives his place in the queue back.
#[tokio::test(start_paused = true)]
async fn g16_who_waits_can_be_dropped_at_each_await_point() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, "t0ken").expect("a file");
    let mut config = Config::new("http://127.0.0.1:1".parse().expect("a URL"));
    config.credentials.token_file = Some(path);
    let sent = Arc::new(AtomicU32::new(0));
    let started = Arc::new(Mutex::new(Instant::now()));
    let client = || {
        let sent = Arc::clone(&sent);
        // The client before this one had a token a second, and one to begin with: those who were dropped took none.
        let mut started = started.lock().expect("no panic");
        let seconds = started.elapsed().as_secs();
        let most = u64::from(sent.swap(0, Ordering::SeqCst));
        assert!(seconds <= most, "{seconds} s for {most} requests");
        *started = Instant::now();
        let config = config.clone();
        async move {
            let wire = layer_fn(move |_: BoxService| {
                let sent = Arc::clone(&sent);
                service_fn(move |request| {
                    sent.fetch_add(1, Ordering::SeqCst);
                    silent(request)
                })
            });
            let limit = RateLimit::from_qps_and_burst(1.0, 1);
            build(Client::builder(config).rate_limit(limit).wire_layer(wire))
        }
    };
    let points = drop_everywhere("rate limit and token file", true, client).await;
    assert!(points >= 40, "{points}");
}

/// What [`parts`] answers, from no server.
async fn silent(request: Request<Body>) -> Result<http::Response<Body>, Error> {
    let mut response = http::Response::new(Body::empty());
    if request.extensions().get::<Upgrade>().is_some() {
        let (ours, _) = tokio::io::duplex(64);
        *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(header::UPGRADE, request.headers()[header::UPGRADE].clone());
        Upgraded::new(ours).attach(&mut response);
        return Ok(response);
    }
    if request.uri().path() == "/busy" {
        *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert("retry-after", "1".parse().expect("a value"));
        return Ok(response);
    }
    tokio::task::yield_now().await;
    request.into_body().collect(1 << 20).await?;
    let chunks = stream::iter(["one ", "two ", "three"]).then(|part| async move {
        tokio::task::yield_now().await;
        Ok::<_, Error>(Bytes::from_static(part.as_bytes()))
    });
    *response.body_mut() = Body::from_stream(chunks);
    Ok(response)
}

/// While a provider is asked for a token: the question goes on, and is asked once.
#[tokio::test]
async fn g16_who_waits_for_tokens_can_be_dropped_at_each_await_point() {
    let authority = Authority::new();
    let server = Server::plain(parts).await;
    let mut points = 0;
    for polls in 0.. {
        let provider = Provider::new(&authority, vec![given(&jwt("good", 3600), None)]).await;
        let mut config = server.config();
        config.credentials.oidc = Some(provider.oidc(None, Some("refresh")));
        let client = build(Client::builder(config));
        let get = || request(Method::GET, "/", Body::empty());
        let outcome = dropped_after(polls, client.request_bytes(get())).await;
        client.request_bytes(get()).await.expect("the client goes on");
        assert_eq!(provider.server.seen().len(), 2, "dropped after {polls} polls");
        client.close().await;
        if outcome.is_some() {
            break;
        }
        points += 1;
    }
    assert!(points >= 3, "{points}");
}

/// While a plugin runs, for many: one process, whoever goes away, and none that is left behind.
#[cfg(unix)]
#[tokio::test]
async fn g16_who_waits_for_a_plugin_can_be_dropped_at_each_await_point() {
    use std::os::unix::fs::PermissionsExt;

    use steersman_config::{ExecApiVersion, ExecPlugin, InteractiveMode};

    let server = Server::plain(parts).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (script, source) = (folder.path().join("plugin"), folder.path().join("source"));
    let print =
        r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}}"#;
    std::fs::write(&source, format!("#!/bin/sh\necho run >> \"$OUT\"; echo '{print}'\n")).expect("a file");
    assert!(std::process::Command::new("cp").arg(&source).arg(&script).status().expect("cp").success());
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut points = 0;
    for polls in 0.. {
        let out = folder.path().join(format!("out-{polls}"));
        let mut plugin =
            ExecPlugin::new(script.to_str().expect("text"), ExecApiVersion::V1, InteractiveMode::Never);
        plugin.env = vec![("OUT".to_owned(), Secret::new(out.to_str().expect("text")))];
        let mut config = server.config();
        config.credentials.exec = Some(plugin);
        let client = build(Client::builder(config));
        let get = || request(Method::GET, "/", Body::empty());
        let outcome = dropped_after(polls, client.request_bytes(get())).await;
        client.request_bytes(get()).await.expect("the client goes on");
        assert_eq!(std::fs::read_to_string(&out).expect("a file"), "run\n", "dropped after {polls} polls");
        client.close().await;
        if outcome.is_some() {
            break;
        }
        points += 1;
    }
    assert!(points >= 2, "{points}");
}
