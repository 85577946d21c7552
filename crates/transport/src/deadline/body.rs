//! Reading the body.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::future::after;
use crate::{
    body::Body,
    error::{Error, ErrorKind, TimedOut},
};

/// A body whose next chunk must come in time.
pub(super) struct DeadlineBody {
    inner: Body,
    idle: Option<Duration>,
    end: Option<Instant>,
    /// That of the head, whose timer need only be moved; else made when the first chunk has to be waited for.
    sleep: Option<Pin<Box<Sleep>>>,
    /// While a reader waits: what passes when `sleep` is over. Who does not read is not timed.
    waiting: Option<TimedOut>,
}

impl DeadlineBody {
    /// Puts deadlines on a body that has any, and something left to wait for; `sleep` was that of its head.
    pub(super) fn around(
        inner: Body,
        idle: Option<Duration>,
        end: Option<Instant>,
        sleep: Option<Pin<Box<Sleep>>>,
    ) -> Body {
        if inner.is_end_stream() || (idle.is_none() && end.is_none()) {
            return inner;
        }
        Body::new(Self { inner, idle, end, sleep, waiting: None })
    }

    /// Gives the response up; this is its last frame.
    fn fail(&mut self, cause: TimedOut) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.inner = Body::empty();
        self.end = None;
        Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout(cause)))))
    }

    fn first_deadline(&self) -> Option<(Instant, TimedOut)> {
        let idle = self.idle.map(|limit| after(Instant::now(), limit));
        match (idle, self.end) {
            (Some(idle), Some(end)) if end <= idle => Some((end, TimedOut::Total)),
            (Some(idle), _) => Some((idle, TimedOut::BodyIdle)),
            (None, end) => end.map(|end| (end, TimedOut::Total)),
        }
    }
}

impl HttpBody for DeadlineBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.end.is_some_and(|end| Instant::now() >= end) {
            return self.fail(TimedOut::Total);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            self.waiting = None;
            return Poll::Ready(frame);
        }
        let cause = match self.waiting {
            Some(cause) => cause,
            None => {
                let Some((deadline, cause)) = self.first_deadline() else { return Poll::Pending };
                match &mut self.sleep {
                    Some(sleep) => sleep.as_mut().reset(deadline),
                    None => self.sleep = Some(Box::pin(sleep_until(deadline))),
                }
                self.waiting = Some(cause);
                cause
            }
        };
        match self.sleep.as_mut().map(|sleep| sleep.as_mut().poll(cx)) {
            Some(Poll::Ready(())) => self.fail(cause),
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
