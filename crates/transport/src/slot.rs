//! A place in the stack where a layer of ours stands, or the user's own in place of it.

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

impl<L, S, A, B> Layer<S> for Slot<L>
where
    L: Layer<BoxService>,
    L::Service: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
    <L::Service as Service<http::Request<Body>>>::Future: Send + 'static,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    S: Service<http::Request<Body>, Response = http::Response<A>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    A: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    A::Error: Into<BoxError>,
{
    type Service = BoxService;

    fn layer(&self, inner: S) -> BoxService {
        match self {
            Self::Ours(layer) => erase(layer.layer(erase(inner))),
            Self::Theirs(wrap) => wrap(erase(inner)),
            Self::Empty => erase(inner),
        }
    }
}
