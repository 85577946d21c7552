//! The forms in which a server answers: metadata only, and tables.

use http::header;
use serde_json::json;
use steersman_meta::Patch;

use crate::{
    kinds::Kinds,
    server::{Part, Reply, Server},
};

const ONE: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

fn partial(name: &str) -> serde_json::Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": {"name": name, "namespace": "a", "resourceVersion": "7"}})
}

/// B10, E07: each way to read asks for the metadata alone, and what comes has the verbs of its kind.
#[tokio::test(start_paused = true)]
async fn b10_e07_metadata_only() {
    let page = |token: &str| {
        Reply::json(json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"resourceVersion": "9", "continue": token}, "items": [partial("p")]}))
    };
    let mut changed = partial("p");
    changed["metadata"]["resourceVersion"] = "10".into();
    let event = Part::from(json!({"type": "MODIFIED", "object": changed}));
    let server = Server::replying([
        Reply::json(partial("p")),
        page(""),
        page("more"),
        page(""),
        Reply::stream([event, Part::Silence]),
        Reply::json(partial("p")),
    ]);
    let pods = Kinds::on(&server).await.pods.namespace("a").metadata_only();
    assert_eq!(pods.get("p").await.unwrap().kind(), "PartialObjectMetadata");
    let listed = pods.list().await.unwrap();
    let mut stream = pods.list().stream();
    while stream.try_next().await.unwrap().is_some() {}
    let mut watch = pods.watch().resource_version("9").start().await.unwrap();
    let event = watch.try_next().await.unwrap().unwrap();
    assert_eq!(event.object().unwrap().name(), "p");
    listed.items()[0].patch(Patch::merge(json!({}))).await.unwrap();
    let seen = server.seen();
    let accepted: Vec<_> = seen.iter().map(|seen| seen.header(&header::ACCEPT).unwrap()).collect();
    assert_eq!(accepted, [ONE, LIST, LIST, LIST, ONE, ONE]);
    assert_eq!(seen[5].line(), "PATCH /api/v1/namespaces/a/pods/p", "its own kind, and not that of the form");
}

/// E07: a partial object cannot replace a whole one.
#[tokio::test]
async fn e07_a_part_replaces_nothing() {
    let server = Server::replying([Reply::json(partial("p"))]);
    let pod = Kinds::on(&server).await.pods.namespace("a").metadata_only().get("p").await.unwrap();
    let error = pod.replace(&pod).await.unwrap_err();
    assert!(error.local().is_some(), "{error:?}");
    assert_eq!(server.count(), 1);
}

/// B10, E07: a list and one object as a table, with the options of both.
#[tokio::test]
async fn b10_e07_tables() {
    let table = json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "9", "continue": "c"},
        "columnDefinitions": [{"name": "Name", "type": "string", "format": "name", "priority": 0}],
        "rows": [{"cells": ["p"], "object": partial("p")}]});
    let server = Server::replying([
        Reply::json(&table),
        Reply::json(&table),
        Reply::json(json!({"kind": "PodList", "items": []})),
        Reply::status(406, "NotAcceptable", "only JSON"),
    ]);
    let pods = Kinds::on(&server).await.pods;
    let listed = pods.all_namespaces().list().labels("app=web").limit(5).as_table().await.unwrap();
    assert_eq!(listed.text().with_namespaces().to_string(), "NAMESPACE   NAME\na           p\n");
    assert_eq!(listed.metadata.next_page(), Some("c"));
    assert_eq!((&*listed.columns[0].cell_type, &*listed.columns[0].format), ("string", "name"));
    let pods = pods.namespace("a");
    let one = pods.get("p").as_table().await.unwrap();
    assert_eq!(one.rows[0].object.as_ref().unwrap().name(), "p");
    assert!(pods.list().as_table().await.is_err(), "a list is no table");
    assert_eq!(pods.list().as_table().await.unwrap_err().code(), Some(406));
    let seen = server.seen();
    assert_eq!(seen[0].line(), "GET /api/v1/pods?labelSelector=app%3Dweb&limit=5");
    assert_eq!(seen[1].line(), "GET /api/v1/namespaces/a/pods/p");
    for seen in seen {
        assert_eq!(seen.header(&header::ACCEPT), Some("application/json;as=Table;g=meta.k8s.io;v=v1"));
    }
}
