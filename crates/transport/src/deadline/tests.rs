//! Deadlines, on a clock that moves only when nothing else is left to do.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response};
use tokio::time::{Instant, sleep};
use tower::{Layer, service_fn};

use super::DeadlineLayer;
use crate::{Body, BoxError, Client, Error, ErrorKind, RequestTimeouts, TimedOut, TimeoutOverride, Timeouts};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A client of a server that answers after `head` seconds, and then sends `chunks` chunks, one every `pause` seconds.
fn client(timeouts: Timeouts, head: u64, pause: u64, chunks: usize) -> Client {
    let service = service_fn(move |_: Request<Body>| async move {
        sleep(seconds(head)).await;
        let chunks = stream::iter(0..chunks).then(move |_| async move {
            sleep(seconds(pause)).await;
            Ok::<_, BoxError>(Bytes::from_static(b"x"))
        });
        Ok::<_, Infallible>(Response::new(Body::from_stream(chunks)))
    });
    Client::from_service(DeadlineLayer::new(timeouts).layer(service))
}

fn timeouts(response_head: Option<u64>, body_idle: Option<u64>, total: Option<u64>) -> Timeouts {
    Timeouts {
        response_head: response_head.map(seconds),
        body_idle: body_idle.map(seconds),
        total: total.map(seconds),
        ..Timeouts::default()
    }
}

async fn ask(client: &Client, own: Option<RequestTimeouts>) -> Result<usize, Error> {
    let mut request = Request::get("/").body(Body::empty()).expect("a request");
    if let Some(own) = own {
        request.extensions_mut().insert(own);
    }
    client.request_bytes(request).await.map(|(_, body)| body.len())
}

/// D04: how long each step may take.
#[tokio::test(start_paused = true)]
async fn d04_each_deadline_passes_by_itself() {
    let head = Err((TimedOut::ResponseHead, 5));
    let idle = |at| Err((TimedOut::BodyIdle, at));
    let total = |at| Err((TimedOut::Total, at));
    for (limits, server, want) in [
        ((Some(5), Some(5), None), (4, 4, 3), Ok((3, 16))),
        ((Some(5), Some(5), None), (6, 0, 0), head),
        ((Some(5), Some(5), None), (4, 6, 1), idle(9)),
        ((None, None, None), (600, 600, 2), Ok((2, 1800))),
        ((Some(5), Some(5), Some(3)), (4, 0, 0), total(3)),
        ((Some(5), Some(5), Some(7)), (4, 4, 1), total(7)),
        ((Some(5), Some(5), Some(10)), (4, 1, 100), total(10)),
        ((None, None, Some(10)), (4, 1, 100), total(10)),
    ] {
        let (response_head, body_idle, whole) = limits;
        let (wait, pause, chunks) = server;
        let started = Instant::now();
        let got = ask(&client(timeouts(response_head, body_idle, whole), wait, pause, chunks), None).await;
        let got = match got {
            Ok(length) => Ok((length, started.elapsed().as_secs())),
            Err(error) => {
                assert!(error.is_timeout() && !error.is_connect());
                assert_eq!(error.elapsed(), Some(started.elapsed()));
                assert!(error.hint().is_some() || error.kind() == &ErrorKind::Timeout(TimedOut::Total));
                let ErrorKind::Timeout(cause) = error.kind() else { panic!("{error:?}") };
                Err((*cause, started.elapsed().as_secs()))
            }
        };
        assert_eq!(got, want, "{limits:?} {server:?}");
    }
}

/// D04: a watch is not cut off for its silence; one request says so, and the next is timed again.
#[tokio::test(start_paused = true)]
async fn d04_a_request_may_say_otherwise() {
    let client = client(timeouts(Some(5), Some(5), Some(20)), 1, 60, 3);
    assert_eq!(ask(&client, Some(RequestTimeouts::for_streaming())).await.expect("chunks"), 3);
    assert!(ask(&client, None).await.expect_err("a pause").is_timeout());
    let after = |limit| TimeoutOverride::After(seconds(limit));
    for (own, want) in [
        (
            RequestTimeouts { response_head: TimeoutOverride::After(Duration::ZERO), ..Default::default() },
            TimedOut::ResponseHead,
        ),
        (RequestTimeouts { body_idle: after(2), ..Default::default() }, TimedOut::BodyIdle),
        (RequestTimeouts { body_idle: after(100), total: after(90), ..Default::default() }, TimedOut::Total),
    ] {
        let error = ask(&client, Some(own)).await.expect_err("too slow");
        assert_eq!(error.kind(), &ErrorKind::Timeout(want));
    }
}

/// Who does not read is not timed; who reads on for ever is, in total.
#[tokio::test(start_paused = true)]
async fn a_paused_reader_is_not_timed() {
    let client = client(timeouts(Some(5), Some(5), Some(1000)), 0, 1, 5);
    let request = Request::get("/").body(Body::empty()).expect("a request");
    let mut body = client.request(request).await.expect("an answer").into_body();
    for _ in 0..3 {
        body.next_chunk().await.expect("a chunk").expect("in time");
        sleep(seconds(100)).await;
    }
    sleep(seconds(1000)).await;
    let error = body.next_chunk().await.expect("an error").expect_err("too late");
    assert_eq!(error.kind(), &ErrorKind::Timeout(TimedOut::Total));
    assert!(body.next_chunk().await.is_none());
}

/// A response that is given up is dropped, which frees its stream.
#[tokio::test(start_paused = true)]
async fn what_is_late_is_given_up() {
    let (alive, mut gone) = tokio::sync::mpsc::channel::<()>(1);
    let service = service_fn(move |_: Request<Body>| {
        let alive = alive.clone();
        let body = stream::once(async move {
            let _alive = alive;
            std::future::pending::<Result<Bytes, BoxError>>().await
        });
        async move { Ok::<_, Infallible>(Response::new(Body::from_stream(body))) }
    });
    let client = Client::from_service(DeadlineLayer::new(timeouts(None, Some(5), None)).layer(service));
    let request = Request::get("/").body(Body::empty()).expect("a request");
    let mut body = client.request(request).await.expect("an answer").into_body();
    drop(client);
    assert!(body.next_chunk().await.expect("an error").is_err());
    assert_eq!(gone.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_limit_beyond_any_clock_is_none() {
    let client = client(timeouts(Some(u64::MAX), Some(u64::MAX), Some(u64::MAX)), 1, 1, 1);
    assert_eq!(ask(&client, None).await.expect("a chunk"), 1);
}
