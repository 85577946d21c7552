//! A running watch: asks the state machine what to do, does it, and tells it how it went.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use futures::{Stream, TryStreamExt, stream, stream::BoxStream};
use http::Method;
use steersman_meta::{ListOptions, Query, ResourceVersion, Verb};
use steersman_transport::{Body, ErrorKind, RequestTimeouts};
use steersman_watch::{
    Bookmark, DecodeError, Decoder, Event, Failure, Restarted, Resume, Settings, Start, Step,
};

use crate::{
    Error, Resource, ResourceInstance,
    call::Call,
    error::{Attempt, Cause},
    place::Reach,
    verbs::List,
};

/// The events of a watch, one by one. A [`Stream`], with a [`try_next`](Self::try_next) of its own.
///
/// It goes on over closed connections, and over a history that the server has forgotten. It ends when it is dropped,
/// when its time limit is over, or with an error that does not heal by itself (401, 403, 404).
#[must_use = "a stream does nothing until it is read"]
pub struct Watch {
    events: BoxStream<'static, Result<WatchEvent, Error>>,
}

/// A change, or what has to be known about the changes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// The object is there: it was there at the start, it was created, or it has come to be selected.
    Added(ResourceInstance),
    /// The object has changed.
    Modified(ResourceInstance),
    /// The object is gone, or is not selected any more. This is its last state.
    Deleted(ResourceInstance),
    /// No change: a version up to which all changes have been seen.
    Bookmark(Bookmark),
    /// Some history was lost. Everything that is there follows as `Added`, up to a `Bookmark` that has
    /// `initial_events_end`; an object that is not among it is gone.
    Restarted(Restarted),
}

impl WatchEvent {
    /// The object of a change; none for what is no change.
    #[must_use]
    pub fn object(&self) -> Option<&ResourceInstance> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::Bookmark(_) | Self::Restarted(_) => None,
        }
    }

    /// The object of a change; none for what is no change.
    #[must_use]
    pub fn into_object(self) -> Option<ResourceInstance> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::Bookmark(_) | Self::Restarted(_) => None,
        }
    }
}

impl Watch {
    /// Does the first steps: until the watch is open, or the first page of the list is there.
    pub(crate) async fn open(
        attempt: Attempt,
        resource: Resource,
        options: ListOptions,
        start: Start,
        settings: Settings,
    ) -> Result<Self, Error> {
        let mut driver = Driver {
            attempt,
            resource,
            options,
            resume: Resume::new(start, settings),
            next_page: None,
            connection: None,
            pending: VecDeque::new(),
            last_error: None,
            ended: false,
        };
        while driver.pending.is_empty() && driver.connection.is_none() && !driver.ended {
            driver.step().await?;
            match driver.last_error.take() {
                // What fails at the start is the caller's to know at once; a forgotten version is an event.
                Some(error) if driver.pending.is_empty() => return Err(error),
                _ => {}
            }
        }
        let events = stream::try_unfold(driver, |mut driver| async move {
            let event = driver.next().await?;
            Ok(event.map(|event| (event, driver)))
        });
        Ok(Self { events: Box::pin(events) })
    }

    /// The next event; `None` when the time limit is over.
    ///
    /// # Errors
    /// If the watch can't go on. Then the stream is at its end.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: the next call goes on where this one was.
    pub async fn try_next(&mut self) -> Result<Option<WatchEvent>, Error> {
        TryStreamExt::try_next(&mut self.events).await
    }
}

impl Stream for Watch {
    type Item = Result<WatchEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

struct Driver {
    attempt: Attempt,
    resource: Resource,
    options: ListOptions,
    resume: Resume,
    /// Where the list that is running goes on.
    next_page: Option<String>,
    connection: Option<Connection>,
    pending: VecDeque<WatchEvent>,
    /// What failed last, in full: the state machine keeps only what it decides by.
    last_error: Option<Error>,
    ended: bool,
}

struct Connection {
    body: Body,
    decoder: Decoder,
}

impl Driver {
    async fn next(&mut self) -> Result<Option<WatchEvent>, Error> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            self.step().await?;
        }
    }

    async fn step(&mut self) -> Result<(), Error> {
        match self.resume.next_step(now()) {
            Step::List => {
                self.connection = None;
                self.list().await;
            }
            Step::Watch { resource_version, timeout_seconds, .. } => {
                self.watch(&resource_version, timeout_seconds).await;
            }
            Step::Read { until, .. } => self.read(until).await,
            Step::Wait { until, .. } => {
                self.connection = None;
                tokio::time::sleep_until(until.into()).await;
            }
            Step::End => self.ended = true,
            Step::Fail(failure) => return Err(self.failed(failure)),
        }
        Ok(())
    }

    /// Fetches one page of the list.
    async fn list(&mut self) {
        let mut options = self.options.clone();
        options.limit = Some(PAGE);
        // If this fails, the next list is one from the start.
        options.continue_token = self.next_page.take();
        match List::new(self.resource.clone()).options(options).page().await {
            Ok(page) => {
                let metadata = page.metadata().clone();
                for item in page {
                    let event = self.resume.item(item.into_object());
                    self.tell(Some(event));
                }
                self.next_page = metadata.next_page().map(str::to_owned);
                if self.next_page.is_none() {
                    let event = self.resume.listed(metadata.resource_version.and_then(ResourceVersion::new));
                    self.tell(event);
                }
            }
            Err(error) => {
                let event = self.resume.list_failed(failure(&error), now(), fastrand::f64());
                self.last_error = Some(error);
                self.tell(event);
            }
        }
    }

    async fn watch(&mut self, resource_version: &ResourceVersion, timeout_seconds: u32) {
        match connect(&self.resource, &self.options, resource_version, timeout_seconds).await {
            Ok(body) => {
                self.connection = Some(Connection { body, decoder: Decoder::default() });
                self.resume.watch_opened(now());
            }
            Err(error) => {
                let event = self.resume.failed(failure(&error), now(), fastrand::f64());
                self.last_error = Some(error);
                self.tell(event);
            }
        }
    }

    /// Reads one frame, or finds that there is none.
    async fn read(&mut self, until: Instant) {
        let Some(connection) = &mut self.connection else {
            let event = self.resume.failed(Failure::Transport, now(), fastrand::f64());
            return self.tell(event);
        };
        let outcome = match connection.decoder.next() {
            Ok(Some(frame)) => Ok(Some(frame)),
            Err(error) => Err(Failure::Decode(error)),
            Ok(None) => match tokio::time::timeout_at(until.into(), connection.body.next_chunk()).await {
                Ok(Some(Ok(chunk))) => return connection.decoder.push(chunk),
                Ok(Some(Err(error))) => {
                    self.last_error = Some(self.attempt.failed(error));
                    Err(Failure::Transport)
                }
                Ok(None) => connection.decoder.finish().map_err(Failure::Decode),
                Err(_) => Err(Failure::Silent),
            },
        };
        let event = match outcome {
            Ok(Some(frame)) => self.resume.frame(frame, now(), fastrand::f64()),
            Ok(None) => {
                self.connection = None;
                self.resume.closed(now(), fastrand::f64())
            }
            Err(failure) => {
                self.connection = None;
                self.resume.failed(failure, now(), fastrand::f64())
            }
        };
        self.tell(event);
    }

    fn tell(&mut self, event: Option<Event>) {
        let instance = |object| ResourceInstance::new(self.resource.clone(), object);
        self.pending.extend(event.map(|event| match event {
            Event::Added(object) => WatchEvent::Added(instance(object)),
            Event::Modified(object) => WatchEvent::Modified(instance(object)),
            Event::Deleted(object) => WatchEvent::Deleted(instance(object)),
            Event::Bookmark(bookmark) => WatchEvent::Bookmark(bookmark),
            Event::Restarted(restarted) => WatchEvent::Restarted(restarted),
        }));
    }

    /// The error that ends the watch: the last one in full, if it is the one that the state machine gave up on.
    fn failed(&mut self, why: Failure) -> Error {
        self.ended = true;
        match self.last_error.take() {
            Some(error) if failure(&error) == why => error,
            _ => self.attempt.failed(match why {
                Failure::Status { status, .. } => Cause::Refused(status),
                why => Cause::Watch(why),
            }),
        }
    }
}

/// Opens one connection of a watch.
async fn connect(
    resource: &Resource,
    options: &ListOptions,
    resource_version: &ResourceVersion,
    timeout_seconds: u32,
) -> Result<Body, Error> {
    let call = Call::collection(resource, "watch", Verb::Watch, Reach::Any, None)?;
    let mut options = options.clone();
    options.resource_version = Some(resource_version.clone());
    options.timeout_seconds = Some(timeout_seconds);
    let mut query: Query = options.query();
    query.push("watch", true);
    query.push("allowWatchBookmarks", true);
    let mut request = call.request(Method::GET, &query, None)?;
    // Silence is no fault of a watch; how long it may last, the state machine says.
    request.extensions_mut().insert(RequestTimeouts::for_streaming());
    let response = resource.client().request(request).await.map_err(|error| call.failed(error))?;
    Ok(response.into_body())
}

/// What the state machine needs to know of an error.
fn failure(error: &Error) -> Failure {
    match error.cause() {
        Cause::Answer(error) => {
            Failure::Decode(DecodeError::Object { event_type: "list".to_owned(), error: error.clone() })
        }
        Cause::Json(error) => Failure::Decode(DecodeError::Json(error.clone())),
        Cause::Transport(error) => match error.status() {
            Some(status) => Failure::status_with_retry_after(status.clone(), error.retry_after()),
            None if error.is_tls() => Failure::Local,
            None if error.is_timeout() || error.is_connect() || error.is_interrupted() => Failure::Transport,
            // A service of somebody else's: sheds load, limits time, injects faults. What it does not do for ever.
            None if *error.kind() == ErrorKind::Service => Failure::Transport,
            None => Failure::Local,
        },
        _ => Failure::Local,
    }
}

/// tokio's time, so that a test's paused clock reaches every decision.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// How many objects a page of the first list holds.
const PAGE: u32 = 500;
