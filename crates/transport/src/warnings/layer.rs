//! The layer, with its service.

use std::task::{Context, Poll};

use futures::{TryFutureExt, future::Either, future::MapOk};
use http::{Request, Response, header};
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

type Tell<B> = Box<dyn FnOnce(Response<B>) -> Response<B> + Send>;

impl<S, T, B> Service<Request<T>> for WarningsService<S>
where
    S: Service<Request<T>, Response = Response<B>>,
    B: 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Either<S::Future, MapOk<S::Future, Tell<B>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<T>) -> Self::Future {
        let warnings = request.extensions().get::<Warnings>().unwrap_or(&self.warnings).clone();
        let tell: Tell<B> = Box::new(move |response| {
            for value in response.headers().get_all(header::WARNING) {
                for warning in parse::warnings(value.as_bytes()) {
                    warnings.handler.warning(&warning);
                }
            }
            response
        });
        Either::Right(self.inner.call(request).map_ok(tell))
    }
}
