//! What goes wrong with HTTP/2, frame by frame: a server that writes its frames by hand.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Method, Request};
use steersman_config::Config;
use steersman_transport::{Body, Client, ErrorKind, NotTaken, RetryPolicy, TimedOut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::server::Authority;

/// What the server does about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// 200, without a body.
    Answer,
    /// RST_STREAM with this code.
    Reset(u32),
    /// GOAWAY: the last stream that is taken (this one, or none), and a code.
    GoAway(Last, u32),
    /// The connection is dropped.
    Close,
    /// These bytes are sent as they are, and then 200.
    Raw(Vec<u8>),
    /// The head of an answer, and then RST_STREAM with this code.
    HeadThenReset(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    None,
    This,
}

use Step::{Answer, Close, GoAway, HeadThenReset, Raw, Reset};

const NO_ERROR: u32 = 0;
const PROTOCOL_ERROR: u32 = 1;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;
const HTTP_1_1_REQUIRED: u32 = 13;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A server that follows a script, a step a request, over all its connections; and then answers.
struct Scripted {
    config: Config,
    /// The connection of each request.
    seen: Arc<Mutex<Vec<usize>>>,
    _tasks: JoinSet<()>,
}

impl Scripted {
    async fn start(script: Vec<Step>) -> Self {
        let authority = Authority::new();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let acceptor = TlsAcceptor::from(Arc::new(authority.server()));
        let mut config = Config::new(format!("https://{address}").parse().expect("a URL"));
        config.trust = authority.trust();
        let (seen, script) = (Arc::default(), Arc::new(Mutex::new(script.into_iter())));
        let log = Arc::clone(&seen);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0.. {
                let (tcp, _) = listener.accept().await.expect("a connection");
                let (acceptor, script, log) = (acceptor.clone(), Arc::clone(&script), Arc::clone(&log));
                connections.spawn(async move {
                    let tls: TlsStream<TcpStream> = acceptor.accept(tcp).await.expect("TLS");
                    // A client that hangs up in the middle is what some of the scripts are about.
                    let _ = converse(tls, number, &script, &log).await;
                });
            }
        });
        Self { config, seen, _tasks: tasks }
    }

    fn client(&self) -> Client {
        let mut retry = RetryPolicy::default();
        retry.first_backoff = Duration::ZERO;
        Client::builder(self.config.clone()).retry(retry).build().expect("a client")
    }
}

async fn converse(
    mut tls: TlsStream<TcpStream>,
    number: usize,
    script: &Mutex<std::vec::IntoIter<Step>>,
    log: &Mutex<Vec<usize>>,
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    tls.read_exact(&mut preface).await?;
    tls.write_all(&frame(4, 0, 0, &[])).await?;
    loop {
        let mut head = [0; 9];
        tls.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length as usize];
        tls.read_exact(&mut payload).await?;
        let ok = frame(1, 5, stream, &[0x88]);
        match (head[3], head[4]) {
            (4, 0) => tls.write_all(&frame(4, 1, 0, &[])).await?,
            (6, 0) => tls.write_all(&frame(6, 1, 0, &payload)).await?,
            (1, _) => {
                log.lock().expect("no panic").push(number);
                let step = script.lock().expect("no panic").next().unwrap_or(Answer);
                let bytes = match step {
                    Answer => ok,
                    Reset(code) => frame(3, 0, stream, &code.to_be_bytes()),
                    GoAway(last, code) => {
                        let last = if last == Last::This { stream } else { 0 };
                        let go = frame(7, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat());
                        if last == 0 { go } else { [go, ok].concat() }
                    }
                    Close => return Ok(()),
                    Raw(bytes) => [bytes, ok].concat(),
                    HeadThenReset(code) => {
                        [frame(1, 4, stream, &[0x88]), frame(3, 0, stream, &code.to_be_bytes())].concat()
                    }
                };
                tls.write_all(&bytes).await?;
            }
            _ => {}
        }
        tls.flush().await?;
    }
}

fn request(method: &Method) -> Request<Body> {
    Request::builder().method(method).uri("/api").body(Body::from("{}")).expect("a request")
}

/// What the server provably did not take is sent again; of the rest only what reads.
#[tokio::test]
async fn streams_that_fail_are_told_apart() {
    let unknown = Err(ErrorKind::Interrupted);
    for (script, reads, writes) in [
        (vec![], Ok(1), Ok(1)),
        (vec![Reset(REFUSED_STREAM)], Ok(2), Ok(2)),
        (vec![Reset(REFUSED_STREAM), Reset(REFUSED_STREAM), Reset(REFUSED_STREAM)], Ok(4), Ok(4)),
        (vec![Reset(NO_ERROR)], Ok(2), unknown.clone()),
        (vec![Reset(PROTOCOL_ERROR)], Ok(2), unknown.clone()),
        (vec![Reset(INTERNAL_ERROR)], Ok(2), unknown.clone()),
        (vec![Reset(CANCEL)], Ok(2), unknown.clone()),
        (vec![Reset(ENHANCE_YOUR_CALM)], Ok(2), unknown.clone()),
        (vec![Reset(HTTP_1_1_REQUIRED)], Ok(2), unknown.clone()),
        (vec![GoAway(Last::None, NO_ERROR)], Ok(2), Ok(2)),
        (vec![GoAway(Last::None, ENHANCE_YOUR_CALM)], Ok(2), Ok(2)),
        (vec![GoAway(Last::None, INTERNAL_ERROR), Reset(REFUSED_STREAM)], Ok(3), Ok(3)),
        (vec![GoAway(Last::This, NO_ERROR)], Ok(1), Ok(1)),
        (vec![GoAway(Last::This, INTERNAL_ERROR)], Ok(1), Ok(1)),
        (vec![Close], Ok(2), unknown.clone()),
        (vec![Reset(REFUSED_STREAM), Close], Ok(3), unknown.clone()),
    ] {
        for (methods, want) in
            [(&[Method::GET, Method::HEAD][..], reads), (&[Method::POST, Method::PATCH], writes)]
        {
            for method in methods {
                let server = Scripted::start(script.clone()).await;
                let got = server.client().request_bytes(request(method)).await;
                let sent = server.seen.lock().expect("no panic").len();
                match (got, &want) {
                    (Ok(_), Ok(attempts)) => assert_eq!(sent, *attempts, "{method} {script:?}"),
                    (Err(error), Err(kind)) => {
                        assert_eq!(error.kind(), kind, "{method} {script:?}");
                        assert!(error.is_outcome_unknown() && error.hint().is_some(), "{error:?}");
                        assert_eq!(error.attempts() as usize, sent);
                    }
                    (got, want) => panic!("{method} {script:?}: {got:?} in place of {want:?}"),
                }
            }
        }
    }
}

/// What is no HTTP/2 is not asked for again, and the next request gets a new connection.
#[tokio::test]
async fn frames_that_are_wrong_are_malformed() {
    let unfinished = frame(1, 0, 1, &[0x88]);
    let endless = [unfinished.clone(), frame(9, 0, 1, &[]).repeat(20_000)].concat();
    for (what, bytes) in [
        ("a frame that is too long", frame(0, 0, 1, &vec![0; (16 << 10) + 1])),
        ("DATA on no stream", frame(0, 0, 0, b"x")),
        ("SETTINGS of half a setting", frame(4, 0, 0, &[0, 1, 0])),
        ("a window that overflows", frame(8, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
        ("a window of nothing", frame(8, 0, 0, &[0, 0, 0, 0])),
        ("HEADERS that are no HPACK", frame(1, 4, 1, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        ("HEADERS of a stream that nobody opened", frame(1, 4, 101, &[0x88])),
        ("CONTINUATION of nothing", frame(9, 4, 1, &[0x88])),
        ("something between HEADERS and CONTINUATION", [unfinished, frame(6, 0, 0, &[0; 8])].concat()),
        ("CONTINUATION without end", endless),
        ("a PING of no length", frame(6, 0, 0, &[])),
        ("a push", frame(5, 4, 1, &[0, 0, 0, 2, 0x82])),
    ] {
        let server = Scripted::start(vec![Raw(bytes)]).await;
        let client = server.client();
        let error = client.request_bytes(request(&Method::POST)).await.expect_err(what);
        assert_eq!(error.kind(), &ErrorKind::Malformed, "{what}: {error:?}");
        assert!(error.is_outcome_unknown(), "{what}");
        client.request_bytes(request(&Method::GET)).await.expect(what);
        assert_eq!(*server.seen.lock().expect("no panic"), [0, 1], "{what}");
    }
}

/// Floods of control frames are borne, or end the connection; the client goes on either way.
#[tokio::test]
async fn floods_of_control_frames_do_not_stop_the_client() {
    for (what, bytes) in [
        ("PING", frame(6, 0, 0, &[7; 8]).repeat(2000)),
        ("SETTINGS", frame(4, 0, 0, &[]).repeat(2000)),
        ("WINDOW_UPDATE", frame(8, 0, 0, &[0, 0, 0, 1]).repeat(2000)),
        ("PRIORITY", frame(2, 0, 1, &[0, 0, 0, 0, 1]).repeat(2000)),
        ("unknown frames", frame(0x7e, 0, 1, &[1; 100]).repeat(2000)),
        ("RST_STREAM of what is over", frame(3, 0, 1, &CANCEL.to_be_bytes()).repeat(2000)),
    ] {
        let server = Scripted::start(vec![Answer, Raw(bytes)]).await;
        let client = server.client();
        for _ in 0..3 {
            client.request_bytes(request(&Method::GET)).await.expect(what);
        }
    }
}

/// Once the head is there the request was taken, whatever the stream says later.
#[tokio::test]
async fn a_stream_that_fails_after_its_head_was_taken() {
    for code in [REFUSED_STREAM, INTERNAL_ERROR, ENHANCE_YOUR_CALM] {
        let server = Scripted::start(vec![HeadThenReset(code)]).await;
        let got = server.client().request_bytes(request(&Method::POST)).await;
        assert_eq!(server.seen.lock().expect("no panic").len(), 1, "{code}");
        let error = got.expect_err("half an answer");
        assert!(matches!(error.kind(), ErrorKind::Interrupted), "{code}: {error:?}");
    }
}

/// A GOAWAY leaves the streams that it takes alone, and the next request has a connection of its own.
#[tokio::test]
async fn after_a_goaway_the_next_request_goes_elsewhere() {
    let server = Scripted::start(vec![Answer, GoAway(Last::This, NO_ERROR), Answer]).await;
    let client = server.client();
    for _ in 0..3 {
        client.request_bytes(request(&Method::POST)).await.expect("an answer");
    }
    assert_eq!(*server.seen.lock().expect("no panic"), [0, 0, 1]);
    assert!(!ErrorKind::Timeout(TimedOut::Connect).is_outcome_unknown());
    assert!(!ErrorKind::NotTaken(NotTaken::GoAway).is_outcome_unknown());
}

/// G7: whatever goes wrong, in whatever order: a write is sent again after what says that it was not taken, and after
/// nothing else.
#[tokio::test]
async fn g07_no_write_is_repeated_over_http2() {
    let faults = [
        Answer,
        Reset(REFUSED_STREAM),
        Reset(REFUSED_STREAM),
        Reset(NO_ERROR),
        Reset(INTERNAL_ERROR),
        Reset(CANCEL),
        GoAway(Last::None, NO_ERROR),
        GoAway(Last::None, INTERNAL_ERROR),
        GoAway(Last::This, NO_ERROR),
        Close,
        Raw(frame(0, 0, 0, b"x")),
        HeadThenReset(REFUSED_STREAM),
        HeadThenReset(INTERNAL_ERROR),
    ];
    let methods = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    for seed in 0..40 {
        let mut chance = fastrand::Rng::with_seed(seed);
        let script: Vec<Step> =
            (0..chance.usize(1..5)).map(|_| faults[chance.usize(..faults.len())].clone()).collect();
        let method = &methods[chance.usize(..methods.len())];
        let server = Scripted::start(script.clone()).await;
        let got = server.client().request_bytes(request(method)).await;
        let sent = server.seen.lock().expect("no panic").len();
        let case = format!("seed {seed}: {method} {script:?}: sent {sent} times, {got:?}");
        let turned_away = |step: &&Step| matches!(step, Reset(REFUSED_STREAM) | GoAway(Last::None, _));
        let refusals = script.iter().take_while(turned_away).count();
        assert_eq!(sent, refusals + 1, "{case}");
        match (script.get(refusals), got) {
            (None | Some(Answer | GoAway(Last::This, _)), Ok(_)) => {}
            (Some(_), Err(error)) => assert!(error.is_outcome_unknown(), "{case}"),
            _ => panic!("{case}"),
        }
    }
}
