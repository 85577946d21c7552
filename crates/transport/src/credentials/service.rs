//! The services.

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::{BoxFuture, Either};
use http::{HeaderMap, Request, Response, StatusCode, header};
use tower::Service;

use super::{Source, source::Grant};
use crate::{
    body::Body,
    error::{BoxError, Error, ErrorKind},
    tls::ClientIdentity,
};

/// A service with credentials; see [`CredentialsLayer`](super::CredentialsLayer).
#[derive(Clone)]
pub(crate) struct CredentialsService<S> {
    inner: S,
    source: Source,
    identity: Arc<ClientIdentity>,
}

impl<S> CredentialsService<S> {
    pub(super) fn new(inner: S, source: Source, identity: Arc<ClientIdentity>) -> Self {
        Self { inner, source, identity }
    }
}

impl<S, B> Service<Request<Body>> for CredentialsService<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<S::Future, BoxFuture<'static, Result<S::Response, BoxError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if request.headers().contains_key(header::AUTHORIZATION) {
            return Either::Left(self.inner.call(request));
        }
        match &self.source {
            Source::None => return Either::Left(self.inner.call(request)),
            Source::Fixed(value) => {
                request.headers_mut().insert(header::AUTHORIZATION, value.clone());
                return Either::Left(self.inner.call(request));
            }
            Source::File(_) | Source::Plugin(_) | Source::Provider(_) => {}
        }
        let clone = self.clone();
        let this = mem::replace(self, clone);
        Either::Right(Box::pin(this.send(request)))
    }
}

impl<S, B> CredentialsService<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
{
    /// Sends a request, and once more where the server does not know us and there are other credentials. It looks at
    /// nothing of a request before it knows whose it is, so that this is right for each verb.
    async fn send(mut self, mut request: Request<Body>) -> Result<Response<B>, BoxError> {
        let grant = self.source.grant().await?;
        let again = request.body().try_clone().map(|body| {
            let mut again = Request::new(body);
            *again.method_mut() = request.method().clone();
            *again.uri_mut() = request.uri().clone();
            *again.headers_mut() = request.headers().clone();
            *again.extensions_mut() = request.extensions().clone();
            again
        });
        self.present(&grant, &mut request)?;
        let response = self.inner.call(request).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let Some(renewed) = self.source.renewed(&grant).await else { return Ok(response) };
        let Some(mut again) = again else { return Ok(response) };
        drop(response);
        self.present(&renewed, &mut again)?;
        std::future::poll_fn(|cx| self.inner.poll_ready(cx)).await?;
        self.inner.call(again).await
    }

    fn present(&self, grant: &Grant, request: &mut Request<Body>) -> Result<(), BoxError> {
        if let Some(value) = &grant.authorization {
            request.headers_mut().insert(header::AUTHORIZATION, value.clone());
        }
        if self.source.may_have_a_certificate() {
            let present = self.identity.present(grant.certificate());
            present.map_err(|error| Error::new(ErrorKind::Credentials).because(error))?;
        }
        Ok(())
    }
}

/// A service that acts as somebody else; see [`ImpersonationLayer`](super::ImpersonationLayer).
#[derive(Clone)]
pub(crate) struct ImpersonationService<S> {
    inner: S,
    headers: Arc<HeaderMap>,
}

impl<S> ImpersonationService<S> {
    pub(super) fn new(inner: S, headers: Arc<HeaderMap>) -> Self {
        Self { inner, headers }
    }
}

impl<S, B> Service<Request<B>> for ImpersonationService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        // As in client-go: who says it in one header says it in all of them.
        let own = request.headers().keys().any(|name| name.as_str().starts_with("impersonate-"));
        if !own {
            for (name, value) in self.headers.iter() {
                request.headers_mut().append(name.clone(), value.clone());
            }
        }
        self.inner.call(request)
    }
}
