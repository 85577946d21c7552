//! The service: sends, asks for a decision, waits.

use std::{
    mem,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::time::{Instant, sleep, timeout};
use tower::Service;

use super::{Attempt, Decision, Outcome, RetryPolicy, decide, retry_after};
use crate::{
    body::Body,
    deadline::HeadDeadline,
    error::{Attempts, BoxError, Error},
    observe::SharedMetrics,
    upgrade::Upgrade,
    watching::is_watch,
};

/// Which attempt a request is, from 1: an extension that the stack puts on each, for layers below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "it is a number")]
pub struct AttemptNumber(pub u32);

/// A service that repeats what may be repeated; see [`RetryLayer`](super::RetryLayer).
#[derive(Clone, Debug)]
pub struct RetryService<S> {
    inner: S,
    policy: RetryPolicy,
    metrics: SharedMetrics,
}

impl<S> RetryService<S> {
    pub(super) fn new(inner: S, policy: RetryPolicy, metrics: SharedMetrics) -> Self {
        Self { inner, policy, metrics }
    }
}

impl<S, B> Service<Request<Body>> for RetryService<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let policy = request.extensions().get::<RetryPolicy>().copied().unwrap_or(self.policy);
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        Box::pin(repeat(ready, policy, self.metrics.clone(), request))
    }
}

/// The same request once more; `None` where it is sent only once.
fn again(request: &Request<Body>) -> Option<Request<Body>> {
    if request.extensions().get::<Upgrade>().is_some() || is_watch(request.uri()) {
        return None;
    }
    let mut again = Request::new(request.body().try_clone()?);
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.version_mut() = request.version();
    *again.headers_mut() = request.headers().clone();
    *again.extensions_mut() = request.extensions().clone();
    Some(again)
}

/// Sends copies of `template` until one is to be kept; what can't be copied is sent itself.
async fn repeat<S, B>(
    mut service: S,
    policy: RetryPolicy,
    metrics: SharedMetrics,
    mut template: Request<Body>,
) -> Result<Response<Body>, BoxError>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let started = Instant::now();
    let attempts = template.extensions().get::<Attempts>().cloned();
    let deadline = template.extensions().get::<HeadDeadline>().map(|deadline| deadline.0);
    let mut number = 1;
    loop {
        template.extensions_mut().insert(AttemptNumber(number));
        if let Some(attempts) = &attempts {
            attempts.set(number);
        }
        let copy = if policy.max_attempts > 1 { again(&template) } else { None };
        let Some(request) = copy else {
            return Ok(service.call(template).await.map_err(Into::into)?.map(Body::new));
        };
        let result = match service.call(request).await {
            // What most requests come to: there is nothing to decide, and no clock to read.
            Ok(response) if response.status().is_success() => return Ok(response.map(Body::new)),
            result => result.map_err(|error| Error::classify(error.into())),
        };
        let now = Instant::now();
        let attempt = Attempt {
            method: template.method(),
            outcome: outcome(&result),
            number,
            elapsed: now - started,
            left: deadline.map(|deadline| deadline.saturating_duration_since(now)),
            chance: fastrand::u64(..),
        };
        let Decision::RetryAfter(pause) = decide(&policy, &attempt) else {
            return Ok(result?.map(Body::new));
        };
        match result {
            Ok(response) => {
                tracing::debug!(
                    status = response.status().as_u16(),
                    number,
                    ?pause,
                    "the request is repeated"
                );
                // What is read to its end leaves an HTTP/1.1 connection usable; a refusal is short.
                let body = Body::new(response.into_body());
                let _ = timeout(DRAIN, body.collect_some(DRAIN_BYTES)).await;
            }
            Err(error) => tracing::debug!(why = %error.kind(), number, ?pause, "the request is repeated"),
        }
        sleep(pause).await;
        std::future::poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::into)?;
        number = number.saturating_add(1);
        metrics.with(|metrics| metrics.retried(template.method(), number));
    }
}

fn outcome<B>(result: &Result<Response<B>, Error>) -> Outcome<'_> {
    match result {
        Ok(response) => Outcome::Answered {
            status: response.status(),
            retry_after: retry_after(response.headers(), SystemTime::now()),
        },
        Err(error) => Outcome::Failed(error.kind()),
    }
}

const DRAIN: Duration = Duration::from_secs(1);
/// As client-go does.
const DRAIN_BYTES: usize = 2 << 10;
