//! The wire: pooled connections for requests, and one of its own for each upgrade.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use steersman_config::Config;
use tower::Service;

use crate::{body::Body, error::Error, limits::Limits, timeouts::Timeouts, tls, upgrade::Upgrade};

mod connect_timeout;
mod connector;
mod fault_memory;
mod resolver;

use connector::Connector;
pub(crate) use fault_memory::FaultMemory;

/// Sends requests that have a whole URL.
#[derive(Clone)]
pub(crate) struct Wire {
    pooled: legacy::Client<Connector, Body>,
    /// Keeps no connection: one that was upgraded, or refused to be, is not used again.
    upgrades: legacy::Client<Connector, Body>,
}

impl Wire {
    pub(crate) fn new(config: &Config, timeouts: &Timeouts, limits: &Limits) -> Result<Self, Error> {
        let tls = tls::client_config(config)?;
        let name = tls::server_name(config)?;
        let https = config.server.is_https();
        let both =
            connector::new(tls.clone(), name.clone(), https, timeouts, connector::Protocols::Http2OrHttp1);
        let http1 = connector::new(tls, name, https, timeouts, connector::Protocols::Http1);

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
        let pooled = builder.build(both);
        let upgrades = builder.pool_max_idle_per_host(0).build(http1);
        Ok(Self { pooled, upgrades })
    }
}

impl Service<Request<Body>> for Wire {
    type Response = Response<Incoming>;
    type Error = legacy::Error;
    type Future = legacy::ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match request.extensions().get::<Upgrade>() {
            Some(_) => self.upgrades.request(request),
            None => self.pooled.request(request),
        }
    }
}

/// As Go's HTTP client has it.
const IDLE_CONNECTION: Duration = Duration::from_secs(90);
/// What client-go sets for HTTP/2: a dead peer is noticed within 45 s.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(15);
/// What a paused reader can make us hold.
const STREAM_WINDOW: u32 = 2 << 20;
/// The most that the protocol allows, so that a thousand paused readers leave room for one who reads.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;
/// hyper takes no less.
const MIN_HTTP1_BUFFER: usize = 8192;
