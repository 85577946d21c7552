//! What is wrong with a call is found before anything is sent: each kind of mistake, on each verb that it can be made with.

use std::future::IntoFuture;

use futures::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use steersman_dynamic::{Error, LocalError, Resource};
use steersman_meta::Patch;

use crate::{kinds::Kinds, server::Server};

type Refused = BoxFuture<'static, Result<(), Error>>;

fn call<T, V: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>>(verb: V) -> Refused {
    verb.into_future().map(|result| result.map(drop)).boxed()
}

/// The verbs that name an object: all of them, with `name`.
fn named(pods: &Resource, name: &str) -> Vec<(&'static str, Refused)> {
    let patch = |patch| call(pods.patch(name, patch));
    let mut verbs = vec![
        ("get", call(pods.get(name))),
        ("get if it exists", call(pods.get(name).if_exists())),
        ("get as a table", call(pods.get(name).as_table())),
        ("get raw", call(pods.get(name).raw())),
        ("patch, JSON", patch(Patch::json(json!([])))),
        ("patch, merge", patch(Patch::merge(json!({})))),
        ("patch, strategic", patch(Patch::strategic(json!({})))),
        ("patch raw", call(pods.patch(name, Patch::merge(json!({}))).raw())),
        ("patch, apply", call(pods.patch(name, Patch::apply(json!({}))).field_manager("me"))),
        ("delete", call(pods.delete(name))),
        ("delete raw", call(pods.delete(name).raw())),
        ("wait", call(pods.wait(name).for_condition("Ready"))),
        ("wait for deletion", call(pods.wait(name).for_deletion())),
    ];
    let lines = |logs: BoxFuture<'static, Result<_, Error>>| {
        logs.map(|it: Result<steersman_dynamic::LogLines, _>| it.map(drop)).boxed()
    };
    if pods.api().subresource("log").is_some() {
        verbs.extend([
            ("logs", call(pods.logs(name))),
            ("logs, lines", lines(pods.logs(name).lines().boxed())),
            ("logs, followed", lines(pods.logs(name).follow().boxed())),
            ("logs of all containers", call(pods.logs(name).all_containers())),
        ]);
    }
    if let Ok(status) = pods.subresource("status") {
        verbs.extend([
            ("get of a subresource", call(status.get(name))),
            ("replace of a subresource", call(status.replace(name, json!({})))),
            ("patch of a subresource", call(status.patch(name, Patch::merge(json!({}))))),
            ("apply of a subresource", call(status.apply(name, json!({})).field_manager("me"))),
        ]);
    }
    if let Ok(eviction) = pods.subresource("eviction") {
        verbs.push(("create of a subresource", call(eviction.create(name, json!({})))));
    }
    verbs
}

/// The verbs that carry a content, which may say where it goes.
fn carrying(pods: &Resource, content: &Value) -> Vec<(&'static str, Refused)> {
    let mut verbs = vec![
        ("create", call(pods.create(content))),
        ("create raw", call(pods.create(content).raw())),
        ("replace", call(pods.replace(content))),
        ("replace raw", call(pods.replace(content).raw())),
        ("patch, merge", call(pods.patch("p", Patch::merge(content)))),
        ("patch, strategic", call(pods.patch("p", Patch::strategic(content)))),
        ("patch, apply", call(pods.patch("p", Patch::apply(content)).field_manager("me"))),
        ("apply", call(pods.apply(content).field_manager("me"))),
        ("apply raw", call(pods.apply(content).field_manager("me").raw())),
    ];
    if let Ok(status) = pods.subresource("status") {
        verbs.extend([
            ("replace of a subresource", call(status.replace("p", content))),
            ("patch of a subresource", call(status.patch("p", Patch::merge(content)))),
            ("apply of a subresource", call(status.apply("p", content).field_manager("me"))),
        ]);
    }
    verbs
}

/// The verbs about many objects; those of one namespace first, then those that take all.
fn about_many(pods: &Resource) -> [Vec<(&'static str, Refused)>; 2] {
    let mut stream = pods.list().stream();
    [
        vec![
            ("delete all", call(pods.delete_collection())),
            ("delete all raw", call(pods.delete_collection().raw())),
        ],
        vec![
            ("list", call(pods.list())),
            ("list as a table", call(pods.list().as_table())),
            ("list raw", call(pods.list().raw())),
            ("stream", async move { stream.try_next().await.map(drop) }.boxed()),
            ("watch", pods.watch().start().map(|watch| watch.map(drop)).boxed()),
            ("watch raw", call(pods.watch().raw())),
        ],
    ]
}

fn all(pods: &Resource, content: &Value) -> Vec<(&'static str, Refused)> {
    let many = about_many(pods).into_iter().flatten();
    named(pods, "p").into_iter().chain(carrying(pods, content)).chain(many).collect()
}

/// Each call fails with what `is_right` says, and the server hears of none.
async fn check(
    mistake: &str,
    calls: impl FnOnce(&Kinds) -> Vec<(&'static str, Refused)>,
    is_right: impl Fn(&LocalError) -> bool,
) {
    let server =
        Server::saying(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "items": []}));
    let kinds = Kinds::on(&server).await;
    let calls = calls(&kinds);
    assert!(!calls.is_empty());
    for (verb, call) in calls {
        let error = call.await.expect_err(&format!("{mistake}: {verb}"));
        assert!(error.local().is_some_and(&is_right), "{mistake}: {verb}: {error:?}");
        assert!(error.status().is_none() && error.attempts() == 0, "{mistake}: {verb}");
        assert_eq!(server.count(), 0, "{mistake}: {verb}");
    }
}

fn content() -> Value {
    json!({"metadata": {"name": "p"}})
}

/// B04, B05, D26, D37: no namespace; and all of them, where one is needed.
#[tokio::test]
async fn b04_b05_d26_d37_a_namespace_is_missing() {
    check("no namespace", |k| all(&k.pods, &content()), |error| *error == LocalError::MissingNamespace).await;
    check(
        "all namespaces",
        |k| {
            let pods = k.pods.all_namespaces();
            let [one, _] = about_many(&pods);
            // A wait is about one object too, though it is a watch.
            named(&pods, "p").into_iter().chain(carrying(&pods, &content())).chain(one).collect()
        },
        |error| *error == LocalError::AllNamespaces,
    )
    .await;
    check(
        "an empty namespace",
        |k| all(&k.pods.namespace(""), &content()),
        |error| matches!(error, LocalError::Name(_)),
    )
    .await;
    check(
        "a namespace that leads elsewhere",
        |k| all(&k.pods.namespace("a/../b"), &content()),
        |error| matches!(error, LocalError::Name(_)),
    )
    .await;
}

/// B06, B07, D39: no name, and names that would lead elsewhere.
#[tokio::test]
async fn b06_b07_d39_a_name_is_missing() {
    for name in ["", "..", ".", "a/b", "a%2fb", "a\nb"] {
        check(name, |k| named(&k.pods.namespace("a"), name), |error| matches!(error, LocalError::Name(_)))
            .await;
    }
    check(
        "a content without a name",
        |k| {
            let pods = k.pods.namespace("a");
            vec![
                ("replace", call(pods.replace(json!({})))),
                ("replace raw", call(pods.replace(json!({"metadata": {"name": ""}})).raw())),
                ("apply", call(pods.apply(json!({})).field_manager("me"))),
            ]
        },
        |error| *error == LocalError::MissingName,
    )
    .await;
}

/// D26, D37: a verb, a subresource or a scope that the kind does not have.
#[tokio::test]
async fn d26_d37_what_the_kind_does_not_have() {
    check(
        "a verb that is not served",
        |k| {
            let reviews = k.reviews.namespace("a");
            let reads = ["get", "get if it exists", "get as a table", "get raw"];
            all(&reviews, &content()).into_iter().filter(|(verb, _)| !reads.contains(verb)).collect()
        },
        |error| matches!(error, LocalError::VerbNotServed { .. }),
    )
    .await;
    check(
        "get of what can only be created",
        |k| {
            let eviction = k.pods.namespace("a").subresource("eviction").unwrap();
            vec![
                ("get", call(eviction.get("p"))),
                ("get raw", call(eviction.get("p").raw())),
                ("replace", call(eviction.replace("p", json!({})))),
                ("patch", call(eviction.patch("p", Patch::merge(json!({}))))),
                ("apply", call(eviction.apply("p", json!({})).field_manager("me"))),
            ]
        },
        |error| matches!(error, LocalError::VerbNotServed { .. }),
    )
    .await;
    check(
        "a subresource that is not served",
        |k| {
            let used = k.nodes.subresource("status").map(drop);
            vec![("use", async { used }.boxed()), ("logs", call(k.nodes.logs("n")))]
        },
        |error| matches!(error, LocalError::UnknownSubresource { .. }),
    )
    .await;
    check(
        "a namespace on a cluster-scoped kind",
        |k| all(&k.nodes.namespace("a"), &content()),
        |error| matches!(error, LocalError::NamespaceOnClusterScoped { .. }),
    )
    .await;
    check(
        "a namespace in the content of a cluster-scoped kind",
        |k| carrying(&k.nodes, &json!({"metadata": {"name": "n", "namespace": "a"}})),
        |error| matches!(error, LocalError::NamespaceOnClusterScoped { .. }),
    )
    .await;
}

/// A33, D03: a namespace that contradicts the content.
#[tokio::test]
async fn a33_d03_a_namespace_that_contradicts_the_content() {
    check(
        "another namespace",
        |k| carrying(&k.pods.namespace("b"), &json!({"metadata": {"name": "p", "namespace": "a"}})),
        |error| matches!(error, LocalError::NamespaceMismatch { call, content } if call == "b" && content == "a"),
    )
    .await;
}

/// The ways to apply, as `manager`.
fn applies(k: &Kinds, content: &Value, manager: Option<&str>) -> Vec<(&'static str, Refused)> {
    let pods = k.pods.namespace("a");
    let status = pods.subresource("status").unwrap();
    let patch = pods.patch("p", Patch::apply(content));
    let (apply, below, below_patch) =
        (pods.apply(content), status.apply("p", content), status.patch("p", Patch::apply(content)));
    match manager {
        None => vec![
            ("apply", call(apply)),
            ("apply raw", call(pods.apply(content).raw())),
            ("patch, apply", call(patch)),
            ("apply of a subresource", call(below)),
            ("patch, apply, of a subresource", call(below_patch)),
        ],
        Some(manager) => vec![
            ("apply", call(apply.field_manager(manager))),
            ("apply raw", call(pods.apply(content).field_manager(manager).raw())),
            ("patch, apply", call(patch.field_manager(manager))),
            ("apply of a subresource", call(below.field_manager(manager))),
            ("patch, apply, of a subresource", call(below_patch.field_manager(manager))),
        ],
    }
}

/// B16, D06, D11: an apply without a field manager, and one that sends `managedFields`.
#[tokio::test]
async fn b16_d06_d11_applies_of_nobody() {
    check("no manager", |k| applies(k, &content(), None), |error| *error == LocalError::MissingFieldManager)
        .await;
    let content = json!({"metadata": {"name": "p", "managedFields": []}});
    check("managedFields", |k| applies(k, &content, Some("me")), |error| *error == LocalError::ManagedFields)
        .await;
}

/// C20, D27, D40: a content that is none, is of another kind, or a selector that no server reads.
#[tokio::test]
async fn c20_d27_d40_contents_and_selectors() {
    check(
        "another kind",
        |k| {
            let other = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "p"}});
            let verbs = carrying(&k.pods.namespace("a"), &other).into_iter();
            // A merge patch is no object, and may change what it likes: that is the server's to refuse.
            verbs
                .filter(|(verb, _)| {
                    !verb.contains("merge")
                        && !verb.contains("strategic")
                        && *verb != "patch of a subresource"
                })
                .collect()
        },
        |error| matches!(error, LocalError::KindMismatch { .. }),
    )
    .await;
    check(
        "selectors",
        |k| {
            let pods = k.pods.namespace("a");
            let mut stream = pods.list().fields("a=b=c").stream();
            vec![
                ("list", call(pods.list().labels("app in web"))),
                ("list raw", call(pods.list().fields("name").raw())),
                ("list as a table", call(pods.list().labels("app in web").as_table())),
                ("stream", async move { stream.try_next().await.map(drop) }.boxed()),
                ("delete all", call(pods.delete_collection().labels("app in web"))),
                ("watch", pods.watch().labels("app in web").start().map(|watch| watch.map(drop)).boxed()),
                ("watch raw", call(pods.watch().fields("name").raw())),
                ("a shard", call(pods.list().shard("nonsense"))),
            ]
        },
        |error| matches!(error, LocalError::Selector(_)),
    )
    .await;
}
