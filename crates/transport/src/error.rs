//! What can go wrong between a request and its answer.

use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use steersman_meta::{Reason, Status};

use crate::retry::retry_after;

mod classify;
mod context;
mod hint;
mod kind;

#[cfg(feature = "tls")]
pub(crate) use classify::{is_certificate_refused, tls_fault};
#[cfg(feature = "tls")]
pub(crate) use context::redacted;
pub(crate) use context::{Attempts, RequestContext};
pub use kind::{CompressionFault, ErrorKind, NotTaken, RequestFault, TimedOut, TlsFault};

/// Any error: what services and layers of the user's own fail with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a request has no answer, or a refusal for one.
///
/// Ask the predicates, [`kind`](Self::kind) or [`status`](Self::status). `Display` speaks of the request and of what went
/// wrong; the cause is the [`source`](StdError::source) (its type is no promise), advice is [`hint`](Self::hint). None of
/// them holds a secret: of the query only values that are known to be harmless are shown.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    source: Option<BoxError>,
    request: Option<(Arc<RequestContext>, Duration)>,
    answer: Option<Answer>,
}

struct Answer {
    code: StatusCode,
    status: Status,
    headers: HeaderMap,
    body: Bytes,
}

impl Error {
    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// The server's own words, where the server refused.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        self.inner.answer.as_ref().map(|answer| &answer.status)
    }

    /// The reason in the server's [`status`](Self::status).
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.status().map(|status| &status.reason)
    }

    /// The HTTP status code of the answer, where there was one.
    #[must_use]
    pub fn code(&self) -> Option<StatusCode> {
        self.inner.answer.as_ref().map(|answer| answer.code)
    }

    /// The headers of the answer, where there was one.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.inner.answer.as_ref().map(|answer| &answer.headers)
    }

    /// The body of the answer, where there was one, cut at
    /// [`max_error_body_bytes`](crate::Limits::max_error_body_bytes).
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.inner.answer.as_ref().map(|answer| &answer.body)
    }

    /// The method of the request, where one was made.
    #[must_use]
    pub fn method(&self) -> Option<&Method> {
        self.inner.request.as_ref().map(|(request, _)| &request.method)
    }

    /// Where the request went, without what may be secret in it.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.inner.request.as_ref().map(|(request, _)| request.url())
    }

    /// From the request to the error.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.inner.request.as_ref().map(|(_, elapsed)| *elapsed)
    }

    /// How often the request was sent, the last time included; 0 where it was not sent through the stack of a client.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.request.as_ref().map_or(0, |(request, _)| request.attempts.get())
    }

    /// How long the server wants to be left alone: its `Status`, else a `Retry-After` header, as seconds or as a date.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let answer = self.inner.answer.as_ref()?;
        let said = answer.status.retry_after_seconds().map(|seconds| Duration::from_secs(seconds.into()));
        said.or_else(|| retry_after(&answer.headers, SystemTime::now()))
    }

    /// Whether the server may have done what was asked, without our knowing: the request may have been sent, it changes
    /// things, and no answer came. Look before it is repeated.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        let changes = self.method().is_some_and(|method| !method.is_safe());
        changes && self.inner.answer.is_none() && self.inner.kind.is_outcome_unknown()
    }

    /// What to do about it, where that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        hint::of(self)
    }

    /// Whether a deadline of ours has passed. The server may still have done what was asked.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Timeout(_))
    }

    /// Whether no connection came about, TLS included: the request was not sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(
            self.inner.kind,
            ErrorKind::Resolve
                | ErrorKind::Proxy
                | ErrorKind::Refused
                | ErrorKind::Connect
                | ErrorKind::Tls(_)
                | ErrorKind::Timeout(TimedOut::Connect | TimedOut::Tls)
        )
    }

    /// Whether TLS failed: somebody's certificate, mostly.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Tls(_))
    }

    /// Whether the connection broke after it was made. Whether the server may have done what was asked is for
    /// [`is_outcome_unknown`](Self::is_outcome_unknown) to say.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Interrupted | ErrorKind::NotTaken(_))
    }

    /// Whether the server answered with this code.
    #[must_use]
    pub fn is_code(&self, code: StatusCode) -> bool {
        self.code() == Some(code)
    }

    /// 400: the server says that the request is malformed.
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        self.is_code(StatusCode::BAD_REQUEST)
    }

    /// 401: the server does not know who we are.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.is_code(StatusCode::UNAUTHORIZED)
    }

    /// 403: we may not do that.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.is_code(StatusCode::FORBIDDEN)
    }

    /// 404: there is no such object, or no such resource.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is_code(StatusCode::NOT_FOUND)
    }

    /// 409 with the reason `Conflict`: the object has changed, or somebody else owns the field.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.is_code(StatusCode::CONFLICT) && !self.is_already_exists()
    }

    /// 409 with the reason `AlreadyExists`.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.reason() == Some(&Reason::AlreadyExists)
    }

    /// 410: the version or the continue token is too old.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.is_code(StatusCode::GONE)
    }

    /// 422: the object breaks a rule of its kind.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.is_code(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// 429: the server asks us to come back later.
    #[must_use]
    pub fn is_too_many_requests(&self) -> bool {
        self.is_code(StatusCode::TOO_MANY_REQUESTS)
    }

    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { inner: Box::new(Inner { kind, source: None, request: None, answer: None }) }
    }

    /// A refusal, in the words of its body, or in those that its code stands for.
    pub(crate) fn answered(method: &Method, head: http::response::Parts, body: Bytes) -> Self {
        let status = Status::from_http(head.status.as_u16(), method.as_str(), &body);
        let mut error = Self::new(ErrorKind::Api);
        error.inner.answer = Some(Answer { code: head.status, status, headers: head.headers, body });
        error
    }

    /// Sets the cause.
    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Says which request it was, unless that is said already.
    pub(crate) fn within(mut self, request: &Arc<RequestContext>) -> Self {
        self.inner.request.get_or_insert_with(|| (Arc::clone(request), request.started.elapsed()));
        self
    }

    /// An error that came after the head of the answer: the request was taken, whatever the stream says.
    pub(crate) fn after_the_head(mut self) -> Self {
        if matches!(self.inner.kind, ErrorKind::NotTaken(_)) {
            self.inner.kind = ErrorKind::Interrupted;
        }
        self
    }

    /// Finds out what an error means that came before there was a connection.
    #[cfg(feature = "tls")]
    pub(crate) fn classify_connecting(error: BoxError) -> Self {
        let mut error = Self::classify(error);
        if matches!(error.inner.kind, ErrorKind::Interrupted | ErrorKind::Service) {
            error.inner.kind = ErrorKind::Connect;
        }
        error
    }

    /// Finds out what an error from below means.
    pub(crate) fn classify(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(foreign) => classify::foreign(foreign),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((request, _)) = &self.inner.request {
            write!(f, "{} {}: ", request.method, request.url())?;
        }
        match &self.inner.answer {
            Some(answer) => write!(f, "the server answered {}", answer.code)?,
            None => write!(f, "{}", self.inner.kind)?,
        }
        match self.attempts() {
            0 | 1 => Ok(()),
            attempts => write!(f, ", at the last of {attempts} attempts"),
        }
    }
}

impl fmt::Debug for Error {
    /// Without the headers and the body of the answer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.inner.kind);
        if let Some((request, elapsed)) = &self.inner.request {
            out.field("method", &request.method).field("url", &request.url());
            out.field("attempts", &request.attempts.get()).field("elapsed", elapsed);
        }
        if let Some(answer) = &self.inner.answer {
            out.field("status", &answer.status);
        }
        if let Some(source) = &self.inner.source {
            out.field("source", source);
        }
        out.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match (&self.inner.source, &self.inner.answer) {
            (Some(source), _) => Some(source.as_ref()),
            (None, Some(answer)) => Some(&answer.status),
            (None, None) => None,
        }
    }
}
