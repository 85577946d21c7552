//! Making one connection: dialling, and TLS on top.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::Uri;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use rustls::{ClientConfig, pki_types::ServerName};
use tower::{Service, ServiceExt, util::Oneshot};

use super::{
    connect_timeout::ConnectTimeout,
    dial::Dial,
    fault_memory::{Counts, Remembering},
    lanes::LaneState,
};
use crate::{error::TimedOut, live::LiveTimeouts};

/// Dialling within one limit, and TLS on top within another.
///
/// hyper's pool clones it with each request, and most of those find a connection that is there: so a clone costs nothing,
/// and what is inside is cloned when it is called.
#[derive(Clone)]
pub(super) struct Connector(Arc<Connecting>);

type Connecting = Remembering<ConnectTimeout<HttpsConnector<Dial>>>;

impl Connector {
    /// The same connector for a lane, which its connections tell how many streams they take.
    pub(super) fn on_lane(&self, lane: Arc<LaneState>) -> Self {
        Self(Arc::new(self.0.on_lane(lane)))
    }
}

impl Service<Uri> for Connector {
    type Response = <Connecting as Service<Uri>>::Response;
    type Error = <Connecting as Service<Uri>>::Error;
    type Future = Oneshot<Connecting, Uri>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Connecting::clone(&self.0).oneshot(uri)
    }
}

/// Which versions of HTTP are spoken with the server. Without TLS it is always HTTP/1.1, and so it is for an upgrade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpVersions {
    /// HTTP/2 where the server has it, else HTTP/1.1. The default: many requests share a connection.
    #[default]
    Http2OrHttp1,
    /// HTTP/1.1 alone, with a connection for each request that is under way: for proxies that do not pass HTTP/2 on, or
    /// pass it on badly.
    Http1,
}

/// Connects to servers whose certificate `tls` believes, for `name` where it is not the host's.
pub(super) fn new(
    dial: Dial,
    tls: ClientConfig,
    name: Option<ServerName<'static>>,
    https: bool,
    timeouts: &LiveTimeouts,
    versions: HttpVersions,
    counts: Counts,
) -> Connector {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
    let builder = if https { builder.https_only() } else { builder.https_or_http() };
    let builder = match name {
        Some(name) => builder.with_server_name_resolver(FixedServerNameResolver::new(name)),
        None => builder,
    };
    let tls = match versions {
        HttpVersions::Http1 => builder.enable_http1().wrap_connector(dial),
        HttpVersions::Http2OrHttp1 => builder.enable_all_versions().wrap_connector(dial),
    };
    let limit = |timeouts: &crate::Timeouts| timeouts.connect.saturating_add(timeouts.tls);
    let connecting = ConnectTimeout::new(tls, timeouts.clone(), limit, TimedOut::Tls);
    Connector(Arc::new(Remembering::new(connecting, counts)))
}
