//! `watch`: objects as they come, change and go.

use std::time::Duration;

use http::Method;
use steersman_meta::{
    FieldSelector, LabelSelector, ListOptions, Name, Object, ResourceVersion, ShardSelector, Verb,
};
use steersman_watch::{InitialEvents, Inventory, Settings, Start};

use crate::{
    Error, LocalError, OnError, RawAnswer, Resource, StopHandle, Watch,
    call::Call,
    error::Attempt,
    exchange::Exchange,
    place::Reach,
    watch::{Driver, Hook},
};

/// Watches objects: [`start`](Self::start) gives the stream of events.
///
/// What it does about closed connections, refusals, lost history and silent servers is written at
/// [`Resume`](steersman_watch::Resume).
#[derive(Debug)]
#[must_use = "a watch does nothing until it is started"]
pub struct WatchObjects {
    resource: Resource,
    options: ListOptions,
    name: Option<String>,
    timeout: Option<Duration>,
    initial_events: InitialEvents,
    tracks: Tracks,
    on_error: Option<Hook>,
    stop: StopHandle,
}

/// Whether the watch keeps what the consumer knows.
#[derive(Debug)]
enum Tracks {
    Deletions(Vec<Object>),
    Nothing,
}

impl WatchObjects {
    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            resource,
            options: ListOptions::default(),
            name: None,
            timeout: None,
            initial_events: InitialEvents::default(),
            tracks: Tracks::Nothing,
            on_error: None,
            stop: StopHandle::new(),
        }
    }

    /// All options at once, in place of what was set before. Their `timeout_seconds` is the time limit of the whole
    /// watch; `limit`, `continue_token` and `resource_version_match` are for lists, and are not used. The watch needs bookmarks and
    /// decides by itself when it wants initial events: to be told otherwise is an error. All of them are sent as they are said by
    /// [`raw`](Self::raw).
    pub fn options(mut self, options: ListOptions) -> Self {
        self.options = options;
        self
    }

    crate::extras::parameter_setters!();

    /// Only objects with these labels. An object that comes to have them is `Added`, one that loses them `Deleted`.
    /// Default: all.
    pub fn labels(mut self, selector: impl Into<LabelSelector>) -> Self {
        self.options.label_selector = selector.into();
        self
    }

    /// Only objects with these fields. Default: all.
    pub fn fields(mut self, selector: impl Into<FieldSelector>) -> Self {
        self.options.field_selector = selector.into();
        self
    }

    /// Only this part of all objects, by the hash of their uid or namespace (Kubernetes 1.36, alpha). Default: all.
    ///
    /// A server that does not give parts leaves this aside. That is noticed: with the first object that is outside of the part
    /// the watch ends with an error that [`is_shard_ignored`](Error::is_shard_ignored), and no such object is told.
    pub fn shard(mut self, part: impl Into<ShardSelector>) -> Self {
        self.options.shard_selector = part.into();
        self
    }

    /// Only the object of this name; joined with [`fields`](Self::fields), not in their place.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only what happened after this version, which a list or an object gave. Default, and what `0` means, too: everything that is there comes
    /// first, each object as `Added`, and a `Bookmark` after the last of them.
    pub fn resource_version(mut self, version: impl Into<String>) -> Self {
        self.options.resource_version = ResourceVersion::new(version);
        self
    }

    /// Ends the watch after this time, from [`start`](Self::start) on; at most 5 s later where a server does not keep to
    /// it. Default: it goes on until it is dropped.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How the watch learns what there is, at its start and behind lost history. Default:
    /// [`InitialEvents::Streamed`], which costs the server least; where a server can't do that, lists are used, and the
    /// client remembers it for the kind.
    pub fn initial_events(mut self, initial_events: InitialEvents) -> Self {
        self.initial_events = initial_events;
        self
    }

    /// Keeps which objects the caller has been told of, so that behind lost history only the differences are told: what
    /// has changed as `Modified`, what is gone as `Deleted` (see [`is_inferred`](crate::WatchEvent::is_inferred)), and
    /// nothing about what is still as it was. Costs about 200 bytes for each object. Default: nothing is kept.
    pub fn track_deletions(self) -> Self {
        self.track_deletions_of::<Object>([])
    }

    /// The same, for a caller who knows these objects already: from a list, or from what it has stored.
    pub fn track_deletions_of<O: Into<Object>>(mut self, known: impl IntoIterator<Item = O>) -> Self {
        self.tracks = Tracks::Deletions(known.into_iter().map(Into::into).collect());
        self
    }

    /// Asks this function about each error: with the error, and with how many there were in a row since the server last
    /// said 200. A connection that ends cleanly is no error, and one that is lost is. Default:
    /// [`OnError::Default`] for all.
    ///
    /// The first error is asked about, too: [`start`](Self::start) then waits until it is open.
    ///
    /// ```no_run
    /// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// use std::time::Duration;
    ///
    /// use steersman_dynamic::OnError;
    ///
    /// let watch = pods.all_namespaces().watch().on_error(|error, count| match count {
    ///     10.. => OnError::Raise,
    ///     // Somebody may grant it to us yet.
    ///     _ if error.is_forbidden() => OnError::Retry(Duration::from_secs(60)),
    ///     _ => OnError::Default,
    /// });
    /// # drop(watch);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_error(mut self, decide: impl FnMut(&Error, u32) -> OnError + Send + 'static) -> Self {
        self.on_error = Some(Hook::new(decide));
        self
    }

    /// Lets this handle end the watch; one handle can end many. Default: one of its own, which
    /// [`Watch::stop_handle`] gives.
    pub fn stop_with(mut self, stop: &StopHandle) -> Self {
        self.stop = stop.clone();
        self
    }

    /// The answer to one watch request, for the caller to read: [`stream`](RawAnswer::stream) it. The options are sent as they
    /// are said, `send_initial_events` and `allow_watch_bookmarks` too; nothing is resumed, and what the other methods say about
    /// that is not used. The [`timeout`](Self::timeout) is the server's to keep.
    ///
    /// ```no_run
    /// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// use steersman_meta::{ListOptions, ResourceVersionMatch};
    ///
    /// let options = ListOptions {
    ///     send_initial_events: Some(true),
    ///     resource_version_match: Some(ResourceVersionMatch::NotOlderThan),
    ///     allow_watch_bookmarks: Some(true),
    ///     ..Default::default()
    /// };
    /// let mut body = pods.all_namespaces().watch().options(options).raw().stream().await?.into_body();
    /// while let Some(Ok(chunk)) = body.next_chunk().await {
    ///     println!("{} bytes", chunk.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(self) -> RawAnswer {
        RawAnswer::to(self.prepare())
    }

    fn prepare(mut self) -> Result<Exchange, Error> {
        self.complete()?;
        let seconds = self.timeout.map(|limit| u32::try_from(limit.as_secs().max(1)).unwrap_or(u32::MAX));
        self.options.timeout_seconds = seconds.or(self.options.timeout_seconds);
        let mut query = self.options.query();
        query.push("watch", true);
        let call = Call::collection(&self.resource, "watch", Verb::Watch, Reach::Any, None)?;
        call.exchange(Method::GET, &query, None)
    }

    /// Opens the watch: when this returns, what happens from now on will be seen.
    ///
    /// # Errors
    /// If something is wrong with the call, or the first request fails; a server that is busy (429, as for a kind that
    /// was made a moment ago) is asked up to five times. Later failures that can heal do not end the watch. A version that the server has forgotten is no error: the first event is then a
    /// [`Restarted`](crate::WatchEvent::Restarted).
    ///
    /// # Cancel safety
    /// Dropping the future closes what it has opened.
    pub async fn start(mut self) -> Result<Watch, Error> {
        let attempt = self.complete()?;
        let options = &mut self.options;
        (options.limit, options.continue_token, options.resource_version_match) = (None, None, None);
        for (option, said) in [
            ("sendInitialEvents", options.send_initial_events.take()),
            ("allowWatchBookmarks", options.allow_watch_bookmarks.take()),
        ] {
            if said == Some(false) {
                return Err(attempt.failed(LocalError::WatchNeeds { option }));
            }
        }
        let start = match self.options.resource_version.take() {
            Some(version) => Start::At(version),
            None => Start::List,
        };
        let inventory = match self.tracks {
            Tracks::Nothing => None,
            Tracks::Deletions(known) => {
                let mut inventory = Inventory::new(&start);
                known.iter().for_each(|object| inventory.know(object));
                Some(inventory)
            }
        };
        let mut settings = Settings::default();
        let seconds = self.options.timeout_seconds.take();
        settings.timeout = self.timeout.or(seconds.map(|seconds| Duration::from_secs(seconds.into())));
        settings.spread = fastrand::f64();
        settings.initial_events = self.initial_events;
        let driver = Driver::new(attempt, self.resource, self.options, start, settings);
        let driver = driver.with_inventory(inventory).with_hook(self.on_error);
        Watch::open(Box::new(driver), self.stop).await
    }

    /// Puts the name among the selectors, and checks what can be checked.
    fn complete(&mut self) -> Result<Attempt, Error> {
        let call = Call::collection(&self.resource, "watch", Verb::Watch, Reach::Any, None)?;
        if let Some(name) = self.name.take() {
            let name = Name::parse(name).map_err(|error| call.failed(error))?;
            self.options.field_selector = std::mem::take(&mut self.options.field_selector).and_name(&name);
        }
        self.options.check().map_err(|error| call.failed(error))?;
        Ok(call.attempt().clone())
    }
}
