//! Each option of `meta/v1` on the wire, for each verb that takes it: a row an option.

use std::{collections::BTreeSet, future::IntoFuture};

use futures::{FutureExt, future::BoxFuture};
use http::Method;
use serde_json::{Value, json};
use steersman_dynamic::Error;
use steersman_meta::{
    CreateOptions, DeleteOptions, DryRun, FieldValidation, GetOptions, ListOptions, Patch, PatchOptions,
    Preconditions, PropagationPolicy, Query, ResourceVersion, ResourceVersionMatch, UpdateOptions,
};

use crate::{kinds::Kinds, server::Server};

/// The option, the value that must be sent, and calls that send it.
type Row = (&'static str, Value, Vec<fn(&Kinds) -> Sent>);
type Sent = BoxFuture<'static, Result<(), Error>>;

fn sent<T, V: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>>(verb: V) -> Sent {
    verb.into_future().map(|result| result.map(drop)).boxed()
}

fn content() -> Value {
    json!({"metadata": {"name": "p"}})
}

fn pod_list() -> Value {
    json!({"apiVersion": "v1", "kind": "PodList", "items": [content()]})
}

fn merge() -> Patch {
    Patch::merge(json!({}))
}

/// The options of a list, with one of them set.
fn listing(set: impl FnOnce(&mut ListOptions)) -> ListOptions {
    let mut options = ListOptions::default();
    set(&mut options);
    options
}

fn deleting(set: impl FnOnce(&mut DeleteOptions)) -> DeleteOptions {
    let mut options = DeleteOptions::default();
    set(&mut options);
    options
}

/// Checks that each call of each row sends one request with the option in it, in the query or in the body of a delete.
async fn check(rows: &[Row]) {
    let server = Server::saying(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"},
        "items": []}),
    );
    let kinds = Kinds::on(&server).await;
    for (option, value, calls) in rows {
        for (number, call) in calls.iter().enumerate() {
            call(&kinds).await.unwrap_or_else(|error| panic!("{option} {number}: {error:?}"));
            let requests = server.take();
            let [request] = requests.as_slice() else {
                panic!("{option} {number}: {} requests", requests.len())
            };
            if request.method == Method::DELETE && request.json().get(*option).is_some() {
                assert_eq!(request.json()[*option], *value, "{option} {number}");
                continue;
            }
            let mut wanted = Query::default();
            wanted.push(option, value.as_str().unwrap_or_default());
            let (_, query) = request.target.split_once('?').unwrap_or_default();
            let terms: Vec<&str> = query.split('&').collect();
            assert!(terms.contains(&&*wanted.to_string()), "{option} {number}: {}", request.line());
            let name = |term: &str| term.split('=').next().map(str::to_owned);
            let times = terms.iter().filter(|term| name(term) == name(&wanted.to_string())).count();
            assert_eq!(times, 1, "{option} {number}: {}", request.line());
        }
    }
}

/// A07, A08, A09, D06, D08, D29, of writes: each option by its setter and by the options as a whole.
#[tokio::test]
async fn a07_a08_a09_d06_d08_d29_options_of_writes() {
    check(&[
        (
            "dryRun",
            json!("All"),
            vec![
                |k| sent(k.pods.namespace("a").create(content()).dry_run()),
                |k| sent(k.pods.namespace("a").replace(content()).dry_run()),
                |k| sent(k.pods.namespace("a").patch("p", merge()).dry_run()),
                |k| sent(k.pods.namespace("a").apply(content()).field_manager("me").dry_run()),
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .create(content())
                            .options(CreateOptions { dry_run: Some(DryRun::All), ..Default::default() }),
                    )
                },
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .replace(content())
                            .options(UpdateOptions { dry_run: Some(DryRun::All), ..Default::default() }),
                    )
                },
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .patch("p", merge())
                            .options(PatchOptions { dry_run: Some(DryRun::All), ..Default::default() }),
                    )
                },
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .subresource("status")
                            .unwrap()
                            .replace("p", content())
                            .dry_run(),
                    )
                },
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .subresource("eviction")
                            .unwrap()
                            .create("p", content())
                            .dry_run(),
                    )
                },
            ],
        ),
        (
            "fieldManager",
            json!("me & you"),
            vec![
                |k| sent(k.pods.namespace("a").create(content()).field_manager("me & you")),
                |k| sent(k.pods.namespace("a").replace(content()).field_manager("me & you")),
                |k| sent(k.pods.namespace("a").patch("p", merge()).field_manager("me & you")),
                |k| sent(k.pods.namespace("a").apply(content()).field_manager("me & you")),
            ],
        ),
        (
            "fieldValidation",
            json!("Strict"),
            vec![
                |k| sent(k.pods.namespace("a").create(content()).field_validation(FieldValidation::Strict)),
                |k| sent(k.pods.namespace("a").replace(content()).field_validation(FieldValidation::Strict)),
                |k| sent(k.pods.namespace("a").patch("p", merge()).field_validation(FieldValidation::Strict)),
                |k| {
                    let apply = k.pods.namespace("a").apply(content()).field_manager("me");
                    sent(apply.field_validation(FieldValidation::Strict))
                },
            ],
        ),
        (
            "force",
            json!("true"),
            vec![|k| sent(k.pods.namespace("a").apply(content()).field_manager("me").force()), |k| {
                sent(k.pods.namespace("a").patch("p", Patch::apply(content())).field_manager("me").force())
            }],
        ),
        (
            "force",
            json!("false"),
            vec![|k| {
                let options = PatchOptions {
                    force: Some(false),
                    field_manager: Some("me".to_owned()),
                    ..Default::default()
                };
                sent(k.pods.namespace("a").apply(content()).options(options))
            }],
        ),
    ])
    .await;
}

/// A10, C11, D14, D15, of deletes, which carry them in the body: of one object, and of many.
#[tokio::test]
async fn a10_c11_d14_d15_options_of_deletes() {
    check(&[
        (
            "dryRun",
            json!(["All"]),
            vec![|k| sent(k.pods.namespace("a").delete("p").dry_run()), |k| {
                sent(k.pods.namespace("a").delete_collection().dry_run())
            }],
        ),
        (
            "gracePeriodSeconds",
            json!(0),
            vec![
                |k| sent(k.pods.namespace("a").delete("p").grace_period_seconds(0)),
                |k| sent(k.pods.namespace("a").delete_collection().grace_period_seconds(0)),
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .delete("p")
                            .options(deleting(|all| all.grace_period_seconds = Some(0))),
                    )
                },
            ],
        ),
        (
            "propagationPolicy",
            json!("Foreground"),
            vec![
                |k| sent(k.pods.namespace("a").delete("p").propagation_policy(PropagationPolicy::Foreground)),
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .delete_collection()
                            .propagation_policy(PropagationPolicy::Foreground),
                    )
                },
            ],
        ),
        (
            "preconditions",
            json!({"uid": "u", "resourceVersion": "7"}),
            vec![|k| sent(k.pods.namespace("a").delete("p").uid("u").resource_version("7")), |k| {
                let preconditions =
                    Preconditions { uid: Some("u".to_owned()), resource_version: Some("7".to_owned()) };
                let options = deleting(|all| all.preconditions = Some(preconditions));
                sent(k.pods.namespace("a").delete_collection().options(options))
            }],
        ),
        (
            "orphanDependents",
            json!(true),
            vec![
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .delete("p")
                            .options(deleting(|all| all.orphan_dependents = Some(true))),
                    )
                },
                |k| {
                    let options = deleting(|all| all.orphan_dependents = Some(true));
                    sent(k.pods.namespace("a").delete_collection().options(options))
                },
            ],
        ),
        (
            "ignoreStoreReadErrorWithClusterBreakingPotential",
            json!(true),
            vec![
                |k| {
                    let delete = k.pods.namespace("a").delete("p");
                    sent(delete.ignore_store_read_error_with_cluster_breaking_potential())
                },
                |k| {
                    let delete = k.pods.namespace("a").delete_collection();
                    sent(delete.ignore_store_read_error_with_cluster_breaking_potential())
                },
            ],
        ),
    ])
    .await;
}

/// A06, A36, C14, C15, D27, of reads: gets, lists, lists as tables, watches, and the selection of a deletion of many.
#[tokio::test]
async fn a06_a36_c14_c15_d27_options_of_reads() {
    let part = "shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000')";
    check(&[
        (
            "limit",
            json!("5"),
            vec![|k| sent(k.pods.namespace("a").list().limit(5)), |k| {
                sent(
                    k.pods
                        .namespace("a")
                        .delete_collection()
                        .list_options(listing(|all| all.limit = Some(5))),
                )
            }],
        ),
        (
            "continue",
            json!("t k"),
            vec![|k| sent(k.pods.namespace("a").list().continue_from("t k")), |k| {
                sent(
                    k.pods
                        .namespace("a")
                        .list()
                        .options(listing(|all| all.continue_token = Some("t k".to_owned()))),
                )
            }],
        ),
        (
            "resourceVersion",
            json!("7"),
            vec![
                |k| sent(k.pods.namespace("a").get("p").resource_version("7")),
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .get("p")
                            .options(GetOptions { resource_version: ResourceVersion::new("7") }),
                    )
                },
                |k| sent(k.pods.namespace("a").list().resource_version("7")),
                |k| sent(k.pods.namespace("a").watch().resource_version("7").raw()),
            ],
        ),
        (
            "resourceVersionMatch",
            json!("NotOlderThan"),
            vec![
                |k| {
                    let list = k.pods.namespace("a").list().resource_version("7");
                    sent(list.resource_version_match(ResourceVersionMatch::NotOlderThan))
                },
                |k| {
                    let options =
                        listing(|all| all.resource_version_match = Some(ResourceVersionMatch::NotOlderThan));
                    sent(k.pods.namespace("a").watch().options(options).raw())
                },
            ],
        ),
        (
            "labelSelector",
            json!("app in (a,b)"),
            vec![
                |k| sent(k.pods.namespace("a").list().labels("app in (a,b)")),
                |k| sent(k.pods.namespace("a").list().labels([("app", ["a", "b"])])),
                |k| sent(k.pods.namespace("a").delete_collection().labels("app in (a,b)")),
                |k| sent(k.pods.namespace("a").watch().labels("app in (a,b)").raw()),
            ],
        ),
        (
            "fieldSelector",
            json!("status.phase!=Failed"),
            vec![
                |k| sent(k.pods.namespace("a").list().fields("status.phase!=Failed")),
                |k| sent(k.pods.namespace("a").delete_collection().fields("status.phase!=Failed")),
                |k| sent(k.pods.namespace("a").watch().fields("status.phase!=Failed").raw()),
            ],
        ),
        (
            "shardSelector",
            json!(part),
            vec![
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .list()
                            .shard("shardRange(object.metadata.uid, '0x0', '0x8000000000000000')"),
                    )
                },
                |k| {
                    let watch = k.pods.namespace("a").watch();
                    sent(watch.shard("shardRange(object.metadata.uid, '0x0', '0x8000000000000000')").raw())
                },
            ],
        ),
        (
            "timeoutSeconds",
            json!("30"),
            vec![
                |k| sent(k.pods.namespace("a").list().options(listing(|all| all.timeout_seconds = Some(30)))),
                |k| sent(k.pods.namespace("a").watch().timeout(std::time::Duration::from_secs(30)).raw()),
                |k| {
                    sent(
                        k.pods
                            .namespace("a")
                            .watch()
                            .options(listing(|all| all.timeout_seconds = Some(30)))
                            .raw(),
                    )
                },
            ],
        ),
        (
            "sendInitialEvents",
            json!("true"),
            vec![|k| {
                sent(
                    k.pods
                        .namespace("a")
                        .watch()
                        .options(listing(|all| all.send_initial_events = Some(true)))
                        .raw(),
                )
            }],
        ),
        (
            "sendInitialEvents",
            json!("false"),
            vec![|k| {
                sent(
                    k.pods
                        .namespace("a")
                        .watch()
                        .options(listing(|all| all.send_initial_events = Some(false)))
                        .raw(),
                )
            }],
        ),
        (
            "allowWatchBookmarks",
            json!("true"),
            vec![|k| {
                sent(
                    k.pods
                        .namespace("a")
                        .watch()
                        .options(listing(|all| all.allow_watch_bookmarks = Some(true)))
                        .raw(),
                )
            }],
        ),
        ("watch", json!("true"), vec![|k| sent(k.pods.namespace("a").watch().raw())]),
    ])
    .await;
}

/// B09, B11: parameters of one's own, of each verb, behind its own.
#[tokio::test]
async fn b09_b11_parameters_of_ones_own() {
    check(&[(
        "p q",
        json!("a&b=c é"),
        vec![|k| sent(k.pods.namespace("a").watch().query("p q", "a&b=c é").raw())],
    )])
    .await;
    let rows: [Row; 1] = [(
        "pretty",
        json!("true"),
        vec![
            |k| sent(k.pods.namespace("a").get("p").query("pretty", true)),
            |k| sent(k.pods.namespace("a").list().query("pretty", true)),
            |k| sent(k.pods.namespace("a").create(content()).query("pretty", true)),
            |k| sent(k.pods.namespace("a").replace(content()).query("pretty", true)),
            |k| sent(k.pods.namespace("a").patch("p", merge()).query("pretty", true)),
            |k| sent(k.pods.namespace("a").apply(content()).field_manager("me").query("pretty", true)),
            |k| sent(k.pods.namespace("a").delete("p").query("pretty", true)),
            |k| sent(k.pods.namespace("a").delete_collection().query("pretty", true)),
            |k| sent(k.pods.namespace("a").logs("p").query("pretty", true)),
            |k| sent(k.pods.namespace("a").bulk().create(pod_list()).query("pretty", true)),
            |k| sent(k.pods.namespace("a").list().query("pretty", true).as_table().raw()),
            |k| sent(k.pods.namespace("a").watch().query("pretty", true).raw()),
            |k| sent(k.cluster.request(Method::GET).url("pods").query("pretty", true)),
        ],
    )];
    check(&rows).await;
}

/// B10, B11: headers of one's own, of each verb, in place of those that it sends by the same name.
#[tokio::test]
async fn b10_b11_headers_of_ones_own() {
    let server = Server::saying(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"},
        "items": []}),
    );
    let k = Kinds::on(&server).await;
    let pods = k.pods.namespace("a");
    let status = pods.subresource("status").unwrap();
    let (name, value) = ("X-Team", "blue");
    for (verb, call) in [
        ("get", sent(pods.get("p").header(name, value).header("accept", "x/y"))),
        ("list", sent(pods.list().header(name, value).header("accept", "x/y"))),
        ("create", sent(pods.create(content()).header(name, value).header("accept", "x/y"))),
        ("replace", sent(pods.replace(content()).header(name, value).header("accept", "x/y"))),
        ("patch", sent(pods.patch("p", merge()).header(name, value).header("accept", "x/y"))),
        (
            "apply",
            sent(pods.apply(content()).field_manager("me").header(name, value).header("accept", "x/y")),
        ),
        ("delete", sent(pods.delete("p").header(name, value).header("accept", "x/y"))),
        ("delete all", sent(pods.delete_collection().header(name, value).header("accept", "x/y"))),
        ("subresource", sent(status.get("p").header(name, value).header("accept", "x/y"))),
        ("logs", sent(pods.logs("p").header(name, value).header("accept", "x/y"))),
        ("get as a table", sent(pods.get("p").header(name, value).header("accept", "x/y").as_table().raw())),
        ("list as a table", sent(pods.list().header(name, value).header("accept", "x/y").as_table().raw())),
        ("bulk", sent(pods.bulk().delete(pod_list()).header(name, value).header("accept", "x/y"))),
        ("watch", sent(pods.watch().header(name, value).header("accept", "x/y").raw())),
        ("by hand", sent(k.cluster.request(Method::GET).header(name, value).header("accept", "x/y"))),
    ] {
        call.await.unwrap_or_else(|error| panic!("{verb}: {error:?}"));
        let request = server.take().pop().expect("a request");
        for (name, value) in [("x-team", "blue"), ("accept", "x/y")] {
            let got: Vec<_> = request.headers.get_all(name).iter().collect();
            assert_eq!(got, [value], "{verb}");
        }
    }
}

/// What is not said is not sent: the server's defaults hold.
#[tokio::test]
async fn what_is_not_said_is_not_sent() {
    let server = Server::saying(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"},
        "items": []}),
    );
    let pods = Kinds::on(&server).await.pods.namespace("a");
    for call in [
        sent(pods.get("p")),
        sent(pods.list()),
        sent(pods.create(content())),
        sent(pods.replace(content())),
        sent(pods.patch("p", merge())),
        sent(pods.delete("p")),
        sent(pods.delete_collection()),
        sent(pods.logs("p")),
    ] {
        call.await.unwrap();
        let request = server.take().pop().expect("a request");
        assert!(!request.target.contains('?'), "{}", request.line());
        if request.method == Method::DELETE {
            let members: BTreeSet<String> =
                request.json().as_object().expect("an object").keys().cloned().collect();
            assert_eq!(members, BTreeSet::from(["apiVersion".to_owned(), "kind".to_owned()]));
        }
    }
}

/// A11: a watch that goes on by itself is not told to go without what it goes on by; it says so, and drops nothing silently.
#[tokio::test]
async fn a11_what_a_watch_needs() {
    let server = Server::default();
    let pods = Kinds::on(&server).await.pods.namespace("a");
    for (options, want) in [
        (listing(|all| all.send_initial_events = Some(false)), "sendInitialEvents"),
        (listing(|all| all.allow_watch_bookmarks = Some(false)), "allowWatchBookmarks"),
    ] {
        let error = pods.watch().options(options).start().await.expect_err(want);
        assert_eq!(
            error.report().to_string(),
            format!(
                "could not watch v1 Pod in namespace a\n  because a watch that goes on by itself decides about {want}\
                 \n  hint: leave the option out, or send one request as it is said: .raw()"
            )
        );
    }
    assert_eq!(server.count(), 0);
}
