//! The service.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use futures::future::{BoxFuture, Either};
use http::Request;
use tokio::time::{Instant, sleep};
use tower::Service;

use super::{RateLimit, bucket::Bucket};
use crate::{
    deadline::HeadDeadline,
    error::{BoxError, Error, ErrorKind, TimedOut},
    observe::SharedMetrics,
    retry::AttemptNumber,
    watching::is_watch,
};

/// A service with a rate limit; see [`RateLimitLayer`](super::RateLimitLayer).
#[derive(Clone)]
pub struct RateLimitService<S> {
    inner: S,
    limit: RateLimit,
    bucket: Arc<Mutex<Bucket>>,
    metrics: SharedMetrics,
}

impl<S> RateLimitService<S> {
    pub(super) fn new(
        inner: S,
        limit: RateLimit,
        bucket: Arc<Mutex<Bucket>>,
        metrics: SharedMetrics,
    ) -> Self {
        Self { inner, limit, bucket, metrics }
    }
}

impl<S: std::fmt::Debug> std::fmt::Debug for RateLimitService<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("RateLimitService");
        out.field("inner", &self.inner).field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for RateLimitService<S>
where
    S: Service<Request<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<
        futures::future::MapErr<S::Future, fn(S::Error) -> BoxError>,
        BoxFuture<'static, Result<S::Response, BoxError>>,
    >;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        use futures::TryFutureExt;
        let first = request.extensions().get::<AttemptNumber>().is_none_or(|number| number.0 <= 1);
        if first && is_watch(request.uri()) {
            return Either::Left(self.inner.call(request).map_err(Into::into));
        }
        let now = Instant::now();
        let left = request.extensions().get::<HeadDeadline>().map(|end| end.0.saturating_duration_since(now));
        let taken = self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.limit, now, left);
        let wait = match taken {
            Some(wait) if wait.is_zero() => {
                return Either::Left(self.inner.call(request).map_err(Into::into));
            }
            Some(wait) => wait,
            None => {
                let error = Error::new(ErrorKind::Timeout(TimedOut::Waiting));
                return Either::Right(Box::pin(async move { Err(error.into()) }));
            }
        };
        let turn = Turn { limit: self.limit, bucket: Arc::clone(&self.bucket), waiting: true };
        let metrics = self.metrics.clone();
        let clone = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, clone);
        Either::Right(Box::pin(async move {
            sleep(wait).await;
            turn.arrived();
            metrics.with(|metrics| metrics.rate_limited(wait));
            ready.call(request).await.map_err(Into::into)
        }))
    }
}

/// Somebody's place in the queue, given up where he goes away.
struct Turn {
    limit: RateLimit,
    bucket: Arc<Mutex<Bucket>>,
    waiting: bool,
}

impl Turn {
    fn arrived(mut self) {
        self.waiting = false;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.waiting {
            self.bucket.lock().unwrap_or_else(PoisonError::into_inner).give_back(self.limit);
        }
    }
}
