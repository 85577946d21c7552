//! Objects that know where they came from.

use serde_json::json;
use steersman_dynamic::verbs::Deleted;
use steersman_meta::{Object, Patch};

use crate::{
    kinds::Kinds,
    server::{Reply, Server, page, pod},
};

/// A13, A14, A15: an instance reads as its object.
#[tokio::test]
async fn a13_a14_a15_reads() {
    let body = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a", "uid": "u",
        "resourceVersion": "7", "labels": {"app": "web"}, "annotations": {"x": "y"}}, "spec": {"n": 3}});
    let kinds = Kinds::on(&Server::saying(body.clone())).await;
    let pod = kinds.pods.namespace("a").get("p").await.unwrap();
    assert_eq!((pod.name(), pod.namespace(), pod.uid()), ("p", Some("a"), Some("u")));
    assert_eq!((pod.kind(), pod.api_version(), pod.resource_version()), ("Pod", "v1", Some("7")));
    assert_eq!(pod.labels()["app"], "web");
    assert_eq!(pod.annotations()["x"], "y");
    assert_eq!(pod.at::<i64>("/spec/n"), Ok(Some(3)));
    assert_eq!(pod.field::<i64>("spec.n"), Ok(Some(3)));
    assert_eq!(pod.to_value(), body);
    assert_eq!(serde_json::to_value(&pod).unwrap(), body);
    assert_eq!(pod.object(), &pod.clone().into_object());
    assert_eq!(pod.resource(), kinds.pods.namespace("a"));
}

/// A16, D31: labels and annotations are set, and removed, by a merge patch of their own.
#[tokio::test]
async fn a16_d31_labels_and_annotations() {
    let server = Server::saying(pod("p", 7));
    let pod = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
    server.take();
    pod.set_labels([("a", Some("b")), ("gone", None)]).await.unwrap();
    pod.set_annotations([("x".to_owned(), Some("y".to_owned()))])
        .field_manager("me")
        .dry_run()
        .await
        .unwrap();
    let seen = server.take();
    assert_eq!(seen[0].line(), "PATCH /api/v1/namespaces/a/pods/p");
    assert_eq!(seen[0].header(&http::header::CONTENT_TYPE), Some("application/merge-patch+json"));
    assert_eq!(seen[0].json(), json!({"metadata": {"labels": {"a": "b", "gone": null}}}));
    assert_eq!(seen[1].line(), "PATCH /api/v1/namespaces/a/pods/p?dryRun=All&fieldManager=me");
    assert_eq!(seen[1].json(), json!({"metadata": {"annotations": {"x": "y"}}}));
}

/// A16: the verbs of an instance go to this object, wherever the resource stood that it came from.
#[tokio::test]
async fn a16_verbs_of_this_object() {
    let server = Server::replying([
        page(9, "", [pod("p", 7)]),
        Reply::json(pod("p", 8)),
        Reply::json(pod("p", 9)),
        Reply::json(json!({"kind": "Status", "apiVersion": "v1", "status": "Success"})),
    ]);
    let list = Kinds::on(&server).await.pods.all_namespaces().list().await.unwrap();
    let old = &list.items()[0];
    let patched = old.patch(Patch::merge(json!({"spec": {"x": 1}}))).await.unwrap();
    assert_eq!((old.resource_version(), patched.resource_version()), (Some("7"), Some("8")));
    let content = patched.set("/spec", json!({"x": 2})).unwrap();
    let replaced = patched.replace(content).await.unwrap();
    assert_eq!(replaced.resource_version(), Some("9"));
    let gone = replaced.delete().uid("u").await.unwrap();
    assert!(matches!(gone, Deleted::Status(status) if !status.is_failure()));
    let object = "/api/v1/namespaces/a/pods/p";
    assert_eq!(
        server.lines(),
        [
            "GET /api/v1/pods".to_owned(),
            format!("PATCH {object}"),
            format!("PUT {object}"),
            format!("DELETE {object}")
        ]
    );
    let put = server.seen()[2].json();
    assert_eq!(put["metadata"]["resourceVersion"], "8", "so that somebody else's change is a conflict");
    assert_eq!(put["spec"], json!({"x": 2}));
    assert_eq!(server.seen()[3].json()["preconditions"], json!({"uid": "u"}));
}

/// A10: a delete gives the object where it waits for something, else the server's word.
#[tokio::test]
async fn a10_what_a_delete_gives() {
    let server = Server::replying([Reply::json(pod("p", 8)), page(9, "", [pod("p", 8), pod("q", 8)])]);
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let Deleted::Object(waiting) = pods.delete("p").await.unwrap() else { panic!("an object") };
    assert_eq!((waiting.name(), waiting.resource_version()), ("p", Some("8")));
    let all = pods.delete_collection().await.unwrap();
    assert_eq!(all.iter().map(|pod| pod.name()).collect::<Vec<_>>(), ["p", "q"]);
    let server = Server::saying(json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    assert!(pods.delete_collection().await.unwrap().is_empty());
}

/// A16: refreshed in place; a failure leaves the object as it was.
#[tokio::test]
async fn a16_refresh() {
    let server = Server::replying([
        Reply::json(pod("p", 7)),
        Reply::json(pod("p", 8)),
        Reply::status(404, "NotFound", "pods \"p\" not found"),
    ]);
    let mut pod = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
    let before = pod.clone();
    pod.refresh().await.unwrap();
    assert_eq!((before.resource_version(), pod.resource_version()), (Some("7"), Some("8")));
    assert!(pod.refresh().await.expect_err("gone").is_not_found());
    assert_eq!(pod.resource_version(), Some("8"));
    assert_eq!(server.lines(), ["GET /api/v1/namespaces/a/pods/p"; 3]);
}

/// A13: equal by content. Which client, which resource, and how it is spelt, does not matter.
#[tokio::test]
async fn a13_equality() {
    let spelt = r#"{ "metadata": {"resourceVersion":"7","namespace":"a","name":"p"}, "kind":"Pod","apiVersion":"v1"}"#;
    let one = Kinds::on(&Server::saying(pod("p", 7))).await.pods.namespace("a").get("p").await.unwrap();
    let server = Server::replying([Reply::text(200, "application/json", spelt), Reply::json(pod("p", 8))]);
    let nodes = Kinds::on(&server).await.nodes;
    let other = nodes.get("p").await.unwrap();
    assert_eq!(one, other);
    assert_eq!(other.resource(), nodes);
    assert_ne!(one, nodes.get("p").await.unwrap());
    assert_eq!(one.object(), &Object::parse(spelt).unwrap());
}

/// A20, A35: a scale that was read is changed where it was read; the kind above keeps its verbs.
#[tokio::test]
async fn a20_a35_an_instance_of_a_subresource() {
    let scale = json!({"apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": {"name": "d", "namespace": "a", "resourceVersion": "7"}, "spec": {"replicas": 1}});
    let server = Server::saying(scale.clone());
    let kinds = Kinds::on(&server).await;
    let mut read = kinds.deployments.namespace("a").subresource("scale").unwrap().get("d").await.unwrap();
    read.refresh().await.unwrap();
    read.patch(Patch::merge(json!({"spec": {"replicas": 2}}))).await.unwrap();
    read.replace(read.set("/spec/replicas", json!(3)).unwrap()).await.unwrap();
    let object = "/apis/apps/v1/namespaces/a/deployments/d";
    assert_eq!(
        server.lines(),
        [
            format!("GET {object}/scale"),
            format!("GET {object}/scale"),
            format!("PATCH {object}/scale"),
            format!("PUT {object}/scale")
        ]
    );
    assert_eq!(server.seen()[3].json()["spec"]["replicas"], 3);
    server.take();
    // A delete of the scale must not become one of the deployment.
    let refused = read.delete().await.expect_err("a scale is not deleted");
    assert_eq!(
        refused.report().to_string(),
        "could not delete apps/v1 Deployment d (scale)\
         \n  because the resource does not serve delete, only get, patch, update"
    );
    assert_eq!(server.count(), 0);
    assert_eq!(read.resource(), kinds.deployments.namespace("a"));
    read.resource().get("d").await.unwrap();
    read.subresource("status").unwrap().get("d").await.unwrap();
    assert_eq!(server.lines(), [format!("GET {object}"), format!("GET {object}/status")]);
}

/// A20: from an object to what lies below it.
#[tokio::test]
async fn a20_a_subresource_of_an_instance() {
    let server = Server::saying(pod("p", 7));
    let pod = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
    pod.subresource("status").unwrap().get(pod.name()).await.unwrap();
    assert_eq!(server.lines()[1], "GET /api/v1/namespaces/a/pods/p/status");
    assert!(pod.subresource("scale").is_err());
}
