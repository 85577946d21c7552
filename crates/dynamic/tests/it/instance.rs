//! Objects that know where they came from.

use serde_json::json;
use steersman_dynamic::{
    LocalError,
    verbs::{Deleted, Obtained},
};
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

/// A06: none where there is no such object; a refusal, and a path that the server does not know, are errors all the same.
#[tokio::test]
async fn a06_an_object_that_may_be_there() {
    let server = Server::replying([
        Reply::json(pod("p", 7)),
        missing(),
        Reply::text(404, "text/plain", "404 page not found"),
        Reply::status(403, "Forbidden", "pods is forbidden"),
    ]);
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let found = pods.get("p").if_exists().await.unwrap();
    assert_eq!(found.unwrap().resource_version(), Some("7"));
    assert_eq!(pods.get("p").if_exists().await.unwrap(), None);
    assert!(pods.get("p").if_exists().await.is_err(), "no answer about an object");
    assert!(pods.get("p").if_exists().await.unwrap_err().is_forbidden());
}

/// A16: an object of the same name that was made later is another one.
#[tokio::test]
async fn a16_exists() {
    let with_uid = |uid: &str| {
        let metadata = json!({"name": "p", "namespace": "a", "uid": uid});
        Reply::json(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}))
    };
    let server = Server::replying([with_uid("one"), with_uid("one"), with_uid("two"), missing()]);
    let pod = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
    for want in [true, false, false] {
        assert_eq!(pod.exists().await.unwrap(), want);
    }
    assert_eq!(server.lines(), ["GET /api/v1/namespaces/a/pods/p"; 4]);
}

/// What an API server says where it looked for an object in vain.
fn missing() -> Reply {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
        "message": "pods \"p\" not found", "details": {"name": "p", "kind": "pods"}});
    Reply::text(404, "application/json", status.to_string())
}

/// A16: a change is made again of what is there now, with its version, even if the closure drops it.
#[tokio::test(start_paused = true)]
async fn a16_a_change_that_met_another() {
    let stale = || Reply::status(409, "Conflict", "the object has been modified");
    let server = Server::replying([
        Reply::json(pod("p", 7)),
        stale(),
        Reply::json(pod("p", 8)),
        Reply::json(pod("p", 9)),
    ]);
    let read = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
    let mut seen = Vec::new();
    let stored = read
        .change(|pod| {
            seen.push(pod.resource_version().unwrap().to_owned());
            let bare = Object::from_content(json!({"metadata": {"name": "p", "namespace": "a"}}))?;
            bare.set("/spec", json!({"seen": seen.len()}))
        })
        .await
        .unwrap();
    assert_eq!((seen, stored.resource_version()), (vec!["7".to_owned(), "8".to_owned()], Some("9")));
    let put = server.seen()[3].json();
    assert_eq!((&put["metadata"]["resourceVersion"], &put["spec"]["seen"]), (&json!("8"), &json!(2)));
    let object = "/api/v1/namespaces/a/pods/p";
    let lines = ["GET", "PUT", "GET", "PUT"].map(|method| format!("{method} {object}"));
    assert_eq!(server.lines(), lines);
}

/// A16: it ends after 5 conflicts and says so; another failure ends it at once, and so does an object made anew.
#[tokio::test(start_paused = true)]
async fn a16_a_change_that_can_not_be_made() {
    let stale = || Reply::status(409, "Conflict", "the object has been modified");
    let conflicts = (0..5).flat_map(|_| [Reply::json(pod("p", 7)), stale()]);
    let anew = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "namespace": "a", "uid": "new", "resourceVersion": "9"}});
    let failure = || Reply::status(409, "AlreadyExists", "quota");
    for (replies, requests, message) in [
        (conflicts.collect::<Vec<_>>(), 10, "could not replace v1 Pod a/p at attempt 5"),
        (vec![Reply::json(pod("p", 7)), failure()], 2, "could not replace v1 Pod a/p"),
        (
            vec![Reply::json(pod("p", 7)), stale(), Reply::json(anew)],
            3,
            "could not replace v1 Pod a/p at attempt 1",
        ),
    ] {
        let server = Server::replying(replies);
        let read = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
        let error = read.change(|pod| pod.set("/spec", json!({}))).await.expect_err(message);
        assert_eq!((error.to_string().as_str(), server.count()), (message, requests));
        assert_eq!(error.code(), Some(409));
    }
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

/// A16: what does not say its version is not replaced, whatever is there now.
#[tokio::test]
async fn a16_a_change_needs_a_version() {
    for version in [json!(null), json!("")] {
        let metadata = json!({"name": "p", "namespace": "a", "uid": "u", "resourceVersion": version});
        let server = Server::saying(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}));
        let tried = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
        server.take();
        let error = tried.change(|pod| pod.set("/spec", json!({}))).await.expect_err("no version");
        assert_eq!(
            error.report().to_string(),
            "could not change v1 Pod\
             \n  because the object has no resource version, so that others' changes would be lost\
             \n  hint: read the object first: get(\"…\"), or refresh()"
        );
        assert_eq!((error.local(), server.count()), (Some(&LocalError::MissingResourceVersion), 0));
    }
}

/// B16: where nobody has updated anything, nothing is sent; else the entries, and the version that they are of.
#[tokio::test]
async fn b16_an_upgrade_on_the_wire() {
    let entry = |manager: &str, operation: &str| {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {}}})
    };
    let mut old = pod("p", 7);
    old["metadata"]["managedFields"] = json!([entry("kubectl", "Update")]);
    let server = Server::replying([Reply::json(&old), Reply::json(pod("p", 8))]);
    let read = Kinds::on(&server).await.pods.namespace("a").get("p").await.unwrap();
    server.take();
    let upgraded = read.upgrade_applies(["kubectl"], "me").await.unwrap();
    assert_eq!(upgraded.upgrade_applies(["kubectl"], "me").await.unwrap(), upgraded);
    let seen = server.take();
    assert_eq!(
        seen.iter().map(crate::server::Seen::line).collect::<Vec<_>>(),
        ["PATCH /api/v1/namespaces/a/pods/p?fieldManager=me"]
    );
    let operations = seen[0].json();
    assert_eq!(operations[0]["value"], json!([entry("me", "Apply")]));
    assert_eq!(operations[1]["value"], "7");
}

/// A06, A07: what is there is left as it is; what is not is made; and who comes second reads again.
#[tokio::test]
async fn a06_a07_create_or_get() {
    let exists = || Reply::status(409, "AlreadyExists", "pods \"p\" already exists");
    let content = json!({"metadata": {"name": "p", "namespace": "a"}});
    for (script, want, methods) in [
        (vec![Reply::json(pod("p", 7))], Ok(("7", "found")), "GET"),
        (vec![missing(), Reply::json(pod("p", 8))], Ok(("8", "created")), "GET POST"),
        (vec![missing(), exists(), Reply::json(pod("p", 9))], Ok(("9", "found")), "GET POST GET"),
        (vec![Reply::status(403, "Forbidden", "no")], Err(403), "GET"),
        (vec![missing(), Reply::status(403, "Forbidden", "no")], Err(403), "GET POST"),
        // Somebody makes it and deletes it, again and again.
        (
            (0..5).flat_map(|_| [missing(), exists()]).collect(),
            Err(409),
            "GET POST GET POST GET POST GET POST",
        ),
    ] {
        let server = Server::replying(script);
        // The namespace is the content's own.
        let pods = Kinds::on(&server).await.pods;
        let got = pods.create_or_get(&content).field_manager("me").await;
        let got = got.map_err(|error| error.code().unwrap_or_default());
        let got = got.as_ref().map(|got| match got {
            Obtained::Found(pod) => (pod.resource_version().unwrap_or_default(), "found"),
            Obtained::Created(pod) => (pod.resource_version().unwrap_or_default(), "created"),
        });
        assert_eq!(got, want.as_ref().copied());
        let lines = methods.split(' ').map(|method| match method {
            "GET" => "GET /api/v1/namespaces/a/pods/p",
            _ => "POST /api/v1/namespaces/a/pods?fieldManager=me",
        });
        assert_eq!(server.lines(), lines.collect::<Vec<_>>());
    }
    let server = Server::default();
    let error =
        Kinds::on(&server).await.pods.create_or_get(json!({"metadata": {"generateName": "p-"}})).await;
    assert_eq!(error.expect_err("no name").local(), Some(&LocalError::MissingName));
    assert_eq!(server.count(), 0);
}
