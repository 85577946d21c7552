//! Bodies that are made while they are read, in chunks as kube-apiserver sends them: of each item of a list the first 2,048
//! bytes, which fill its buffer, and then the rest; an event is one chunk.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{BufMut, Bytes, BytesMut};
use http_body::{Body, Frame};

use super::template::Template;

/// Lists and watches.
pub(super) struct Items {
    templates: Arc<[Template]>,
    shape: Shape,
    /// The next copy, and the one behind the last.
    next: u64,
    end: u64,
    /// What comes first, and what comes last; none when it was sent.
    head: Option<Bytes>,
    tail: Option<Bytes>,
    buffer: BytesMut,
    /// Of the last item what was not sent with its beginning.
    rest: Bytes,
}

/// How items are put together.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    List,
    /// It has no end: after the last event it waits.
    Watch {
        pods: u64,
    },
}

impl Items {
    /// A page of a list: the copies from `start` to `end`, between the texts around them.
    pub(super) fn list(templates: Arc<[Template]>, start: u64, end: u64, head: String, tail: String) -> Self {
        let (head, tail) = (Some(head.into()), Some(tail.into()));
        let (buffer, rest) = (BytesMut::new(), Bytes::new());
        Self { templates, shape: Shape::List, next: start, end, head, tail, buffer, rest }
    }

    /// A watch: `pods` pods that are modified in turn, without an end.
    pub(super) fn watch(templates: Arc<[Template]>, pods: u64) -> Self {
        let shape = Shape::Watch { pods };
        let (buffer, rest) = (BytesMut::new(), Bytes::new());
        Self { templates, shape, next: 0, end: u64::MAX, head: None, tail: None, buffer, rest }
    }

    fn item(&mut self) -> Bytes {
        let number = self.next;
        self.next += 1;
        let index = usize::try_from(number).unwrap_or_default() % self.templates.len();
        let template = &self.templates[index];
        self.buffer.reserve(template.length() + 64);
        match self.shape {
            Shape::List => {
                template.write(number, VERSION + number, &mut self.buffer);
                if self.next < self.end {
                    self.buffer.put_u8(b',');
                }
            }
            Shape::Watch { pods } => {
                let kind = if number < pods { "ADDED" } else { "MODIFIED" };
                self.buffer.put_slice(b"{\"type\":\"");
                self.buffer.put_slice(kind.as_bytes());
                self.buffer.put_slice(b"\",\"object\":");
                template.write(number % pods, VERSION + number, &mut self.buffer);
                self.buffer.put_slice(b"}\n");
            }
        }
        let mut item = self.buffer.split().freeze();
        if self.shape == Shape::List && item.len() > SERVER_BUFFER {
            self.rest = item.split_off(SERVER_BUFFER);
        }
        item
    }
}

impl Body for Items {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let part = match self.head.take() {
            Some(head) => Some(head),
            None if !self.rest.is_empty() => Some(std::mem::take(&mut self.rest)),
            None if self.next < self.end => Some(self.item()),
            None => self.tail.take(),
        };
        Poll::Ready(part.map(|part| Ok(Frame::data(part))))
    }
}

/// The version of the first copy; those of the others follow.
pub(super) const VERSION: u64 = 1_000_000;

/// What Go's HTTP server holds back of an answer.
const SERVER_BUFFER: usize = 2048;
