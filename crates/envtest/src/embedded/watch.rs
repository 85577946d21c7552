//! Watches: a stream of events that follows the store's log.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{Stream, stream};
use http_body::Frame;
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::{
    kinds::Kind,
    list::parse_revision_bluntly,
    negotiate::View,
    request::Query,
    selectors::Selection,
    server::{Shared, Signal},
    state::State,
    status::{Cause, Failure, Outcome},
    store::{Change, last_state},
    view,
    write::present,
};

/// How long a watch lasts that names no `timeoutSeconds`: half an hour to an hour, as on the real server.
const DEFAULT_SECONDS: u64 = 1800;
/// How often a watch that allows bookmarks gets one by itself.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// How long before its end a watch gets a last bookmark.
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);

/// What a watch request wants, checked.
#[derive(Debug)]
pub(crate) struct WatchOptions {
    selection: Selection,
    bookmarks: bool,
    duration: Duration,
    start: Start,
    /// The initial events must be at least this new.
    pub(crate) at_least: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// With what is there, and then with what happens.
    State,
    /// With what is there, closed by a bookmark that says so.
    MarkedState,
    /// With what happens from now on.
    Now,
    /// With what happened after a revision.
    After(u64),
}

impl WatchOptions {
    pub(crate) fn parse(query: &Query, kind: &Kind) -> Outcome<Self> {
        refuse_contradictions(query)?;
        let selection = Selection::of(query, kind)?;
        let revision = parse_revision_bluntly(query.get("resourceVersion"))?;
        let bookmarks = query.flag("allowWatchBookmarks");
        let start = match (query.has("sendInitialEvents"), query.flag("sendInitialEvents"), revision) {
            (true, true, _) if bookmarks => Start::MarkedState,
            (true, true, _) => Start::State,
            (true, false, 0) => Start::Now,
            (false, _, 0) => Start::State,
            _ => Start::After(revision),
        };
        let seconds = match query.number("timeoutSeconds")? {
            Some(seconds) if seconds > 0 => u64::try_from(seconds).unwrap_or_default(),
            _ => DEFAULT_SECONDS + u64::from(uuid::Uuid::new_v4().as_bytes()[0]) * DEFAULT_SECONDS / 256,
        };
        let at_least = if matches!(start, Start::After(_)) { 0 } else { revision };
        Ok(Self { selection, bookmarks, duration: Duration::from_secs(seconds), start, at_least })
    }
}

fn refuse_contradictions(query: &Query) -> Outcome<()> {
    let field = "resourceVersionMatch";
    let mut causes = Vec::new();
    let (rule, initial) = (query.get(field), query.has("sendInitialEvents"));
    if initial && rule != "NotOlderThan" {
        let detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        causes.push(Cause::forbidden(field, detail));
    }
    if !rule.is_empty() {
        if !initial {
            let detail = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            causes.push(Cause::forbidden(field, detail));
        }
        if rule != "NotOlderThan" {
            causes.push(Cause::not_supported(field, &rule.into(), &["NotOlderThan"]));
        }
        if !query.get("continue").is_empty() {
            causes
                .push(Cause::forbidden(field, "resourceVersionMatch is forbidden when continue is provided"));
        }
    }
    if causes.is_empty() { Ok(()) } else { Err(Failure::invalid("ListOptions", "meta.k8s.io", "", &causes)) }
}

/// The events of one watch, as chunks of the answer's body.
pub(crate) fn events(
    shared: Arc<Shared>,
    kind: Arc<Kind>,
    prefix: String,
    options: WatchOptions,
    view: View,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + 'static {
    let signals = shared.subscribe();
    let seen = *signals.borrow();
    let now = Instant::now();
    let watcher = Watcher {
        seen,
        signals,
        feed: Feed { kind, prefix, options, view, position: 0, queue: VecDeque::new(), over: false },
        deadline: now,
        bookmark_at: now,
        shared,
    };
    stream::unfold(watcher.started(now), |mut watcher| async move {
        let chunk = watcher.next().await?;
        Some((Ok(Frame::data(chunk)), watcher))
    })
}

/// The part of a watch that waits.
struct Watcher {
    shared: Arc<Shared>,
    signals: watch::Receiver<Signal>,
    seen: Signal,
    feed: Feed,
    deadline: Instant,
    bookmark_at: Instant,
}

impl Watcher {
    fn started(mut self, now: Instant) -> Self {
        self.deadline = now + self.feed.options.duration;
        self.bookmark_at = self.next_bookmark(now);
        self.shared.read(|state| self.feed.start(state));
        self
    }

    fn next_bookmark(&self, now: Instant) -> Instant {
        let last = self.deadline.checked_sub(BOOKMARK_BEFORE_END).filter(|last| *last > now);
        last.unwrap_or(self.deadline + BOOKMARK_EVERY).min(now + BOOKMARK_EVERY)
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(chunk) = self.feed.queue.pop_front() {
                return Some(chunk);
            }
            if self.feed.over {
                return None;
            }
            let wake =
                if self.feed.options.bookmarks { self.deadline.min(self.bookmark_at) } else { self.deadline };
            tokio::select! {
                biased;
                changed = self.signals.changed() => {
                    changed.ok()?;
                    self.react();
                }
                () = tokio::time::sleep_until(wake) => {
                    let now = Instant::now();
                    if now >= self.deadline {
                        return None;
                    }
                    self.bookmark_at = self.next_bookmark(now);
                    self.feed.bookmark();
                }
            }
        }
    }

    fn react(&mut self) {
        let signal = *self.signals.borrow_and_update();
        self.shared.read(|state| self.feed.follow(state));
        if signal.bookmarks != self.seen.bookmarks && self.feed.options.bookmarks {
            self.feed.bookmark();
        }
        self.feed.over |= signal.closes != self.seen.closes;
        self.seen = signal;
    }
}

/// The part of a watch that only looks: from the log to lines of JSON.
struct Feed {
    kind: Arc<Kind>,
    prefix: String,
    options: WatchOptions,
    view: View,
    /// Everything up to this revision is in the queue or was sent.
    position: u64,
    queue: VecDeque<Bytes>,
    /// Nothing follows what is in the queue.
    over: bool,
}

impl Feed {
    fn start(&mut self, state: &State) {
        self.position = state.store.revision();
        match self.options.start {
            Start::Now => {}
            Start::After(revision) => {
                self.position = revision;
                self.follow(state);
            }
            Start::State | Start::MarkedState => {
                let bucket = self.kind.bucket();
                let objects: Vec<_> =
                    state.store.scan(&bucket, &self.prefix).map(|(_, one)| one.clone()).collect();
                for object in objects {
                    let object = present(&object, &self.kind);
                    if self.options.selection.matches(&object) {
                        self.push("ADDED", &object);
                    }
                }
                if self.options.start == Start::MarkedState {
                    let mark = json!({"k8s.io/initial-events-end": "true"});
                    self.push_bookmark(&mark);
                }
            }
        }
    }

    fn follow(&mut self, state: &State) {
        let bucket = self.kind.bucket();
        let Some(changes) = state.store.since(&bucket, self.position) else {
            let (at, oldest) = (self.position, state.store.compacted());
            let failure = Failure::expired(format!("too old resource version: {at} ({oldest})"));
            self.line(&json!({"type": "ERROR", "object": failure.status()}));
            self.over = true;
            return;
        };
        for change in &changes {
            self.event(change);
        }
        self.position = self.position.max(state.store.revision());
        self.over |= !state.serves_bucket(&bucket);
    }

    /// What a change is to somebody who sees only the selection: leaving it is a deletion, entering it an addition.
    fn event(&mut self, change: &Change) {
        if !change.key.starts_with(&self.prefix) {
            return;
        }
        let selected = |object: &Option<Arc<Value>>| {
            let object = object.as_ref().map(|object| present(object, &self.kind));
            object.filter(|object| self.options.selection.matches(object))
        };
        match (selected(&change.before), selected(&change.after)) {
            (None, None) => {}
            (None, Some(after)) => self.push("ADDED", &after),
            (Some(_), Some(after)) => self.push("MODIFIED", &after),
            (Some(before), None) => self.push("DELETED", &last_state(&before, change.revision)),
        }
    }

    fn bookmark(&mut self) {
        self.push_bookmark(&Value::Null);
    }

    fn push_bookmark(&mut self, annotations: &Value) {
        let mut object = json!({
            "kind": self.kind.kind,
            "apiVersion": self.kind.api_version(),
            "metadata": {"resourceVersion": self.position.to_string()},
        });
        if !annotations.is_null() {
            object["metadata"]["annotations"] = annotations.clone();
        }
        self.push("BOOKMARK", &object);
    }

    fn push(&mut self, event: &str, object: &Value) {
        let object = match self.view {
            View::Table if event == "BOOKMARK" => {
                json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
                       "columnDefinitions": [], "rows": []})
            }
            view => view::shown(object, &self.kind, view),
        };
        self.line(&json!({"type": event, "object": object}));
    }

    fn line(&mut self, event: &Value) {
        self.queue.push_back(Bytes::from(format!("{event}\n")));
    }
}
