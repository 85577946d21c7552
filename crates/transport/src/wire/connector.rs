//! Making one connection: dialling, and TLS on top.

use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use rustls::{ClientConfig, pki_types::ServerName};

use super::{
    connect_timeout::ConnectTimeout,
    dial::Dial,
    fault_memory::{Counts, Remembering},
};
use crate::{error::TimedOut, live::LiveTimeouts};

/// Dialling within one limit, and TLS on top within another.
pub(super) type Connector = Remembering<ConnectTimeout<HttpsConnector<Dial>>>;

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
    Remembering::new(ConnectTimeout::new(tls, timeouts.clone(), limit, TimedOut::Tls), counts)
}
