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

/// What may be spoken on a connection, as TLS settles it. Without TLS it is HTTP/1.1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protocols {
    Http1,
    Http2OrHttp1,
}

/// Connects to servers whose certificate `tls` believes, for `name` where it is not the host's.
pub(super) fn new(
    dial: Dial,
    tls: ClientConfig,
    name: Option<ServerName<'static>>,
    https: bool,
    timeouts: &LiveTimeouts,
    protocols: Protocols,
    counts: Counts,
) -> Connector {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
    let builder = if https { builder.https_only() } else { builder.https_or_http() };
    let builder = match name {
        Some(name) => builder.with_server_name_resolver(FixedServerNameResolver::new(name)),
        None => builder,
    };
    let tls = match protocols {
        Protocols::Http1 => builder.enable_http1().wrap_connector(dial),
        Protocols::Http2OrHttp1 => builder.enable_all_versions().wrap_connector(dial),
    };
    let limit = |timeouts: &crate::Timeouts| timeouts.connect.saturating_add(timeouts.tls);
    Remembering::new(ConnectTimeout::new(tls, timeouts.clone(), limit, TimedOut::Tls), counts)
}
