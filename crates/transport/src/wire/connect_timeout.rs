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
