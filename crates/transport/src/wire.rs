//! The wire: pooled connections for requests, and one of its own for each upgrade.

use std::{
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
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
use tower::Service;

use crate::{
    body::Body,
    error::{BoxError, Error, ErrorKind},
    limits::Limits,
    live::LiveTimeouts,
    tls::{self, ClientIdentity},
    upgrade::Upgrade,
};

mod connect_timeout;
mod connector;
mod dial;
mod fault_memory;
mod lanes;
mod resolver;
mod settings;

use connector::Connector;
pub(crate) use dial::{Dial, custom, dial};
pub(crate) use fault_memory::{Counts, FaultMemory};
use lanes::{Lanes, Placed};

/// Sends requests that have a whole URL.
#[derive(Clone)]
pub(crate) struct Wire {
    shared: Arc<Shared>,
}

struct Shared {
    builder: legacy::Builder,
    both: Connector,
    http1: Connector,
    identity: Arc<ClientIdentity>,
    /// `None` once the client is closed.
    current: RwLock<Option<Pools>>,
}

/// Connections that show the same client certificate.
#[derive(Clone)]
struct Pools {
    generation: u64,
    lanes: Arc<Lanes<legacy::Client<Connector, Body>>>,
    /// Keeps no connection: one that was upgraded, or refused to be, is not used again.
    upgrades: legacy::Client<Connector, Body>,
}

impl Wire {
    pub(crate) fn new(
        config: &Config,
        dial: &Dial,
        timeouts: &LiveTimeouts,
        limits: &Limits,
        identity: Arc<ClientIdentity>,
        changing: bool,
        counts: &Counts,
    ) -> Result<Self, Error> {
        let tls = tls::client_config(config, changing.then(|| Arc::clone(&identity)))?;
        let name = tls::server_name(config)?;
        let https = config.server.is_https();
        let connector = |tls, name, protocols| {
            connector::new(dial.clone(), tls, name, https, timeouts, protocols, counts.clone())
        };
        let both = connector(tls.clone(), name.clone(), connector::Protocols::Http2OrHttp1);
        let http1 = connector(tls, name, connector::Protocols::Http1);

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
        let current = RwLock::new(Some(Pools::new(&builder, &http1, identity.generation())));
        let shared = Arc::new(Shared { builder, both, http1, identity, current });
        let weak = Arc::downgrade(&shared);
        counts.closing.on_close(move || {
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
    fn pools(&self) -> Option<Pools> {
        let generation = self.identity.generation();
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        if current.generation >= generation {
            return Some(current);
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let newest = current.as_mut()?;
        if newest.generation < generation {
            *newest = Pools::new(&self.builder, &self.http1, generation);
        }
        Some(newest.clone())
    }
}

impl Pools {
    fn new(builder: &legacy::Builder, http1: &Connector, generation: u64) -> Self {
        let upgrades = builder.clone().pool_max_idle_per_host(0).build(http1.clone());
        Self { generation, lanes: Arc::new(Lanes::new()), upgrades }
    }
}

impl Service<Request<Body>> for Wire {
    type Response = Response<Either<Placed, Incoming>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let pools = shared.pools().ok_or_else(|| Error::new(ErrorKind::Closed))?;
            if request.extensions().get::<Upgrade>().is_some() {
                return Ok(pools.upgrades.request(request).await?.map(Either::Right));
            }
            let lane = |state| shared.builder.build(shared.both.on_lane(state));
            let (place, pool) = pools.lanes.place(lane).await;
            let response = pool.request(request).await?;
            Ok(response.map(|body| Either::Left(Placed::new(body, place))))
        })
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
