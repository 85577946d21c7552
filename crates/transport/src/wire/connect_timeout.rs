//! A limit on how long connecting takes.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::Uri;
use tokio::time::timeout;
use tower::Service;

use crate::{
    error::{BoxError, Error, ErrorKind, TimedOut},
    live::LiveTimeouts,
    timeouts::Timeouts,
};

/// A connector that gives up.
#[derive(Clone, Debug)]
pub(super) struct ConnectTimeout<C> {
    inner: C,
    timeouts: LiveTimeouts,
    limit: fn(&Timeouts) -> Duration,
    cause: TimedOut,
}

impl<C> ConnectTimeout<C> {
    /// After the `limit` of the timeouts as they are then, connecting fails with `cause`.
    pub(super) fn new(
        inner: C,
        timeouts: LiveTimeouts,
        limit: fn(&Timeouts) -> Duration,
        cause: TimedOut,
    ) -> Self {
        Self { inner, timeouts, limit, cause }
    }
}

impl<C> Service<Uri> for ConnectTimeout<C>
where
    C: Service<Uri>,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<C::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = timeout((self.limit)(&self.timeouts.now()), self.inner.call(uri));
        let cause = self.cause;
        Box::pin(async move {
            match connecting.await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(Error::new(ErrorKind::Timeout(cause)).into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, io, time::Duration};

    use http::Uri;
    use tokio::time::Instant;
    use tower::{ServiceExt, service_fn};

    use super::ConnectTimeout;
    use crate::{
        error::{Error, ErrorKind, TimedOut},
        live::LiveTimeouts,
        timeouts::Timeouts,
    };

    #[tokio::test(start_paused = true)]
    async fn connecting_is_given_up() {
        let never = service_fn(|_: Uri| pending::<Result<(), io::Error>>());
        let timeouts = LiveTimeouts::new(Timeouts::default());
        let inner =
            ConnectTimeout::new(never, timeouts.clone(), |timeouts| timeouts.connect, TimedOut::Connect);
        let both = ConnectTimeout::new(inner, timeouts.clone(), |t| t.connect + t.tls, TimedOut::Tls);
        let live = both.clone();
        let started = Instant::now();
        let error = Error::classify(both.oneshot(Uri::from_static("https://h")).await.expect_err("never"));
        assert_eq!(error.kind(), &ErrorKind::Timeout(TimedOut::Connect));
        assert!(error.is_connect() && error.is_timeout());
        assert_eq!(started.elapsed(), Duration::from_secs(10));

        // E11: what is set counts from the next connection on.
        timeouts.replace(Timeouts { connect: Duration::from_secs(3), ..Timeouts::default() });
        let started = Instant::now();
        live.oneshot(Uri::from_static("https://h")).await.expect_err("never");
        assert_eq!(started.elapsed(), Duration::from_secs(3));
    }
}
