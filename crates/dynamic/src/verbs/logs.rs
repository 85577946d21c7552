//! `logs`: what the containers of a pod wrote.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, future, stream};
use http::Method;
use serde::Deserialize;
use steersman_meta::{PodLogOptions, Verb};
use steersman_transport::TimeoutOverride;

use crate::{
    Error, LogLines, Resource, ResourceInstance,
    call::Call,
    exchange::Refusal,
    extras::Extras,
    form::Form,
    logs::{LineCutter, Newlines, Source, Told},
    verbs::awaits,
};

/// Reads what the containers of a pod wrote. Awaited, it gives the whole log as one text, in which what is no UTF-8 has become
/// U+FFFD; with [`lines`](Self::lines) it gives line by line, and with [`follow`](Self::follow) it goes on as the log grows.
///
/// The whole log may be as long as [`max_body_bytes`](steersman_transport::Limits::max_body_bytes) of the client allows, 1 GiB
/// by default; of the lines, one at a time is in memory.
///
/// ```no_run
/// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
/// let pods = pods.namespace("shop");
/// let last = pods.logs("web").container("main").tail(20).await?;
/// println!("{last}");
///
/// let mut lines = pods.logs("web").all_containers().timestamps().follow().await?;
/// while let Some(line) = lines.try_next().await? {
///     print!("[{}] {line}", line.container().unwrap_or("?"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct Logs {
    resource: Resource,
    name: String,
    options: PodLogOptions,
    containers: Containers,
    newlines: Newlines,
    max_line_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Containers {
    /// The one that the options name, or the pod's only one.
    One,
    All,
}

impl Resource {
    /// Reads what the containers of a pod wrote.
    pub fn logs(&self, name: impl Into<String>) -> Logs {
        Logs::new(self.clone(), name.into())
    }
}

impl ResourceInstance {
    /// Reads what the containers of this pod wrote.
    pub fn logs(&self) -> Logs {
        Logs::new(self.home(), self.name().to_owned())
    }
}

impl Logs {
    fn new(resource: Resource, name: String) -> Self {
        Self {
            resource,
            name,
            options: PodLogOptions::default(),
            containers: Containers::One,
            newlines: Newlines::default(),
            max_line_bytes: LONGEST_LINE,
        }
    }

    crate::extras::request_setters!();

    /// All options at once, in place of what was set before.
    pub fn options(mut self, options: PodLogOptions) -> Self {
        self.options = options;
        self
    }

    /// Only this container's. Default: that of the pod's only one; with several, the server refuses, and names them.
    pub fn container(mut self, name: impl Into<String>) -> Self {
        self.options.container = Some(name.into());
        self.containers = Containers::One;
        self
    }

    /// Those of all containers of the pod's spec: init containers first, then the others, then ephemeral ones, each log whole
    /// before the next, and when they are followed, all at the same time. The pod is read first, to know them. One log is asked
    /// for at a time, unless they are followed.
    ///
    /// A log that does not end with a newline gets one, so that no two containers share a line.
    pub fn all_containers(mut self) -> Self {
        self.options.container = None;
        self.containers = Containers::All;
        self
    }

    /// Those of the containers that were there before the last restart.
    pub fn previous(mut self) -> Self {
        self.options.previous = Some(true);
        self
    }

    /// Only the lines of so long ago until now. It is counted in seconds, a part of one as one; 1 at least, and 292 years at
    /// most, which is all that a server can count.
    pub fn since(mut self, since: Duration) -> Self {
        let seconds = since.as_secs().saturating_add(u64::from(since.subsec_nanos() > 0));
        self.options.since_seconds = Some(seconds.clamp(1, LONGEST_SINCE));
        self.options.since_time = None;
        self
    }

    /// Only the lines from this time on, written as RFC 3339 has it: `2026-11-27T05:00:00Z`.
    pub fn since_time(mut self, time: impl Into<String>) -> Self {
        self.options.since_time = Some(time.into());
        self.options.since_seconds = None;
        self
    }

    /// Only so many of the last lines, of each container. Default: all.
    pub fn tail(mut self, lines: u64) -> Self {
        self.options.tail_lines = Some(lines);
        self
    }

    /// Each line begins with its time, and a space.
    pub fn timestamps(mut self) -> Self {
        self.options.timestamps = Some(true);
        self
    }

    /// At most so many bytes of each container; the last line may be cut. Default: no limit.
    pub fn limit_bytes(mut self, bytes: u64) -> Self {
        self.options.limit_bytes = Some(bytes);
        self
    }

    /// Takes the newline off the lines, and a carriage return before it. Default: lines keep theirs.
    pub fn strip_newlines(mut self) -> Self {
        self.newlines = Newlines::Strip;
        self
    }

    /// The longest line, in bytes, 1 MiB by default; at least 4. A longer one comes in parts of at most this length, of which
    /// all but the last say that the line [goes on](crate::LogLine::goes_on).
    pub fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.max_line_bytes = bytes;
        self
    }

    /// Line by line, up to what is there now.
    ///
    /// # Errors
    /// If something is wrong with the call, or the server refuses. Of several containers, what any but the first is refused is
    /// the stream's error.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time.
    pub async fn lines(mut self) -> Result<LogLines, Error> {
        self.options.follow = None;
        let logs = Arc::new(self);
        let mut containers = logs.containers().await?.into_iter();
        let first = match containers.next() {
            Some(container) => Some(logs.open(container).await?.into_lines()),
            None => None,
        };
        let others = stream::iter(containers).then(move |container| {
            let logs = Arc::clone(&logs);
            async move { logs.open(container).await.map(Source::into_lines) }
        });
        Ok(LogLines::new(stream::iter(first).flatten().chain(others.try_flatten())))
    }

    /// Line by line, and on as the log grows; it ends when the log does. No deadline is set to it, unless a
    /// [`timeout`](Self::timeout) is: a log may be silent for hours.
    ///
    /// A server answers when there is the first line, or an error: until then the call waits. Of several containers, the first
    /// answer counts.
    ///
    /// # Errors
    /// If something is wrong with the call, or the server refuses. Of several containers, what one is refused later is the
    /// stream's error.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time.
    pub async fn follow(mut self) -> Result<LogLines, Error> {
        self.options.follow = Some(true);
        let logs = Arc::new(self);
        let told = logs.containers().await?.into_iter().map(|container| {
            let logs = Arc::clone(&logs);
            let opened = stream::once(async move { logs.open(container).await });
            let told = opened.map_ok(|source| {
                let lines = source.into_lines().map_ok(Told::Line);
                stream::once(future::ok(Told::Opened)).chain(lines)
            });
            told.try_flatten().boxed()
        });
        let mut told = stream::select_all(told);
        // A pod without containers has no log.
        let _first = told.try_next().await?;
        Ok(LogLines::new(told.try_filter_map(|told| {
            future::ok(match told {
                Told::Line(line) => Some(line),
                Told::Opened => None,
            })
        })))
    }

    async fn send(mut self) -> Result<String, Error> {
        self.options.follow = None;
        let limit = self.resource.client().limits().max_body_bytes;
        let mut text = String::new();
        for container in self.containers().await? {
            let source = self.open(container).await?;
            let left = limit.saturating_sub(text.len());
            let bytes = source.body.collect(left).await.map_err(|error| source.attempt.failed(error))?;
            if !(text.is_empty() || text.ends_with('\n') || bytes.is_empty()) {
                text.push('\n');
            }
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        Ok(text)
    }

    /// Whose logs are meant; `None` for the only container, whatever it is called.
    async fn containers(&self) -> Result<Vec<Option<Arc<str>>>, Error> {
        if self.containers == Containers::One {
            return Ok(vec![self.options.container.as_deref().map(Arc::from)]);
        }
        // Of its metadata alone nobody could tell.
        let pods = self.resource.in_form(Form::Whole).with_extras(Extras::drop_query);
        let pod = pods.get(&*self.name).await?;
        let mut names = Vec::new();
        for list in ["/spec/initContainers", "/spec/containers", "/spec/ephemeralContainers"] {
            let containers: Option<Vec<Container>> = pod.at(list)?;
            names.extend(containers.unwrap_or_default().into_iter().map(|one| Some(one.name.into())));
        }
        Ok(names)
    }

    /// Asks for the log of one container, and waits until the server agrees.
    async fn open(&self, container: Option<Arc<str>>) -> Result<Source, Error> {
        let below = self.resource.subresource("log")?.into_resource();
        let call = Call::object(&below, "read", Verb::Get, &self.name, None)?;
        let mut options = self.options.clone();
        options.container = container.as_deref().map(str::to_owned);
        let mut exchange = call.accepting("*/*").exchange(Method::GET, &options.query(), None)?;
        let attempt = exchange.attempt().clone();
        let body = match options.follow {
            Some(true) => {
                // The head comes with the first line, which may take as long as the second.
                exchange.change_timeouts(|timeouts| timeouts.response_head = TimeoutOverride::Unlimited);
                exchange.stream(Refusal::Error).await?.into_body()
            }
            _ => exchange.open().await?,
        };
        let cutter = LineCutter::new(self.max_line_bytes);
        let newlines = match (self.containers, self.newlines) {
            (Containers::All, Newlines::Keep) => Newlines::Complete,
            (_, newlines) => newlines,
        };
        Ok(Source { attempt, body, cutter, container, newlines })
    }
}

awaits!(Logs => String);

/// What of a container in a pod's spec is asked about.
#[derive(Deserialize)]
struct Container {
    name: String,
}

/// The longest line, in bytes, if nothing else is said.
const LONGEST_LINE: usize = 1 << 20;

/// In seconds: servers make nanoseconds of it, in 63 bits, and more of them would come out as another time.
const LONGEST_SINCE: u64 = i64::MAX.unsigned_abs() / 1_000_000_000;
