//! The layer, with its service.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response, header};
use pin_project::pin_project;
use tower::{Layer, Service};

use super::{Warnings, parse};

/// Tells of the warnings of each answer, refusals included.
#[derive(Clone, Debug)]
pub(crate) struct WarningsLayer {
    warnings: Warnings,
}

impl WarningsLayer {
    pub(crate) fn new(warnings: Warnings) -> Self {
        Self { warnings }
    }
}

impl<S> Layer<S> for WarningsLayer {
    type Service = WarningsService<S>;

    fn layer(&self, inner: S) -> WarningsService<S> {
        WarningsService { inner, warnings: self.warnings.clone() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct WarningsService<S> {
    inner: S,
    warnings: Warnings,
}

impl<S, T, B> Service<Request<T>> for WarningsService<S>
where
    S: Service<Request<T>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Telling<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<T>) -> Self::Future {
        let warnings = request.extensions().get::<Warnings>().unwrap_or(&self.warnings).clone();
        Telling { response: self.inner.call(request), warnings }
    }
}

/// The response of a [`WarningsService`].
#[pin_project]
pub(crate) struct Telling<F> {
    #[pin]
    response: F,
    warnings: Warnings,
}

impl<F, B, E> Future for Telling<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.response.poll(cx))?;
        for value in response.headers().get_all(header::WARNING) {
            for warning in parse::warnings(value.as_bytes()) {
                this.warnings.handler.warning(&warning);
            }
        }
        Poll::Ready(Ok(response))
    }
}
