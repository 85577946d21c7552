//! What a case gets to work with.

use std::time::Duration;

use serde_json::Value;
use steersman::{Config, Error, prelude::*};

use crate::{Failure, history::History, pod_logs::PodLogs};

/// A client, a namespace of its own, and the ways to the server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context {
    /// A client with the rights of an administrator, which was given no defaults.
    pub cluster: DynamicClient,
    /// An empty namespace that no other case uses; a word that is unique on this server.
    pub namespace: String,
    /// How to reach the server with a client certificate.
    pub config: Config,
    /// How to reach the server with a bearer token.
    pub token_config: Config,
    /// How to reach the server as somebody who may read nothing and write nothing.
    pub stranger_config: Config,
    /// Where the logs of its pods are written.
    pub(crate) logs: PodLogs,
    pub(crate) history: History,
}

impl Context {
    /// A resource in the case's namespace; for a cluster-scoped kind, the resource.
    ///
    /// # Errors
    /// If the server does not serve it.
    pub async fn resource(&self, api_version: &str, kind: &str) -> Result<Resource, Error> {
        let resource = self.cluster.resource(api_version, kind).await?;
        Ok(if resource.api().is_namespaced() { resource.namespace(&self.namespace) } else { resource })
    }

    /// The `ConfigMap`s of the case's namespace.
    ///
    /// # Errors
    /// If the server does not serve them.
    pub async fn config_maps(&self) -> Result<Resource, Error> {
        self.resource("v1", "ConfigMap").await
    }

    /// A group that no other case uses.
    #[must_use]
    pub fn group(&self) -> String {
        format!("{}.{GROUPS}", self.namespace)
    }

    /// One more namespace of this case's own.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn second_namespace(&self) -> Result<String, Error> {
        let name = format!("{}-second", self.namespace);
        let namespaces = self.cluster.resource("v1", "Namespace").await?;
        namespaces.create(Self::namespace_content(&name, &self.namespace)).await?;
        Ok(name)
    }

    /// Defines a kind `Widget` of this case's group, with status and scale, and gives it in the case's namespace.
    /// Its spec has `replicas` (an integer of 0 or more), `color` (text) and `parts` (a list of texts, atomic).
    ///
    /// # Errors
    /// If the server does not take the definition, or does not serve the kind within 30 s.
    pub async fn widgets(&self) -> Result<Resource, Failure> {
        self.define(self.widget_definition()).await
    }

    /// Creates a definition, waits until its first version is served, and gives that kind in the case's namespace.
    ///
    /// # Errors
    /// If the server does not take the definition, or does not serve the kind within 30 s.
    pub async fn define(&self, definition: Value) -> Result<Resource, Failure> {
        let definitions =
            self.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await?;
        let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let api_version = &format!("{}/{}", text("/spec/group"), text("/spec/versions/0/name"));
        let kind = text("/spec/names/kind");
        definitions.create(&definition).await?;
        // A server serves a new kind a moment after it has accepted it, and says so through discovery only, which may be
        // ahead of the handler.
        eventually("the new kind", || async {
            let resource = match self.resource(api_version, kind).await {
                Err(error) if error.is_not_found() => return Ok(None),
                resource => resource?,
            };
            match resource.list().limit(1).await {
                Err(error) if error.is_not_found() => Ok(None),
                list => list.map(|_| Some(resource)).map_err(Failure::from),
            }
        })
        .await
    }

    /// Lets the server forget all history before now: what goes on from there is refused with 410, for kinds that it keeps no
    /// history of in memory, `Event` for one. For cases that run alone.
    ///
    /// # Errors
    /// If it can't be made to.
    pub(crate) async fn forget_history(&self) -> Result<(), Failure> {
        let list = self.resource("v1", "Event").await?.list().await?;
        let version = list.metadata().resource_version.clone().unwrap_or_default();
        self.history.forget_before(&version).await
    }

    /// Waits until an object is gone: what collects garbage takes its time.
    ///
    /// # Errors
    /// If it is still there after 30 s.
    pub async fn gone(&self, resource: &Resource, name: &str) -> Result<(), Failure> {
        eventually("the end of an object", || async {
            match resource.get(name).await {
                Err(error) if error.is_not_found() => Ok(Some(())),
                got => got.map(|_| None).map_err(Failure::from),
            }
        })
        .await
    }
}

/// Asks until there is an answer: a server does some things in its own time, and gives no sign.
///
/// # Errors
/// If asking fails, or there is none after 30 s.
pub(crate) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<Option<T>, Failure>>,
{
    for _ in 0..TRIES {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Failure::new(format!("waited for {what} for more than {} s", (PAUSE * TRIES).as_secs())))
}

/// All groups of cases end so.
pub(crate) const GROUPS: &str = "conformance.steersman.example";

const PAUSE: Duration = Duration::from_millis(100);
const TRIES: u32 = 300;
