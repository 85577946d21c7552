//! What is refused before anything is sent.

use std::{collections::BTreeMap, future::IntoFuture};

use futures::{FutureExt, future::BoxFuture};
use serde_json::json;
use steersman_dynamic::Error;
use steersman_meta::{Content, Patch};

use crate::{kinds::Kinds, server::Server};

type Refused = BoxFuture<'static, Result<(), Error>>;

fn verb<T, V: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>>(verb: V) -> Refused {
    verb.into_future().map(|result| result.map(drop)).boxed()
}

/// Each call is refused with this report, as a [`LocalError`](steersman_dynamic::LocalError), and nothing is sent.
async fn check(cases: impl IntoIterator<Item = (fn(&Kinds) -> Refused, &'static str)>) {
    let server = Server::saying(json!({"items": []}));
    let kinds = Kinds::on(&server).await;
    for (call, want) in cases {
        let error = call(&kinds).await.expect_err(want);
        assert_eq!(error.report().to_string(), want);
        assert!(error.local().is_some() && error.status().is_none() && error.code().is_none(), "{want}");
        assert_eq!(server.count(), 0, "{want}");
    }
}

fn pod() -> serde_json::Value {
    json!({"metadata": {"name": "p"}})
}

fn pod_in_a() -> serde_json::Value {
    json!({"metadata": {"name": "p", "namespace": "a"}})
}

const NO_NAMESPACE: &str = "\
    \n  because the kind is namespaced, and no namespace was given\
    \n  hint: say which: .namespace(\"…\"), .default_namespace() for the context's own, or .all_namespaces() for lists and \
    watches";

/// B03, B04, B05, D26, D37: no verb takes all namespaces by itself, and none guesses one.
#[tokio::test]
async fn b03_b04_b05_d26_d37_namespaces() {
    let server = Server::saying(json!({"items": []}));
    let k = Kinds::on(&server).await;
    let status = k.pods.subresource("status").unwrap();
    for (call, what) in [
        (verb(k.pods.get("p")), "get v1 Pod p"),
        (verb(k.pods.list()), "list v1 Pod"),
        (verb(k.pods.create(pod())), "create v1 Pod"),
        (verb(k.pods.replace(pod())), "replace v1 Pod p"),
        (verb(k.pods.patch("p", Patch::merge(json!({})))), "patch v1 Pod p"),
        (verb(k.pods.patch("p", Patch::json(json!([])))), "patch v1 Pod p"),
        (verb(k.pods.apply(pod()).field_manager("me")), "apply v1 Pod p"),
        (verb(k.pods.delete("p")), "delete v1 Pod p"),
        (verb(k.pods.delete_collection()), "delete all of v1 Pod"),
        (verb(status.get("p")), "get v1 Pod p (status)"),
        (k.pods.watch().start().map(|watch| watch.map(drop)).boxed(), "watch v1 Pod"),
    ] {
        let error = call.await.expect_err(what);
        assert_eq!(error.report().to_string(), format!("could not {what}{NO_NAMESPACE}"));
        assert_eq!(server.count(), 0, "{what}");
    }
    let all = k.pods.all_namespaces();
    for (call, what) in [
        (verb(all.get("p")), "get v1 Pod p"),
        (verb(all.create(pod_in_a())), "create v1 Pod"),
        (verb(all.replace(pod_in_a())), "replace v1 Pod p"),
        (verb(all.patch("p", Patch::merge(json!({})))), "patch v1 Pod p"),
        (verb(all.apply(pod()).field_manager("me")), "apply v1 Pod p"),
        (verb(all.delete("p")), "delete v1 Pod p"),
        (verb(all.delete_collection()), "delete all of v1 Pod"),
    ] {
        let error = call.await.expect_err(what);
        let want = format!(
            "could not {what}\n  because this call works in one namespace, not in all of them\
             \n  hint: say which namespace: .namespace(\"…\") or .default_namespace()"
        );
        assert_eq!(error.report().to_string(), want);
        assert_eq!(server.count(), 0, "{what}");
    }
    check([
        (
            (|k| verb(k.pods.namespace("b").create(pod_in_a()))) as fn(&Kinds) -> Refused,
            "could not create v1 Pod\n  because the call says namespace \"b\", and the content \"a\"",
        ),
        (
            |k| verb(k.pods.namespace("b").replace(pod_in_a())),
            "could not replace v1 Pod p\n  because the call says namespace \"b\", and the content \"a\"",
        ),
        (
            |k| verb(k.pods.namespace("b").apply(pod_in_a()).field_manager("me")),
            "could not apply v1 Pod p\n  because the call says namespace \"b\", and the content \"a\"",
        ),
        (
            |k| verb(k.pods.namespace("b").patch("p", Patch::strategic(pod_in_a()))),
            "could not patch v1 Pod p\n  because the call says namespace \"b\", and the content \"a\"",
        ),
        (
            |k| verb(k.nodes.namespace("a").get("n")),
            "could not get v1 Node n\n  because the kind is cluster-scoped, and the namespace \"a\" was given\
             \n  hint: leave the namespace out",
        ),
        (
            |k| verb(k.nodes.create(pod_in_a())),
            "could not create v1 Node\n  because the kind is cluster-scoped, and the namespace \"a\" was given\
             \n  hint: leave the namespace out",
        ),
    ])
    .await;
}

/// B06, B07, D39: names that are not there, and names that would lead elsewhere.
#[tokio::test]
async fn b06_b07_d39_names() {
    const SET: &str = "  because the content has no metadata.name\n  hint: set metadata.name in the content";
    let missing = [(|k| verb(k.pods.namespace("a").replace(json!({})))) as fn(&Kinds) -> Refused, |k| {
        verb(k.pods.namespace("a").apply(json!({})).field_manager("me"))
    }];
    let server = Server::default();
    let kinds = Kinds::on(&server).await;
    for (call, what) in missing.iter().zip(["replace", "apply"]) {
        let error = call(&kinds).await.expect_err(what);
        assert_eq!(error.report().to_string(), format!("could not {what} v1 Pod\n{SET}"));
    }
    assert_eq!(server.count(), 0);
    check([
        (
            (|k| verb(k.pods.namespace("a").get(".."))) as fn(&Kinds) -> Refused,
            "could not get v1 Pod\n  because \"..\" is no name: it means a folder",
        ),
        (|k| verb(k.pods.namespace("a").delete("")), "could not delete v1 Pod\n  because the name is empty"),
        (
            |k| verb(k.pods.namespace("a").delete("p/status")),
            "could not delete v1 Pod\n  because \"p/status\" is no name: it holds '/'",
        ),
        (
            |k| verb(k.pods.namespace("a").patch("%2e%2e", Patch::merge(json!({})))),
            "could not patch v1 Pod\n  because \"%2e%2e\" is no name: it holds '%'",
        ),
        (
            |k| verb(k.pods.namespace("../..").get("p")),
            "could not get v1 Pod p\n  because \"../..\" is no namespace: it holds '/'",
        ),
        (|k| verb(k.pods.namespace("").list()), "could not list v1 Pod\n  because the namespace is empty"),
        (
            |k| k.pods.namespace("a").watch().name("a/b").start().map(|watch| watch.map(drop)).boxed(),
            "could not watch v1 Pod in namespace a\n  because \"a/b\" is no name: it holds '/'",
        ),
    ])
    .await;
}

/// C20, D40: contents that are of another kind, no object, or no JSON.
#[tokio::test]
async fn c20_d40_contents() {
    check([
        (
            (|k| verb(k.pods.namespace("a").create(json!({"kind": "Secret"})))) as fn(&Kinds) -> Refused,
            "could not create v1 Pod\n  because the content is of kind v1 Secret, and the resource takes v1 Pod",
        ),
        (
            |k| verb(k.deployments.namespace("a").create(json!({"apiVersion": "apps/v1beta1"}))),
            "could not create apps/v1 Deployment\n  because the content is of kind apps/v1beta1 Deployment, and the \
             resource takes apps/v1 Deployment",
        ),
        (
            |k| {
                let scale = k.deployments.namespace("a").subresource("scale").unwrap();
                verb(scale.replace("d", json!({"apiVersion": "apps/v1", "kind": "Deployment"})))
            },
            "could not replace apps/v1 Deployment (scale)\n  because the content is of kind apps/v1 Deployment, and the \
             resource takes autoscaling/v1 Scale",
        ),
        (
            |k| verb(k.pods.namespace("a").create(json!(["p"]))),
            "could not create v1 Pod\n  because it is no JSON object: Array",
        ),
        (
            |k| verb(k.pods.namespace("a").create(json!({"metadata": {"name": 3}}))),
            "could not create v1 Pod\n  because its member \"name\" is of the wrong type: Number",
        ),
        (
            |k| verb(k.pods.namespace("a").create(Content::json("{\"kind\": Pod}"))),
            "could not create v1 Pod\n  because the content is no JSON\n  because not JSON at byte 9: expected a value",
        ),
        (
            |k| verb(k.pods.namespace("a").patch("p", Patch::merge(Content::json("")))),
            "could not patch v1 Pod\n  because the content is no JSON\n  because the JSON text ends too early, at byte 0",
        ),
        (
            |k| verb(k.pods.namespace("a").replace(Content::of(&BTreeMap::from([((), 1)])))),
            "could not replace v1 Pod\n  because the content is no JSON\
             \n  because cannot be written as JSON: key must be a string",
        ),
    ])
    .await;
}

/// B16, D06, D11: an apply needs somebody who owns its fields, and does not send who owned them before.
#[tokio::test]
async fn b16_d06_d11_applies() {
    const WHO: &str = "could not apply v1 Pod a/p\n  because an apply needs a field manager\
        \n  hint: say who you are: .field_manager(\"…\") on the call, or on DynamicClient::builder()";
    check([
        ((|k| verb(k.pods.apply(pod_in_a()))) as fn(&Kinds) -> Refused, WHO),
        (|k| verb(k.pods.patch("p", Patch::apply(pod_in_a()))), WHO),
        (
            |k| {
                let content = json!({"metadata": {"name": "p", "managedFields": []}});
                verb(k.pods.namespace("a").apply(content).field_manager("me"))
            },
            "could not apply v1 Pod a/p\n  because an apply must not send metadata.managedFields\
             \n  hint: remove metadata.managedFields from what you apply",
        ),
    ])
    .await;
}

/// D26, D39: verbs and subresources that are not served.
#[tokio::test]
async fn d26_d39_what_is_not_served() {
    check([
        (
            (|k| verb(k.reviews.namespace("a").delete("r"))) as fn(&Kinds) -> Refused,
            "could not delete example.com/v1 Review r\n  because the resource does not serve delete, only get",
        ),
        (
            |k| verb(k.reviews.namespace("a").list()),
            "could not list example.com/v1 Review\n  because the resource does not serve list, only get",
        ),
        (
            |k| k.reviews.namespace("a").watch().start().map(|watch| watch.map(drop)).boxed(),
            "could not watch example.com/v1 Review\n  because the resource does not serve watch, only get",
        ),
        (
            |k| verb(k.pods.namespace("a").subresource("eviction").unwrap().get("p")),
            "could not get v1 Pod p (eviction)\n  because the resource does not serve get, only create",
        ),
        (
            |k| {
                let unknown = k.pods.subresource("scale").map(drop);
                async { unknown }.boxed()
            },
            "could not use v1 Pod\n  because there is no subresource \"scale\": the kind has eviction, log, \
             sev/fetchcertchain, status",
        ),
        (
            |k| {
                let unknown = k.nodes.subresource("status").map(drop);
                async { unknown }.boxed()
            },
            "could not use v1 Node\n  because there is no subresource \"status\": the kind has none",
        ),
    ])
    .await;
}

/// D27: selectors that a server would refuse, and one that no URI can hold.
#[tokio::test]
async fn d27_selectors() {
    const LABELS: &str = "  because selector \"app in web\": expected '(' at \"web\"";
    const FIELDS: &str = "  because selector \"name\": expected FIELD=VALUE or FIELD!=VALUE at \"name\"";
    let server = Server::default();
    let k = Kinds::on(&server).await;
    let a = k.pods.namespace("a");
    for (call, want) in [
        (verb(a.list().labels("app in web")), format!("could not list v1 Pod in namespace a\n{LABELS}")),
        (verb(a.list().fields("name")), format!("could not list v1 Pod in namespace a\n{FIELDS}")),
        (
            verb(a.delete_collection().labels("app in web")),
            format!("could not delete all of v1 Pod in namespace a\n{LABELS}"),
        ),
        (
            verb(a.delete_collection().fields("name")),
            format!("could not delete all of v1 Pod in namespace a\n{FIELDS}"),
        ),
        (
            a.watch().labels("app in web").start().map(|watch| watch.map(drop)).boxed(),
            format!("could not watch v1 Pod in namespace a\n{LABELS}"),
        ),
        (
            async move {
                let mut stream = a.list().labels("app in web").stream();
                let first = stream.try_next().await.map(drop);
                assert_eq!(stream.try_next().await.unwrap(), None, "the stream is over");
                first
            }
            .boxed(),
            format!("could not list v1 Pod in namespace a\n{LABELS}"),
        ),
    ] {
        let error = call.await.expect_err(&want);
        assert_eq!(error.report().to_string(), want);
    }
    let long = format!("app in ({}b)", "a,".repeat(20_000));
    let error = k.nodes.list().labels(long).await.expect_err("too long");
    assert_eq!(
        error.report().to_string(),
        "could not list v1 Node\
         \n  because the path and the query are 80046 bytes long, which is more than a URI can be\
         \n  hint: ask in several calls, each with a part of the selector"
    );
    assert_eq!(server.count(), 0);
}
