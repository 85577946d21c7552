//! What tests see of the wire, and what they do to it: recorded requests and faults.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde_json::json;

use super::{reply::Reply, request::Incoming, status::Failure};

/// How many requests are kept; the oldest go first.
const MAX_RECORDED: usize = 10_000;
/// How many bytes of bodies are kept with them; the oldest go first.
const MAX_RECORDED_BYTES: usize = 64 * 1024 * 1024;

/// A request as it reached the server; its `Debug` says of the body how long it is, as it may hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The path with its query, as it was sent.
    pub path: String,
    /// The headers, without `Authorization`.
    pub headers: HeaderMap,
    /// The `Content-Type`, whole; empty where there was none.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers)
            .field("content_type", &self.content_type)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// An answer that the server gives in place of its own, to the next requests that fit.
///
/// ```
/// use steersman_envtest::Fault;
///
/// let busy = Fault::status(429).retry_after(1).method("GET").path_contains("/configmaps").times(2);
/// # let _ = busy;
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    answer: Answer,
    method: Option<String>,
    path: Option<String>,
    times: usize,
}

#[derive(Clone, Debug)]
enum Answer {
    Status { code: u16, retry_after: Option<u64> },
    Text { code: u16, body: String },
    BreakOff,
}

impl Fault {
    /// Answers with this code and a `Status` body.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::of(Answer::Status { code, retry_after: None })
    }

    /// Answers with this code and a body of plain text, as a proxy would.
    #[must_use]
    pub fn text(code: u16, body: impl Into<String>) -> Self {
        Self::of(Answer::Text { code, body: body.into() })
    }

    /// Breaks the request off without an answer: HTTP/2 resets the stream, HTTP/1.1 closes the connection.
    #[must_use]
    pub fn break_off() -> Self {
        Self::of(Answer::BreakOff)
    }

    fn of(answer: Answer) -> Self {
        Self { answer, method: None, path: None, times: 1 }
    }

    /// Adds `Retry-After` in seconds to a [`status`](Self::status).
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let Answer::Status { retry_after, .. } = &mut self.answer {
            *retry_after = Some(seconds);
        }
        self
    }

    /// Only for requests of this method. Default: any.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only for requests whose path, without the query, contains this text. Default: any.
    #[must_use]
    pub fn path_contains(mut self, text: impl Into<String>) -> Self {
        self.path = Some(text.into());
        self
    }

    /// For this many requests. Default: one.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    fn fits(&self, request: &Incoming) -> bool {
        self.method.as_ref().is_none_or(|method| request.method.as_str().eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|path| request.path.contains(path))
    }

    /// The answer; `None` where the request is broken off.
    pub(crate) fn reply(&self) -> Option<Reply> {
        match &self.answer {
            Answer::BreakOff => None,
            Answer::Text { code, body } => Some(Reply::text(*code, body.clone())),
            Answer::Status { code, retry_after } => {
                let mut failure = Failure::new(*code, reason(*code), format!("a fault answered with {code}"));
                if let Some(seconds) = retry_after {
                    failure = failure.with_details(json!({"retryAfterSeconds": seconds}));
                }
                let reply = Reply::from(failure);
                Some(match retry_after {
                    // Zero seconds are no detail of a status, but a header all the same.
                    Some(0) => reply.with_header(header::RETRY_AFTER, "0"),
                    _ => reply,
                })
            }
        }
    }
}

fn reason(code: u16) -> &'static str {
    match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        410 => "Expired",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }
}

/// Keeps requests and faults.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    requests: Mutex<VecDeque<RecordedRequest>>,
    faults: Mutex<Vec<Fault>>,
}

impl Recorder {
    pub(crate) fn record(&self, request: &Incoming, query: Option<&str>) {
        let mut headers = request.headers.clone();
        headers.remove(header::AUTHORIZATION);
        let path = match query {
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.clone(),
        };
        let recorded = RecordedRequest {
            method: request.method.clone(),
            path,
            headers,
            content_type: request.header("content-type").to_owned(),
            body: request.body.clone(),
        };
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push_back(recorded);
        let mut bytes: usize = requests.iter().map(|one| one.body.len()).sum();
        while requests.len() > MAX_RECORDED || bytes > MAX_RECORDED_BYTES {
            bytes -= requests.pop_front().map_or(bytes, |one| one.body.len());
        }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(crate) fn forget(&self) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn add_fault(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// The first fault that fits; it is used up by one.
    pub(crate) fn next_fault(&self, request: &Incoming) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|fault| fault.times > 0);
        let fault = faults.iter_mut().find(|fault| fault.fits(request))?;
        fault.times -= 1;
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    use super::{super::request::Query, Fault, Incoming, Recorder};

    fn request(method: Method, path: &str) -> Incoming {
        let (query, headers, body) = (Query::default(), HeaderMap::new(), Bytes::new());
        Incoming { method, path: path.to_owned(), query, raw_query: String::new(), headers, body }
    }

    #[test]
    fn bodies_are_not_printed() {
        let recorder = Recorder::default();
        let mut sent = request(Method::POST, "/api/v1/secrets");
        sent.body = Bytes::from_static(b"hunter2");
        recorder.record(&sent, None);
        for text in [format!("{:?}", recorder.requests()), format!("{recorder:?}")] {
            assert!(text.contains("body: 7 bytes"), "{text}");
            assert!(!text.contains("hunter2") && !text.contains("104, 117"), "{text}");
        }
    }

    #[test]
    fn faults_are_used_up() {
        let recorder = Recorder::default();
        recorder.add_fault(Fault::status(503).method("get").path_contains("/pods").times(2));
        let hit = |method, path| recorder.next_fault(&request(method, path)).is_some();
        assert!(!hit(Method::POST, "/api/v1/pods"));
        assert!(!hit(Method::GET, "/api/v1/secrets"));
        assert!(hit(Method::GET, "/api/v1/pods") && hit(Method::GET, "/api/v1/pods"));
        assert!(!hit(Method::GET, "/api/v1/pods"));
    }
}
