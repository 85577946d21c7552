//! Why a connection died, kept where its requests can find it.
//!
//! With TLS 1.3 a server refuses a client certificate after the client believes that the connection stands: an alert
//! comes in place of the first answer. HTTP/2 has many requests on a connection, and hands each of them a copy of the
//! connection's error, in which the type of the cause is lost. So the cause is noted as it passes by.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use futures::{TryFutureExt, future::MapOk};
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use pin_project::pin_project;
use tower::Service;

use crate::error::{TlsFault, tls_fault};

/// What TLS said on a connection, if it said anything: an extra of the connection's `Connected`.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultMemory(Arc<OnceLock<TlsFault>>);

impl FaultMemory {
    pub(crate) fn fault(&self) -> Option<TlsFault> {
        self.0.get().copied()
    }
}

/// A connector whose connections remember.
#[derive(Clone, Debug)]
pub(super) struct Remembering<C>(pub(super) C);

impl<C: Service<Uri>> Service<Uri> for Remembering<C> {
    type Response = RememberingStream<C::Response>;
    type Error = C::Error;
    type Future = MapOk<C::Future, fn(C::Response) -> Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        self.0.call(uri).map_ok(|inner| RememberingStream { inner, memory: FaultMemory::default() })
    }
}

#[pin_project]
pub(super) struct RememberingStream<T> {
    #[pin]
    inner: T,
    memory: FaultMemory,
}

impl<T: Read> Read for RememberingStream<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let read = this.inner.poll_read(cx, buf);
        if let Poll::Ready(Err(error)) = &read
            && let Some(fault) = tls_fault(error)
        {
            // The first one is the cause of those that follow.
            let _ = this.memory.0.set(fault);
        }
        read
    }
}

impl<T: Write> Write for RememberingStream<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write_vectored(cx, bufs)
    }
}

impl<T: Connection> Connection for RememberingStream<T> {
    fn connected(&self) -> Connected {
        self.inner.connected().extra(self.memory.clone())
    }
}
