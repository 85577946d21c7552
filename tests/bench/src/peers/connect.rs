//! Bare connections: HTTP/1.1 without TLS, HTTP/2 with it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Empty;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use steersman_bench_frame::Arguments;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Outcome;

/// As steersman's transport has them, so that the windows are the same in both.
pub(super) const STREAM_WINDOW: u32 = 16 << 20;
pub(super) const CONNECTION_WINDOW: u32 = (1 << 31) - 1;

/// One connection.
pub(super) enum Connection {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Connection {
    pub(super) async fn open(arguments: &Arguments) -> Outcome<Self> {
        let uri: Uri = arguments.server.parse()?;
        let host = uri.host().ok_or("the server's URL has no host")?.to_owned();
        let tls = uri.scheme_str() == Some("https");
        let socket =
            TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(if tls { 443 } else { 80 }))).await?;
        socket.set_nodelay(true)?;
        if !tls {
            let (sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
            tokio::spawn(connection);
            return Ok(Self::Http1(sender));
        }
        let mut config = tls_config(arguments)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(host)?;
        let socket = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(TokioIo::new(socket))
            .await?;
        tokio::spawn(connection);
        Ok(Self::Http2(sender))
    }

    pub(super) async fn send(&mut self, request: Request<Empty<Bytes>>) -> Outcome<Response<Incoming>> {
        Ok(match self {
            Self::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Self::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        })
    }
}

/// TLS with the authority of the arguments, and no protocol chosen yet.
pub(super) fn tls_config(arguments: &Arguments) -> Outcome<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let pem = arguments.authority()?.unwrap_or_default();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate?)?;
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
