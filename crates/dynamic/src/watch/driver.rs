//! Asks the state machine what to do, does it, and tells it how it went.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use http::Method;
use steersman_meta::{ListOptions, Object, Query, ResourceVersion, ResourceVersionMatch, Verb};
use steersman_transport::{Body, ErrorKind, RequestTimeouts};
use steersman_watch::{
    DecodeError, Decoder, Event, Failure, Frame, InitialEvents, Inventory, Resume, Settings, Start, Step,
};

use super::{Hook, OnError, WatchEvent, watches::OneOf};
use crate::{
    Error, Resource,
    call::Call,
    error::{Attempt, Cause},
    place::Reach,
    shard::ShardCheck,
    verbs::List,
};

/// What a watch is at work with.
pub(crate) struct Driver {
    attempt: Attempt,
    resource: Resource,
    options: ListOptions,
    /// Which part of all objects is watched, where it is one.
    shard: Option<ShardCheck>,
    resume: Resume,
    /// What the consumer knows, where the watch keeps that.
    inventory: Option<Inventory>,
    /// Where the list that is running goes on.
    next_page: Option<String>,
    connection: Option<Connection>,
    /// What is for the consumer: objects of a list, and what an inventory makes of one event.
    pending: VecDeque<Event>,
    on_error: Option<Hook>,
    /// Errors since the server last said 200.
    errors: u32,
    /// Whether the caller wants the first error to be tried again, too.
    patient: bool,
    /// What failed last, in full: the state machine keeps only what it decides by.
    last_error: Option<Error>,
    ended: bool,
    one_of: OneOf,
}

struct Connection {
    body: Body,
    decoder: Decoder,
}

/// How long the look at the newest version may take; the connection that is open waits for it.
const LONGEST_CHECK: Duration = Duration::from_secs(10);
/// How often a watch that starts comes back to a server that is busy, before it says so: within about half a minute.
const WAITS_AT_START: u32 = 4;

impl Driver {
    pub(crate) fn new(
        attempt: Attempt,
        resource: Resource,
        options: ListOptions,
        start: Start,
        mut settings: Settings,
    ) -> Self {
        let one_of = OneOf::new(resource.cluster().watches().clone());
        if !one_of.all().has_watch_list(&resource.api().gvk()) {
            settings.initial_events = InitialEvents::Listed;
        }
        Self {
            attempt,
            resource,
            shard: ShardCheck::of(&options),
            options,
            resume: Resume::new(start, settings),
            inventory: None,
            next_page: None,
            connection: None,
            pending: VecDeque::new(),
            on_error: None,
            errors: 0,
            patient: false,
            last_error: None,
            ended: false,
            one_of,
        }
    }

    pub(crate) fn with_inventory(mut self, inventory: Option<Inventory>) -> Self {
        self.inventory = inventory;
        self
    }

    pub(crate) fn with_hook(mut self, on_error: Option<Hook>) -> Self {
        self.on_error = on_error;
        self
    }

    pub(super) fn resource_version(&self) -> Option<&ResourceVersion> {
        self.resume.resource_version()
    }

    /// Goes on until the watch is open, or the first page of the list is there.
    pub(super) async fn open(&mut self) -> Result<(), Error> {
        while self.pending.is_empty() && self.connection.is_none() && !self.ended {
            self.step().await?;
            let waits = matches!(self.resume.next_step(now()), Step::Wait { .. });
            if waits && self.pending.is_empty() && !self.patient && !self.is_asked_to_wait() {
                // What fails at the start is the caller's to know at once; a forgotten version is an event.
                if let Some(error) = self.last_error.take() {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Whether the server has said when to come back, and means it: a kind that was made a moment ago is answered 429
    /// until its storage is there.
    fn is_asked_to_wait(&self) -> bool {
        let busy = self.last_error.as_ref().is_some_and(Error::is_too_many_requests);
        busy && self.errors <= WAITS_AT_START
    }

    /// The next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<WatchEvent>, Error> {
        loop {
            if let Some(event) = self.ready() {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            self.step().await?;
        }
    }

    /// The next event, if it has come already.
    pub(super) fn ready(&mut self) -> Option<WatchEvent> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(WatchEvent::new(&self.resource, event));
            }
            let frame = match self.connection.as_mut()?.decoder.next() {
                Ok(frame) => frame?,
                Err(error) => {
                    self.broken(Failure::Decode(error));
                    continue;
                }
            };
            let event = self.frame(frame);
            if self.inventory.is_none() && self.pending.is_empty() {
                if let Some(event) = event {
                    return Some(WatchEvent::new(&self.resource, event));
                }
            } else {
                self.tell(event);
            }
        }
    }

    async fn step(&mut self) -> Result<(), Error> {
        self.resume.listens(now());
        match self.resume.next_step(now()) {
            Step::Check => self.check().await,
            Step::List { limit, .. } => {
                self.connection = None;
                self.list(limit.get()).await;
            }
            Step::Watch { resource_version, timeout_seconds, .. } => {
                let mut options = self.options.clone();
                options.resource_version = Some(resource_version);
                self.connect(options, timeout_seconds).await;
            }
            Step::WatchList { timeout_seconds, .. } => {
                let mut options = self.options.clone();
                options.resource_version_match = Some(ResourceVersionMatch::NotOlderThan);
                self.connect(options, timeout_seconds).await;
            }
            Step::Read { until, .. } => self.read(until).await,
            Step::Wait { until, .. } => {
                self.connection = None;
                tokio::time::sleep_until(until.into()).await;
            }
            Step::End => {
                self.connection = None;
                self.ended = true;
            }
            Step::Fail(failure) => return Err(self.failed(failure)),
        }
        Ok(())
    }

    /// Fetches one page of the list.
    async fn list(&mut self, limit: u32) {
        let mut options = self.options.clone();
        options.limit = Some(limit);
        // If this fails, the next list is one from the start.
        options.continue_token = self.next_page.take();
        match List::new(self.resource.clone()).options(options).page().await {
            Ok(page) => {
                self.errors = 0;
                let metadata = page.metadata().clone();
                for item in page {
                    let event = self.resume.item(item.into_object());
                    self.tell(Some(event));
                }
                self.next_page = metadata.next_page().map(str::to_owned);
                if self.next_page.is_none() {
                    let event = self.resume.listed(metadata.resource_version.and_then(ResourceVersion::new));
                    if event.is_none() {
                        self.broken(Failure::NoResourceVersion);
                    }
                    self.tell(event);
                }
            }
            Err(error) => self.trouble(failure(&error), error),
        }
    }

    /// Looks at the version of the newest list. If that fails or takes too long, nothing is known, and that is all.
    async fn check(&mut self) {
        let mut options = self.options.clone();
        options.limit = Some(1);
        let list = List::new(self.resource.clone()).options(options);
        let page = tokio::time::timeout(LONGEST_CHECK, list.page()).await;
        let newest = page.ok().and_then(Result::ok).and_then(|page| page.metadata().resource_version.clone());
        let event = self.resume.checked(newest.and_then(ResourceVersion::new).as_ref());
        self.tell(event);
    }

    /// Opens a connection.
    async fn connect(&mut self, options: ListOptions, timeout_seconds: u32) {
        self.connection = None;
        match connect(&self.resource, options, timeout_seconds).await {
            Ok(body) => {
                self.errors = 0;
                // Only now: what was refused may have been something else in the request.
                if self.resume.is_watch_list_refused() {
                    self.one_of.all().remember_no_watch_list(&self.resource.api().gvk());
                }
                self.connection = Some(Connection { body, decoder: Decoder::default() });
                self.resume.watch_opened(now());
            }
            Err(error) => self.trouble(failure(&error), error),
        }
    }

    /// Reads a chunk, or finds that there is none.
    async fn read(&mut self, until: Instant) {
        let Some(connection) = &mut self.connection else { return self.broken(Failure::Transport) };
        match tokio::time::timeout_at(until.into(), connection.body.next_chunk()).await {
            Ok(Some(Ok(chunk))) => connection.decoder.push(chunk),
            Ok(Some(Err(error))) => self.trouble(Failure::Transport, self.attempt.failed(error)),
            Ok(None) => match connection.decoder.finish() {
                Ok(Some(frame)) => {
                    let event = self.frame(frame);
                    self.tell(event);
                }
                Ok(None) => {
                    self.connection = None;
                    self.resume.set_siblings(self.one_of.siblings());
                    let event = self.resume.closed(now(), fastrand::f64());
                    self.tell(event);
                }
                Err(error) => self.broken(Failure::Decode(error)),
            },
            Err(_) => match self.resume.elapsed(now()) {
                Some(restarted) => {
                    self.let_go();
                    self.tell(Some(restarted));
                }
                None => match self.resume.next_step(now()) {
                    Step::Read { until, .. } if until <= now() => self.broken(Failure::Silent),
                    _ => {}
                },
            },
        }
    }

    fn frame(&mut self, frame: Frame) -> Option<Event> {
        match frame {
            Frame::Error(status) => {
                let error = self.attempt.failed(Cause::Refused(Box::new(status.clone())));
                self.trouble(Failure::status(status), error);
                None
            }
            frame => {
                if let (Some(shard), Some(object)) = (&self.shard, object(&frame))
                    && let Err(error) = shard.object(object)
                {
                    let error = self.attempt.failed(error);
                    self.trouble(Failure::Local, error);
                    return None;
                }
                let event = self.resume.frame(frame, now(), fastrand::f64());
                self.let_go();
                event
            }
        }
    }

    /// The connection failed, and nobody has said more about it than this.
    fn broken(&mut self, failure: Failure) {
        let error = self.attempt.failed(Cause::Watch(failure.clone()));
        self.trouble(failure, error);
    }

    /// Something failed: the caller decides, or the rules do.
    fn trouble(&mut self, failure: Failure, error: Error) {
        self.errors = self.errors.saturating_add(1);
        tracing::debug!(watch = %self.attempt, errors = self.errors, %failure, "a watch has failed");
        let decision = match &mut self.on_error {
            Some(hook) => hook.decide(&error, self.errors),
            None => OnError::Default,
        };
        self.last_error = Some(error);
        self.patient = matches!(decision, OnError::Retry(_));
        self.resume.set_siblings(self.one_of.siblings());
        let (now, jitter) = (now(), fastrand::f64());
        let event = match decision {
            OnError::Default => self.resume.failed(failure, now, jitter),
            OnError::Retry(at_least) => self.resume.retried(failure, at_least, now, jitter),
            OnError::Raise => {
                self.resume.give_up(failure);
                None
            }
            OnError::Stop => {
                self.resume.stop();
                None
            }
        };
        self.let_go();
        self.tell(event);
    }

    /// Drops a connection that the state machine has given up.
    fn let_go(&mut self) {
        if !self.resume.is_reading() {
            self.connection = None;
        }
    }

    fn tell(&mut self, event: Option<Event>) {
        let Some(event) = event else { return };
        if let Event::Restarted(restarted) = &event {
            tracing::info!(watch = %self.attempt, reason = %restarted.reason, "a watch has lost history");
        }
        match &mut self.inventory {
            Some(inventory) => inventory.pass(event, &mut self.pending),
            None => self.pending.push_back(event),
        }
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
async fn connect(resource: &Resource, mut options: ListOptions, timeout_seconds: u32) -> Result<Body, Error> {
    let call = Call::collection(resource, "watch", Verb::Watch, Reach::Any, None)?;
    options.timeout_seconds = Some(timeout_seconds);
    let mut query: Query = options.query();
    if options.resource_version_match.is_some() {
        query.push("sendInitialEvents", true);
    }
    query.push("watch", true);
    query.push("allowWatchBookmarks", true);
    let mut request = call.request(Method::GET, &query, None)?;
    // Silence is no fault of a watch; how long it may last, the state machine says.
    request.extensions_mut().insert(RequestTimeouts::for_streaming());
    let response = resource.client().request(request).await.map_err(|error| call.failed(error))?;
    Ok(response.into_body())
}

/// The object that a frame is about.
fn object(frame: &Frame) -> Option<&Object> {
    match frame {
        Frame::Added(object) | Frame::Modified(object) | Frame::Deleted(object) => Some(object),
        _ => None,
    }
}

/// What the state machine needs to know of an error.
fn failure(error: &Error) -> Failure {
    match error.cause() {
        Cause::Answer(error) => {
            Failure::Decode(DecodeError::Object { event_type: "list".to_owned(), error: error.clone() })
        }
        Cause::Json(error) => Failure::Decode(DecodeError::Json(error.clone())),
        Cause::Refused(status) => Failure::status((**status).clone()),
        Cause::Transport(error) => match error.status() {
            Some(status) => Failure::status_with_retry_after(status.clone(), error.retry_after()),
            None if error.is_tls() => Failure::Local,
            None if error.is_timeout() || error.is_connect() || error.is_interrupted() => Failure::Transport,
            // A service of somebody else's: sheds load, limits time, injects faults. What it does not do for ever.
            None if *error.kind() == ErrorKind::Service => Failure::Transport,
            None => Failure::Local,
        },
        Cause::Watch(failure) => failure.clone(),
        _ => Failure::Local,
    }
}

/// tokio's time, so that a test's paused clock reaches every decision.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
