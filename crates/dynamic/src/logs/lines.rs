//! The lines of logs as they come.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};
use steersman_transport::Body;

use super::{LineCutter, LogLine, Newlines};
use crate::{Error, error::Attempt};

/// The lines of a log, one by one. A [`Stream`], with a [`try_next`](Self::try_next) of its own.
///
/// It ends when the log ends, for one that is followed too; after an error it is at its end.
#[must_use = "a stream does nothing until it is read"]
pub struct LogLines {
    lines: BoxStream<'static, Result<LogLine, Error>>,
}

impl LogLines {
    pub(crate) fn new(lines: impl Stream<Item = Result<LogLine, Error>> + Send + 'static) -> Self {
        Self { lines: lines.boxed() }
    }

    /// The next line; `None` when the log is at its end.
    ///
    /// # Errors
    /// If the connection breaks. Then the stream is at its end.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: the next call goes on where this one was.
    pub async fn try_next(&mut self) -> Result<Option<LogLine>, Error> {
        TryStreamExt::try_next(self).await
    }
}

impl Stream for LogLines {
    type Item = Result<LogLine, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.lines.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Err(_)) | None) = polled {
            // Nothing more is asked for, or read of any container.
            self.lines = stream::empty().boxed();
        }
        polled
    }
}

impl fmt::Debug for LogLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLines").finish_non_exhaustive()
    }
}

/// What is heard of one container's log.
#[derive(Debug)]
pub(crate) enum Told {
    /// The server has agreed to send it.
    Opened,
    Line(LogLine),
}

/// The answer that one container's log comes in.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) attempt: Attempt,
    pub(crate) body: Body,
    pub(crate) cutter: LineCutter,
    pub(crate) container: Option<Arc<str>>,
    pub(crate) newlines: Newlines,
}

impl Source {
    pub(crate) fn into_lines(self) -> impl Stream<Item = Result<LogLine, Error>> + Send + 'static {
        stream::try_unfold(self, |mut source| async move {
            let line = source.next().await?;
            Ok(line.map(|line| (line, source)))
        })
    }

    async fn next(&mut self) -> Result<Option<LogLine>, Error> {
        let cut = loop {
            if let Some(cut) = self.cutter.next() {
                break Some(cut);
            }
            match self.body.next_chunk().await {
                Some(Ok(chunk)) => self.cutter.push(chunk),
                Some(Err(error)) => return Err(self.attempt.failed(error)),
                None => break self.cutter.finish(),
            }
        };
        Ok(cut.map(|cut| LogLine::new(cut.bytes, self.container.clone(), cut.goes_on, self.newlines)))
    }
}
