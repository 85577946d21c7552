//! What a case gets to work with.

use std::time::Duration;

use serde_json::{Value, json};
use steersman::{Config, Error, prelude::*};

use crate::Failure;

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

    /// A `ConfigMap` with one label and one entry.
    #[must_use]
    pub fn config_map(name: &str, app: &str) -> Value {
        json!({"metadata": {"name": name, "labels": {"app": app}}, "data": {"key": name}})
    }

    /// A `Widget` with one replica.
    #[must_use]
    pub fn widget(name: &str, color: &str) -> Value {
        json!({"metadata": {"name": name}, "spec": {"replicas": 1, "color": color}})
    }

    /// A `Deployment` with the containers `main` and `side`.
    #[must_use]
    pub fn deployment(name: &str, replicas: u32) -> Value {
        json!({
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [
                        {"name": "main", "image": "example.com/main:1"},
                        {"name": "side", "image": "example.com/side:1"},
                    ]},
                },
            },
        })
    }

    /// A `Pod` that no scheduler takes.
    #[must_use]
    pub fn pod(name: &str) -> Value {
        json!({
            "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": "example.com/main:1"}]},
        })
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

    /// A namespace with the label by which the runner clears up after a case.
    pub(crate) fn namespace_content(name: &str, case: &str) -> Value {
        json!({"metadata": {"name": name, "labels": {"conformance": case}}})
    }

    /// Waits until an object is gone: what collects garbage takes its time.
    ///
    /// # Errors
    /// If it is still there after 30 s.
    pub async fn gone(&self, resource: &Resource, name: &str) -> Result<(), Failure> {
        for _ in 0..300 {
            match resource.get(name).await {
                Err(error) if error.is_not_found() => return Ok(()),
                Err(error) => return Err(error.into()),
                Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        Err(Failure::new(format!("{name} is still there after 30 s")))
    }

    /// A group that no other case uses.
    #[must_use]
    pub fn group(&self) -> String {
        format!("{}.{GROUPS}", self.namespace)
    }

    /// Defines a kind `Widget` of this case's group, with status and scale, and gives it in the case's namespace.
    /// Its spec has `replicas` (an integer of 0 or more), `color` (text) and `parts` (a list of texts, atomic).
    ///
    /// # Errors
    /// If the server does not take the definition, or does not serve the kind within 30 s.
    pub async fn widgets(&self) -> Result<Resource, Failure> {
        self.define(self.widget_definition()).await
    }

    /// The definition behind [`widgets`](Self::widgets).
    #[must_use]
    pub fn widget_definition(&self) -> Value {
        let schema = json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "replicas": {"type": "integer", "minimum": 0},
                "color": {"type": "string"},
                "parts": {"type": "array", "items": {"type": "string"}},
            }},
            "status": {"type": "object", "properties": {
                "replicas": {"type": "integer"},
                "selector": {"type": "string"},
                "phase": {"type": "string"},
            }},
        }});
        let mut definition = self.definition("Widget", "widgets", schema);
        definition["spec"]["names"]["shortNames"] = json!(["wd"]);
        definition["spec"]["names"]["categories"] = json!(["toys"]);
        definition["spec"]["versions"][0]["subresources"] = json!({
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        });
        definition
    }

    /// The definition of a namespaced kind of this case's group, at the version `v1`, with this schema.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a schema is written where it is passed")]
    pub fn definition(&self, kind: &str, plural: &str, schema: Value) -> Value {
        json!({
            "metadata": {"name": format!("{plural}.{}", self.group()), "labels": {"conformance": self.namespace}},
            "spec": {
                "group": self.group(),
                "scope": "Namespaced",
                "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind},
                "versions": [
                    {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}},
                ],
            },
        })
    }

    /// Creates a definition, waits until its first version is served, and gives that kind in the case's namespace.
    ///
    /// # Errors
    /// If the server does not take the definition, or does not serve the kind within 30 s.
    pub async fn define(&self, definition: Value) -> Result<Resource, Failure> {
        let definitions =
            self.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await?;
        let text = |pointer: &str| {
            definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (group, version) = (text("/spec/group"), text("/spec/versions/0/name"));
        let kind = text("/spec/names/kind");
        definitions.create(&definition).await?;
        // A server serves a new kind a moment after it has accepted it, and says so through discovery only.
        let mut tries = 0;
        loop {
            match self.resource(&format!("{group}/{version}"), &kind).await {
                Err(error) if error.is_not_found() && tries < 300 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                // Discovery can be ahead of the handler by a moment.
                Ok(resource) => match resource.list().limit(1).await {
                    Err(error) if error.is_not_found() && tries < 300 => {
                        tries += 1;
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    Err(error) => return Err(error.into()),
                    Ok(_) => return Ok(resource),
                },
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// All groups of cases end so.
pub(crate) const GROUPS: &str = "conformance.steersman.example";
