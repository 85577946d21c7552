//! Asks the server: the two roots, and each group version by itself where the roots only name them.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, future, stream};
use http::{Request, header};
use steersman_meta::{ApiPath, GroupVersion};
use steersman_transport::{self as transport, Body, Client};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use crate::{
    Discovery, Error, FailureCause,
    document::{self, ACCEPT, RootKind},
    listing::{self, Content, Group},
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

/// Reads everything that the server serves: two requests to a server that aggregates, one more for each group version
/// to another, at most sixteen of them at a time.
pub(crate) async fn everything(client: &Client, budget: Budget) -> Result<Discovery, Error> {
    let asking = Asking { client: client.clone(), budget, deadline: Instant::now() + budget.total };
    let (core, groups) = future::join(asking.root(RootKind::Core), asking.root(RootKind::Groups)).await;
    let mut listing = core_group(core, groups.is_ok())?;
    listing.extend(groups?);
    asking.read_rest(&mut listing).await;
    let discovery = listing::assemble(listing);
    let (groups, failures) = (discovery.api_groups().len(), discovery.failures().len());
    debug!(groups, resources = discovery.resources().len(), failures, "discovered what the server serves");
    Ok(discovery)
}

/// What is to be made of the answer at `/api`. A server without a core group has nothing there; and if only the core
/// group cannot be read, the others still can.
fn core_group(answer: Result<Vec<Group>, Error>, others_are_read: bool) -> Result<Vec<Group>, Error> {
    let error = match answer {
        Ok(groups) => return Ok(groups),
        Err(error) => error,
    };
    if !others_are_read {
        // Then the error of `/apis` is the one to tell of.
        return Ok(Vec::new());
    }
    let failed =
        |cause| vec![Group { name: String::new(), versions: vec![failed_v1(cause)], preferred: None }];
    match error {
        Error::Request { source, .. } if source.is_not_found() => Ok(Vec::new()),
        Error::Request { source, .. } => Ok(failed(FailureCause::Request(source))),
        Error::TimedOut { limit, .. } => Ok(failed(FailureCause::TimedOut(limit))),
        Error::Malformed { reason, .. } => Ok(failed(FailureCause::Malformed(reason))),
        Error::Lookup(_) => Err(error),
    }
}

fn failed_v1(cause: FailureCause) -> listing::Version {
    listing::Version { name: "v1".to_owned(), content: Content::Failed(cause) }
}

#[derive(Clone)]
struct Asking {
    client: Client,
    budget: Budget,
    deadline: Instant,
}

impl Asking {
    async fn root(&self, root: RootKind) -> Result<Vec<Group>, Error> {
        let path = root.path();
        let body = self.read(path, ACCEPT, self.budget.total).await?;
        document::root(&body, root).map_err(|reason| Error::Malformed { path: path.to_owned(), reason })
    }

    /// Reads each group version that the roots only name.
    async fn read_rest(&self, listing: &mut [Group]) {
        let mut unread = Vec::new();
        for (at, group) in listing.iter().enumerate() {
            for (version_at, version) in group.versions.iter().enumerate() {
                if matches!(version.content, Content::Unread) {
                    unread.push((at, version_at, GroupVersion::new(&*group.name, &*version.name)));
                }
            }
        }
        let requests = unread.into_iter().map(|(at, version_at, group_version)| {
            let asking = self.clone();
            async move { (at, version_at, asking.group_version(&group_version).await) }
        });
        let mut answers = stream::iter(requests).buffer_unordered(IN_FLIGHT);
        while let Some((at, version_at, content)) = answers.next().await {
            listing[at].versions[version_at].content = content;
        }
    }

    async fn group_version(&self, group_version: &GroupVersion) -> Content {
        let path = ApiPath::group_version(group_version).to_string();
        let error = match self.read(&path, "application/json", self.budget.request).await {
            Ok(body) => match document::resource_list(&body, group_version) {
                Ok(content) => return content,
                Err(reason) => return Content::Failed(FailureCause::Malformed(reason)),
            },
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

    /// The body at `path`, if it comes within `limit` and the whole budget.
    async fn read(&self, path: &str, accept: &str, limit: Duration) -> Result<Vec<u8>, Error> {
        let now = Instant::now();
        let deadline = self.deadline.min(now + limit);
        let limit = deadline.saturating_duration_since(now);
        let timed_out = || Error::TimedOut { path: path.to_owned(), limit };
        let answer = timeout_at(deadline, self.body(path, accept)).await.map_err(|_| timed_out())?;
        match answer.map_err(|source| Error::Request { path: path.to_owned(), source: Arc::new(source) })? {
            Some(body) => Ok(body),
            None => {
                let reason = format!("it is longer than {MAX_BODY_BYTES} bytes");
                Err(Error::Malformed { path: path.to_owned(), reason })
            }
        }
    }

    /// The body at `path`; `None` if it is too long.
    async fn body(&self, path: &str, accept: &str) -> Result<Option<Vec<u8>>, transport::Error> {
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty());
        let request = request.expect("a path of encoded segments is a URI");
        let mut chunks = self.client.request(request).await?.into_body().into_stream();
        let mut body = Vec::new();
        while let Some(chunk) = chunks.try_next().await? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }
}

/// How many group versions are read at a time.
const IN_FLIGHT: usize = 16;

/// The longest document that is taken in. The aggregated one of a cluster with 10,000 kinds has a tenth of it.
const MAX_BODY_BYTES: usize = 64 << 20;
