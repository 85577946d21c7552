//! Making one connection: name, TCP, TLS.

use std::time::Duration;

use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, pki_types::ServerName};

use super::{connect_timeout::ConnectTimeout, fault_memory::Remembering, resolver::Resolver};
use crate::{error::TimedOut, timeouts::Timeouts};

/// TCP within one limit, and TLS on top within another.
pub(super) type Connector =
    Remembering<ConnectTimeout<HttpsConnector<ConnectTimeout<HttpConnector<Resolver>>>>>;

/// What may be spoken on a connection, as TLS settles it. Without TLS it is HTTP/1.1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protocols {
    Http1,
    Http2OrHttp1,
}

/// Connects to servers whose certificate `tls` believes, for `name` where it is not the host's.
pub(super) fn new(
    tls: ClientConfig,
    name: Option<ServerName<'static>>,
    https: bool,
    timeouts: &Timeouts,
    protocols: Protocols,
) -> Connector {
    let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEP_ALIVE));
    let tcp = ConnectTimeout::new(tcp, timeouts.connect, TimedOut::Connect);

    let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
    let builder = if https { builder.https_only() } else { builder.https_or_http() };
    let builder = match name {
        Some(name) => builder.with_server_name_resolver(FixedServerNameResolver::new(name)),
        None => builder,
    };
    let tls = match protocols {
        Protocols::Http1 => builder.enable_http1().wrap_connector(tcp),
        Protocols::Http2OrHttp1 => builder.enable_all_versions().wrap_connector(tcp),
    };
    Remembering(ConnectTimeout::new(tls, timeouts.connect.saturating_add(timeouts.tls), TimedOut::Tls))
}

/// Go's dialer's.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(30);
