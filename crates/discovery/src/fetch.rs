//! Asks the server: the two roots, and each group version by itself where the roots only name them.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures::{StreamExt, TryStreamExt, future, stream};
use http::{HeaderValue, Request, StatusCode, header};
use steersman_meta::{ApiPath, GroupVersion, Text};
use steersman_transport::{self as transport, Body, Client, RequestTimeouts, TimeoutOverride};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use crate::{
    Discovery, Error, FailureCause,
    document::{self, ACCEPT, RootKind},
    listing::{Content, Group, Root, Version},
    need::Wants,
    source::{Form, Source},
    update::{Answer, Update},
};

/// How long discovery waits. It has a budget of its own, so that an API service that is down costs seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// For the document of one group version, its body and whatever the client tries again included; 10 s by default.
    pub request: Duration,
    /// For one discovery in all; 30 s by default. The documents at `/api` and `/apis`, which name everything else, may
    /// take all of it; a group version that is not read by then counts as failed.
    pub total: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { request: Duration::from_secs(10), total: Duration::from_secs(30) }
    }
}

/// What asking gave.
#[derive(Debug)]
pub(crate) struct Surveyed {
    /// What is known now; no less than before.
    pub(crate) discovery: Discovery,
    /// Why a root that was asked could not be read.
    pub(crate) core: Option<Error>,
    pub(crate) groups: Option<Error>,
}

/// Asks for what is wanted, and joins it with what is known: two requests to a server that aggregates, one more for each
/// group version to another, at most sixteen of them at a time. Counts in `sent` each as it is sent.
pub(crate) async fn survey(
    client: &Client,
    budget: Budget,
    known: Option<&Discovery>,
    wants: &Wants,
    sent: &AtomicU32,
) -> Surveyed {
    let deadline = Instant::now() + budget.total.min(LONGEST);
    let asking = Asking { client, budget, deadline, sent };
    let nothing = Discovery::default();
    let known = known.filter(|_| !wants.from_nothing).unwrap_or(&nothing);
    let sources = known.sources();
    let (core, mut groups) = future::join(
        asking.root_if(wants, RootKind::Core, sources.of(RootKind::Core)),
        asking.root_if(wants, RootKind::Groups, sources.of(RootKind::Groups)),
    )
    .await;
    let (core, core_error) = take_error(core);
    let knew_groups = sources.is_current(RootKind::Groups);
    if groups.is_none() && !knew_groups && core_error.as_ref().is_some_and(is_missing) {
        // Either there is no core group, or this is no API server: the other root tells.
        groups = Some(asking.root(RootKind::Groups, None).await);
    }
    let groups_are_read = groups.as_ref().map_or(knew_groups, Result::is_ok);
    // What is known of the core group outlives an error that concerns it alone.
    let is_told = |error: &&Error| {
        groups_are_read && (groups.is_some() || is_missing(error) || !sources.is_current(RootKind::Core))
    };
    let core = core.or_else(|| core_error.as_ref().filter(is_told).and_then(failed_core));
    let (groups, groups_error) = take_error(groups);

    let mut update = Update::of(known);
    update.take([(RootKind::Core, core), (RootKind::Groups, groups)], wants);
    let unread = update.unread(wants);
    if !unread.is_empty() {
        let contents = asking.contents(unread).await;
        update.fill(contents);
    }
    let discovery = update.into_discovery();
    let (groups, failures) = (discovery.api_groups().len(), discovery.failures().len());
    debug!(groups, resources = discovery.resources().len(), failures, "asked what the server serves");
    // A server without a core group has nothing there.
    let core_error = core_error.filter(|error| !is_missing(error) || !groups_are_read);
    Surveyed { discovery, core: core_error, groups: groups_error }
}

fn take_error(answer: Option<Result<Answer, Error>>) -> (Option<Answer>, Option<Error>) {
    match answer {
        None => (None, None),
        Some(Ok(answer)) => (Some(answer), None),
        Some(Err(error)) => (None, Some(error)),
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Request { source, .. } if source.is_not_found())
}

/// What is to be made of an error at `/api`, if the others are read: if only the core group cannot be read, they still can.
fn failed_core(error: &Error) -> Option<Answer> {
    let cause = match error {
        _ if is_missing(error) => None,
        Error::Request { source, .. } => Some(FailureCause::Request(Arc::clone(source))),
        Error::TimedOut { limit, .. } => Some(FailureCause::TimedOut(*limit)),
        Error::Malformed { reason, .. } => Some(FailureCause::Malformed(reason.clone())),
        Error::Lookup(_) => return None,
    };
    let versions = cause.map(|cause| Version { name: "v1".into(), content: Content::Failed(cause) });
    let group = Group { name: Text::default(), versions: versions.into_iter().collect(), preferred: None };
    Some(Answer::Root(Root { source: source(Form::Legacy, None), groups: vec![group] }))
}

fn source(form: Form, etag: Option<String>) -> Source {
    // Only an aggregated document says all, so that the mark of another says nothing of what it names.
    let etag = etag.filter(|_| form == Form::Aggregated);
    Source { form, etag, read_at: SystemTime::now(), is_current: true }
}

#[derive(Clone, Copy)]
struct Asking<'a> {
    client: &'a Client,
    budget: Budget,
    deadline: Instant,
    sent: &'a AtomicU32,
}

impl Asking<'_> {
    async fn root_if(
        &self,
        wants: &Wants,
        root: RootKind,
        known: Option<&Source>,
    ) -> Option<Result<Answer, Error>> {
        if !wants.root(root) {
            return None;
        }
        Some(self.root(root, known.and_then(|source| source.etag.as_deref())).await)
    }

    async fn root(&self, root: RootKind, etag: Option<&str>) -> Result<Answer, Error> {
        let path = root.path();
        let (body, etag) = match self.read(path, ACCEPT, etag, self.budget.total).await? {
            Document::NotModified => return Ok(Answer::StillHolds),
            Document::Body { body, etag } => (body, etag),
        };
        let (form, groups) = document::root(&body, root)
            .map_err(|reason| Error::Malformed { path: path.to_owned(), reason })?;
        Ok(Answer::Root(Root { source: source(form, etag), groups }))
    }

    /// Reads the documents of these group versions.
    async fn contents(&self, versions: HashSet<GroupVersion>) -> HashMap<GroupVersion, Content> {
        let requests = versions.into_iter().map(|version| async move {
            let content = self.group_version(&version).await;
            (version, content)
        });
        stream::iter(requests).buffer_unordered(IN_FLIGHT).collect().await
    }

    async fn group_version(&self, group_version: &GroupVersion) -> Content {
        let path = ApiPath::group_version(group_version).to_string();
        let error = match self.read(&path, "application/json", None, self.budget.request).await {
            Ok(Document::Body { body, .. }) => match document::resource_list(&body, group_version) {
                Ok(content) => return content,
                Err(reason) => return Content::Failed(FailureCause::Malformed(reason)),
            },
            Ok(Document::NotModified) => return Content::Unread,
            Err(error) => error,
        };
        match error {
            // A server may name the core group and have nothing in it.
            Error::Request { source, .. } if source.is_not_found() && group_version.group.is_empty() => {
                Content::Read { resources: Vec::new(), fault: None }
            }
            Error::Request { source, .. } => Content::Failed(FailureCause::Request(source)),
            Error::TimedOut { limit, .. } => Content::Failed(FailureCause::TimedOut(limit)),
            other => Content::Failed(FailureCause::Malformed(other.to_string())),
        }
    }

    /// The document at `path`, if it comes within `limit` and the whole budget; with an `etag`, only if it is another.
    async fn read(
        &self,
        path: &str,
        accept: &str,
        etag: Option<&str>,
        limit: Duration,
    ) -> Result<Document, Error> {
        let now = Instant::now();
        let deadline = self.deadline.min(now + limit);
        let limit = deadline.saturating_duration_since(now);
        let timed_out = || Error::TimedOut { path: path.to_owned(), limit };
        let answer =
            timeout_at(deadline, self.document(path, accept, etag, limit)).await.map_err(|_| timed_out())?;
        let failed = |source: transport::Error| {
            let is_over = source.is_timeout() && Instant::now() >= deadline;
            if is_over {
                timed_out()
            } else {
                Error::Request { path: path.to_owned(), source: Arc::new(source) }
            }
        };
        match answer.map_err(failed)? {
            Some(document) => Ok(document),
            None => {
                let reason = format!("it is longer than {MAX_BODY_BYTES} bytes");
                Err(Error::Malformed { path: path.to_owned(), reason })
            }
        }
    }

    /// The document at `path`; `None` if it, or the path, is too long.
    async fn document(
        &self,
        path: &str,
        accept: &str,
        etag: Option<&str>,
        limit: Duration,
    ) -> Result<Option<Document>, transport::Error> {
        let mut request = Request::get(path).header(header::ACCEPT, accept);
        // A mark that comes from a file may be anything.
        let etag = etag.and_then(|etag| HeaderValue::from_str(etag).ok());
        let is_conditional = etag.is_some();
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        // A path of encoded segments is a URI, unless it is too long for one.
        let Ok(mut request) = request.body(Body::empty()) else { return Ok(None) };
        // So that the client does not begin a pause, as a server may ask for, that would outlast it.
        let mut timeouts = RequestTimeouts::default();
        timeouts.response_head = TimeoutOverride::After(limit);
        request.extensions_mut().insert(timeouts);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let response = match self.client.request(request).await {
            Err(error) if is_conditional && error.code() == Some(StatusCode::NOT_MODIFIED) => {
                return Ok(Some(Document::NotModified));
            }
            answer => answer?,
        };
        let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok());
        let etag = etag.filter(|etag| etag.len() <= MAX_ETAG_BYTES).map(str::to_owned);
        let length =
            response.headers().get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
        // What is said of the length is a claim.
        let mut body = Vec::with_capacity(length.unwrap_or(0).min(MAX_RESERVED_BYTES));
        let mut chunks = response.into_body().into_stream();
        while let Some(chunk) = chunks.try_next().await? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(Document::Body { body, etag }))
    }
}

/// What comes back for a request.
enum Document {
    /// It is the one that is known already.
    NotModified,
    Body {
        body: Vec<u8>,
        etag: Option<String>,
    },
}

/// How many group versions are read at a time.
pub(crate) const IN_FLIGHT: usize = 16;

/// The longest document that is taken in. The aggregated one of a cluster with 10,000 kinds has a tenth of it.
const MAX_BODY_BYTES: usize = 64 << 20;

/// How much of what a server claims to send is believed before it comes.
const MAX_RESERVED_BYTES: usize = 1 << 20;

/// A longer mark is not kept; a real one has some sixty bytes.
const MAX_ETAG_BYTES: usize = 1024;

/// A longer budget is as good as none, and must not run over the clock's end.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
