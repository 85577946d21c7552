//! The rate limit, on a clock that moves only when nothing else is left to do.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::join_all;
use http::{Request, Response};
use tokio::time::{Instant, advance};
use tower::{Layer, service_fn};

use super::{RateLimit, RateLimitLayer, bucket::Bucket};
use crate::{Body, Client, DeadlineLayer, ErrorKind, RetryLayer, RetryPolicy, TimedOut, Timeouts};

type Arrivals = Arc<Mutex<Vec<u128>>>;

/// A client, and when its requests arrived, in milliseconds.
fn client(qps: f64, burst: u32, code: u16) -> (Client, Arrivals) {
    let started = Instant::now();
    let arrivals = Arrivals::default();
    let log = Arc::clone(&arrivals);
    let service = service_fn(move |_: Request<Body>| {
        log.lock().expect("no panic").push(started.elapsed().as_millis());
        let answer = Response::builder().status(code).body(Body::empty()).expect("an answer");
        async move { Ok::<_, Infallible>(answer) }
    });
    let limit = RateLimit::from_qps_and_burst(qps, burst).expect("a limit");
    let service = RateLimitLayer::new(limit).layer(service);
    let policy = RetryPolicy { max_attempts: 3, first_backoff: Duration::ZERO, ..RetryPolicy::default() };
    let service = RetryLayer::new(policy).layer(service);
    (Client::from_service(DeadlineLayer::new(Timeouts::default()).layer(service)), arrivals)
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).expect("a request")
}

/// C03: -1 switches the limit off, 0 means client-go's default.
#[test]
fn c03_limits_are_read_as_client_go_does() {
    for (qps, burst, want) in [
        (-1.0, 100, None),
        (-0.5, 0, None),
        (f64::NAN, 1, None),
        (f64::INFINITY, 1, None),
        (0.0, 0, Some((5.0, 10))),
        (50.0, 300, Some((50.0, 300))),
        (0.1, 1, Some((0.1, 1))),
    ] {
        let limit = RateLimit::from_qps_and_burst(qps, burst).map(|limit| (limit.qps, limit.burst));
        assert_eq!(limit, want, "{qps} {burst}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_go_out_in_bursts_and_then_at_the_rate() {
    for (qps, burst, count, want) in [
        (10.0, 1, 4, vec![0, 100, 200, 300]),
        (10.0, 3, 5, vec![0, 0, 0, 100, 200]),
        (0.5, 1, 3, vec![0, 2000, 4000]),
        (1000.0, 100, 3, vec![0, 0, 0]),
    ] {
        let (client, arrivals) = client(qps, burst, 200);
        let all = join_all((0..count).map(|_| client.request(get("/")))).await;
        assert!(all.iter().all(Result::is_ok));
        let got: Vec<u128> = arrivals.lock().expect("no panic").iter().map(|at| at / 10 * 10).collect();
        assert_eq!(got, want, "{qps} {burst}");
    }
}

/// A watch does not wait, and attempts after the first do.
#[tokio::test(start_paused = true)]
async fn watches_go_out_at_once_and_repeats_wait() {
    let (client_ok, arrivals) = client(1.0, 1, 200);
    for _ in 0..5 {
        client_ok.request(get("/api/v1/pods?watch=1")).await.expect("an answer");
    }
    assert_eq!(*arrivals.lock().expect("no panic"), [0; 5]);
    let (busy, arrivals) = client(1.0, 1, 503);
    busy.request(get("/")).await.expect_err("busy");
    let got: Vec<u128> = arrivals.lock().expect("no panic").iter().map(|at| at / 1000).collect();
    assert_eq!(got, [0, 1, 2]);
}

/// Who can't be served in time is told so at once, and takes nobody's place.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_what_comes_too_late() {
    let (client, arrivals) = client(0.1, 1, 200);
    let started = Instant::now();
    let all = join_all((0..10).map(|_| client.request(get("/")))).await;
    let late: Vec<_> = all.into_iter().filter_map(Result::err).collect();
    assert_eq!((late.len(), arrivals.lock().expect("no panic").len()), (3, 7));
    assert!(late.iter().all(|error| error.kind() == &ErrorKind::Timeout(TimedOut::Waiting)));
    assert!(late.iter().all(|error| !error.is_outcome_unknown() && error.hint().is_some()));
    assert_eq!(started.elapsed().as_secs(), 60);
}

/// A request that is dropped while it waits gives its turn back.
#[tokio::test(start_paused = true)]
async fn a_dropped_request_gives_its_turn_back() {
    let (client, arrivals) = client(1.0, 1, 200);
    client.request(get("/")).await.expect("the burst");
    for _ in 0..50 {
        let mut waiting = Box::pin(client.request(get("/")));
        assert!(futures::poll!(&mut waiting).is_pending());
    }
    client.request(get("/")).await.expect("an answer");
    let got: Vec<u128> = arrivals.lock().expect("no panic").iter().map(|at| at / 1000).collect();
    assert_eq!(got, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_never_holds_more_than_its_burst() {
    let limit = RateLimit { qps: 2.0, burst: 3 };
    let mut bucket = Bucket::new(limit, Instant::now());
    advance(Duration::from_secs(86_400)).await;
    let now = Instant::now();
    let waits: Vec<_> = (0..5).map(|_| bucket.take(limit, now, None).expect("a token").as_millis()).collect();
    assert_eq!(waits, [0, 0, 0, 500, 1000]);
    assert_eq!(bucket.take(limit, now, Some(Duration::from_millis(1499))), None);
    for _ in 0..100 {
        bucket.give_back(limit);
    }
    let waits: Vec<_> = (0..4).map(|_| bucket.take(limit, now, None).expect("a token").as_millis()).collect();
    assert_eq!(waits, [0, 0, 0, 500]);
    // A clock that stands, or an instant from before, earns nothing.
    assert_eq!(bucket.take(limit, now - Duration::from_secs(60), None), Some(Duration::from_secs(1)));
    let slow = RateLimit { qps: f64::MIN_POSITIVE, burst: 1 };
    let mut bucket = Bucket::new(slow, now);
    bucket.take(slow, now, None);
    assert_eq!(bucket.take(slow, now, Some(Duration::from_secs(60))), None);
}
