//! The answer to one request.

use std::convert::Infallible;

use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use serde_json::Value;

use super::status::Failure;

/// The body of every answer.
pub(crate) type ReplyBody = UnsyncBoxBody<Bytes, Infallible>;

/// Status, headers and body of an answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ReplyBody,
}

impl Reply {
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::bytes(status, "application/json", value.to_string())
    }

    pub(crate) fn text(status: u16, text: impl Into<Bytes>) -> Self {
        Self::bytes(status, "text/plain; charset=utf-8", text)
    }

    pub(crate) fn bytes(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(content_type) {
            headers.insert(header::CONTENT_TYPE, value);
        }
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers,
            body: Full::new(body.into()).boxed_unsync(),
        }
    }

    /// An answer that goes on until `chunks` ends; each chunk is flushed by itself.
    pub(crate) fn stream(
        content_type: &'static str,
        chunks: impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + 'static,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status: StatusCode::OK, headers, body: BodyExt::boxed_unsync(StreamBody::new(chunks)) }
    }

    pub(crate) fn with_header(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// Adds one `Warning` header for each text, as the API machinery writes them.
    pub(crate) fn with_warnings(mut self, warnings: &[String]) -> Self {
        for warning in warnings {
            self = self.with_header(header::WARNING, &format!("299 - {warning:?}"));
        }
        self
    }

    pub(crate) fn into_response(self) -> Response<ReplyBody> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        let private = HeaderValue::from_static("no-cache, private");
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(private);
        response
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        if let Some(text) = failure.plain() {
            return Self::text(failure.code(), text.to_owned())
                .with_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        }
        let status = failure.status();
        let reply = Self::json(failure.code(), &status);
        match status["details"]["retryAfterSeconds"].as_u64() {
            Some(seconds) => reply.with_header(header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }
}
