//! The layer, with its service and its future.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, HeaderValue, Request, Response, header};
use pin_project::pin_project;
use tower::{Layer, Service};

use super::Gunzip;
use crate::{body::Body, upgrade::Upgrade};

/// Asks for gzip, and takes it off again. A request that says itself what it accepts gets what comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompressionLayer;

impl<S> Layer<S> for CompressionLayer {
    type Service = CompressionService<S>;

    fn layer(&self, inner: S) -> CompressionService<S> {
        CompressionService { inner }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct CompressionService<S> {
    inner: S,
}

impl<S, T> Service<Request<T>> for CompressionService<S>
where
    S: Service<Request<T>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<T>) -> Self::Future {
        let ask = !request.headers().contains_key(header::ACCEPT_ENCODING)
            && request.extensions().get::<Upgrade>().is_none();
        if ask {
            request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        ResponseFuture { inner: self.inner.call(request), asked: ask }
    }
}

#[pin_project]
#[derive(Debug)]
pub(crate) struct ResponseFuture<F> {
    #[pin]
    inner: F,
    /// Whether gzip was asked for here, and is to be taken off here.
    asked: bool,
}

impl<F, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        if *this.asked && is_gzip(response.headers()) {
            response.headers_mut().remove(header::CONTENT_ENCODING);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response = response.map(|body| Body::new(Gunzip::new(body)));
        }
        Poll::Ready(Ok(response))
    }
}

fn is_gzip(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| {
        ["gzip", "x-gzip"].iter().any(|gzip| encoding.as_bytes().eq_ignore_ascii_case(gzip.as_bytes()))
    })
}
