//! The one way to a server: straight, through a proxy, or by a connector of the user's own. All traffic goes it.

use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::connect::{
        Connected, Connection, HttpConnector,
        proxy::{SocksV5, Tunnel},
    },
    rt::TokioIo,
};
use percent_encoding::percent_decode_str;
use steersman_config::{ProxyScheme, ProxyUrl, Trust};
use tokio::io::{AsyncRead, AsyncWrite};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

use super::{connect_timeout::ConnectTimeout, resolver::Resolver};
use crate::{
    error::{BoxError, Error, ErrorKind, TimedOut},
    live::LiveTimeouts,
    tls::{self, Crypto},
};

/// Opens connections to the server that a URI names, TLS not included.
pub(crate) type Dial = BoxCloneSyncService<Uri, Dialed, BoxError>;

/// Through a proxy where there is one, which is believed as `trust` says if it speaks TLS itself; else straight.
pub(crate) fn dial(
    proxy: Option<&ProxyUrl>,
    trust: &Trust,
    timeouts: &LiveTimeouts,
    crypto: Crypto,
) -> Result<Dial, Error> {
    let tcp = ConnectTimeout::new(tcp(), timeouts.clone(), |timeouts| timeouts.connect, TimedOut::Connect);
    let Some(proxy) = proxy else { return Ok(boxed(tcp)) };
    let refused = |what: &'static str| move |error: BoxError| through_proxy(what, error);
    let host = match proxy.host().contains(':') {
        true => format!("[{}]", proxy.host()),
        false => proxy.host().to_owned(),
    };
    let scheme = if proxy.scheme() == ProxyScheme::Https { "https" } else { "http" };
    let address: Uri =
        format!("{scheme}://{host}:{}", proxy.port()).parse().map_err(|error: http::uri::InvalidUri| {
            Error::new(ErrorKind::Config { field: "proxy-url" }).because(error)
        })?;
    let (user, password) = user_and_password(proxy);
    Ok(match proxy.scheme() {
        ProxyScheme::Socks5 => {
            let mut socks = SocksV5::new(address, Plain(tcp));
            if let Some(user) = user {
                socks = socks.with_auth(user, password.unwrap_or_default());
            }
            boxed(socks.map_err(|error| through_proxy("SOCKS5", error.into())))
        }
        ProxyScheme::Https => {
            let tls = HttpsConnectorBuilder::new()
                .with_tls_config(tls::proxy_config(trust, crypto)?)
                .https_only()
                .enable_http1();
            let tunnel = Tunnel::new(address, tls.wrap_connector(tcp));
            let tunnel = authorized(tunnel, user, password)?;
            boxed(tunnel.map_err(|error| error.into()).map_err(refused("CONNECT")))
        }
        _ => {
            let tunnel = authorized(Tunnel::new(address, tcp), user, password)?;
            boxed(tunnel.map_err(|error| error.into()).map_err(refused("CONNECT")))
        }
    })
}

/// By a connector of the user's own.
pub(crate) fn custom<C>(connector: C) -> Dial
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    let connected = |error: C::Error| Error::classify_connecting(error.into()).into();
    BoxCloneSyncService::new(
        connector
            .map_response(|io| Dialed(Box::new(Custom(TokioIo::new(io)))))
            .map_err::<_, BoxError>(connected),
    )
}

fn tcp() -> HttpConnector<Resolver> {
    let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEP_ALIVE));
    tcp.set_keepalive_interval(Some(TCP_KEEP_ALIVE_INTERVAL));
    tcp.set_keepalive_retries(Some(TCP_KEEP_ALIVE_RETRIES));
    set_user_timeout(&mut tcp);
    tcp
}

/// What was sent must be acknowledged in time.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
fn set_user_timeout(tcp: &mut HttpConnector<Resolver>) {
    tcp.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT));
}

/// This system has no such limit; the idle one finds a dead peer.
#[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
fn set_user_timeout(_: &mut HttpConnector<Resolver>) {}

fn user_and_password(proxy: &ProxyUrl) -> (Option<String>, Option<String>) {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let Some(userinfo) = proxy.userinfo() else { return (None, None) };
    match userinfo.expose().split_once(':') {
        Some((user, password)) => (Some(decoded(user)), Some(decoded(password))),
        None => (Some(decoded(userinfo.expose())), None),
    }
}

fn authorized<C>(
    tunnel: Tunnel<C>,
    user: Option<String>,
    password: Option<String>,
) -> Result<Tunnel<C>, Error> {
    let Some(user) = user else { return Ok(tunnel) };
    let encoded = STANDARD.encode(format!("{user}:{}", password.unwrap_or_default()));
    let value = HeaderValue::try_from(format!("Basic {encoded}"))
        .map_err(|_| Error::new(ErrorKind::Config { field: "proxy-url" }))?;
    Ok(tunnel.with_auth(value))
}

/// What kept us from the proxy is told as it is; all else is the proxy's doing.
fn through_proxy(what: &'static str, error: BoxError) -> BoxError {
    let ours = std::iter::successors(Some(error.as_ref() as &(dyn std::error::Error + 'static)), |error| {
        error.source()
    })
    .any(|error| error.is::<Error>() || error.is::<io::Error>());
    let kind =
        if ours { Error::classify_connecting(error) } else { Error::new(ErrorKind::Proxy).because(error) };
    tracing::debug!(what, kind = %kind.kind(), "the proxy did not connect us");
    kind.into()
}

fn boxed<C>(connector: C) -> Dial
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + Connection + Send + Unpin + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    BoxCloneSyncService::new(
        connector.map_response(|io| Dialed(Box::new(io))).map_err::<_, BoxError>(Into::into),
    )
}

/// Errors without a lifetime to care for, as `SocksV5` wants them.
#[derive(Clone)]
struct Plain<C>(C);

impl<C> Service<Uri> for Plain<C>
where
    C: Service<Uri, Error = BoxError>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = C::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> C::Future {
        self.0.call(uri)
    }
}

/// A connection, whoever made it.
pub(crate) struct Dialed(Box<dyn Stream>);

impl fmt::Debug for Dialed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialed")
    }
}

trait Stream: Read + Write + Connection + Send + Unpin {}

impl<T: Read + Write + Connection + Send + Unpin> Stream for T {}

impl Read for Dialed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(cx, buf)
    }
}

impl Write for Dialed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write_vectored(cx, bufs)
    }
}

impl Connection for Dialed {
    fn connected(&self) -> Connected {
        self.0.connected()
    }
}

/// A connection of which we know nothing.
struct Custom<T>(TokioIo<T>);

impl<T: AsyncRead + Unpin> Read for Custom<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> Write for Custom<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl<T> Connection for Custom<T> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

/// With these a dead peer is found within 45 s also where it owes us nothing.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(30);
const TCP_KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(5);
const TCP_KEEP_ALIVE_RETRIES: u32 = 3;
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(45);
