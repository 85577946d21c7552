//! Leaving HTTP behind: what asks for it, and what comes of it.

use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use http::{HeaderValue, Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::error::{Error, ErrorKind, RequestFault};

/// Asks for an upgrade: an extension of the request that is given to [`Client::upgrade`](crate::Client::upgrade).
///
/// The stack sends such a request over an HTTP/1.1 connection of its own, which is never pooled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upgrade {
    /// The protocol's name in the `Upgrade` header: `websocket`, `SPDY/3.1`.
    pub protocol: String,
}

impl Upgrade {
    /// Asks for `protocol`.
    #[must_use]
    pub fn new(protocol: impl Into<String>) -> Self {
        Self { protocol: protocol.into() }
    }

    /// Puts the headers of an upgrade on a request that asks for one.
    pub(crate) fn prepare<B>(request: &mut Request<B>) -> Result<(), Error> {
        let Some(upgrade) = request.extensions().get::<Self>() else { return Ok(()) };
        let protocol = HeaderValue::from_str(&upgrade.protocol)
            .map_err(|_| Error::new(ErrorKind::InvalidRequest(RequestFault::UpgradeProtocol)))?;
        let headers = request.headers_mut();
        headers.insert(header::UPGRADE, protocol);
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        Ok(())
    }

    pub(crate) fn is_granted_by<B>(&self, response: &Response<B>) -> bool {
        let named = response.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
        named.is_some_and(|named| named.eq_ignore_ascii_case(&self.protocol))
    }
}

/// A connection that has left HTTP: bytes both ways.
///
/// Dropping it closes the connection.
pub struct Upgraded {
    io: Pin<Box<dyn Io>>,
}

impl Upgraded {
    /// Takes a connection from a service of the user's own, which puts it on its response with
    /// [`attach`](Self::attach).
    #[must_use]
    pub fn new<T>(io: T) -> Self
    where
        T: AsyncRead + AsyncWrite + Send + 'static,
    {
        Self { io: Box::pin(io) }
    }

    /// Puts the connection on a response of status 101, where [`Client::upgrade`](crate::Client::upgrade) finds it.
    /// Services made of hyper need not do this: hyper's own extension is understood too.
    pub fn attach<B>(self, response: &mut Response<B>) {
        response.extensions_mut().insert(Slot(Arc::new(Mutex::new(Some(self)))));
    }

    /// Takes the connection off a response.
    pub(crate) async fn detach<B>(response: &mut Response<B>) -> Result<Self, Error> {
        if let Some(Slot(slot)) = response.extensions_mut().remove::<Slot>()
            && let Some(upgraded) = slot.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            return Ok(upgraded);
        }
        match hyper::upgrade::on(response).await {
            Ok(upgraded) => Ok(Self::new(TokioIo::new(upgraded))),
            Err(error) => Err(Error::new(ErrorKind::Upgrade).because(error)),
        }
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upgraded")
    }
}

trait Io: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

/// Extensions are cloned; the connection is not.
#[derive(Clone)]
struct Slot(Arc<Mutex<Option<Upgraded>>>);
