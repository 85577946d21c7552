//! The service.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::Service;

use super::ResponseFuture;
use crate::{
    body::Body,
    error::BoxError,
    timeouts::{RequestTimeouts, Timeouts},
};

/// A service with deadlines; see [`DeadlineLayer`](super::DeadlineLayer).
#[derive(Clone, Debug)]
pub struct DeadlineService<S> {
    inner: S,
    timeouts: Timeouts,
}

impl<S> DeadlineService<S> {
    pub(super) const fn new(inner: S, timeouts: Timeouts) -> Self {
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

    fn call(&mut self, request: Request<T>) -> Self::Future {
        let own = request.extensions().get::<RequestTimeouts>().copied().unwrap_or_default();
        let timeouts = Timeouts {
            response_head: own.response_head.or(self.timeouts.response_head),
            body_idle: own.body_idle.or(self.timeouts.body_idle),
            total: own.total.or(self.timeouts.total),
            ..self.timeouts
        };
        ResponseFuture::new(self.inner.call(request), &timeouts)
    }
}
