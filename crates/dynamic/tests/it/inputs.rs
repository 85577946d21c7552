//! C20, B15: whatever a caller has goes into a write, and nothing of it is lost or made up on the way.

use std::{collections::BTreeMap, future::IntoFuture};

use futures::{FutureExt, future::BoxFuture};
use serde::Serialize;
use serde_json::{Value, json};
use steersman_dynamic::{Error, Resource};
use steersman_meta::{Content, Object, Patch};

use crate::{
    kinds::Kinds,
    server::{Server, page, pod},
};

const TEXT: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{}},"spec":{"gone":null,"none":"","few":[],"n":1.50}}"#;

const YAML: &str = "
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {}}
spec:
  gone: ~
  none: ''
  few: []
  n: 1.50
";

fn value() -> Value {
    serde_json::from_str(TEXT).expect("JSON")
}

/// A type of the caller's own: null where it has no value, and absent where it says so.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Own {
    api_version: &'static str,
    kind: &'static str,
    metadata: BTreeMap<&'static str, Value>,
    spec: Spec,
}

#[derive(Serialize)]
struct Spec {
    gone: Option<u8>,
    none: String,
    few: Vec<u8>,
    n: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u8>,
}

fn own() -> Own {
    let metadata = BTreeMap::from([("name", json!("p")), ("labels", json!({}))]);
    let spec = Spec { gone: None, none: String::new(), few: Vec::new(), n: 1.5, absent: None };
    Own { api_version: "v1", kind: "Pod", metadata, spec }
}

/// The same content, in every form that a caller may have it in.
fn every_form() -> Vec<(&'static str, Content)> {
    let object = Object::parse(TEXT).expect("an object");
    vec![
        ("a value", Content::from(value())),
        ("a value that is borrowed", Content::from(&value())),
        ("a type of one's own", Content::of(&own())),
        ("a map of values", Content::of(value().as_object().expect("a map"))),
        ("an object", Content::from(object.clone())),
        ("an object that is borrowed", Content::from(&object)),
        ("a document", Content::from(object.document())),
        ("JSON, a text", Content::json(TEXT)),
        ("JSON, a text of one's own", Content::json(TEXT.to_owned())),
        ("JSON, bytes", Content::json(TEXT.as_bytes().to_vec())),
        ("YAML, a text", Content::yaml(YAML)),
        ("YAML, bytes", Content::yaml(YAML.as_bytes())),
        ("JSON, read as YAML", Content::yaml(TEXT)),
    ]
}

type Sent = BoxFuture<'static, Result<(), Error>>;

fn sent<T, V: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>>(verb: V) -> Sent {
    verb.into_future().map(|result| result.map(drop)).boxed()
}

/// The writes, each with this content.
fn writes(pods: &Resource, content: &Content) -> Vec<(&'static str, Sent)> {
    let status = pods.subresource("status").expect("it is served");
    vec![
        ("create", sent(pods.create(content.clone()))),
        ("replace", sent(pods.replace(content.clone()))),
        ("merge", sent(pods.patch("p", Patch::merge(content.clone())))),
        ("strategic", sent(pods.patch("p", Patch::strategic(content.clone())))),
        ("apply", sent(pods.apply(content.clone()).field_manager("me"))),
        ("patch, apply", sent(pods.patch("p", Patch::apply(content.clone())).field_manager("me"))),
        ("replace of a subresource", sent(status.replace("p", content.clone()))),
    ]
}

/// C20, B15: every form, with every write: null stays null, what is empty stays, and what is absent stays absent.
#[tokio::test]
async fn b15_c20_every_form_of_every_write() {
    let server = Server::saying(pod("p", 7));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    for (form, content) in every_form() {
        for (write, call) in writes(&pods, &content) {
            call.await.unwrap_or_else(|error| panic!("{form}, {write}: {error:?}"));
            let request = server.take().pop().expect("a request");
            assert_eq!(request.json(), value(), "{form}, {write}");
        }
    }
}

/// C20: what is text or an object already travels byte for byte.
#[tokio::test]
async fn c20_bytes_stay() {
    let server = Server::saying(pod("p", 7));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    for content in [Content::json(TEXT), Content::from(Object::parse(TEXT).expect("an object"))] {
        for (write, call) in writes(&pods, &content) {
            call.await.expect(write);
            assert_eq!(server.take().pop().expect("a request").body, TEXT, "{write}");
        }
    }
}

/// C20, A17: what a verb gave goes into the next one: an instance, and a list with all that is in it.
#[tokio::test]
async fn a17_c20_instances_and_lists() {
    let server =
        Server::replying([crate::server::Reply::json(pod("p", 7)), page(9, "", [pod("p", 7), pod("q", 8)])]);
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let instance = pods.get("p").await.unwrap();
    let list = pods.list().await.unwrap();
    server.take();
    let answering = Server::saying(pod("p", 7));
    let pods = Kinds::on(&answering).await.pods.namespace("a");
    for content in [Content::from(&instance), Content::from(instance)] {
        pods.replace(content).await.unwrap();
        assert_eq!(answering.take()[0].json(), pod("p", 7));
    }
    for content in [Content::from(&list), Content::from(list)] {
        assert_eq!(pods.bulk().replace(content).at_a_time(1).await.unwrap().len(), 2);
        let bodies: Vec<_> = answering.take().iter().map(|seen| seen.json()).collect();
        assert_eq!(bodies, [pod("p", 7), pod("q", 8)]);
    }
}

/// C20: a JSON patch is a list, from any form; and its null is a value.
#[tokio::test]
async fn c20_lists_of_operations() {
    let server = Server::saying(pod("p", 7));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let operations =
        json!([{"op": "add", "path": "/spec/x", "value": null}, {"op": "remove", "path": "/spec/y"}]);
    for content in [
        Content::from(&operations),
        Content::of(operations.as_array().expect("a list")),
        Content::json(operations.to_string()),
        Content::yaml("- {op: add, path: /spec/x, value: ~}\n- {op: remove, path: /spec/y}"),
    ] {
        pods.patch("p", Patch::json(content)).await.unwrap();
        assert_eq!(server.take()[0].json(), operations);
    }
}
