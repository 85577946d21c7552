//! Why a connection died, kept where its requests can find it.
//!
//! With TLS 1.3 a server refuses a client certificate after the client believes that the connection stands: an alert
//! comes in place of the first answer. HTTP/2 has many requests on a connection, and hands each of them a copy of the
//! connection's error, in which the type of the cause is lost. So the cause is noted as it passes by.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use futures::{TryFutureExt, future::BoxFuture};
use http::Uri;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use pin_project::pin_project;
use tower::Service;

use super::{lanes::LaneState, settings::Beginning};
use crate::{
    closing::{Closing, Open},
    error::{TlsFault, tls_fault},
    observe::SharedMetrics,
};

/// What TLS said on a connection, if it said anything: an extra of the connection's `Connected`.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultMemory(Arc<OnceLock<TlsFault>>);

impl FaultMemory {
    pub(crate) fn fault(&self) -> Option<TlsFault> {
        self.0.get().copied()
    }

    fn note(&self, error: &io::Error) {
        if let Some(fault) = tls_fault(error) {
            // The first one is the cause of those that follow.
            let _ = self.0.set(fault);
        }
    }
}

/// Who counts connections.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) metrics: SharedMetrics,
    pub(crate) closing: Closing,
}

/// A connector whose connections remember.
#[derive(Clone, Debug)]
pub(super) struct Remembering<C> {
    inner: C,
    counts: Counts,
    lane: Option<Arc<LaneState>>,
}

impl<C> Remembering<C> {
    pub(super) fn new(inner: C, counts: Counts) -> Self {
        Self { inner, counts, lane: None }
    }
}

impl<C: Clone> Remembering<C> {
    /// The same connector for a lane, which its connections tell how many streams they take.
    pub(super) fn on_lane(&self, lane: Arc<LaneState>) -> Self {
        Self { lane: Some(lane), ..self.clone() }
    }
}

/// Counts a connection while it lives.
struct Counted {
    metrics: SharedMetrics,
    _open: Open,
}

impl Counted {
    fn new(metrics: SharedMetrics, open: Open) -> Self {
        metrics.with(|metrics| metrics.connection_opened());
        Self { metrics, _open: open }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.metrics.with(|metrics| metrics.connection_closed());
    }
}

impl<C> Service<Uri> for Remembering<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
    C::Response: Connection + 'static,
    C::Error: 'static,
{
    type Response = RememberingStream<C::Response>;
    type Error = C::Error;
    type Future = BoxFuture<'static, Result<Self::Response, C::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let metrics = self.counts.metrics.clone();
        let lane = self.lane.clone();
        let open = self.counts.closing.connecting();
        let remember = |inner: C::Response| {
            let lane = match (lane, inner.connected().is_negotiated_h2()) {
                (Some(lane), true) => Some((lane, Beginning::default())),
                (Some(lane), false) => {
                    // Each request has a connection of its own.
                    lane.set_limit(u32::MAX);
                    None
                }
                (None, _) => None,
            };
            RememberingStream {
                inner,
                memory: FaultMemory::default(),
                lane,
                _counted: Counted::new(metrics, open),
            }
        };
        Box::pin(self.inner.call(uri).map_ok(remember))
    }
}

#[pin_project]
pub(super) struct RememberingStream<T> {
    #[pin]
    inner: T,
    memory: FaultMemory,
    /// Until the lane has been told.
    lane: Option<(Arc<LaneState>, Beginning)>,
    _counted: Counted,
}

impl<T: Read> Read for RememberingStream<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        if this.lane.is_some() {
            // Through a buffer of ours, as what was read can't be seen in theirs. It is only the beginning.
            let mut bytes = [0; BEGINNING_BYTES];
            let room = buf.remaining().min(bytes.len());
            let mut ours = ReadBuf::new(&mut bytes[..room]);
            if let Err(error) = ready!(this.inner.poll_read(cx, ours.unfilled())) {
                this.memory.note(&error);
                return Poll::Ready(Err(error));
            }
            buf.put_slice(ours.filled());
            let limit = this.lane.as_mut().and_then(|(_, beginning)| beginning.read(ours.filled()));
            if let Some(limit) = limit
                && let Some((lane, _)) = this.lane.take()
            {
                lane.set_limit(limit);
            }
            return Poll::Ready(Ok(()));
        }
        let read = this.inner.poll_read(cx, buf);
        if let Poll::Ready(Err(error)) = &read {
            this.memory.note(error);
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

/// What is read at once while a connection begins.
const BEGINNING_BYTES: usize = 1024;
