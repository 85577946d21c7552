//! The wire: pooled connections for requests, and one of its own for each upgrade.

use std::{
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use steersman_config::Config;
use tokio::{task::spawn_blocking, time::Instant};
use tower::Service;

use crate::{
    body::Body,
    error::{BoxError, Error, ErrorKind, is_certificate_refused},
    limits::Limits,
    live::LiveTimeouts,
    tls::{self, ClientIdentity, Crypto},
    upgrade::Upgrade,
};

mod connect_timeout;
mod connector;
mod dial;
mod fault_memory;
mod files;
mod lanes;
mod resolver;
mod settings;

use connector::Connector;
pub use connector::HttpVersions;
pub(crate) use dial::{Dial, custom, dial};
pub(crate) use fault_memory::{Counts, FaultMemory};
use files::Files;
pub(crate) use files::Material;
use lanes::{Lanes, Place, Placed};

/// Sends requests that have a whole URL.
#[derive(Clone)]
pub(crate) struct Wire {
    shared: Arc<Shared>,
}

struct Shared {
    builder: legacy::Builder,
    connecting: Connecting,
    identity: Arc<ClientIdentity>,
    files: Option<Files>,
    /// `None` once the client is closed.
    current: RwLock<Option<Arc<Pools>>>,
}

/// All that connections have in common, whatever certificates they are made with.
pub(crate) struct Connecting {
    pub(crate) config: Config,
    pub(crate) dial: Dial,
    pub(crate) versions: HttpVersions,
    pub(crate) crypto: Crypto,
    pub(crate) timeouts: LiveTimeouts,
    pub(crate) counts: Counts,
    /// Whether the client certificate comes with the credentials.
    pub(crate) changing: bool,
}

impl Connecting {
    /// Two connectors: for requests, and for upgrades, which only HTTP/1.1 has.
    fn with(&self, material: &Material, identity: &Arc<ClientIdentity>) -> Result<Connectors, Error> {
        let tls = tls::client_config(
            &self.config,
            material,
            self.crypto,
            self.changing.then(|| Arc::clone(identity)),
        )?;
        let name = tls::server_name(&self.config)?;
        let connector = |tls, name, versions| {
            let https = self.config.server.is_https();
            connector::new(self.dial.clone(), tls, name, https, &self.timeouts, versions, self.counts.clone())
        };
        Ok(Connectors {
            requests: connector(tls.clone(), name.clone(), self.versions),
            upgrades: connector(tls, name, HttpVersions::Http1),
        })
    }
}

#[derive(Clone)]
struct Connectors {
    requests: Connector,
    upgrades: Connector,
}

/// Connections that are made with the same certificates.
struct Pools {
    /// Of the client certificate that comes with the credentials.
    generation: u64,
    connectors: Connectors,
    lanes: Lanes<Arc<legacy::Client<Connector, Body>>>,
    /// Keeps no connection: one that was upgraded, or refused to be, is not used again.
    upgrades: legacy::Client<Connector, Body>,
}

impl Wire {
    pub(crate) fn new(
        connecting: Connecting,
        limits: &Limits,
        identity: Arc<ClientIdentity>,
    ) -> Result<Self, Error> {
        let connectors = connecting.with(&Material::of(&connecting.config), &identity)?;

        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .http1_max_buf_size((limits.max_header_bytes as usize).max(MIN_HTTP1_BUFFER))
            .http2_max_header_list_size(limits.max_header_bytes)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(PING_AFTER)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .http2_keep_alive_while_idle(true);
        let current = RwLock::new(Some(Arc::new(Pools::new(&builder, connectors, identity.generation()))));
        let files = Files::of(&connecting.config);
        let closing = connecting.counts.closing.clone();
        let shared = Arc::new(Shared { builder, connecting, identity, files, current });
        let weak = Arc::downgrade(&shared);
        closing.on_close(move || {
            if let Some(shared) = weak.upgrade() {
                *shared.current.write().unwrap_or_else(PoisonError::into_inner) = None;
            }
        });
        Ok(Self { shared })
    }
}

impl Shared {
    /// The connections of the certificate that is shown now. Those of another are given up: idle ones are closed, and
    /// those in use when their requests are over. `None` where the client is closed.
    fn pools(&self) -> Option<Arc<Pools>> {
        let generation = self.identity.generation();
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        if current.generation >= generation {
            return Some(current);
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let newest = current.as_mut()?;
        if newest.generation < generation {
            *newest = Arc::new(Pools::new(&self.builder, newest.connectors.clone(), generation));
        }
        Some(Arc::clone(newest))
    }

    /// Looks at the files, and goes on with what is new in them.
    fn look(&self, files: &Files) {
        files.look(|material| {
            let connectors = self.connecting.with(material, &self.identity)?;
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(pools) = current.as_mut() {
                *pools = Arc::new(Pools::new(&self.builder, connectors, pools.generation));
                tracing::debug!(
                    "the certificates in the files have changed: new connections are made with them"
                );
            }
            Ok::<_, Error>(())
        });
    }

    /// Whether it is time to look at the files. Who is told so has to.
    fn is_look_due(&self) -> bool {
        self.files.as_ref().is_some_and(|files| files.is_due(Instant::now()))
    }

    /// Looks at the files.
    async fn look_at_files(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        // Off the async threads, and to its end even if the request that began it is dropped.
        let look = spawn_blocking(move || shared.files.iter().for_each(|files| shared.look(files)));
        if let Err(error) = look.await {
            tracing::warn!(%error, "the certificates in the files were not looked at");
        }
    }

    /// Sends a request, after all that it may have to wait for.
    async fn send(
        self: Arc<Self>,
        look: bool,
        request: Request<Body>,
    ) -> Result<Response<Either<Placed, Incoming>>, BoxError> {
        if look {
            self.look_at_files().await;
        }
        let pools = self.pools().ok_or_else(|| Error::new(ErrorKind::Closed))?;
        let noted = |error: &legacy::Error| self.note_failure(error);
        if request.extensions().get::<Upgrade>().is_some() {
            return Ok(pools.upgrades.request(request).await.inspect_err(noted)?.map(Either::Right));
        }
        let lane = |state| Arc::new(self.builder.build(pools.connectors.requests.on_lane(state)));
        let (place, pool) = pools.lanes.place(lane).await;
        let response = pool.request(request).await.inspect_err(noted)?;
        Ok(response.map(|body| Either::Left(Placed::new(body, place))))
    }

    /// The peer does not want what we show, or shows what we do not want: perhaps there is something new.
    fn note_failure(&self, error: &legacy::Error) {
        if let Some(files) = &self.files
            && (error.is_connect() || is_certificate_refused(error))
        {
            files.look_soon(Instant::now());
        }
    }
}

impl Pools {
    fn new(builder: &legacy::Builder, connectors: Connectors, generation: u64) -> Self {
        let upgrades = builder.clone().pool_max_idle_per_host(0).build(connectors.upgrades.clone());
        Self { generation, connectors, lanes: Lanes::new(), upgrades }
    }
}

impl Service<Request<Body>> for Wire {
    type Response = Response<Either<Placed, Incoming>>;
    type Error = BoxError;
    type Future = futures::future::Either<Answering, BoxFuture<'static, Result<Self::Response, BoxError>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let look = self.shared.is_look_due();
        // What most requests come to: there is a connection, and nothing to wait for.
        let room = || self.shared.pools()?.lanes.try_place();
        if !look
            && request.extensions().get::<Upgrade>().is_none()
            && let Some((place, pool)) = room()
        {
            let answering = Answering {
                response: pool.request(request),
                place: Some(place),
                shared: Arc::clone(&self.shared),
            };
            return futures::future::Either::Left(answering);
        }
        futures::future::Either::Right(Box::pin(Arc::clone(&self.shared).send(look, request)))
    }
}

/// The answer to a request that has its place.
pub(crate) struct Answering {
    response: legacy::ResponseFuture,
    /// Until the head is there.
    place: Option<Place>,
    shared: Arc<Shared>,
}

impl Future for Answering {
    type Output = Result<Response<Either<Placed, Incoming>>, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.response).poll(cx));
        let response = response.inspect_err(|error| self.shared.note_failure(error))?;
        let place = self.place.take();
        Poll::Ready(Ok(response.map(|body| match place {
            Some(place) => Either::Left(Placed::new(body, place)),
            None => Either::Right(body),
        })))
    }
}

/// As Go's HTTP client has it.
const IDLE_CONNECTION: Duration = Duration::from_secs(90);
/// What client-go sets for HTTP/2: a dead peer is noticed within 45 s.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(15);
/// What a paused reader can make us hold. 10 Gb/s at 10 ms round trip have 12.5 MB on the way.
const STREAM_WINDOW: u32 = 16 << 20;
/// The most that the protocol allows, so that over a hundred paused readers leave room for one who reads.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;
/// hyper takes no less.
const MIN_HTTP1_BUFFER: usize = 8192;
