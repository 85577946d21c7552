//! G7: whatever goes wrong with a connection, a write is taken at most once, and the error says whether it may have been.
//!
//! The server reads and writes HTTP/1.1 by hand, so that it can stop at any byte.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Method, Request};
use steersman_config::Config;
use steersman_transport::{Body, Client, Error, ErrorKind, RetryPolicy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What goes wrong, once, with the first request that is no warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Fault {
    /// The connection is reset before a byte is read.
    ResetAtOnce,
    /// The connection is closed before a byte is read.
    CloseAtOnce,
    /// The connection is reset after a part of the request's head was read.
    ResetInTheHead,
    /// The connection is closed after a part of the request's head was read.
    CloseInTheHead,
    /// The connection is reset after the head and a part of the body were read.
    ResetInTheBody,
    /// The request is taken, and the connection reset.
    ResetAfterTheRequest,
    /// The request is taken, and the connection closed.
    CloseAfterTheRequest,
    /// The request is taken, and the connection reset within the answer's head.
    ResetInTheAnswersHead,
    /// The request is taken, and the connection closed within the answer's head.
    CloseInTheAnswersHead,
    /// The request is taken, and the connection reset within the answer's body.
    ResetInTheAnswersBody,
    /// The request is taken, and what comes back is no HTTP.
    Garbage,
    /// The request may be taken: 503, which asks to come back.
    Unavailable,
    /// The request may be taken: 500, which asks to come back.
    ServerError,
    /// The request may be taken: 429, which does not say when to come back.
    TooMany,
    /// The request is not taken: 429, which says when to come back.
    TurnedAway,
    /// The connection on which the request before was answered is closed, whatever is written to it.
    ClosedWhileIdle,
}

use Fault::{
    CloseAfterTheRequest, CloseAtOnce, CloseInTheAnswersHead, CloseInTheHead, ClosedWhileIdle, Garbage,
    ResetAfterTheRequest, ResetAtOnce, ResetInTheAnswersBody, ResetInTheAnswersHead, ResetInTheBody,
    ResetInTheHead, ServerError, TooMany, TurnedAway, Unavailable,
};

const FAULTS: [Fault; 16] = [
    ResetAtOnce,
    CloseAtOnce,
    ResetInTheHead,
    CloseInTheHead,
    ResetInTheBody,
    ResetAfterTheRequest,
    CloseAfterTheRequest,
    ResetInTheAnswersHead,
    CloseInTheAnswersHead,
    ResetInTheAnswersBody,
    Garbage,
    Unavailable,
    ServerError,
    TooMany,
    TurnedAway,
    ClosedWhileIdle,
];

/// How often a request was begun, and how often it was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    begun: usize,
    taken: usize,
}

type Log = Arc<Mutex<HashMap<String, Counts>>>;

/// A server whose first request after the warm-ups meets a fault, and all others an answer.
struct Faulty {
    config: Config,
    log: Log,
    _tasks: JoinSet<()>,
}

impl Faulty {
    /// `cut` says at which byte of what is cut.
    async fn start(fault: Fault, warm: bool, cut: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let config = format!("http://{}", listener.local_addr().expect("an address"));
        let config = Config::new(config.parse().expect("a URL"));
        let log = Log::default();
        let pending = Arc::new(Mutex::new(Some(fault)));
        let mut tasks = JoinSet::new();
        let for_tasks = Arc::clone(&log);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (tcp, _) = listener.accept().await.expect("a connection");
                let (pending, log) = (Arc::clone(&pending), Arc::clone(&for_tasks));
                connections.spawn(async move {
                    // What the client does to the connection is not at issue.
                    let _ = converse(tcp, &pending, &log, warm, cut).await;
                });
            }
        });
        Self { config, log, _tasks: tasks }
    }

    fn counts(&self, id: &str) -> Counts {
        self.log.lock().expect("no panic").get(id).copied().unwrap_or_default()
    }
}

/// A request as far as it was read.
struct Taken {
    id: String,
}

async fn converse(
    mut tcp: TcpStream,
    pending: &Mutex<Option<Fault>>,
    log: &Log,
    warm: bool,
    cut: usize,
) -> io::Result<()> {
    let take = |only: &[Fault]| {
        let mut pending = pending.lock().expect("no panic");
        pending.filter(|fault| only.contains(fault)).inspect(|_| *pending = None)
    };
    // With a warm connection these come after the warm-up, when the next bytes arrive.
    if !warm && let Some(fault) = take(&[ResetAtOnce, CloseAtOnce]) {
        return end(tcp, fault == ResetAtOnce);
    }
    loop {
        let mut head = Vec::new();
        // Bytes of the next request have arrived, or the connection is over.
        tcp.peek(&mut [0]).await?;
        if (!warm || is_warmed(log))
            && let Some(fault) = take(&[ResetAtOnce, CloseAtOnce])
        {
            return end(tcp, fault == ResetAtOnce);
        }
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() > cut
                && !may_be_warm_up(&head)
                && let Some(fault) = take(&[ResetInTheHead, CloseInTheHead])
            {
                begin(log, &head);
                return end(tcp, fault == ResetInTheHead);
            }
            let Ok(byte) = tcp.read_u8().await else { return Ok(()) };
            head.push(byte);
        }
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let mut left: usize = field("content-length:").map_or(0, |length| length.parse().expect("a number"));
        let request = Taken { id: field("x-id:").expect("each request has one").to_owned() };
        let warming = request.id == "warm-up";
        begin(log, &head);
        if !warming && left > 0 && take(&[ResetInTheBody]).is_some() {
            let mut some = vec![0; cut % left];
            tcp.read_exact(&mut some).await?;
            return end(tcp, true);
        }
        let mut buffer = [0; 4096];
        while left > 0 {
            let most = left.min(buffer.len());
            left -= tcp.read_exact(&mut buffer[..most]).await?;
        }
        let mut fault = None;
        if !warming {
            fault = take(&FAULTS);
        }
        if fault != Some(TurnedAway) {
            log.lock().expect("no panic").entry(request.id).or_default().taken += 1;
        }
        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"kind\":\"ConfigMap\"}";
        let head_bytes = 38;
        match fault {
            None => tcp.write_all(ok).await?,
            Some(ResetAfterTheRequest) => return end(tcp, true),
            Some(CloseAfterTheRequest) => return end(tcp, false),
            Some(fault @ (ResetInTheAnswersHead | CloseInTheAnswersHead)) => {
                tcp.write_all(&ok[..1 + cut % (head_bytes - 1)]).await?;
                return end(tcp, fault == ResetInTheAnswersHead);
            }
            Some(ResetInTheAnswersBody) => {
                tcp.write_all(&ok[..head_bytes + cut % 20]).await?;
                tcp.flush().await?;
                return end(tcp, false);
            }
            Some(Garbage) => tcp.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await?,
            Some(Unavailable) => refuse(&mut tcp, "503 Service Unavailable", "retry-after: 0\r\n").await?,
            Some(ServerError) => refuse(&mut tcp, "500 Internal Server Error", "retry-after: 0\r\n").await?,
            Some(TooMany) => refuse(&mut tcp, "429 Too Many Requests", "").await?,
            Some(TurnedAway) => refuse(&mut tcp, "429 Too Many Requests", "retry-after: 0\r\n").await?,
            Some(_) => tcp.write_all(ok).await?,
        }
        if warming && take(&[ClosedWhileIdle]).is_some() {
            return end(tcp, cut.is_multiple_of(2));
        }
    }
}

/// Ends a connection: by a reset, which throws away what was not read, or in order.
fn end(tcp: TcpStream, reset: bool) -> io::Result<()> {
    if reset {
        tcp.set_zero_linger()?;
    }
    drop(tcp);
    Ok(())
}

async fn refuse(tcp: &mut TcpStream, status: &str, header: &str) -> io::Result<()> {
    tcp.write_all(format!("HTTP/1.1 {status}\r\n{header}content-length: 2\r\n\r\n{{}}").as_bytes()).await
}

fn begin(log: &Log, head: &[u8]) {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let id = text.lines().find_map(|line| line.strip_prefix("x-id: ")).unwrap_or("unknown").to_owned();
    log.lock().expect("no panic").entry(id).or_default().begun += 1;
}

/// Whether it is one, as far as can be told.
fn may_be_warm_up(head: &[u8]) -> bool {
    let path = b"GET /warm-up";
    let length = head.len().min(path.len());
    head[..length] == path[..length]
}

fn is_warmed(log: &Log) -> bool {
    log.lock().expect("no panic").contains_key("warm-up")
}

fn request(method: &Method, path: &str, id: &str, body: usize) -> Request<Body> {
    let body = if method == Method::GET { Body::empty() } else { Body::from("x".repeat(body)) };
    Request::builder().method(method).uri(path).header("x-id", id).body(body).expect("a request")
}

fn client(config: &Config) -> Client {
    let mut retry = RetryPolicy::default();
    retry.first_backoff = Duration::ZERO;
    Client::builder(config.clone()).retry(retry).build().expect("a client")
}

/// What came of one request, and what the server saw of it.
async fn run(
    fault: Fault,
    method: &Method,
    warm: bool,
    cut: usize,
    body: usize,
) -> (Result<(), Error>, Counts, Counts) {
    let server = Faulty::start(fault, warm, cut).await;
    let client = client(&server.config);
    if warm {
        let warm_up = request(&Method::GET, "/warm-up", "warm-up", 0);
        client.request_bytes(warm_up).await.map(drop).expect("nothing is wrong yet");
    }
    let outcome = client.request_bytes(request(method, "/api", "it", body)).await.map(drop);
    // Whatever it was, the client goes on.
    client
        .request_bytes(request(&Method::POST, "/api", "next", 5))
        .await
        .map(drop)
        .expect("the client goes on");
    (outcome, server.counts("it"), server.counts("unknown"))
}

/// G7: no write is taken twice, nor sent again once bytes of it were; and who is told that nothing happened can rely on it.
#[tokio::test]
async fn g07_no_write_is_taken_twice() {
    let methods = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    for seed in 0..SEEDS * 16 {
        let mut chance = fastrand::Rng::with_seed(seed);
        let fault = FAULTS[usize::try_from(seed % 16).expect("a small number")];
        let method = &methods[chance.usize(..methods.len())];
        let warm = fault == ClosedWhileIdle || chance.bool();
        let (cut, body) = (chance.usize(..120), chance.usize(1..20_000));
        let (outcome, it, unknown) = run(fault, method, warm, cut, body).await;
        let case = format!(
            "seed {seed}: {method} {fault:?} warm={warm} cut={cut} body={body}: {it:?} {unknown:?} {outcome:?}"
        );
        assert!(it.taken <= 1, "{case}");
        // One that was turned away may be begun again.
        let again = usize::from(fault == TurnedAway);
        assert!(it.begun + unknown.begun <= 1 + again, "{case}");
        match &outcome {
            Ok(()) => assert_eq!(it.taken, 1, "{case}"),
            Err(error) if error.code().is_some() => assert!(!error.is_outcome_unknown(), "{case}"),
            Err(error) if !error.is_outcome_unknown() => assert_eq!(it.taken, 0, "{case}"),
            Err(error) => {
                assert!(error.hint().is_some_and(|hint| hint.contains("look before")), "{case}");
            }
        }
    }
}

/// What each fault comes to, for what reads and for what changes things.
#[tokio::test]
async fn g07_each_fault_comes_to_what_it_must() {
    #[derive(Debug, PartialEq, Eq)]
    enum Comes {
        /// To a success.
        Ok,
        /// To a success, or to an error that says that nothing happened.
        OkOrUnsent,
        /// To an error that says that it may have happened.
        Unknown,
        /// To the server's refusal.
        Refused(u16),
    }
    use Comes::{Ok as Succeeds, OkOrUnsent, Refused, Unknown};
    for (fault, warm, writes, reads) in [
        (ResetAtOnce, true, Unknown, Succeeds),
        (CloseAtOnce, true, Unknown, Succeeds),
        (ResetInTheHead, false, Unknown, Succeeds),
        (ResetInTheHead, true, Unknown, Succeeds),
        (CloseInTheHead, false, Unknown, Succeeds),
        (CloseInTheHead, true, Unknown, Succeeds),
        (ResetAfterTheRequest, false, Unknown, Succeeds),
        (ResetAfterTheRequest, true, Unknown, Succeeds),
        (CloseAfterTheRequest, false, Unknown, Succeeds),
        (CloseAfterTheRequest, true, Unknown, Succeeds),
        (ResetInTheAnswersHead, false, Unknown, Succeeds),
        (CloseInTheAnswersHead, true, Unknown, Succeeds),
        (Unavailable, false, Refused(503), Succeeds),
        (ServerError, true, Refused(500), Succeeds),
        (TooMany, false, Refused(429), Succeeds),
        (TurnedAway, true, Succeeds, Succeeds),
        (ClosedWhileIdle, true, OkOrUnsent, Succeeds),
    ] {
        for (methods, want) in [
            (&[Method::POST, Method::PUT, Method::PATCH, Method::DELETE][..], writes),
            (&[Method::GET], reads),
        ] {
            for method in methods {
                let (outcome, it, _) = run(fault, method, warm, 17, 100).await;
                let case = format!("{method} {fault:?} warm={warm}: {it:?} {outcome:?}");
                match (&want, outcome) {
                    (Succeeds | OkOrUnsent, Ok(())) => assert!(it.taken >= 1, "{case}"),
                    (OkOrUnsent, Err(error)) => {
                        assert!(!error.is_outcome_unknown() && it.taken == 0, "{case}")
                    }
                    (Unknown, Err(error)) => assert!(error.is_outcome_unknown(), "{case}"),
                    (Refused(code), Err(error)) => {
                        assert_eq!(error.code().map(|code| code.as_u16()), Some(*code), "{case}");
                        assert_eq!(error.kind(), &ErrorKind::Api, "{case}");
                        assert_eq!(it.begun, 1, "{case}");
                    }
                    _ => panic!("{case}"),
                }
            }
        }
    }
}

/// For each fault.
const SEEDS: u64 = 40;
