//! `watch`: objects as they come, change and go.

use std::time::Duration;

use steersman_meta::{FieldSelector, LabelSelector, ListOptions, Name, ResourceVersion, Verb};
use steersman_watch::{Settings, Start};

use crate::{Error, Resource, call::Call, place::Reach};

/// Watches objects: [`start`](Self::start) gives the stream of events.
#[derive(Debug)]
#[must_use = "a watch does nothing until it is started"]
pub struct WatchObjects {
    resource: Resource,
    options: ListOptions,
    name: Option<String>,
    timeout: Option<Duration>,
}

impl WatchObjects {
    pub(crate) fn new(resource: Resource) -> Self {
        Self { resource, options: ListOptions::default(), name: None, timeout: None }
    }

    /// All options at once, in place of what was set before. Their `timeout_seconds` is the time limit of the whole
    /// watch; `limit`, `continue_token` and `resource_version_match` are for lists, and are not used.
    pub fn options(mut self, options: ListOptions) -> Self {
        self.options = options;
        (self.options.limit, self.options.continue_token) = (None, None);
        self.options.resource_version_match = None;
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

    /// Only the object of this name; joined with [`fields`](Self::fields), not in their place.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only what happened after this version, which a list or an object gave. Default: everything that is there comes
    /// first, each object as `Added`, and a `Bookmark` after the last of them.
    pub fn resource_version(mut self, version: impl Into<String>) -> Self {
        self.options.resource_version = ResourceVersion::new(version);
        self
    }

    /// Ends the watch after this time. Default: it goes on until it is dropped.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Opens the watch: when this returns, what happens from now on will be seen.
    ///
    /// # Errors
    /// If something is wrong with the call, or the first request fails. Later failures that can heal do not end the
    /// watch. A version that the server has forgotten is no error: the first event is then a
    /// [`Restarted`](crate::WatchEvent::Restarted).
    ///
    /// # Cancel safety
    /// Dropping the future closes what it has opened.
    pub async fn start(mut self) -> Result<crate::Watch, Error> {
        let call = Call::collection(&self.resource, "watch", Verb::Watch, Reach::Any, None)?;
        if let Some(name) = &self.name {
            let name = Name::parse(name).map_err(|error| call.failed(error))?;
            self.options.field_selector = self.options.field_selector.and_name(&name);
        }
        self.options.check().map_err(|error| call.failed(error))?;
        let attempt = call.attempt().clone();
        let start = match self.options.resource_version.take() {
            Some(version) => Start::At(version),
            None => Start::List,
        };
        let mut settings = Settings::default();
        let seconds = self.options.timeout_seconds.take();
        settings.timeout = self.timeout.or(seconds.map(|seconds| Duration::from_secs(seconds.into())));
        settings.spread = fastrand::f64();
        crate::Watch::open(attempt, self.resource, self.options, start, settings).await
    }
}
