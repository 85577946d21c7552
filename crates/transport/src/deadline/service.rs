//! The service.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::time::Instant;
use tower::Service;

use super::{ResponseFuture, future::Deadlines};
use crate::{
    body::Body,
    error::BoxError,
    live::LiveTimeouts,
    timeouts::{RequestTimeouts, Timeouts},
};

/// When the head of the response must be there: an extension for layers below, so that none waits in vain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadDeadline(pub(crate) Instant);

/// A service with deadlines; see [`DeadlineLayer`](super::DeadlineLayer).
#[derive(Clone, Debug)]
pub struct DeadlineService<S> {
    inner: S,
    timeouts: LiveTimeouts,
}

impl<S> DeadlineService<S> {
    pub(super) fn new(inner: S, timeouts: LiveTimeouts) -> Self {
        Self { inner, timeouts }
    }
}

impl<S, T, B> Service<Request<T>> for DeadlineService<S>
where
    S: Service<Request<T>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<T>) -> Self::Future {
        let own = request.extensions().get::<RequestTimeouts>().copied().unwrap_or_default();
        let shared = self.timeouts.now();
        let timeouts = Timeouts {
            response_head: own.response_head.or(shared.response_head),
            body_idle: own.body_idle.or(shared.body_idle),
            total: own.total.or(shared.total),
            ..shared
        };
        let deadlines = Deadlines::new(Instant::now(), &timeouts);
        if let Some((first, _)) = deadlines.first {
            request.extensions_mut().insert(HeadDeadline(first));
        }
        ResponseFuture::new(self.inner.call(request), &deadlines)
    }
}
