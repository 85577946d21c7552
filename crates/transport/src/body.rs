//! The one body type of requests and responses.

use std::{
    any::Any,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};

use crate::error::{BoxError, Error, ErrorKind, RequestContext};

/// A body: bytes that are all there, or a stream of chunks.
///
/// A request body of bytes can be sent again ([`try_clone`](Self::try_clone)); a stream never is. A response's body is
/// read chunk by chunk ([`next_chunk`](Self::next_chunk), [`into_stream`](Self::into_stream)) or whole
/// ([`collect`](Self::collect)). After an error it is at its end.
#[derive(Default)]
pub struct Body {
    kind: Kind,
    /// The request that this body answers, for errors that happen while it is read.
    context: Option<Arc<RequestContext>>,
}

enum Kind {
    /// Empty once they are read.
    Bytes(Bytes),
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl Body {
    /// Makes a body of no bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Takes any HTTP body; it can't be sent again.
    #[must_use]
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // A body that is one of ours already is not boxed once more.
        let mut body = Some(body);
        if let Some(ours) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return ours.take().unwrap_or_default();
        }
        match body {
            Some(body) => Self { kind: Kind::Stream(body.map_err(Into::into).boxed_unsync()), context: None },
            None => Self::empty(),
        }
    }

    /// Makes a body of the chunks of `stream`; it can't be sent again.
    #[must_use]
    pub fn from_stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self::new(StreamBody::new(stream.map(|chunk| chunk.map(Frame::data).map_err(Into::into))))
    }

    /// The same body once more, sharing its bytes; `None` where it is a stream.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        match &self.kind {
            Kind::Bytes(bytes) => Some(Self::from(bytes.clone())),
            Kind::Stream(_) => None,
        }
    }

    /// The bytes of a body that is all there; `None` where it is a stream.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.kind {
            Kind::Bytes(bytes) => Some(bytes),
            Kind::Stream(_) => None,
        }
    }

    /// Waits for the next chunk; `None` at the end. Trailers are skipped.
    ///
    /// # Errors
    /// If the connection breaks or a deadline passes.
    ///
    /// # Cancel safety
    /// Safe: a chunk is taken only when it is returned.
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// The chunks as a stream.
    #[must_use]
    pub fn into_stream(self) -> BodyStream {
        BodyStream(self)
    }

    /// The same body, which fails with [`TooLarge`](ErrorKind::TooLarge) once more than `limit` bytes have come: for who
    /// reads it in chunks and keeps them all.
    #[must_use]
    pub fn limited(self, limit: usize) -> Self {
        Self::new(Limited { inner: self, limit, left: limit })
    }

    /// Reads the body to its end. A body of one chunk is not copied.
    ///
    /// # Errors
    /// If there are more than `limit` bytes, the connection breaks, or a deadline passes.
    ///
    /// # Cancel safety
    /// What was read is lost, and the connection with it where it is HTTP/1.1.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, Error> {
        let expected = usize::try_from(self.size_hint().lower()).unwrap_or(usize::MAX);
        if expected > limit {
            return Err(self.placed(Error::new(ErrorKind::TooLarge { limit })));
        }
        let Some(first) = self.next_chunk().await.transpose()? else { return Ok(Bytes::new()) };
        if first.len() > limit {
            return Err(self.placed(Error::new(ErrorKind::TooLarge { limit })));
        }
        // What is known to be over need not be asked for its end.
        if self.is_end_stream() {
            return Ok(first);
        }
        let Some(second) = self.next_chunk().await.transpose()? else { return Ok(first) };
        let mut all =
            BytesMut::with_capacity(expected.min(MAX_RESERVED_BYTES).max(first.len() + second.len()));
        all.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            if chunk.len() > limit - all.len() {
                return Err(self.placed(Error::new(ErrorKind::TooLarge { limit })));
            }
            all.extend_from_slice(&chunk);
            next = self.next_chunk().await.transpose()?;
        }
        Ok(all.freeze())
    }

    /// Reads at most `limit` bytes, and takes what there is where the rest doesn't come.
    pub(crate) async fn collect_some(mut self, limit: usize) -> Bytes {
        let mut all = BytesMut::new();
        while let Some(Ok(chunk)) = self.next_chunk().await {
            let room = limit - all.len();
            all.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() >= room {
                break;
            }
        }
        all.freeze()
    }

    pub(crate) fn with_context(mut self, context: Arc<RequestContext>) -> Self {
        self.context = Some(context);
        self
    }

    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            let frame = match std::task::ready!(Pin::new(&mut *self).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => frame,
            };
            match frame.into_data() {
                Ok(data) if !data.is_empty() => return Poll::Ready(Some(Ok(data))),
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn placed(&self, error: Error) -> Error {
        match &self.context {
            Some(context) => error.within(context),
            None => error,
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.kind {
            Kind::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Stream(stream) => match std::task::ready!(Pin::new(stream).poll_frame(cx)) {
                Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
                Some(Err(error)) => {
                    self.kind = Kind::default();
                    Poll::Ready(Some(Err(self.placed(Error::classify(error).after_the_head()))))
                }
                None => {
                    self.kind = Kind::default();
                    Poll::Ready(None)
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Bytes(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}

/// A body that may not be longer than a limit.
struct Limited {
    inner: Body,
    limit: usize,
    /// `0 <= left <= limit`
    left: usize,
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx));
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => 0,
        };
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Poll::Ready(frame)
            }
            None => {
                let error = self.inner.placed(Error::new(ErrorKind::TooLarge { limit: self.limit }));
                self.inner = Body::empty();
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self { kind: Kind::Bytes(bytes), context: None }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Body {
    /// Shows the length where it is known, and never the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("Body(stream)"),
        }
    }
}

/// The chunks of a [`Body`]; at its end after an error.
///
/// Dropping it closes the response: the stream of an HTTP/2 connection, the whole connection of HTTP/1.1.
#[derive(Debug)]
pub struct BodyStream(Body);

impl Stream for BodyStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_chunk(cx)
    }
}

/// A server that announces much and sends little makes us reserve no more than this.
const MAX_RESERVED_BYTES: usize = 16 << 20;

#[cfg(test)]
mod tests;
