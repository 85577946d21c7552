//! A cluster of a few kinds, known beforehand.

use std::sync::Arc;

use steersman_discovery::{BoxFuture, Discoverer, Discovery, Error};
use steersman_dynamic::{DynamicClient, DynamicClientBuilder, Resource};
use steersman_meta::{ApiResource, ApiSubresource, GroupVersionKind, Scope, Verb};

use crate::server::Server;

/// Knows what it was told, and asks nobody.
#[derive(Debug)]
pub(crate) struct Fixed(pub(crate) Arc<Discovery>);

impl Discoverer for Fixed {
    fn discover(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(async { Ok(Arc::clone(&self.0)) })
    }

    fn refresh(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        self.discover()
    }
}

/// The kinds that the tests work with.
pub(crate) struct Kinds {
    pub(crate) cluster: DynamicClient,
    pub(crate) deployments: Resource,
    pub(crate) nodes: Resource,
    pub(crate) pods: Resource,
    /// Can be read, and no more.
    pub(crate) reviews: Resource,
}

impl Kinds {
    pub(crate) async fn on(server: &Server) -> Self {
        Self::of(builder(server)).await
    }

    pub(crate) async fn of(builder: DynamicClientBuilder) -> Self {
        let cluster = builder.connect().await.expect("a client that was given");
        let resource = async |api_version, kind| cluster.resource(api_version, kind).await.expect("a kind");
        Self {
            deployments: resource("apps/v1", "Deployment").await,
            nodes: resource("v1", "Node").await,
            pods: resource("v1", "Pod").await,
            reviews: resource("example.com/v1", "Review").await,
            cluster,
        }
    }
}

pub(crate) fn builder(server: &Server) -> DynamicClientBuilder {
    DynamicClient::builder().client(server.client()).discoverer(Fixed(Arc::new(Discovery::new(resources()))))
}

pub(crate) fn resources() -> Vec<ApiResource> {
    let all = "create delete deletecollection get list patch update watch";
    let mut pods = resource(["", "v1", "Pod"], "pods", Scope::Namespaced, all);
    pods.short_names = ["po".into()].into();
    pods.categories = ["all".into()].into();
    pods.subresources = [
        subresource("eviction", ["policy", "v1", "Eviction"], "create"),
        subresource("log", ["", "v1", "Pod"], "get"),
        subresource("sev/fetchcertchain", ["", "v1", "Pod"], "get"),
        subresource("status", ["", "v1", "Pod"], "get patch update"),
    ]
    .into();
    let mut deployments = resource(["apps", "v1", "Deployment"], "deployments", Scope::Namespaced, all);
    deployments.short_names = ["deploy".into()].into();
    deployments.subresources = [
        subresource("scale", ["autoscaling", "v1", "Scale"], "get patch update"),
        subresource("status", ["apps", "v1", "Deployment"], "get patch update"),
    ]
    .into();
    let mut older = resource(["apps", "v1beta1", "Deployment"], "deployments", Scope::Namespaced, all);
    older.preferred = false;
    deployments.preferred = true;
    vec![
        pods,
        resource(["", "v1", "Node"], "nodes", Scope::Cluster, all),
        deployments,
        older,
        resource(["example.com", "v1", "Review"], "reviews", Scope::Namespaced, "get"),
    ]
}

pub(crate) fn resource(gvk: [&str; 3], plural: &str, scope: Scope, verbs: &str) -> ApiResource {
    let mut resource = ApiResource::new(kind(gvk), plural, scope);
    resource.verbs = to_verbs(verbs).into();
    resource
}

fn subresource(name: &str, gvk: [&str; 3], verbs: &str) -> ApiSubresource {
    ApiSubresource::new(name, kind(gvk), to_verbs(verbs))
}

fn kind([group, version, kind]: [&str; 3]) -> GroupVersionKind {
    GroupVersionKind::new(group, version, kind)
}

fn to_verbs(verbs: &str) -> Vec<Verb> {
    verbs.split(' ').map(Verb::from).collect()
}
