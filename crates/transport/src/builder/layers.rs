//! Layers of the user's own, around ours, in place of ours, and next to the wire.

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, Service};

use super::ClientBuilder;
use crate::{
    body::Body,
    client::{BoxService, erase},
    error::BoxError,
    slot::Wrap,
};

impl ClientBuilder {
    /// Adds a layer around the whole stack: it sees requests as they are made, with a path for a URI and without
    /// credentials, once each. Of several the first is outermost.
    ///
    /// A cache, for one:
    ///
    /// ```
    /// use std::{collections::HashMap, sync::{Arc, Mutex}};
    /// use bytes::Bytes;
    /// use http::{Request, Response};
    /// use steersman_config::Config;
    /// use steersman_transport::{Body, BoxError, BoxService, Client};
    /// use tower::{ServiceExt, layer::layer_fn, service_fn};
    ///
    /// let pages: Arc<Mutex<HashMap<String, Bytes>>> = Arc::default();
    /// let cache = layer_fn(move |inner: BoxService| {
    ///     let pages = Arc::clone(&pages);
    ///     service_fn(move |request: Request<Body>| {
    ///         let (inner, pages) = (inner.clone(), Arc::clone(&pages));
    ///         async move {
    ///             let key = request.uri().to_string();
    ///             if let Some(page) = pages.lock().unwrap().get(&key) {
    ///                 return Ok(Response::new(Body::from(page.clone())));
    ///             }
    ///             let (head, body) = inner.oneshot(request).await?.into_parts();
    ///             let page = body.collect(1 << 20).await?;
    ///             pages.lock().unwrap().insert(key, page.clone());
    ///             Ok::<_, BoxError>(Response::from_parts(head, Body::from(page)))
    ///         }
    ///     })
    /// });
    /// # let asked = Arc::new(Mutex::new(0));
    /// # let counted = Arc::clone(&asked);
    /// # let server = layer_fn(move |_: BoxService| {
    /// #     let counted = Arc::clone(&counted);
    /// #     service_fn(move |_: Request<Body>| {
    /// #         *counted.lock().unwrap() += 1;
    /// #         async { Ok::<_, BoxError>(Response::new(Body::from("page"))) }
    /// #     })
    /// # });
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let config = Config::new("https://10.0.0.1:6443".parse()?);
    /// let client = Client::builder(config).layer(cache)
    /// #   .wire_layer(server)
    ///     .build()?;
    /// for _ in 0..3 {
    ///     let (_, body) = client.request_bytes(Request::get("/version").body(Body::empty())?).await?;
    ///     assert_eq!(body, "page");
    /// }
    /// # assert_eq!(*asked.lock().unwrap(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.outer.push(wrap(layer));
        self
    }

    /// Adds a layer next to the wire, inside all of ours: it sees requests as they are sent, with a whole URL and **with
    /// the credentials**. Of several the first is outermost.
    ///
    /// A layer that traces each attempt:
    ///
    /// ```
    /// use http::{Request, Response};
    /// use steersman_config::Config;
    /// use steersman_transport::{Body, BoxError, BoxService, Client};
    /// use tower::{ServiceExt, layer::layer_fn, service_fn};
    ///
    /// let trace = layer_fn(|inner: BoxService| {
    ///     service_fn(move |request: Request<Body>| {
    ///         let inner = inner.clone();
    ///         async move {
    ///             tracing::info!(method = %request.method(), path = request.uri().path(), "asking");
    ///             let response = inner.oneshot(request).await?;
    ///             tracing::info!(status = response.status().as_u16(), "answered");
    ///             Ok::<_, BoxError>(response)
    ///         }
    ///     })
    /// });
    /// # let server = layer_fn(|_: BoxService| {
    /// #     service_fn(|_: Request<Body>| async { Ok::<_, BoxError>(Response::new(Body::from("{}"))) })
    /// # });
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let config = Config::new("https://10.0.0.1:6443".parse()?);
    /// let client = Client::builder(config).wire_layer(trace)
    /// #   .wire_layer(server)
    ///     .build()?;
    /// client.request(Request::get("/version").body(Body::empty())?).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn wire_layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.wire.push(wrap(layer));
        self
    }

    /// Puts a layer in place of the one that repeats requests: it sees them with a path for a URI, below the deadlines.
    #[must_use]
    pub fn retry_layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.own.retry = Some(wrap(layer));
        self
    }

    /// Puts a layer in place of the rate limit: it sees each attempt of a request, with a path for a URI.
    #[must_use]
    pub fn rate_limit_layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.own.rate_limit = Some(wrap(layer));
        self
    }

    /// Puts a layer in place of the credentials: it sees each attempt with a whole URL on the configured server, and none of
    /// the configuration's tokens and plugins are used. A client certificate of the configuration is still shown.
    #[must_use]
    pub fn credentials_layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + 'static,
        L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.own.credentials = Some(wrap(layer));
        self
    }
}

fn wrap<L, B>(layer: L) -> Wrap
where
    L: Layer<BoxService> + Send + 'static,
    L::Service: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Box::new(move |inner| erase(layer.layer(inner)))
}
