//! Questions about ourselves: what is asked, and what is made of the answers.

use http::header;
use serde_json::{Value, json};
use steersman_dynamic::LocalError;

use crate::{
    kinds::{Kinds, builder},
    server::{Reply, Server},
};

fn answer(status: &Value) -> Reply {
    Reply::json(
        json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "status": status}),
    )
}

/// E02, C29: who the server takes us for; nothing is discovered for it, and no default is sent with it.
#[tokio::test]
async fn e02_c29_whoami() {
    let server = Server::replying([Reply::json(json!({
        "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
        "status": {"userInfo": {"username": "alice", "groups": ["a", "b"], "extra": {"k": ["v"]}}},
    }))]);
    let cluster = Kinds::of(builder(&server).dry_run().field_manager("m")).await.cluster;
    let user = cluster.whoami().await.unwrap();
    assert_eq!((&*user.username, &*user.uid), ("alice", ""));
    assert_eq!(
        (user.groups, user.extra["k"].clone()),
        (vec!["a".to_owned(), "b".to_owned()], vec!["v".to_owned()])
    );
    let seen = server.take().remove(0);
    assert_eq!(seen.line(), "POST /apis/authentication.k8s.io/v1/selfsubjectreviews");
    assert_eq!(seen.header(&header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(seen.json(), json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}));
}

/// C29: what is asked about, for each way to ask.
#[tokio::test]
async fn c29_can_i() {
    let server = Server::saying(json!({"status": {"allowed": true, "reason": "because"}}));
    let kinds = Kinds::on(&server).await;
    let pods = kinds.pods.namespace("a");
    let deployments = &kinds.deployments;
    for (question, want) in [
        (pods.can_i("get"), json!({"verb": "get", "version": "v1", "resource": "pods", "namespace": "a"})),
        (
            pods.can_i("get").name("web").subresource("log"),
            json!({"verb": "get", "version": "v1", "resource": "pods", "namespace": "a", "name": "web", "subresource": "log"}),
        ),
        (
            deployments.all_namespaces().can_i("deletecollection"),
            json!({"verb": "deletecollection", "group": "apps", "version": "v1", "resource": "deployments"}),
        ),
        (kinds.nodes.can_i("use"), json!({"verb": "use", "version": "v1", "resource": "nodes"})),
    ] {
        let access = question.await.unwrap();
        assert!(access.allowed && !access.denied);
        assert_eq!(access.reason, "because");
        let seen = server.take().remove(0);
        assert_eq!(seen.line(), "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
        assert_eq!(seen.json()["spec"], json!({"resourceAttributes": want}));
    }
    kinds.cluster.can_i_path("get", "/metrics").await.unwrap();
    let want = json!({"nonResourceAttributes": {"verb": "get", "path": "/metrics"}});
    assert_eq!(server.take().remove(0).json()["spec"], want);
    let error = kinds.pods.can_i("get").await.unwrap_err();
    assert_eq!(error.local(), Some(&LocalError::MissingNamespace));
    assert_eq!(server.count(), 0);
}

/// C29: a no, and an answer that is none.
#[tokio::test]
async fn c29_answers() {
    let no = json!({"allowed": false, "denied": true, "evaluationError": "a webhook is down"});
    let server = Server::replying([answer(&no), Reply::json(json!({"kind": "SelfSubjectAccessReview"}))]);
    let nodes = Kinds::on(&server).await.nodes;
    let access = nodes.can_i("get").await.unwrap();
    assert!(!access.allowed && access.denied);
    assert_eq!(access.evaluation_error, "a webhook is down");
    let error = nodes.can_i("get").await.unwrap_err();
    assert_eq!(
        error.report().to_string().lines().next(),
        Some("could not create authorization.k8s.io/v1 SelfSubjectAccessReview")
    );
}
