//! Waiting for the head.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use http_body::Body as HttpBody;
use pin_project::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::body::DeadlineBody;
use crate::{
    body::Body,
    error::{BoxError, Error, ErrorKind, TimedOut},
    timeouts::Timeouts,
};

/// When a request is given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    /// Until the head is there, and which deadline that is.
    pub(super) first: Option<(Instant, TimedOut)>,
    body_idle: Option<Duration>,
    end: Option<Instant>,
}

impl Deadlines {
    pub(super) fn new(now: Instant, timeouts: &Timeouts) -> Self {
        let end = timeouts.total.map(|total| after(now, total));
        let head = timeouts.response_head.map(|limit| after(now, limit));
        let first = match (head, end) {
            (Some(head), Some(end)) if end <= head => Some((end, TimedOut::Total)),
            (Some(head), _) => Some((head, TimedOut::ResponseHead)),
            (None, end) => end.map(|end| (end, TimedOut::Total)),
        };
        Self { first, body_idle: timeouts.body_idle, end }
    }
}

/// The response of a [`DeadlineService`](super::DeadlineService).
#[pin_project]
#[derive(Debug)]
pub struct ResponseFuture<F> {
    #[pin]
    response: F,
    sleep: Option<Pin<Box<Sleep>>>,
    /// What has passed when `sleep` is over.
    cause: TimedOut,
    body_idle: Option<Duration>,
    end: Option<Instant>,
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(response: F, deadlines: &Deadlines) -> Self {
        let Deadlines { first, body_idle, end } = *deadlines;
        let cause = first.map_or(TimedOut::Total, |(_, cause)| cause);
        let sleep = first.map(|(at, _)| Box::pin(sleep_until(at)));
        Self { response, sleep, cause, body_idle, end }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<Body>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(response) = this.response.poll(cx) {
            let response = response.map_err(Into::into)?;
            return Poll::Ready(Ok(response.map(|body| {
                DeadlineBody::around(Body::new(body), *this.body_idle, *this.end, this.sleep.take())
            })));
        }
        match this.sleep.as_mut().map(|sleep| sleep.as_mut().poll(cx)) {
            Some(Poll::Ready(())) => Poll::Ready(Err(Error::new(ErrorKind::Timeout(*this.cause)).into())),
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }
}

/// `now + limit`; for a limit that no clock reaches, thirty years.
pub(super) fn after(now: Instant, limit: Duration) -> Instant {
    now.checked_add(limit).unwrap_or_else(|| now + Duration::from_secs(30 * 365 * 86_400))
}
