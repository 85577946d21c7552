//! `can_i`: whether we may do something.

use http::Method;
use serde_json::{Map, Value, json};
use steersman_meta::{ApiResource, GroupVersionKind, Object, Query, Scope, Verb};

use crate::{
    Access, DynamicClient, Error, Resource,
    call::{Call, Payload},
    error::{Attempt, Unexpected},
    exchange::Refusal,
    place::Reach,
    verbs::awaits,
};

/// Asks whether we may do something with a resource (`SelfSubjectAccessReview`). Awaited, it gives the answer.
///
/// ```no_run
/// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
/// let pods = pods.namespace("shop");
/// if !pods.can_i("get").subresource("log").await?.allowed {
///     println!("logs are not for us");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a question does nothing until it is awaited"]
pub struct CanI {
    resource: Resource,
    verb: Verb,
    name: Option<String>,
    subresource: Option<String>,
}

/// Asks whether we may do something with a path that is no resource, `/metrics` for one. Awaited, it gives the answer.
#[derive(Debug)]
#[must_use = "a question does nothing until it is awaited"]
pub struct CanIPath {
    cluster: DynamicClient,
    verb: String,
    path: String,
}

impl Resource {
    /// Asks whether we may do something with this resource: in its namespace, or with
    /// [`all_namespaces`](Self::all_namespaces) in every one. The verb need not be one that the resource serves: RBAC has its
    /// own, `use` for one.
    pub fn can_i(&self, verb: impl Into<Verb>) -> CanI {
        let subresource = self.subresource_name().map(str::to_owned);
        CanI { resource: self.without_subresource(), verb: verb.into(), name: None, subresource }
    }
}

impl DynamicClient {
    /// Asks whether we may do something with a path that is no resource: `can_i_path("get", "/metrics")`.
    pub fn can_i_path(&self, verb: impl Into<String>, path: impl Into<String>) -> CanIPath {
        CanIPath { cluster: self.clone(), verb: verb.into(), path: path.into() }
    }
}

impl CanI {
    /// With this object. Default: with any.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// With this subresource: `log`, `scale`. Default: with the objects themselves.
    pub fn subresource(mut self, subresource: impl Into<String>) -> Self {
        self.subresource = Some(subresource.into());
        self
    }

    async fn send(self) -> Result<Access, Error> {
        let attempt = self.resource.attempt("ask about");
        let namespace =
            self.resource.namespace_of(None, Reach::Any).map_err(|error| attempt.failed(error))?;
        let api = self.resource.api();
        let mut attributes = Map::new();
        let said = [
            ("verb", Some(self.verb.as_str())),
            ("group", Some(api.group.as_str())),
            ("version", Some(api.version.as_str())),
            ("resource", Some(api.plural.as_str())),
            ("subresource", self.subresource.as_deref()),
            ("namespace", namespace.as_ref().map(steersman_meta::Namespace::as_str)),
            ("name", self.name.as_deref()),
        ];
        for (key, value) in said {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                attributes.insert(key.to_owned(), value.into());
            }
        }
        ask(self.resource.cluster(), json!({"resourceAttributes": attributes})).await
    }
}

awaits!(CanI => Access);

impl CanIPath {
    async fn send(self) -> Result<Access, Error> {
        let attributes = json!({"verb": self.verb, "path": self.path});
        ask(&self.cluster, json!({"nonResourceAttributes": attributes})).await
    }
}

awaits!(CanIPath => Access);

async fn ask(cluster: &DynamicClient, spec: Value) -> Result<Access, Error> {
    let kind = GroupVersionKind::new("authorization.k8s.io", "v1", "SelfSubjectAccessReview");
    let (attempt, answer) = review(cluster, kind, "selfsubjectaccessreviews", &json!({"spec": spec})).await?;
    let access = answer.at("/status").map_err(|error| attempt.failed(error))?;
    access.ok_or_else(|| attempt.failed(Unexpected("the review has no status")))
}

/// Asks for a review, which is answered and not stored: the defaults for writes are not for it.
pub(super) async fn review(
    cluster: &DynamicClient,
    kind: GroupVersionKind,
    plural: &str,
    content: &Value,
) -> Result<(Attempt, Object), Error> {
    let mut api = ApiResource::new(kind, plural, Scope::Cluster);
    api.verbs = [Verb::Create].into();
    let mut content = content.clone();
    content["apiVersion"] = api.api_version().into();
    content["kind"] = api.kind.as_str().into();
    let resource = cluster.resource_for(api);
    let call = Call::collection(&resource, "create", Verb::Create, Reach::One, None)?;
    let content = Object::from_content(content).map_err(|error| call.failed(error))?;
    let exchange = call.exchange(Method::POST, &Query::default(), Some(Payload::json(&content)))?;
    let (attempt, _, body) = exchange.whole(Refusal::Error).await?;
    let answer = Object::parse(body).map_err(|error| attempt.failed(error))?;
    Ok((attempt, answer))
}
