//! A limit on how long connecting takes.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::Uri;
use tokio::time::timeout;
use tower::Service;

use crate::error::{BoxError, Error, ErrorKind, TimedOut};

/// A connector that gives up.
#[derive(Clone, Debug)]
pub(super) struct ConnectTimeout<C> {
    inner: C,
    limit: Duration,
    cause: TimedOut,
}

impl<C> ConnectTimeout<C> {
    /// After `limit`, connecting fails with `cause`.
    pub(super) fn new(inner: C, limit: Duration, cause: TimedOut) -> Self {
        Self { inner, limit, cause }
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
        let connecting = timeout(self.limit, self.inner.call(uri));
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
    use crate::error::{Error, ErrorKind, TimedOut};

    #[tokio::test(start_paused = true)]
    async fn connecting_is_given_up() {
        let never = service_fn(|_: Uri| pending::<Result<(), io::Error>>());
        let started = Instant::now();
        let inner = ConnectTimeout::new(never, Duration::from_secs(10), TimedOut::Connect);
        let both = ConnectTimeout::new(inner, Duration::from_secs(20), TimedOut::Tls);
        let error = Error::classify(both.oneshot(Uri::from_static("https://h")).await.expect_err("never"));
        assert_eq!(error.kind(), &ErrorKind::Timeout(TimedOut::Connect));
        assert!(error.is_connect() && error.is_timeout());
        assert_eq!(started.elapsed(), Duration::from_secs(10));
    }
}
