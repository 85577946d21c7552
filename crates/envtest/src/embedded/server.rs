//! The server itself: a thread of its own that accepts connections, and what all of its requests share.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{body::Incoming as HyperBody, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::ServerConfig;
use tokio::{net::TcpStream, sync::watch};
use tokio_rustls::TlsAcceptor;

use super::{
    api,
    auth::Users,
    pod_logs::Logs,
    proxy::Sites,
    recorder::Recorder,
    reply::{Reply, ReplyBody},
    request::{Incoming, Query},
    state::State,
    status::Failure,
};
use crate::error::{Error, ErrorKind};

/// The longest body of a request, in bytes: what kube-apiserver takes.
const MAX_BODY: usize = 3 * 1024 * 1024;
/// How long a client may take for the TLS handshake.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// As kube-apiserver allows, so that many watches fit one connection.
const MAX_STREAMS: u32 = 1000;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    signal: watch::Sender<Signal>,
    pub(crate) users: Users,
    pub(crate) recorder: Recorder,
    pub(crate) logs: Logs,
    pub(crate) sites: Sites,
}

/// What wakes the watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signal {
    pub(crate) revision: u64,
    /// How often all watches were told to end.
    pub(crate) closes: u64,
    /// How often all watches were told to send a bookmark.
    pub(crate) bookmarks: u64,
}

impl Shared {
    pub(crate) fn new(users: Users) -> Self {
        let signal = watch::Sender::new(Signal::default());
        Self {
            state: Mutex::new(State::new()),
            signal,
            users,
            recorder: Recorder::default(),
            logs: Logs::default(),
            sites: Sites::default(),
        }
    }

    /// Looks at the state.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state, and wakes the watches if anything happened.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut state);
        let revision = state.store.revision();
        drop(state);
        self.signal.send_if_modified(|signal| {
            let moved = signal.revision != revision;
            signal.revision = revision;
            moved
        });
        done
    }

    /// Tells the watches something that is no change of the state.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut Signal)) {
        self.signal.send_modify(change);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    stop: watch::Sender<bool>,
    /// Closed when the thread is over.
    over: watch::Receiver<()>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Server {
    /// Listens on a loopback port; 0 takes a free one.
    pub(crate) fn bind(port: u16) -> Result<(TcpListener, SocketAddr), Error> {
        let failed = |error: io::Error| Error::with(ErrorKind::Bind { port }, error);
        let listener = TcpListener::bind(("127.0.0.1", port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok((listener, address))
    }

    /// Serves on a thread of its own, with a runtime of its own: a test that blocks its runtime or pauses its clock
    /// still has a server.
    pub(crate) fn start(
        listener: TcpListener,
        tls: Arc<ServerConfig>,
        shared: Arc<Shared>,
    ) -> Result<Self, Error> {
        let failed = |error: io::Error| Error::with(ErrorKind::Thread, error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (stop, mut stopped) = watch::channel(false);
        let (end, over) = watch::channel(());
        let serve = move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = accept(listener, TlsAcceptor::from(tls), shared) => {}
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                }
            });
            // Ends every connection with its tasks before anyone hears that the server is over.
            drop(runtime);
            drop(end);
        };
        let thread =
            thread::Builder::new().name("steersman-envtest".to_owned()).spawn(serve).map_err(failed)?;
        Ok(Self { stop, over, thread: Mutex::new(Some(thread)) })
    }

    /// Stops the server and waits until its port and its connections are closed.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut over = self.over.clone();
        while over.changed().await.is_ok() {}
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread of the embedded API server panicked");
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, tls.clone(), shared.clone()));
            }
            // Out of file descriptors, most likely: others may be closed meanwhile.
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, shared: Arc<Shared>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let stream = match tokio::time::timeout(HANDSHAKE_WAIT, tls.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            return;
        }
        Err(_) => {
            tracing::debug!("TLS handshake took too long");
            return;
        }
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let certificate: Option<Arc<[u8]>> =
        certificates.and_then(<[_]>::first).map(|one| Arc::from(one.as_ref()));
    let service = service_fn(move |request| {
        let (shared, certificate) = (shared.clone(), certificate.clone());
        async move { answer(shared, certificate, request).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(MAX_STREAMS);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended");
    }
}

/// A connection that a fault breaks off.
#[derive(Debug)]
struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken off on demand")
    }
}

impl std::error::Error for BrokenOff {}

async fn answer(
    shared: Arc<Shared>,
    certificate: Option<Arc<[u8]>>,
    request: Request<HyperBody>,
) -> Result<Response<ReplyBody>, BrokenOff> {
    let (parts, body) = request.into_parts();
    let body: Result<Bytes, _> = Limited::new(body, MAX_BODY).collect().await.map(|all| all.to_bytes());
    let body = match body {
        Ok(body) => body,
        Err(error) if error.is::<LengthLimitError>() => {
            let failure = Failure::too_large(&format!("limit is {MAX_BODY}"));
            return Ok(Reply::from(failure).into_response());
        }
        Err(_) => return Err(BrokenOff),
    };
    let request = Incoming {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    shared.recorder.record(&request, parts.uri.query());
    if let Some(fault) = shared.recorder.next_fault(&request) {
        return fault.reply().map(Reply::into_response).ok_or(BrokenOff);
    }
    let reply = answer_or_panic(api::answer(&shared, certificate.as_deref(), &request)).await;
    let audit_id = uuid::Uuid::new_v4().to_string();
    Ok(reply.with_header(HeaderName::from_static("audit-id"), &audit_id).into_response())
}

/// The answer, or one that says that there was a panic: a bug of the server must not look like a lost connection.
///
/// Unwinding leaves nothing half-done behind: objects are changed as copies, and stored in one step.
async fn answer_or_panic(answer: impl Future<Output = Reply>) -> Reply {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("no message");
        tracing::error!(text, "panic in the answer to a request");
        Reply::from(Failure::internal(&format!("the test server panicked: {text}")))
    })
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use http_body_util::BodyExt as _;

    use super::{Reply, answer_or_panic};

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let text = |reply: Reply| async move {
            let bytes = reply.body.collect().await.expect("a body").to_bytes();
            (reply.status.as_u16(), String::from_utf8_lossy(&bytes).into_owned())
        };
        assert_eq!(text(answer_or_panic(async { Reply::text(200, "x") }).await).await, (200, "x".to_owned()));
        for (reply, why) in [
            (answer_or_panic(async { panic_any("one") }).await, "panicked: one"),
            (answer_or_panic(async { panic_any("two".to_owned()) }).await, "panicked: two"),
            (answer_or_panic(async { panic_any(3) }).await, "panicked: no message"),
        ] {
            let (code, body) = text(reply).await;
            assert_eq!(code, 500);
            assert!(body.contains("\"reason\":\"InternalError\"") && body.contains(why), "{body}");
        }
    }
}
