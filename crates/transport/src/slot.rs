//! A place in the stack where a layer of ours stands, or the user's own in place of it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project::pin_project;
use tower::{Layer, Service};

use crate::{
    body::Body,
    client::{BoxService, erase},
    error::BoxError,
};

/// A layer of the user's own, put around a service.
pub(crate) type Wrap = Box<dyn Fn(BoxService) -> BoxService + Send>;

/// Ours, the user's own, or none.
pub(crate) enum Slot<L> {
    Ours(L),
    Theirs(Wrap),
    Empty,
}

impl<L> Slot<L> {
    /// The user's layer where there is one, else ours, if we have one there.
    pub(crate) fn new(theirs: Option<Wrap>, ours: Option<L>) -> Self {
        match (theirs, ours) {
            (Some(theirs), _) => Self::Theirs(theirs),
            (None, Some(ours)) => Self::Ours(ours),
            (None, None) => Self::Empty,
        }
    }
}

impl<L, S, B> Layer<S> for Slot<L>
where
    L: Layer<S>,
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Service = SlotService<L::Service, S>;

    fn layer(&self, inner: S) -> Self::Service {
        match self {
            Self::Ours(layer) => SlotService::Ours(layer.layer(inner)),
            Self::Theirs(wrap) => SlotService::Theirs(wrap(erase(inner))),
            Self::Empty => SlotService::Empty(inner),
        }
    }
}

/// What stands in the place. Only a layer of the user's own, whose type we don't know, costs a box with each request.
#[derive(Clone)]
pub(crate) enum SlotService<O, S> {
    Ours(O),
    Theirs(BoxService),
    Empty(S),
}

impl<O, S, A, B> Service<Request<Body>> for SlotService<O, S>
where
    O: Service<Request<Body>, Response = Response<A>>,
    O::Error: Into<BoxError>,
    A: HttpBody<Data = Bytes> + Send + 'static,
    A::Error: Into<BoxError>,
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = SlotFuture<O::Future, <BoxService as Service<Request<Body>>>::Future, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Ours(ours) => ours.poll_ready(cx).map_err(Into::into),
            Self::Theirs(theirs) => theirs.poll_ready(cx),
            Self::Empty(inner) => inner.poll_ready(cx).map_err(Into::into),
        }
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self {
            Self::Ours(ours) => SlotFuture::Ours(ours.call(request)),
            Self::Theirs(theirs) => SlotFuture::Theirs(theirs.call(request)),
            Self::Empty(inner) => SlotFuture::Empty(inner.call(request)),
        }
    }
}

/// The response of a [`SlotService`].
#[pin_project(project = Projected)]
pub(crate) enum SlotFuture<O, T, S> {
    Ours(#[pin] O),
    Theirs(#[pin] T),
    Empty(#[pin] S),
}

impl<O, T, S, A, B, E, F> Future for SlotFuture<O, T, S>
where
    O: Future<Output = Result<Response<A>, E>>,
    E: Into<BoxError>,
    A: HttpBody<Data = Bytes> + Send + 'static,
    A::Error: Into<BoxError>,
    T: Future<Output = Result<Response<Body>, BoxError>>,
    S: Future<Output = Result<Response<B>, F>>,
    F: Into<BoxError>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<Body>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project() {
            Projected::Ours(ours) => {
                ready!(ours.poll(cx)).map(|response| response.map(Body::new)).map_err(Into::into)
            }
            Projected::Theirs(theirs) => ready!(theirs.poll(cx)),
            Projected::Empty(inner) => {
                ready!(inner.poll(cx)).map(|response| response.map(Body::new)).map_err(Into::into)
            }
        })
    }
}
