//! A server that answers from a script, and keeps what it was asked.

use std::{
    borrow::Borrow,
    collections::VecDeque,
    future, io,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{HeaderMap, Method, Request, Response, header};
use serde_json::{Value, json};
use steersman_transport::{Body, BoxError, Client};
use tokio::time::Instant;

/// A request as the server sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at: Instant,
}

impl Seen {
    /// `GET /api/v1/pods?limit=5`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(crate) fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    pub(crate) fn content_type(&self) -> &str {
        self.header(&header::CONTENT_TYPE).unwrap_or_default()
    }

    /// The body, or null where there is none.
    pub(crate) fn json_or_null(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The line without the length that the connection of a watch is asked to have: it is drawn by chance.
    pub(crate) fn watch_line(&self) -> String {
        let (path, query) = self.target.split_once('?').expect("a query");
        let terms: Vec<&str> = query.split('&').filter(|term| !term.starts_with("timeoutSeconds=")).collect();
        format!("{} {path}?{}", self.method, terms.join("&"))
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').filter_map(|term| term.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v)
    }
}

/// What the server says to a request.
pub(crate) enum Reply {
    Answer(Response<Body>),
    /// No answer: the service fails.
    Broken(BoxError),
}

impl Reply {
    pub(crate) fn json(body: impl Borrow<Value>) -> Self {
        Self::text(200, "application/json", body.borrow().to_string())
    }

    pub(crate) fn text(code: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let response = Response::builder().status(code).header(header::CONTENT_TYPE, content_type);
        Self::Answer(response.body(Body::from(body.into())).expect("a response"))
    }

    pub(crate) fn status(code: u16, reason: &str, message: &str) -> Self {
        Self::text(code, "application/json", status(code, reason, message).to_string())
    }

    pub(crate) fn with_header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        if let Self::Answer(response) = &mut self {
            response.headers_mut().insert(name, header::HeaderValue::from_static(value));
        }
        self
    }

    pub(crate) fn broken(kind: io::ErrorKind) -> Self {
        Self::Broken(Box::new(io::Error::from(kind)))
    }

    /// A body that comes in parts.
    pub(crate) fn stream(parts: impl IntoIterator<Item = Part>) -> Self {
        let parts: Vec<Part> = parts.into_iter().collect();
        Self::body(stream::iter(parts).filter_map(|part| async {
            match part {
                Part::Break => Some(Err(io::Error::from(io::ErrorKind::ConnectionReset))),
                Part::Bytes(bytes) => Some(Ok(bytes)),
                Part::Silence => future::pending().await,
                Part::Wait(time) => {
                    // On a paused clock this takes no time.
                    let _ = tokio::time::timeout(time, future::pending::<()>()).await;
                    None
                }
            }
        }))
    }

    pub(crate) fn body(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self::Answer(Response::new(Body::from_stream(chunks)))
    }
}

/// What happens on a body.
#[derive(Clone)]
pub(crate) enum Part {
    /// The connection breaks.
    Break,
    Bytes(Bytes),
    /// Nothing comes any more.
    Silence,
    /// Nothing comes for so long.
    Wait(Duration),
}

impl From<Value> for Part {
    fn from(value: Value) -> Self {
        Self::Bytes(format!("{value}\n").into())
    }
}

/// Answers from its script, request by request; when that is over, it forbids everything.
#[derive(Clone, Default)]
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Reply>,
    /// Answers everything behind the script.
    always: Option<Value>,
    seen: Vec<Seen>,
}

impl Server {
    pub(crate) fn replying(script: impl IntoIterator<Item = Reply>) -> Self {
        let server = Self::default();
        server.state().script.extend(script);
        server
    }

    /// Says this to everything.
    pub(crate) fn saying(body: Value) -> Self {
        let server = Self::default();
        server.state().always = Some(body);
        server
    }

    pub(crate) fn client(&self) -> Client {
        let server = self.clone();
        Client::from_service(tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { server.answer(request).await }
        }))
    }

    pub(crate) fn count(&self) -> usize {
        self.state().seen.len()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// The requests since the last time.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.state().seen)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (head, body) = request.into_parts();
        let body = body.collect(usize::MAX).await?;
        let mut state = self.state();
        state.seen.push(Seen {
            method: head.method,
            target: head.uri.to_string(),
            headers: head.headers,
            body,
            at: Instant::now(),
        });
        let reply = match (state.script.pop_front(), &state.always) {
            (Some(reply), _) => reply,
            (None, Some(body)) => Reply::json(body),
            (None, None) => Reply::status(403, "Forbidden", "the script is over"),
        };
        match reply {
            Reply::Answer(response) => Ok(response),
            Reply::Broken(error) => Err(error),
        }
    }
}

pub(crate) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": reason, "code": code})
}

pub(crate) fn pod(name: &str, version: u32) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "a", "resourceVersion": version.to_string()}})
}

/// A page of pods; without a token, the last.
pub(crate) fn page(version: u32, token: &str, items: impl IntoIterator<Item = Value>) -> Reply {
    let items: Vec<Value> = items.into_iter().collect();
    Reply::json(json!({"apiVersion": "v1", "kind": "PodList",
        "metadata": {"resourceVersion": version.to_string(), "continue": token}, "items": items}))
}
