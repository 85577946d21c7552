//! Lists whose items are handled one by one. The clock is paused.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Method, Request};
use serde_json::{Value, json};
use steersman_dynamic::LocalError;
use steersman_meta::{FieldValidation, PatchType};
use steersman_transport::{Body, Client};

use crate::{
    kinds::{Kinds, builder},
    server::{Reply, Server, pod},
};

fn pods(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "PodList", "items": items})
}

fn mixed(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn item(api_version: &str, kind: &str, name: &str, namespace: &str) -> Value {
    let mut item = json!({"metadata": {"name": name}});
    if !kind.is_empty() {
        item["apiVersion"] = api_version.into();
        item["kind"] = kind.into();
    }
    if !namespace.is_empty() {
        item["metadata"]["namespace"] = namespace.into();
    }
    item
}

/// B44, B45, B46, B52: what a list of one kind and a mixed one are called.
#[tokio::test]
async fn b44_b45_b46_b52_what_lists_are() {
    let kinds = Kinds::on(&Server::default()).await;
    let of_pods = kinds.pods.bulk();
    assert_eq!((&*of_pods.api_version(), &*of_pods.kind()), ("v1", "PodList"));
    assert_eq!(of_pods.base_resource(), Some(&kinds.pods));
    let deployments = kinds.deployments.bulk();
    assert_eq!((&*deployments.api_version(), &*deployments.kind()), ("apps/v1", "DeploymentList"));
    let mixed = kinds.cluster.bulk();
    assert_eq!((&*mixed.api_version(), &*mixed.kind()), ("v1", "List"));
    assert_eq!(mixed.base_resource(), None);
}

/// B47, B48, B49: each verb, item by item, each in its own namespace, with the options of the verb.
#[tokio::test]
async fn b47_b48_b49_verbs_on_the_wire() {
    let list = || pods(&[item("", "", "p", "a"), item("v1", "Pod", "q", "b")]);
    let server = Server::saying(pod("p", 7));
    let bulk = Kinds::on(&server).await.pods.bulk();
    let lines = || {
        server
            .take()
            .iter()
            .map(|seen| format!("{} {}", seen.line(), seen.json_or_null()))
            .collect::<Vec<_>>()
    };
    let (p, q) = ("/api/v1/namespaces/a/pods", "/api/v1/namespaces/b/pods");
    let of = |name: &str, namespace: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}});
    let (body_p, body_q) = (of("p", "a"), of("q", "b"));

    bulk.get(list()).await.unwrap().into_all().unwrap();
    assert_eq!(lines(), [format!("GET {p}/p null"), format!("GET {q}/q null")]);
    bulk.create(list()).field_manager("m").await.unwrap().into_all().unwrap();
    assert_eq!(
        lines(),
        [format!("POST {p}?fieldManager=m {body_p}"), format!("POST {q}?fieldManager=m {body_q}")]
    );
    bulk.replace(list()).field_validation(FieldValidation::Strict).await.unwrap().into_all().unwrap();
    assert_eq!(
        lines(),
        [
            format!("PUT {p}/p?fieldValidation=Strict {body_p}"),
            format!("PUT {q}/q?fieldValidation=Strict {body_q}")
        ]
    );
    bulk.patch(list()).dry_run().force().await.unwrap().into_all().unwrap();
    let seen = server.take();
    assert_eq!(seen[0].line(), format!("PATCH {p}/p?dryRun=All"), "force is of applies");
    assert_eq!(seen[0].content_type(), "application/strategic-merge-patch+json");
    bulk.patch(list()).patch_type(PatchType::Merge).await.unwrap().into_all().unwrap();
    assert_eq!(server.take()[1].content_type(), "application/merge-patch+json");
    bulk.apply(list()).field_manager("m").force().await.unwrap().into_all().unwrap();
    let seen = server.take();
    assert_eq!(seen[1].line(), format!("PATCH {q}/q?fieldManager=m&force=true"));
    assert_eq!(seen[1].content_type(), "application/apply-patch+yaml");
    bulk.delete(list()).grace_period_seconds(0).await.unwrap().into_all().unwrap();
    let seen = server.take();
    assert_eq!((seen[0].line(), seen[1].line()), (format!("DELETE {p}/p"), format!("DELETE {q}/q")));
    assert_eq!(seen[0].json()["gracePeriodSeconds"], 0);
}

/// B47: what came back is a list again.
#[tokio::test]
async fn b47_a_list_comes_back() {
    let server = Server::replying([Reply::json(pod("p", 7)), Reply::status(404, "NotFound", "no q")]);
    let bulk = Kinds::on(&server).await.pods.bulk();
    let got = bulk.get(pods(&[item("", "", "p", "a"), item("", "", "q", "a")])).at_a_time(1).await.unwrap();
    assert_eq!(got.to_value(), json!({"apiVersion": "v1", "kind": "PodList", "items": [pod("p", 7)]}));
    let failed: Vec<String> = got.failed().map(ToString::to_string).collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].starts_with("item 1, Pod a/q: could not get v1 Pod a/q"), "{failed:?}");
    assert!(got.into_all().unwrap_err().is_not_found());
}

/// B48, B49: one item's failure is its own; what is missing of an item is said of that item.
#[tokio::test]
async fn b48_b49_outcomes() {
    let server = Server::saying(pod("p", 7));
    let bulk = Kinds::on(&server).await.pods.bulk();
    let list = pods(&[
        item("v1", "Pod", "p", "a"),
        item("v1", "Pod", "", "a"),
        item("v1", "Pod", "q", ""),
        item("v1", "Node", "n", "a"),
        item("v1", "Pod", "r", "a"),
    ]);
    let outcomes = bulk.replace(list).await.unwrap();
    let told: Vec<String> = outcomes
        .iter()
        .map(|outcome| match &outcome.result {
            Ok(_) => format!("{} {}", outcome.index, outcome.name),
            Err(error) => format!("{} {}", outcome.index, error.local().unwrap()),
        })
        .collect();
    assert_eq!(
        told,
        [
            "0 p",
            "1 the content has no metadata.name",
            "2 the kind is namespaced, and no namespace was given",
            "3 the content is of kind v1 Node, and the resource takes v1 Pod",
            "4 r",
        ]
    );
    assert_eq!((outcomes.len(), server.count()), (5, 2));
    let elsewhere = bulk.namespace("else").delete(pods(&[item("", "", "q", "")])).await.unwrap();
    elsewhere.into_all().unwrap();
    assert_eq!(server.lines().last().unwrap(), "DELETE /api/v1/namespaces/else/pods/q");
}

/// B48: an item that says another kind is not sent, whatever the verb: its name would be that of some other object. Metadata
/// alone says a kind of its own, and is no mismatch.
#[tokio::test]
async fn b48_items_of_another_kind() {
    let server = Server::saying(pod("web", 7));
    let bulk = Kinds::on(&server).await.pods.bulk();
    let metadata = "PartialObjectMetadata";
    let only = |member: &str, value: &str| {
        let mut item = item("", "", "web", "a");
        item[member] = value.into();
        item
    };
    for (item, said) in [
        (item("v1", "ConfigMap", "web", "a"), Some("v1 ConfigMap")),
        (item("v2", "Pod", "web", "a"), Some("v2 Pod")),
        (item("apps/v1", "Pod", "web", "a"), Some("apps/v1 Pod")),
        (item("v1", metadata, "web", "a"), Some("v1 PartialObjectMetadata")),
        (only("kind", "ConfigMap"), Some("v1 ConfigMap")),
        (only("apiVersion", "v2"), Some("v2 Pod")),
        (item("meta.k8s.io/v1", metadata, "web", "a"), None),
        (only("kind", "Pod"), None),
        (only("apiVersion", "v1"), None),
        (item("", "", "web", "a"), None),
    ] {
        let list = || pods(std::slice::from_ref(&item));
        let results = [
            bulk.delete(list()).await.unwrap().into_all().map(drop),
            bulk.get(list()).await.unwrap().into_all().map(drop),
            bulk.patch(list()).await.unwrap().into_all().map(drop),
        ];
        let want = said
            .map(|said| LocalError::KindMismatch { content: said.to_owned(), resource: "v1 Pod".to_owned() });
        for result in &results {
            assert_eq!(result.as_ref().err().and_then(|error| error.local()), want.as_ref(), "{item}");
        }
        assert_eq!(server.take().len(), if want.is_none() { results.len() } else { 0 }, "{item}");
    }
}

/// B50: no content, no items, another kind of list; nothing is sent.
#[tokio::test]
async fn b50_what_is_no_list() {
    let server = Server::default();
    let kinds = Kinds::on(&server).await;
    let bulk = kinds.pods.bulk();
    let mismatch = |content: &str| LocalError::KindMismatch {
        content: content.to_owned(),
        resource: "PodList".to_owned(),
    };
    for (list, want) in [
        (Value::Null, LocalError::NoContent),
        (pods(&[]), LocalError::NoItems),
        (json!({"kind": "PodList"}), LocalError::NoItems),
        (json!({"kind": "PodList", "items": null}), LocalError::NoItems),
        (mixed(&[item("v1", "Pod", "p", "a")]), mismatch("List")),
        (pod("p", 7), mismatch("Pod")),
        (json!({"items": [1]}), mismatch("")),
    ] {
        let error = bulk.create(list.clone()).await.unwrap_err();
        assert_eq!(error.local(), Some(&want), "{list}");
        assert_eq!(error.to_string(), "could not create the items of a v1 PodList");
        assert_eq!(bulk.delete(list).await.unwrap_err().local(), Some(&want));
    }
    assert_eq!(server.count(), 0);
}

/// B51: each item of a mixed list goes to its own kind; a kind that is not there fails its items alone.
#[tokio::test]
async fn b51_mixed_lists() {
    let server = Server::saying(pod("p", 7));
    let cluster = Kinds::on(&server).await.cluster;
    let list = mixed(&[
        item("v1", "Pod", "p", "a"),
        item("apps/v1", "Deployment", "d", ""),
        item("v1", "Node", "n", ""),
        item("v1", "Nope", "x", ""),
        item("v1", "Nope", "y", ""),
    ]);
    let outcomes = cluster.bulk().namespace("b").create(list).at_a_time(1).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "POST /api/v1/namespaces/a/pods",
            "POST /apis/apps/v1/namespaces/b/deployments",
            "POST /api/v1/nodes"
        ]
    );
    let failed: Vec<String> = outcomes.failed().map(ToString::to_string).collect();
    assert_eq!(failed.len(), 2);
    assert!(failed[0].starts_with("item 3, Nope x: could not find v1 Nope"), "{failed:?}");
    assert!(failed[1].contains("as an item before this one has found out"), "{failed:?}");
}

/// B49: several at a time, and never more; the outcomes are in the order of the list.
#[tokio::test(start_paused = true)]
async fn b49_several_at_a_time() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let client = {
        let (under_way, most) = (under_way.clone(), most.clone());
        Client::from_service(tower::service_fn(move |request: Request<Body>| {
            let (under_way, most) = (under_way.clone(), most.clone());
            async move {
                most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // The first ones take the longest.
                let name = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
                let number: u64 = name.trim_start_matches('p').parse().unwrap_or_default();
                tokio::time::sleep(Duration::from_millis(100 - number)).await;
                under_way.fetch_sub(1, Ordering::SeqCst);
                assert_eq!(request.method(), Method::GET);
                Ok::<_, std::convert::Infallible>(http::Response::new(Body::from(pod(&name, 1).to_string())))
            }
        }))
    };
    let kinds = Kinds::of(builder(&Server::default()).client(client)).await;
    let items: Vec<Value> = (0..40).map(|n| item("v1", "Pod", &format!("p{n}"), "a")).collect();
    for (at_a_time, want) in [(5, 5), (1, 1), (0, 1), (1000, 40)] {
        most.store(0, Ordering::SeqCst);
        let got = kinds.pods.bulk().get(pods(&items)).at_a_time(at_a_time).await.unwrap();
        assert_eq!(most.load(Ordering::SeqCst), want, "{at_a_time}");
        let names: Vec<String> = got.into_all().unwrap().iter().map(|pod| pod.name().to_owned()).collect();
        let want: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
        assert_eq!(names, want);
    }
}
