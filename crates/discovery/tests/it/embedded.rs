//! Discovery of the embedded server, over TLS and with credentials, in both forms.

use std::sync::Arc;

use http::{HeaderValue, Request, header};
use steersman_discovery::{Client, Config, Discoverer, EagerDiscoverer, Scope, Verb};
use steersman_envtest::EnvTest;
use steersman_transport::Body;
use tower::util::MapRequestLayer;

use crate::recorded::line;

/// A client whose server never gets to know that it may aggregate.
fn legacy(config: Config) -> Client {
    let plain = |mut request: Request<Body>| {
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request
    };
    Client::builder(config).layer(MapRequestLayer::new(plain)).build().expect("the configuration is sound")
}

/// B24: both forms say the same of a server; the aggregated one costs two requests.
#[tokio::test]
async fn b24_both_forms_of_the_embedded_server() {
    let env = EnvTest::start().await.unwrap();
    let aggregated = EagerDiscoverer::new(Client::new(env.config()).unwrap()).discover().await.unwrap();
    let paths: Vec<_> = env.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    env.forget_requests();
    let by_group = EagerDiscoverer::new(legacy(env.config())).discover().await.unwrap();
    let versions: usize = by_group.api_groups().iter().map(|group| group.versions.len()).sum();
    assert_eq!(env.requests().len(), 2 + versions);

    assert_eq!(
        aggregated.iter().map(line).collect::<Vec<_>>(),
        by_group.iter().map(line).collect::<Vec<_>>()
    );
    assert_eq!(aggregated.api_groups(), by_group.api_groups());
    for discovery in [&aggregated, &by_group] {
        assert!(discovery.failures().is_empty(), "{:?}", discovery.failures());
        let deployments = discovery.find("deploy").unwrap();
        assert_eq!((deployments.api_version().as_str(), deployments.scope), ("apps/v1", Scope::Namespaced));
        assert!(deployments.serves(&Verb::Watch));
        assert_eq!(deployments.subresource("scale").unwrap().kind.to_string(), "autoscaling/v1 Scale");
        assert_eq!(discovery.find("ns").unwrap().scope, Scope::Cluster);
    }
}

/// C06, A29: a CRD that is created while the process runs is found at the next look-up.
#[tokio::test]
async fn c06_a29_a_new_crd_is_found() {
    let env = EnvTest::start().await.unwrap();
    for client in [Client::new(env.config()).unwrap(), legacy(env.config())] {
        let discoverer: Arc<dyn Discoverer> = Arc::new(EagerDiscoverer::new(client.clone()));
        assert!(discoverer.get("example.com/v1", "Gizmo").await.unwrap_err().is_not_found());
        let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let create =
            Request::post(crds).header(header::CONTENT_TYPE, "application/json").body(Body::from(CRD));
        client.request_bytes(create.unwrap()).await.unwrap();
        let gizmos = discoverer.get("example.com/v1", "Gizmo").await.unwrap();
        assert_eq!(
            (gizmos.plural.as_str(), gizmos.short_names.as_slice()),
            ("gizmos", ["gz".into()].as_slice())
        );
        assert_eq!(discoverer.find("gz").await.unwrap(), gizmos);
        let delete = Request::delete(format!("{crds}/gizmos.example.com")).body(Body::empty());
        client.request_bytes(delete.unwrap()).await.unwrap();
    }
}

const CRD: &str = r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
    "metadata":{"name":"gizmos.example.com"},
    "spec":{"group":"example.com","scope":"Namespaced",
        "names":{"kind":"Gizmo","plural":"gizmos","singular":"gizmo","shortNames":["gz"]},
        "versions":[{"name":"v1","served":true,"storage":true,
            "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}"#;
