//! A request that only has to be sent, and the ways to read what comes back.

use bytes::Bytes;
use http::{Request, Response, response::Parts};
use steersman_meta::Object;
use steersman_transport::{Body, RequestTimeouts, TimeoutOverride};

use crate::{DynamicClient, Error, Resource, ResourceInstance, error::Attempt};

/// Everything is decided, and nothing is sent yet.
pub(crate) struct Exchange {
    cluster: DynamicClient,
    attempt: Attempt,
    request: Request<Body>,
}

/// An exchange whose answer is about objects, and where these live.
pub(crate) struct Prepared {
    pub(crate) exchange: Exchange,
    pub(crate) home: Resource,
}

/// What an answer that is no success is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Refusal {
    #[default]
    Error,
    Answer,
}

impl Exchange {
    pub(crate) fn new(cluster: DynamicClient, attempt: Attempt, request: Request<Body>) -> Self {
        Self { cluster, attempt, request }
    }

    /// What is tried, for what is said when it fails.
    pub(crate) fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Sends it, and gives the head and the whole body.
    pub(crate) async fn whole(self, refusal: Refusal) -> Result<(Attempt, Parts, Bytes), Error> {
        let Self { cluster, attempt, request } = self.ending();
        let client = cluster.client();
        let answer = async {
            match refusal {
                Refusal::Error => client.request_bytes(request).await,
                Refusal::Answer => {
                    let (head, body) = client.send(request).await?.into_parts();
                    Ok((head, body.collect(client.limits().max_body_bytes).await?))
                }
            }
        };
        match answer.await {
            Ok((head, body)) => Ok((attempt, head, body)),
            Err(error) => Err(attempt.failed(error)),
        }
    }

    /// Sends it, and gives the body of a success, which is read as it comes, up to its end.
    pub(crate) async fn open(self) -> Result<Body, Error> {
        let Self { cluster, attempt, request } = self.ending();
        let sent = cluster.client().request(request).await;
        Ok(sent.map_err(|error| attempt.failed(error))?.into_body())
    }

    /// Sends it, and gives the answer with a body that may be silent for as long as it likes, and go on for ever, where the
    /// request does not say otherwise.
    pub(crate) async fn stream(mut self, refusal: Refusal) -> Result<Response<Body>, Error> {
        let usual = RequestTimeouts::for_streaming();
        self.change_timeouts(|timeouts| {
            inherit(&mut timeouts.body_idle, usual.body_idle);
            inherit(&mut timeouts.total, usual.total);
        });
        let Self { cluster, attempt, request } = self;
        let client = cluster.client();
        let response = match refusal {
            Refusal::Error => client.request(request).await,
            Refusal::Answer => client.send(request).await,
        };
        response.map_err(|error| attempt.failed(error))
    }

    /// The same, with the client's limit for answers that end.
    fn ending(mut self) -> Self {
        if let Some(limit) = self.cluster.defaults().timeout {
            self.change_timeouts(|timeouts| inherit(&mut timeouts.total, TimeoutOverride::After(limit)));
        }
        self
    }

    pub(crate) fn change_timeouts(&mut self, change: impl FnOnce(&mut RequestTimeouts)) {
        let extensions = self.request.extensions_mut();
        let mut timeouts = extensions.get::<RequestTimeouts>().copied().unwrap_or_default();
        change(&mut timeouts);
        extensions.insert(timeouts);
    }
}

/// Takes `usual` where nothing was said.
fn inherit(timeout: &mut TimeoutOverride, usual: TimeoutOverride) {
    if *timeout == TimeoutOverride::Inherit {
        *timeout = usual;
    }
}

impl Prepared {
    /// Sends it, and gives the object that comes back.
    pub(crate) async fn object(self) -> Result<ResourceInstance, Error> {
        let (attempt, _, body) = self.exchange.whole(Refusal::Error).await?;
        let object = Object::parse(body).map_err(|error| attempt.failed(error))?;
        Ok(ResourceInstance::new(self.home, object))
    }
}
