//! The questions that tell whether a server is ready.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use steersman_config::Secret;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

/// A server on loopback that is asked one thing at a time, on a connection for each question: it is
/// not there yet, or about to be, so there is nothing to keep.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    port: u16,
    secure: Option<(Arc<ClientConfig>, Secret)>,
}

impl Probe {
    /// Asks in the clear.
    pub(super) fn plain(port: u16) -> Self {
        Self { port, secure: None }
    }

    /// Asks through TLS, with a bearer token.
    pub(super) fn secure(port: u16, tls: Arc<ClientConfig>, token: Secret) -> Self {
        Self { port, secure: Some((tls, token)) }
    }

    /// Gives nothing if the answer to GET `path` is 200, and otherwise what is wrong.
    pub(super) async fn check(&self, path: &str) -> Result<(), String> {
        match timeout(PATIENCE, self.get(path)).await {
            Ok(Ok((StatusCode::OK, _))) => Ok(()),
            Ok(Ok((status, body))) => Err(format!("{} {body}", status.as_u16())),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("none within {} s", PATIENCE.as_secs())),
        }
    }

    async fn get(&self, path: &str) -> io::Result<(StatusCode, String)> {
        let address = IpAddr::from(Ipv4Addr::LOCALHOST);
        let stream = TcpStream::connect((address, self.port)).await?;
        let mut request = Request::get(path).header(header::HOST, format!("{address}:{}", self.port));
        let Some((tls, token)) = &self.secure else {
            return exchange(TokioIo::new(stream), request).await;
        };
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.expose()));
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(ServerName::IpAddress(address.into()), stream).await?;
        exchange(TokioIo::new(stream), request).await
    }
}

async fn exchange(
    stream: impl Read + Write + Unpin + Send + 'static,
    request: http::request::Builder,
) -> io::Result<(StatusCode, String)> {
    let request = request.body(Empty::<Bytes>::new()).map_err(io::Error::other)?;
    let (mut sender, connection) = http1::handshake(stream).await.map_err(io::Error::other)?;
    let answer = async move {
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = response.status();
        let body =
            Limited::new(response.into_body(), MAX_BODY_BYTES).collect().await.map_err(io::Error::other)?;
        io::Result::Ok((status, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
    };
    // The connection moves the bytes and ends when the sender is gone; polled here, it cannot outlive the question.
    let (answer, _) = tokio::join!(answer, connection);
    answer
}

/// How long one question may take; the server is on the same machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Far more than any answer to such a question.
const MAX_BODY_BYTES: usize = 64 * 1024;
