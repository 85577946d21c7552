//! Asking again: the decision as a table, the service on a clock that moves only when nothing else is left to do.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use tokio::time::Instant;
use tower::{Layer, service_fn};

use super::{Attempt, Decision, Outcome, RetryLayer, RetryPolicy, Stop, decide, retry_after};
use crate::{
    Body, BoxError, Client, DeadlineLayer, Error, ErrorKind, NotTaken, RequestFault, TimedOut, Timeouts,
    TlsFault, Upgrade,
};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn attempt<'a>(method: &'a Method, outcome: Outcome<'a>) -> Attempt<'a> {
    Attempt { method, outcome, number: 1, elapsed: Duration::ZERO, left: None, chance: 0 }
}

const READS: [Method; 3] = [Method::GET, Method::HEAD, Method::OPTIONS];
const WRITES: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// What the server answered, for what reads and for what changes things.
#[test]
fn answers_are_repeated_where_the_server_did_not_take_the_request() {
    for (code, after, reads, writes) in [
        (200, None, false, false),
        (201, Some(1), false, false),
        (301, Some(1), false, false),
        (400, Some(1), false, false),
        (401, None, false, false),
        (403, Some(1), false, false),
        (404, None, false, false),
        (409, Some(1), false, false),
        (410, Some(1), false, false),
        (422, None, false, false),
        (429, None, true, false),
        (429, Some(0), true, true),
        (429, Some(5), true, true),
        (500, None, false, false),
        (500, Some(1), true, false),
        (501, Some(1), false, false),
        (502, None, true, false),
        (503, None, true, false),
        (503, Some(1), true, false),
        (504, None, true, false),
        (504, Some(1), true, false),
        (505, Some(1), false, false),
    ] {
        let status = StatusCode::from_u16(code).expect("a code");
        let outcome = Outcome::Answered { status, retry_after: after.map(seconds) };
        for (methods, want) in [(&READS[..], reads), (&WRITES[..], writes)] {
            for method in methods {
                let decision = decide(&RetryPolicy::default(), &attempt(method, outcome));
                match decision {
                    Decision::RetryAfter(pause) => {
                        assert!(want, "{method} {code} {after:?}");
                        assert_eq!(pause, after.map_or(Duration::from_millis(100), seconds));
                    }
                    Decision::Stop(stop) => {
                        assert!(!want && stop == Stop::Final, "{method} {code} {after:?}")
                    }
                }
            }
        }
    }
}

/// What went wrong before there was an answer.
#[test]
fn failures_are_repeated_where_nothing_was_taken() {
    let unknown = Some(Stop::OutcomeUnknown);
    let last = Some(Stop::Final);
    for (kind, reads, writes) in [
        (ErrorKind::NotTaken(NotTaken::GoAway), None, None),
        (ErrorKind::NotTaken(NotTaken::RefusedStream), None, None),
        (ErrorKind::NotTaken(NotTaken::Unsent), None, None),
        (ErrorKind::Interrupted, None, unknown),
        (ErrorKind::Timeout(TimedOut::KeepAlive), None, unknown),
        (ErrorKind::Timeout(TimedOut::ResponseHead), last, unknown),
        (ErrorKind::Timeout(TimedOut::Total), last, unknown),
        (ErrorKind::Timeout(TimedOut::Connect), last, last),
        (ErrorKind::Timeout(TimedOut::Tls), last, last),
        (ErrorKind::Timeout(TimedOut::Waiting), last, last),
        (ErrorKind::Malformed, last, unknown),
        (ErrorKind::Service, last, unknown),
        (ErrorKind::Refused, last, last),
        (ErrorKind::Resolve, last, last),
        (ErrorKind::Connect, last, last),
        (ErrorKind::Credentials, last, last),
        (ErrorKind::Tls(TlsFault::Expired), last, last),
        (ErrorKind::InvalidRequest(RequestFault::Uri), last, last),
    ] {
        for (methods, want) in [(&READS[..], reads), (&WRITES[..], writes)] {
            for method in methods {
                let decision = decide(&RetryPolicy::default(), &attempt(method, Outcome::Failed(&kind)));
                let stop = match decision {
                    Decision::RetryAfter(_) => None,
                    Decision::Stop(stop) => Some(stop),
                };
                assert_eq!(stop, want, "{method} {kind:?}");
            }
        }
    }
}

/// A hostile `Retry-After`, too many attempts, and no time left.
#[test]
fn pauses_and_attempts_have_limits() {
    let busy = |after: Option<Duration>| Outcome::Answered {
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: after,
    };
    let policy = RetryPolicy { deadline: seconds(100), ..RetryPolicy::default() };
    for (after, number, elapsed, left, want) in [
        (Some(seconds(u64::MAX)), 1, 0, None, Decision::RetryAfter(seconds(30))),
        (Some(seconds(31)), 1, 0, None, Decision::RetryAfter(seconds(30))),
        (Some(Duration::ZERO), 5, 0, None, Decision::RetryAfter(Duration::ZERO)),
        (Some(Duration::ZERO), 6, 0, None, Decision::Stop(Stop::Attempts)),
        (Some(Duration::ZERO), u32::MAX, 0, None, Decision::Stop(Stop::Attempts)),
        (Some(seconds(10)), 1, 90, None, Decision::RetryAfter(seconds(10))),
        (Some(seconds(10)), 1, 91, None, Decision::Stop(Stop::Deadline)),
        (Some(seconds(10)), 1, u64::MAX, None, Decision::Stop(Stop::Deadline)),
        (Some(seconds(10)), 1, 0, Some(11), Decision::RetryAfter(seconds(10))),
        (Some(seconds(10)), 1, 0, Some(10), Decision::Stop(Stop::Deadline)),
        (None, 1, 0, Some(0), Decision::Stop(Stop::Deadline)),
        (None, 1, 0, None, Decision::RetryAfter(Duration::from_millis(100))),
        (None, 2, 0, None, Decision::RetryAfter(Duration::from_millis(200))),
        (None, 4, 0, None, Decision::RetryAfter(Duration::from_millis(800))),
    ] {
        let attempt = Attempt {
            number,
            elapsed: seconds(elapsed),
            left: left.map(seconds),
            ..attempt(&Method::GET, busy(after))
        };
        assert_eq!(decide(&policy, &attempt), want, "{attempt:?}");
    }
    let never = decide(&RetryPolicy::never(), &attempt(&Method::GET, busy(None)));
    assert_eq!(never, Decision::Stop(Stop::Attempts));
}

/// Every pause lies between half of its step and the whole, whatever chance and the attempt are.
#[test]
fn backoff_grows_to_its_end_and_is_jittered() {
    let policy =
        RetryPolicy { first_backoff: seconds(1), max_backoff: seconds(10), ..RetryPolicy::default() };
    for (number, step) in
        [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (31, 10), (32, 10), (33, 10), (u32::MAX, 10)]
    {
        for chance in [0, 1, 7, 1 << 40, u64::MAX / 2, u64::MAX] {
            let pause = policy.backoff(number, chance);
            assert!(pause >= seconds(step) / 2 && pause <= seconds(step), "{number} {chance}: {pause:?}");
        }
    }
    assert_eq!(policy.backoff(1, 0), seconds(1) / 2);
    assert_eq!(policy.backoff(1, 500_000_000), seconds(1));
    let none = RetryPolicy { first_backoff: Duration::ZERO, ..policy };
    assert_eq!(none.backoff(9, u64::MAX), Duration::ZERO);
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now = SystemTime::UNIX_EPOCH + seconds(784_111_777);
    for (text, want) in [
        ("0", Some(0)),
        (" 7 ", Some(7)),
        ("007", Some(7)),
        ("99999999999999999999999999", Some(u64::MAX)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
        ("Sunday, 06-Nov-94 08:49:47 GMT", Some(10)),
        ("Sun Nov  6 08:49:47 1994", Some(10)),
        ("Sun, 06 Nov 1994 08:48:37 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(252_618_189_022)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Mon, 01 Jan 1900 00:00:00 GMT", None),
        ("Sun, 06 Nov 1994 08:49:47 CET", None),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", Some(u64::MAX)),
        ("-99999999999999999999", None),
        ("0x10", None),
        ("1 second", None),
        ("٣", None),
        ("NaN", None),
        ("inf", None),
        ("1,2", None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("soon", None),
        ("Sun, 99 Nov 1994 08:49:47 GMT", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, text.parse().expect("a value"));
        assert_eq!(retry_after(&headers, now), want.map(seconds), "{text}");
    }
    let mut raw = HeaderMap::new();
    raw.insert(header::RETRY_AFTER, http::HeaderValue::from_bytes(b"\xff1").expect("a value"));
    assert_eq!(retry_after(&raw, now), None);
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}

/// One answer of the script: an error, or a code with its `Retry-After`.
#[derive(Clone, Debug)]
enum Step {
    Fail(ErrorKind),
    Answer(u16, Option<&'static str>),
}

use Step::{Answer, Fail};

/// When each request came, with what body.
type Arrivals = Arc<Mutex<Vec<(Duration, String)>>>;

/// A client over a server that goes through a script, and answers 200 from then on.
fn scripted(policy: RetryPolicy, timeouts: Timeouts, script: Vec<Step>) -> (Client, Arrivals) {
    let started = Instant::now();
    let arrivals = Arrivals::default();
    let script = Arc::new(Mutex::new(script.into_iter()));
    let log = Arc::clone(&arrivals);
    let service = service_fn(move |request: Request<Body>| {
        let (log, step) = (Arc::clone(&log), script.lock().expect("no panic").next());
        async move {
            let body = request.into_body().collect(100).await?;
            let text = String::from_utf8_lossy(&body).into_owned();
            log.lock().expect("no panic").push((started.elapsed(), text));
            match step {
                Some(Fail(kind)) => Err(BoxError::from(Error::new(kind))),
                Some(Answer(code, after)) => {
                    let mut answer = Response::builder().status(code);
                    if let Some(after) = after {
                        answer = answer.header(header::RETRY_AFTER, after);
                    }
                    Ok(answer.body(Body::from("refused")).expect("an answer"))
                }
                None => Ok(Response::new(Body::from("done"))),
            }
        }
    });
    let service = RetryLayer::new(policy).layer(service);
    (Client::from_service(DeadlineLayer::new(timeouts).layer(service)), arrivals)
}

fn request(method: &Method, body: impl Into<Body>) -> Request<Body> {
    Request::builder().method(method).uri("/x").body(body.into()).expect("a request")
}

/// What the caller sees, and how often the server was asked.
#[tokio::test(start_paused = true)]
async fn requests_are_repeated_and_counted() {
    let goaway = Fail(ErrorKind::NotTaken(NotTaken::GoAway));
    let refused = Fail(ErrorKind::NotTaken(NotTaken::RefusedStream));
    let reset = Fail(ErrorKind::Interrupted);
    for (method, script, want, sent) in [
        (Method::GET, vec![], Ok(()), 1),
        (Method::GET, vec![reset.clone()], Ok(()), 2),
        (Method::GET, vec![reset.clone(), goaway.clone(), Answer(503, None)], Ok(()), 4),
        (Method::GET, vec![Answer(500, None)], Err(ErrorKind::Api), 1),
        (Method::GET, vec![Answer(500, Some("1"))], Ok(()), 2),
        (Method::GET, vec![Answer(404, Some("1"))], Err(ErrorKind::Api), 1),
        (Method::GET, vec![reset.clone(); 9], Err(ErrorKind::Interrupted), 6),
        (Method::GET, vec![Answer(429, None); 9], Err(ErrorKind::Api), 6),
        (Method::POST, vec![reset.clone()], Err(ErrorKind::Interrupted), 1),
        (Method::POST, vec![Answer(503, Some("1"))], Err(ErrorKind::Api), 1),
        (Method::POST, vec![Answer(429, None)], Err(ErrorKind::Api), 1),
        (Method::POST, vec![Answer(429, Some("1")), refused, goaway], Ok(()), 4),
        (Method::PATCH, vec![Answer(429, Some("0")), reset.clone()], Err(ErrorKind::Interrupted), 2),
        (Method::DELETE, vec![Answer(504, Some("1"))], Err(ErrorKind::Api), 1),
        (Method::PUT, vec![Fail(ErrorKind::Refused)], Err(ErrorKind::Refused), 1),
    ] {
        let (client, arrivals) = scripted(RetryPolicy::default(), Timeouts::default(), script.clone());
        let got = client.request_bytes(request(&method, "body")).await;
        let arrivals = arrivals.lock().expect("no panic").clone();
        assert_eq!(arrivals.len(), sent, "{method} {script:?}");
        assert!(arrivals.iter().all(|(_, body)| body == "body"), "{arrivals:?}");
        match got {
            Ok((_, body)) => assert!(want.is_ok() && body == "done", "{method} {script:?}"),
            Err(error) => {
                assert_eq!(Err(error.kind().clone()), want, "{method} {script:?}");
                assert_eq!(error.attempts() as usize, sent);
                let unknown = !method.is_safe() && error.kind() == &ErrorKind::Interrupted;
                assert_eq!(error.is_outcome_unknown(), unknown, "{method} {script:?}");
                assert!(!unknown || error.hint().is_some(), "{error:?}");
            }
        }
    }
}

/// The server's word on when to come back is kept, up to the limit; nobody waits for what is too late anyway.
#[tokio::test(start_paused = true)]
async fn pauses_are_those_that_were_decided() {
    let at = |arrivals: &Arrivals| -> Vec<u64> {
        arrivals.lock().expect("no panic").iter().map(|(at, _)| at.as_secs()).collect()
    };
    let policy = RetryPolicy { deadline: seconds(1000), ..RetryPolicy::default() };
    let unlimited = Timeouts { response_head: None, ..Timeouts::default() };
    let limited = |total| Timeouts { total: Some(seconds(total)), ..unlimited };
    for (policy, timeouts, script, want) in [
        (policy, unlimited, vec![Answer(429, Some("3")), Answer(429, Some("86400"))], vec![0, 3, 33]),
        (policy, Timeouts::default(), vec![Answer(503, Some("30")); 3], vec![0, 30]),
        (policy, limited(10), vec![Answer(503, Some("4")); 9], vec![0, 4, 8]),
        (RetryPolicy::default(), unlimited, vec![Answer(503, Some("12")); 9], vec![0, 12, 24]),
        (RetryPolicy { max_attempts: 2, ..policy }, unlimited, vec![Answer(503, Some("1")); 9], vec![0, 1]),
    ] {
        let (client, arrivals) = scripted(policy, timeouts, script.clone());
        let started = Instant::now();
        let got = client.request_bytes(request(&Method::GET, ())).await;
        assert_eq!(at(&arrivals), want, "{script:?}");
        assert_eq!(got.is_ok(), script.len() + 1 == want.len(), "{script:?}");
        assert_eq!(started.elapsed().as_secs(), *want.last().expect("one"), "nobody waits in vain");
    }
}

/// A stream can't be sent again; watches and upgrades have drivers of their own; a request may say otherwise itself.
#[tokio::test(start_paused = true)]
async fn some_requests_are_sent_once() {
    let chunks = || stream::iter([Ok::<_, BoxError>(Bytes::from_static(b"chunk"))]);
    let mut asking = request(&Method::GET, ());
    asking.extensions_mut().insert(Upgrade::new("websocket"));
    let mut watch = request(&Method::GET, ());
    *watch.uri_mut() = "/api/v1/pods?watch=true".parse().expect("a URI");
    let mut own = request(&Method::GET, ());
    own.extensions_mut().insert(RetryPolicy::never());
    for once in [request(&Method::PUT, Body::from_stream(chunks())), asking, watch, own] {
        let (client, arrivals) =
            scripted(RetryPolicy::default(), Timeouts::default(), vec![Answer(429, Some("0"))]);
        let error = client.request(once).await.expect_err("a refusal");
        assert!(error.is_too_many_requests());
        assert_eq!((arrivals.lock().expect("no panic").len(), error.attempts()), (1, 1));
    }
}

/// Dropped at any moment, a request is given up: nothing is sent behind the caller's back.
#[tokio::test(start_paused = true)]
async fn a_dropped_request_is_not_repeated() {
    for polls in 0..6 {
        let (client, arrivals) =
            scripted(RetryPolicy::default(), Timeouts::default(), vec![Answer(503, None); 9]);
        let mut asking = Box::pin(client.request(request(&Method::GET, ())));
        for _ in 0..polls {
            if futures::poll!(&mut asking).is_ready() {
                break;
            }
            tokio::time::advance(Duration::from_millis(150)).await;
        }
        let before = arrivals.lock().expect("no panic").len();
        drop(asking);
        tokio::time::advance(seconds(100)).await;
        tokio::task::yield_now().await;
        assert_eq!(arrivals.lock().expect("no panic").len(), before);
    }
}
