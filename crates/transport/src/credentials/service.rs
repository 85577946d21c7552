//! The service.

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::{BoxFuture, Either};
use http::{Request, header};
use tokio::time::Instant;
use tower::Service;

use super::TokenSource;
use crate::error::BoxError;

/// A service with credentials; see [`CredentialsLayer`](super::CredentialsLayer).
#[derive(Clone)]
pub(crate) struct CredentialsService<S> {
    inner: S,
    source: TokenSource,
}

impl<S> CredentialsService<S> {
    pub(super) fn new(inner: S, source: TokenSource) -> Self {
        Self { inner, source }
    }
}

impl<S, B> Service<Request<B>> for CredentialsService<S>
where
    S: Service<Request<B>, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<S::Future, BoxFuture<'static, Result<S::Response, BoxError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if request.headers().contains_key(header::AUTHORIZATION) {
            return Either::Left(self.inner.call(request));
        }
        let file = match &self.source {
            TokenSource::None => return Either::Left(self.inner.call(request)),
            TokenSource::Fixed(bearer) => {
                request.headers_mut().insert(header::AUTHORIZATION, bearer.clone());
                return Either::Left(self.inner.call(request));
            }
            TokenSource::File(file) => file,
        };
        if let Some(bearer) = file.fresh(Instant::now()) {
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
            return Either::Left(self.inner.call(request));
        }
        let file = Arc::clone(file);
        let clone = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, clone);
        Either::Right(Box::pin(async move {
            let bearer = file.bearer().await?;
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
            ready.call(request).await
        }))
    }
}
