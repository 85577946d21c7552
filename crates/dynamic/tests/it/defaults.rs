//! Which namespace holds where none was said.

use serde_json::json;
#[cfg(feature = "tls")]
use steersman_config::{Environment, Loader};
use steersman_dynamic::DynamicClient;

use crate::{
    kinds::{Kinds, builder},
    server::{Server, pod},
};

/// D03, D10: the call's own, else the content's, else the one of the builder; the context's only when it is asked for.
#[tokio::test]
async fn d03_d10_which_namespace() {
    let server = Server::saying(pod("p", 7));
    let kinds = Kinds::of(builder(&server).namespace("mine")).await;
    assert_eq!(kinds.cluster.namespace(), Some("mine"));
    kinds.pods.get("p").await.unwrap();
    kinds.pods.namespace("other").get("p").await.unwrap();
    kinds.pods.create(json!({"metadata": {"name": "p", "namespace": "content"}})).await.unwrap();
    kinds.pods.default_namespace().get("p").await.unwrap();
    kinds.nodes.get("n").await.unwrap();
    kinds.pods.subresource("status").unwrap().default_namespace().get("p").await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "GET /api/v1/namespaces/mine/pods/p",
            "GET /api/v1/namespaces/other/pods/p",
            "POST /api/v1/namespaces/content/pods",
            // A service of one's own has no context; kubectl's word for none is `default`.
            "GET /api/v1/namespaces/default/pods/p",
            "GET /api/v1/nodes/n",
            "GET /api/v1/namespaces/default/pods/p/status",
        ]
    );
    assert_eq!(Kinds::on(&server).await.cluster.namespace(), None);
}

/// D03, D10: the context's namespace is the configuration's.
#[cfg(feature = "tls")]
#[tokio::test]
async fn d03_d10_the_namespace_of_the_context() {
    let mut config = steersman_config::Config::new("http://127.0.0.1:1".parse().unwrap());
    config.default_namespace = "team".to_owned();
    let cluster = DynamicClient::builder().config(config).connect().await.unwrap();
    assert_eq!((cluster.context_namespace(), cluster.namespace()), ("team", None));
    assert_eq!(cluster.client().config().map(|config| config.default_namespace.as_str()), Some("team"));
}

/// E02: the configuration that a loader finds, at the context that was chosen before or after.
#[cfg(feature = "tls")]
#[tokio::test]
async fn e02_a_loader_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let kubeconfig = "
clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]
contexts: [{name: dev, context: {cluster: c, namespace: d}}, {name: prod, context: {cluster: c, namespace: p}}]
current-context: dev
";
    std::fs::write(&path, kubeconfig).unwrap();
    let loader = || Loader::new().environment(Environment::empty()).path(&path);
    let builder = DynamicClient::builder;
    for (builder, want) in [
        (builder().loader(loader()), "d"),
        (builder().loader(loader().context("prod")), "p"),
        (builder().loader(loader()).context("prod"), "p"),
    ] {
        let cluster = builder.without_cache().connect().await.unwrap();
        assert_eq!(cluster.context_namespace(), want);
    }
    let error = builder().loader(loader()).context("none").connect().await.unwrap_err();
    assert!(format!("{error:?}").contains("none"), "{error:?}");
}

/// A client over a connection that exists has no defaults of its own.
#[tokio::test]
async fn a_client_over_a_service() {
    let server = Server::default();
    let cluster = DynamicClient::new(server.client());
    assert_eq!((cluster.namespace(), cluster.context_namespace()), (None, "default"));
    assert!(cluster.client().identity().is_none());
    assert_eq!(server.count(), 0, "nothing is asked before it is needed");
}

/// Without TLS there is nothing to connect with, and an error says so.
#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn without_a_client() {
    let error = DynamicClient::builder().connect().await.expect_err("no client");
    assert_eq!(
        error.report().to_string(),
        "could not connect\n  because no client was given, and without the feature tls there is no other"
    );
}
