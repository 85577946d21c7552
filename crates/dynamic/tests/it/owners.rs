//! Objects that others go with.

use serde_json::{Value, json};
use steersman_dynamic::{LocalError, ResourceInstance};

use crate::{
    kinds::Kinds,
    server::{Reply, Server, pod},
};

fn object(kind: &str, api_version: &str, namespace: &str) -> Value {
    let mut metadata = json!({"name": "owner", "uid": "u", "resourceVersion": "3"});
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})
}

/// A deployment in `a`, a node, and the kinds; what was asked for them is forgotten.
async fn owners(server: &Server) -> (ResourceInstance, ResourceInstance, Kinds) {
    let kinds = Kinds::on(server).await;
    let deployment = kinds.deployments.namespace("a").get("owner").await.unwrap();
    let node = kinds.nodes.get("owner").await.unwrap();
    server.take();
    (deployment, node, kinds)
}

fn script(more: impl IntoIterator<Item = Reply>) -> Server {
    let owners = [object("Deployment", "apps/v1", "a"), object("Node", "v1", "")].map(Reply::json);
    Server::replying(owners.into_iter().chain(more))
}

/// A07, A16: a new object is made with its owners, besides those that its content names.
#[tokio::test]
async fn a07_a16_owners_of_a_new_object() {
    let server = script([Reply::json(pod("p", 1))]);
    let (deployment, node, kinds) = owners(&server).await;
    let other = json!({"apiVersion": "v1", "kind": "Node", "name": "other", "uid": "x"});
    let content = json!({"metadata": {"name": "p", "ownerReferences": [other]}});
    let create = kinds.pods.namespace("a").create(content);
    create.owner(&deployment.as_controller().unwrap()).await.unwrap();
    assert_eq!(
        server.take()[0].json()["metadata"]["ownerReferences"],
        json!([
            other,
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "owner", "uid": "u",
             "controller": true, "blockOwnerDeletion": true},
        ])
    );
    assert_eq!(node.as_owner().unwrap().namespace(), None);
}

/// A16: an owner is added to what is there now, and to nothing else, and is taken away again.
#[tokio::test(start_paused = true)]
async fn a16_owners_of_an_object() {
    let owned = |version: u32, owners: Value| {
        let mut pod = pod("p", version);
        pod["metadata"]["ownerReferences"] = owners;
        Reply::json(pod)
    };
    let other = json!({"apiVersion": "v1", "kind": "Node", "name": "other", "uid": "x"});
    let ours = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "owner", "uid": "u"});
    let server = script([
        owned(7, json!([])),
        Reply::status(409, "Conflict", "the object has been modified"),
        owned(8, json!([other])),
        owned(9, json!([other, ours])),
        owned(10, json!([other])),
    ]);
    let (deployment, _, kinds) = owners(&server).await;
    let owner = deployment.as_owner().unwrap();
    let pod = kinds.pods.namespace("a").get("p").await.unwrap();
    let owned = pod.add_owner(&owner).await.unwrap();
    assert_eq!(owned.metadata().owner_references.len(), 2);
    let free = owned.remove_owner(&owner).await.unwrap();
    assert_eq!(free.resource_version(), Some("10"));
    let path = "/api/v1/namespaces/a/pods/p";
    let want = ["GET", "PATCH", "GET", "PATCH", "PATCH"].map(|method| format!("{method} {path}"));
    assert_eq!(server.lines(), want);
    let seen = server.take();
    assert_eq!(
        seen[3].json(),
        json!({"metadata": {"resourceVersion": "8", "ownerReferences": [other, ours]}})
    );
    assert_eq!(seen[4].json(), json!({"metadata": {"resourceVersion": "9", "ownerReferences": [other]}}));
}

/// A16, D37: what Kubernetes' garbage collector would undo is refused before anything is sent.
#[tokio::test]
async fn a16_d37_owners_that_can_not_be() {
    let mut controlled = pod("p", 7);
    controlled["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "Node", "name": "other", "uid": "x", "controller": true}]);
    let server = script([Reply::json(controlled), Reply::json(pod("q", 7))]);
    let (deployment, node, kinds) = owners(&server).await;
    let (owner, controller) = (deployment.as_owner().unwrap(), deployment.as_controller().unwrap());
    let pod = kinds.pods.namespace("a").get("p").await.unwrap();
    let nameless = kinds.pods.namespace("a").get("q").await.unwrap();
    server.take();

    let error = kinds.pods.namespace("b").create(json!({"metadata": {"name": "p"}})).owner(&owner).await;
    let error = error.expect_err("another namespace");
    let elsewhere = LocalError::OwnerElsewhere { owner: "a".into(), object: "b".into() };
    assert_eq!(error.local(), Some(&elsewhere));
    assert_eq!(
        error.report().to_string(),
        "could not create v1 Pod b/p\
         \n  because the owner is in namespace \"a\", and the object in \"b\"\
         \n  hint: an owner is cluster-scoped, or in the namespace of what it owns; else mark by a label"
    );
    let error = node.add_owner(&owner).await.expect_err("a node goes with nothing in a namespace");
    let elsewhere = LocalError::OwnerElsewhere { owner: "a".into(), object: String::new() };
    assert_eq!(error.local(), Some(&elsewhere));
    let error = pod.add_owner(&controller).await.expect_err("it has a controller");
    let another = LocalError::AnotherController { kind: "Node".into(), name: "other".into() };
    assert_eq!(error.local(), Some(&another));
    let error = nameless.as_owner().expect_err("it has no uid");
    assert_eq!(error.local(), Some(&LocalError::MissingUid));
    for version in [Value::Null, json!("")] {
        // As a server answers to a creation that it only tried.
        let mut tried = object("Deployment", "apps/v1", "a");
        tried["metadata"]["resourceVersion"] = version;
        let server = Server::replying([Reply::json(tried)]);
        let deployments = Kinds::on(&server).await.deployments.namespace("a");
        let tried = deployments.create(json!({"metadata": {"name": "owner"}})).dry_run().await.unwrap();
        assert_eq!(tried.uid(), Some("u"));
        for owner in [tried.as_owner(), tried.as_controller()] {
            assert_eq!(owner.expect_err("it is not stored").local(), Some(&LocalError::MissingUid));
        }
    }
    let content = json!({"metadata": {"name": "p", "ownerReferences": 5}});
    let error = kinds.pods.namespace("a").create(content).owner(&owner).await.expect_err("no list");
    assert!(matches!(error.local(), Some(LocalError::OwnersUnread(_))), "{error:?}");
    assert_eq!(server.count(), 0);
}
