//! The service.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::{BoxFuture, Either};
use http::{Request, Response, Version};
use tokio::time::Instant;
use tower::Service;
use tracing::{Instrument, Level, Span, field::Empty};

use super::{RequestSummary, SharedMetrics, layer::Server};
use crate::{
    body::Body,
    error::{Attempts, BoxError, Error, redacted},
};

/// A service that is seen from outside; see [`ObserveLayer`](super::ObserveLayer).
#[derive(Clone, Debug)]
pub(crate) struct ObserveService<S> {
    inner: S,
    server: Arc<Server>,
    metrics: SharedMetrics,
}

impl<S> ObserveService<S> {
    pub(super) fn new(inner: S, server: Arc<Server>, metrics: SharedMetrics) -> Self {
        Self { inner, server, metrics }
    }
}

impl<S, B> Service<Request<Body>> for ObserveService<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    S::Future: Send + 'static,
    B: 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response<B>, BoxError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let seen = tracing::enabled!(target: "steersman_transport::request", Level::DEBUG);
        if !seen && !self.metrics.is_some() {
            return Either::Left(self.inner.call(request));
        }
        let span = if seen { self.span(&request) } else { Span::none() };
        let attempts = request.extensions().get::<Attempts>().cloned().unwrap_or_default();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let metrics = self.metrics.clone();
        let started = Instant::now();
        let response = span.in_scope(|| self.inner.call(request)).instrument(span.clone());
        Either::Right(Box::pin(async move {
            let result = response.await.map_err(Error::classify);
            let attempts = attempts.get().max(1);
            let status = result.as_ref().ok().map(Response::status);
            let error = result.as_ref().err().map(Error::kind);
            if attempts > 1 {
                span.record("http.request.resend_count", attempts - 1);
            }
            match &result {
                Ok(response) => {
                    span.record("http.response.status_code", response.status().as_u16());
                    span.record("network.protocol.version", protocol(response.version()));
                    if !response.status().is_success() {
                        span.record("error.type", response.status().as_str());
                    }
                }
                Err(error) => {
                    span.record("error.type", error.kind().name());
                }
            }
            let elapsed = started.elapsed();
            metrics.with(|metrics| {
                let (method, path) = (&method, path.as_str());
                metrics.request(&RequestSummary { method, path, status, error, attempts, elapsed });
            });
            result.map_err(Into::into)
        }))
    }
}

impl<S> ObserveService<S> {
    /// A span with OpenTelemetry's names for a client of HTTP.
    fn span(&self, request: &Request<Body>) -> Span {
        tracing::debug_span!(
            target: "steersman_transport::request",
            "request",
            otel.kind = "client",
            otel.name = request.method().as_str(),
            http.request.method = request.method().as_str(),
            url.full = redacted(&self.server.url, request.uri()),
            server.address = self.server.host,
            server.port = self.server.port,
            http.response.status_code = Empty,
            http.request.resend_count = Empty,
            network.protocol.version = Empty,
            error.r#type = Empty,
        )
    }
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}
