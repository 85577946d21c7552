//! A running watch.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{FutureExt, Stream, TryStreamExt, future::BoxFuture};
use steersman_meta::ResourceVersion;

use crate::Error;

mod driver;
mod event;
mod on_error;
mod stop;
mod watches;

pub(crate) use driver::Driver;
pub use event::WatchEvent;
pub(crate) use on_error::Hook;
pub use on_error::OnError;
pub use stop::StopHandle;
pub(crate) use watches::Watches;

/// The events of a watch, one by one. A [`Stream`], with a [`try_next`](Self::try_next) of its own.
///
/// It goes on over closed connections, and over a history that the server has forgotten. It ends when it is dropped,
/// when it is [stopped](StopHandle), when its time limit is over, or with an error that does not heal by itself (401,
/// 403, 404).
#[must_use = "a stream does nothing until it is read"]
pub struct Watch {
    state: State,
    stop: StopHandle,
    /// Up to where everything has been handed out; none inside a list.
    version: Option<ResourceVersion>,
    listing: bool,
}

enum State {
    /// Nothing is waited for: what has come already is taken out.
    Idle(Box<Driver>),
    Busy(BoxFuture<'static, Read>),
    Ended,
}

/// What a wait for the next event gives: the driver back, and the event; none at the end.
type Read = (Box<Driver>, Result<Option<WatchEvent>, Error>);

impl Watch {
    /// Does the first steps: until the watch is open, or the first page of the list is there.
    pub(crate) async fn open(mut driver: Box<Driver>, stop: StopHandle) -> Result<Self, Error> {
        let version = driver.resource_version().cloned();
        let opened = stop.unless_stopped(driver.open()).await.transpose()?;
        let state = if opened.is_some() { State::Idle(driver) } else { State::Ended };
        Ok(Self { state, stop, listing: version.is_none(), version })
    }

    /// The next event; `None` when the watch was stopped, or its time limit is over.
    ///
    /// # Errors
    /// If the watch can't go on. Then the stream is at its end.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: the next call goes on where this one was.
    pub async fn try_next(&mut self) -> Result<Option<WatchEvent>, Error> {
        TryStreamExt::try_next(self).await
    }

    /// A handle that ends this watch from elsewhere.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// The version up to which all changes have been handed out: another watch can
    /// [start from it](crate::verbs::WatchObjects::resource_version), also when this one has ended. `None` while the
    /// objects that there are are told: at the start without a version, and behind
    /// [`Restarted`](WatchEvent::Restarted), up to the bookmark that closes them.
    #[must_use]
    pub fn resource_version(&self) -> Option<&ResourceVersion> {
        self.version.as_ref()
    }

    /// Takes note of what is handed out.
    fn note(&mut self, event: &WatchEvent) {
        match event {
            WatchEvent::Restarted(_) => (self.version, self.listing) = (None, true),
            WatchEvent::Bookmark(bookmark) => {
                self.listing &= !bookmark.initial_events_end;
                self.version = Some(bookmark.resource_version.clone());
            }
            WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object) => {
                if let (Some(version), false) = (object.resource_version(), self.listing) {
                    self.version = ResourceVersion::new(version);
                }
            }
        }
    }
}

impl Stream for Watch {
    type Item = Result<WatchEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.stop.is_stopped() {
            this.state = State::Ended;
        }
        loop {
            match mem::replace(&mut this.state, State::Ended) {
                State::Idle(mut driver) => {
                    if let Some(event) = driver.ready() {
                        this.state = State::Idle(driver);
                        this.note(&event);
                        return Poll::Ready(Some(Ok(event)));
                    }
                    let stop = this.stop.clone();
                    this.state = State::Busy(Box::pin(async move {
                        let outcome = stop.unless_stopped(driver.next()).await.transpose();
                        (driver, outcome.map(Option::flatten))
                    }));
                }
                State::Busy(mut future) => {
                    let Poll::Ready((driver, outcome)) = future.poll_unpin(cx) else {
                        this.state = State::Busy(future);
                        return Poll::Pending;
                    };
                    if let Ok(Some(event)) = &outcome {
                        this.state = State::Idle(driver);
                        this.note(event);
                    }
                    return Poll::Ready(outcome.transpose());
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
