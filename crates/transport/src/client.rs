//! The client: one erased service, and what is done with its answers.

use std::{fmt, future::poll_fn, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, StatusCode, response::Parts};
use http_body::Body as HttpBody;
use memchr::{memchr2, memmem};
use steersman_config::Config;
use steersman_meta::Status;
use tokio::time::timeout;
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

use crate::{
    body::Body,
    closing::Closing,
    deadline::DeadlineLayer,
    error::{BoxError, Error, ErrorKind, RequestContext, RequestFault, TimedOut},
    identity::Identity,
    limits::Limits,
    live::LiveTimeouts,
    timeouts::Timeouts,
    upgrade::{Upgrade, Upgraded},
};

/// A service whose type is forgotten: what layers of the user's own are put around.
pub type BoxService = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// A client of one API server; cheap to clone, and every clone shares the same connections.
///
/// The URI of a request is a path with its query. Timeouts of one request are given as an extension,
/// [`RequestTimeouts`](crate::RequestTimeouts).
///
/// ```
/// use http::{Request, Response};
/// use steersman_transport::{Body, Client};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let client = Client::from_service(tower::service_fn(|request: Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(Response::new(Body::from(request.uri().path().to_owned())))
/// }));
/// let (_, body) = client.request_bytes(Request::get("/version").body(Body::empty())?).await?;
/// assert_eq!(body, "/version");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    service: BoxService,
    shared: Arc<Shared>,
}

struct Shared {
    config: Option<Config>,
    identity: Option<Identity>,
    /// The server of the identity, as errors name it.
    server: Option<Arc<str>>,
    timeouts: Option<LiveTimeouts>,
    limits: Limits,
    closing: Closing,
}

impl Client {
    /// Makes a client of a service of your own, which gets requests as they are made: with a path for a URI, and
    /// without credentials. Nothing is put around it but the deadlines that a request sets for itself, by
    /// [`RequestTimeouts`](crate::RequestTimeouts) among its extensions; for deadlines of all requests, wrap it in a
    /// [`DeadlineLayer`](crate::DeadlineLayer).
    ///
    /// The client has no [`identity`](Self::identity), and the default [`Limits`].
    #[must_use]
    pub fn from_service<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let unlimited = Timeouts { response_head: None, body_idle: None, total: None, ..Timeouts::default() };
        let service = DeadlineLayer::new(unlimited).layer(service);
        Self::assembled(erase(service), None, None, None, Limits::default(), Closing::default())
    }

    /// Sends a request, and gives whatever answer comes: a refusal too is a response.
    ///
    /// # Errors
    /// If there is no answer.
    ///
    /// # Cancel safety
    /// If it is dropped the server may or may not do what was asked.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Error> {
        let context = Arc::new(RequestContext::new(self.server(), &request));
        self.send_within(&context, request).await
    }

    /// Sends a request, and gives the answer if it is one of success (2xx).
    ///
    /// # Errors
    /// If there is no answer, or the server refuses: then the error has its [`status`](Error::status).
    ///
    /// # Cancel safety
    /// If it is dropped the server may or may not do what was asked.
    pub async fn request(&self, request: Request<Body>) -> Result<Response<Body>, Error> {
        let context = Arc::new(RequestContext::new(self.server(), &request));
        let response = self.send_within(&context, request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refusal(&context, response).await)
    }

    /// Sends a request, and gives the head and the whole body of the answer if it is one of success.
    ///
    /// # Errors
    /// As [`request`](Self::request); also if the body is longer than
    /// [`max_body_bytes`](Limits::max_body_bytes), or is a `Status` that says `Failure` in spite of a code of success.
    ///
    /// # Cancel safety
    /// If it is dropped the server may or may not do what was asked.
    pub async fn request_bytes(&self, request: Request<Body>) -> Result<(Parts, Bytes), Error> {
        let context = Arc::new(RequestContext::new(self.server(), &request));
        let response = self.send_within(&context, request).await?;
        if !response.status().is_success() {
            return Err(self.refusal(&context, response).await);
        }
        let (head, body) = response.into_parts();
        let body = body.collect(self.shared.limits.max_body_bytes).await?;
        if self.is_failure(&body) {
            return Err(Error::answered(&context.method, head, body).within(&context));
        }
        Ok((head, body))
    }

    /// Sends a request that asks for an upgrade with an [`Upgrade`] in its extensions, and takes the connection over.
    /// The headers `Connection` and `Upgrade` are set here.
    ///
    /// # Errors
    /// If there is no answer; if the server refuses, with its [`status`](Error::status); if it agrees to something
    /// else. The connection is closed then.
    ///
    /// # Cancel safety
    /// If it is dropped the connection is closed.
    pub async fn upgrade(&self, request: Request<Body>) -> Result<(Response<()>, Upgraded), Error> {
        let context = Arc::new(RequestContext::new(self.server(), &request));
        let Some(upgrade) = request.extensions().get::<Upgrade>().cloned() else {
            let fault = ErrorKind::InvalidRequest(RequestFault::NoUpgrade);
            return Err(Error::new(fault).within(&context));
        };
        let mut response = self.send_within(&context, request).await?;
        let status = response.status();
        if !status.is_success() && status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.refusal(&context, response).await);
        }
        if status != StatusCode::SWITCHING_PROTOCOLS || !upgrade.is_granted_by(&response) {
            return Err(Error::new(ErrorKind::Upgrade).within(&context));
        }
        match timeout(HANDOVER, Upgraded::detach(&mut response)).await {
            Ok(Ok(upgraded)) => Ok((response.map(drop), upgraded)),
            Ok(Err(error)) => Err(error.within(&context)),
            Err(_) => Err(Error::new(ErrorKind::Timeout(TimedOut::Upgrade)).within(&context)),
        }
    }

    /// Closes the client, with all its clones: from now on requests fail with [`ErrorKind::Closed`], and idle connections
    /// are closed. What has reached a connection goes on, to the end of its body; what waits (for a connection, for the
    /// rate limit, to be sent again) fails with [`ErrorKind::Closed`] too. This waits until the last connection is closed. A
    /// service of the user's own and a provider of tokens have connections of their own, which are not waited for.
    ///
    /// It has no deadline: a watch may go on for ever. Drop the bodies that are still read, or give this a timeout. There
    /// is no need to call it: connections are closed too when the last clone and the last body are dropped.
    ///
    /// # Cancel safety
    /// If it is dropped, the client is closed all the same; it can be called again to wait.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use steersman_transport::{Body, Client, ErrorKind};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let client = Client::from_service(tower::service_fn(|_: Request<Body>| async {
    ///     Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    /// }));
    /// client.close().await;
    /// let error = client.request(Request::get("/version").body(Body::empty())?).await.expect_err("it is closed");
    /// assert_eq!(error.kind(), &ErrorKind::Closed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn close(&self) {
        self.shared.closing.close().await;
    }

    /// Whether the client is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.closing.is_closed()
    }

    /// Names the server, for caches; `None` for a client that was made of a service.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.shared.identity.as_ref()
    }

    /// The configuration that the client was made of; `None` for a client that was made of a service.
    #[must_use]
    pub fn config(&self) -> Option<&Config> {
        self.shared.config.as_ref()
    }

    /// The client's timeouts, which can be changed at any time for all its clones; `None` for a client that was made of a
    /// service.
    #[must_use]
    pub fn timeouts(&self) -> Option<&LiveTimeouts> {
        self.shared.timeouts.as_ref()
    }

    /// How much the client takes in.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    pub(crate) fn assembled(
        service: BoxService,
        config: Option<Config>,
        identity: Option<Identity>,
        timeouts: Option<LiveTimeouts>,
        limits: Limits,
        closing: Closing,
    ) -> Self {
        let server = identity.as_ref().map(|identity| identity.server().into());
        Self { service, shared: Arc::new(Shared { config, identity, server, timeouts, limits, closing }) }
    }

    fn server(&self) -> Option<&Arc<str>> {
        self.shared.server.as_ref()
    }

    async fn send_within(
        &self,
        context: &Arc<RequestContext>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        if self.is_closed() {
            return Err(Error::new(ErrorKind::Closed).within(context));
        }
        Upgrade::prepare(&mut request).map_err(|error| error.within(context))?;
        request.extensions_mut().insert(context.attempts.clone());
        let mut service = self.service.clone();
        let answer = match poll_fn(|cx| service.poll_ready(cx)).await {
            Ok(()) => service.call(request).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(response) => Ok(response.map(|body| body.with_context(Arc::clone(context)))),
            Err(error) => Err(Error::classify(error).within(context)),
        }
    }

    async fn refusal(&self, context: &Arc<RequestContext>, response: Response<Body>) -> Error {
        let (head, body) = response.into_parts();
        let body = body.collect_some(self.shared.limits.max_error_body_bytes).await;
        Error::answered(&context.method, head, body).within(context)
    }

    /// Whether the body of a success is a `Status` that says otherwise. Only bodies that may be one are parsed.
    fn is_failure(&self, body: &[u8]) -> bool {
        body.len() <= self.shared.limits.max_error_body_bytes
            && !is_of_another_kind(body)
            && memmem::find(body, b"\"Failure\"").is_some()
            && Status::parse(body).is_some_and(|status| status.status == "Failure")
    }
}

impl fmt::Debug for Client {
    /// Shows the server's address and nothing that could be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("identity", &self.shared.identity).finish_non_exhaustive()
    }
}

/// Whether a body says at its very beginning, where API servers say it, that it is of another kind than `Status`: then
/// there is no need to look through all of it. False where it takes a closer look.
fn is_of_another_kind(body: &[u8]) -> bool {
    let mut rest = body.strip_prefix(b"{\"");
    // Behind the apiVersion, if it is not the first.
    for _ in 0..2 {
        let Some((key, behind)) = rest.and_then(|rest| split_at_quote(rest)) else { return false };
        let Some(value) = behind.strip_prefix(b":\"") else { return false };
        let Some((value, behind)) = split_at_quote(value) else { return false };
        if key == b"kind" {
            return value != b"Status";
        }
        rest = behind.strip_prefix(b",\"");
    }
    false
}

/// A short plain string, up to its closing quote, and what is behind that.
fn split_at_quote(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr2(b'"', b'\\', &text[..text.len().min(256)])?;
    (text[end] == b'"').then(|| (&text[..end], &text[end + 1..]))
}

/// Forgets the type of a service.
pub(crate) fn erase<S, B>(service: S) -> BoxService
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let to_body = |response: Response<B>| response.map(Body::new);
    BoxCloneSyncService::new(service.map_response(to_body).map_err(Into::into))
}

/// How long a connection may take to be handed over once the server has agreed: no round trip is left to wait for.
const HANDOVER: std::time::Duration = std::time::Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::is_of_another_kind;

    #[test]
    fn kinds_are_told_by_how_a_body_begins() {
        for (body, want) in [
            (r#"{"kind":"Pod","apiVersion":"v1"}"#, true),
            (r#"{"apiVersion":"example.com/v1","kind":"Widget","status":"Failure"}"#, true),
            (r#"{"kind":"Statu","x":1}"#, true),
            (r#"{"kind":"Status","status":"Failure"}"#, false),
            (r#"{"apiVersion":"v1","kind":"Status"}"#, false),
            (r#"{"kind":"Sta\u0074us"}"#, false),
            (r#"{"kind\u0000":"x","kind":"Status"}"#, false),
            (r#"{"kind": "Pod"}"#, false),
            (r#"{"a":"1","b":"2","kind":"Pod"}"#, false),
            (r#"{"kind":3}"#, false),
            (r#"{"kind":"Pod"#, false),
            ("", false),
            ("[]", false),
        ] {
            assert_eq!(is_of_another_kind(body.as_bytes()), want, "{body}");
        }
    }
}
