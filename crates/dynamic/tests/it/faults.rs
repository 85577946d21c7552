//! Faults of other clients that are not to be repeated here, a test each. The numbers are those of the list behind the rows of
//! features.

use futures::FutureExt;
use http::header;
use serde_json::json;
use steersman_dynamic::{Error, LocalError};
use steersman_meta::{
    CreateOptions, DeleteOptions, DryRun, FieldValidation, GetOptions, ListOptions, Patch, PatchOptions,
    Preconditions, PropagationPolicy, ResourceVersion, ResourceVersionMatch, UpdateOptions,
};

use crate::{
    kinds::{Kinds, builder},
    server::{Reply, Server, pod, status},
};

/// B13, faults 1 and 31: what the server refuses is an error of its kind on every verb, never an object that is a `Status`; 5xx too.
#[tokio::test]
async fn b13_errors_are_no_successes() {
    let content = || json!({"metadata": {"name": "p"}});
    for (code, reason) in
        [(404, "NotFound"), (409, "Conflict"), (422, "Invalid"), (503, "ServiceUnavailable")]
    {
        let server = Server::replying((0..9).map(|_| Reply::status(code, reason, "no")));
        let pods = Kinds::on(&server).await.pods.namespace("a");
        let merge = Patch::merge(json!({}));
        let refused: [Error; 9] = [
            pods.get("p").await.expect_err("get"),
            pods.list().await.expect_err("list"),
            pods.create(content()).await.expect_err("create"),
            pods.replace(content()).await.expect_err("replace"),
            pods.patch("p", merge).await.expect_err("patch"),
            pods.apply(content()).field_manager("me").await.expect_err("apply"),
            pods.delete("p").await.expect_err("delete"),
            pods.delete_collection().await.expect_err("delete all"),
            pods.get("p").raw().await.expect_err("raw"),
        ];
        for error in refused {
            assert_eq!(error.code(), Some(code), "{error:?}");
            assert_eq!(error.status().and_then(|status| status.message.as_deref()), Some("no"));
        }
    }
}

/// B13, fault 1, under a code of success: a `Status` of failure is a failure, whatever the code says.
#[tokio::test]
async fn b13_a_failure_under_200_is_a_failure() {
    let failure = || Reply::json(status(200, "Expired", "no"));
    let server = Server::replying([failure(), failure(), failure()]);
    let pods = Kinds::on(&server).await.pods.namespace("a");
    for error in [
        pods.get("p").await.map(drop).expect_err("get"),
        pods.list().await.map(drop).expect_err("list"),
        pods.delete("p").await.map(drop).expect_err("delete"),
    ] {
        assert!(error.status().is_some(), "{error:?}");
    }
}

/// B13, fault 18: the type of a refusal may carry parameters, be missing, or be text.
#[tokio::test]
async fn b13_a_refusal_is_known_by_its_code() {
    let body = || status(404, "NotFound", "no such pod").to_string();
    for (content_type, body) in [
        ("application/json; charset=utf-8", body()),
        ("", body()),
        ("text/plain", "no such page".to_owned()),
        ("application/json", "{}".to_owned()),
    ] {
        let server = Server::replying([Reply::text(404, content_type, body)]);
        let error = Kinds::on(&server).await.pods.namespace("a").get("p").await.expect_err(content_type);
        assert!(error.is_not_found(), "{content_type}: {error:?}");
    }
}

/// A10, D08, fault 16: of a client that only tries, deletes only try too, each of them.
#[tokio::test]
async fn d08_a_client_wide_dry_run_deletes_nothing() {
    let server = Server::saying(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"},
        "items": [], "spec": {}}),
    );
    let dry = Kinds::of(builder(&server).dry_run().namespace("a")).await;
    let instance = dry.pods.get("p").await.unwrap();
    server.take();
    // Options that say nothing about it do not undo it.
    let orphan = || {
        let mut options = DeleteOptions::default();
        options.propagation_policy = Some(PropagationPolicy::Orphan);
        options
    };
    let list = json!({"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "p"}}]});
    let deletes = [
        dry.pods.delete("p").into_future().map(|it| it.map(drop)).boxed(),
        dry.pods.delete("p").options(orphan()).into_future().map(|it| it.map(drop)).boxed(),
        dry.pods.delete("p").raw().into_future().map(|it| it.map(drop)).boxed(),
        dry.pods.delete_collection().into_future().map(|it| it.map(drop)).boxed(),
        dry.pods.delete_collection().options(orphan()).into_future().map(|it| it.map(drop)).boxed(),
        instance.delete().into_future().map(|it| it.map(drop)).boxed(),
        dry.pods.bulk().delete(list).into_future().map(|it| it.map(drop)).boxed(),
    ];
    let count = deletes.len();
    for delete in deletes {
        delete.await.unwrap();
    }
    let seen = server.take();
    assert_eq!(seen.len(), count);
    for request in &seen {
        assert_eq!(request.json()["dryRun"], json!(["All"]), "{}", request.line());
    }
    dry.cluster.request(http::Method::DELETE).namespace("a").url("pods/p").await.unwrap();
    assert_eq!(server.take()[0].parameter("dryRun"), Some("All"));
}

/// D08, fault 17: a call of such a client can be meant, each of them.
#[tokio::test]
async fn d08_a_call_can_be_meant() {
    let server = Server::saying(pod("p", 7));
    let dry = Kinds::of(builder(&server).dry_run().namespace("a").field_manager("me")).await;
    let content = || json!({"metadata": {"name": "p"}});
    dry.pods.create(content()).for_real().await.unwrap();
    dry.pods.replace(content()).for_real().await.unwrap();
    dry.pods.patch("p", Patch::merge(json!({}))).for_real().await.unwrap();
    dry.pods.apply(content()).for_real().await.unwrap();
    dry.pods.delete("p").for_real().await.unwrap();
    let seen = server.take();
    assert_eq!(seen.len(), 5);
    for request in seen {
        assert!(
            !request.line().contains("dryRun") && request.json().get("dryRun").is_none(),
            "{}",
            request.line()
        );
    }
}

/// D14, faults 35 and 38: a grace period of 0 is a grace period, and is sent; so is a `false` that was said.
#[tokio::test]
async fn d14_a_grace_period_of_0_is_sent() {
    let server = Server::saying(pod("p", 7));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let mut options = DeleteOptions::default();
    (options.grace_period_seconds, options.orphan_dependents) = (Some(0), Some(false));
    pods.delete("p").grace_period_seconds(0).await.unwrap();
    pods.delete("p").options(options.clone()).await.unwrap();
    pods.delete_collection().grace_period_seconds(0).await.map(drop).unwrap_err();
    pods.get("p").await.unwrap().delete().grace_period_seconds(0).await.unwrap();
    let deletes: Vec<_> =
        server.take().into_iter().filter(|seen| seen.method == http::Method::DELETE).collect();
    assert_eq!(deletes.len(), 4);
    assert!(deletes.iter().all(|seen| seen.json()["gracePeriodSeconds"] == 0));
    assert_eq!(deletes[1].json()["orphanDependents"], false);
}

/// B03, fault 11: a deletion by labels without a namespace is no request to all of them.
#[tokio::test]
async fn b03_a_deletion_by_labels_has_a_namespace() {
    let server = Server::saying(json!({"items": []}));
    let error =
        Kinds::on(&server).await.pods.delete_collection().labels("app=web").await.expect_err("no namespace");
    assert_eq!((error.local(), server.count()), (Some(&LocalError::MissingNamespace), 0));
}

/// B06, faults 12 and 22: a JSON patch needs no object around it, a patch that says its namespace goes there, and a namespace on a
/// cluster-scoped kind is not ignored.
#[tokio::test]
async fn b06_patches_go_where_they_say() {
    let server = Server::saying(pod("p", 7));
    let k = Kinds::of(builder(&server).namespace("mine")).await;
    k.pods.patch("p", Patch::json(json!([{"op": "remove", "path": "/spec/x"}]))).await.unwrap();
    k.pods.patch("p", Patch::merge(json!({"metadata": {"namespace": "a"}}))).await.unwrap();
    assert_eq!(server.lines(), ["PATCH /api/v1/namespaces/mine/pods/p", "PATCH /api/v1/namespaces/a/pods/p"]);
    let error = k.nodes.namespace("a").get("n").await.expect_err("it has none");
    assert!(matches!(error.local(), Some(LocalError::NamespaceOnClusterScoped { .. })), "{error:?}");
}

/// C08, faults 13 and 38: `force` is `true` or `false` in small letters, with an apply alone, and not because of a field manager.
#[tokio::test]
async fn c08_force_is_said_as_json_says_it() {
    let server = Server::saying(pod("p", 7));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let content = || json!({"metadata": {"name": "p"}});
    pods.apply(content()).field_manager("me").await.unwrap();
    pods.apply(content()).field_manager("me").force().await.unwrap();
    pods.patch("p", Patch::merge(json!({}))).field_manager("me").force().await.unwrap();
    let seen: Vec<_> = server.take().iter().map(|seen| seen.parameter("force").map(str::to_owned)).collect();
    assert_eq!(seen, [None, Some("true".to_owned()), None]);
}

/// B09, fault 14: with every option of a verb said, every one is sent. A field that is added to an options struct breaks this.
#[tokio::test]
async fn b09_no_option_is_dropped() {
    let server =
        Server::saying(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "items": []}));
    let k = Kinds::on(&server).await;
    let pods = k.pods.namespace("a");
    let version = || ResourceVersion::new("7");
    let listing = || ListOptions {
        label_selector: "app=web".into(),
        field_selector: "metadata.name=p".into(),
        shard_selector: "shardRange(object.metadata.uid, '0x0', '0x1')".into(),
        limit: Some(0),
        continue_token: None,
        resource_version: version(),
        resource_version_match: Some(ResourceVersionMatch::Exact),
        timeout_seconds: Some(0),
        send_initial_events: Some(false),
        allow_watch_bookmarks: Some(false),
    };
    let list = "labelSelector=app%3Dweb&fieldSelector=metadata.name%3Dp&shardSelector=shardRange%28object.metadata.uid%2C%20%27\
        0x0000000000000000%27%2C%20%270x0000000000000001%27%29&limit=0&resourceVersion=7&resourceVersionMatch=Exact\
        &timeoutSeconds=0&sendInitialEvents=false&allowWatchBookmarks=false";
    let write = "dryRun=All&fieldManager=me&fieldValidation=Strict";
    let (dry_run, field_manager) = (Some(DryRun::All), Some("me".to_owned()));
    let field_validation = Some(FieldValidation::Strict);
    let create = CreateOptions { dry_run, field_manager: field_manager.clone(), field_validation };
    let update = UpdateOptions { dry_run, field_manager: field_manager.clone(), field_validation };
    let patch = PatchOptions { dry_run, field_manager, field_validation, force: Some(false) };
    let content = || json!({"metadata": {"name": "p"}});
    pods.list().options(listing()).await.unwrap();
    pods.watch().options(listing()).raw().await.unwrap();
    k.cluster.request(http::Method::GET).url("pods").queries(&listing().query()).await.unwrap();
    pods.get("p").options(GetOptions { resource_version: version() }).await.unwrap();
    pods.create(content()).options(create).await.unwrap();
    pods.replace(content()).options(update).await.unwrap();
    pods.apply(content()).options(patch).await.unwrap();
    assert_eq!(
        server.take().iter().map(|seen| seen.line()).collect::<Vec<_>>(),
        [
            format!("GET /api/v1/namespaces/a/pods?{list}"),
            format!("GET /api/v1/namespaces/a/pods?{list}&watch=true"),
            format!("GET /api/v1/pods?{list}"),
            "GET /api/v1/namespaces/a/pods/p?resourceVersion=7".to_owned(),
            format!("POST /api/v1/namespaces/a/pods?{write}"),
            format!("PUT /api/v1/namespaces/a/pods/p?{write}"),
            format!("PATCH /api/v1/namespaces/a/pods/p?{write}&force=false"),
        ]
    );
    let preconditions = Preconditions { uid: Some("u".to_owned()), resource_version: Some("7".to_owned()) };
    let options = DeleteOptions {
        dry_run,
        grace_period_seconds: Some(0),
        ignore_store_read_error_with_cluster_breaking_potential: Some(false),
        orphan_dependents: Some(false),
        preconditions: Some(preconditions),
        propagation_policy: Some(PropagationPolicy::Background),
    };
    pods.delete("p").options(options).await.unwrap();
    assert_eq!(
        server.take()[0].json(),
        json!({"apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"], "gracePeriodSeconds": 0,
            "ignoreStoreReadErrorWithClusterBreakingPotential": false, "orphanDependents": false,
            "preconditions": {"uid": "u", "resourceVersion": "7"}, "propagationPolicy": "Background"})
    );
}

/// A20, fault 39: a deletion of a subresource is none of the object: where the kind has no such verb, nothing is sent.
#[tokio::test]
async fn a20_a_subresource_is_not_its_object() {
    let server = Server::default();
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let error = pods.subresource("status").unwrap().delete("p").await.expect_err("it can't be deleted");
    assert!(matches!(error.local(), Some(LocalError::VerbNotServed { .. })), "{error:?}");
    assert_eq!(server.count(), 0);
}

/// D24, fault 26: a list whose items are null is empty.
#[tokio::test]
async fn d24_items_that_are_null() {
    let list = || {
        Reply::text(
            200,
            "application/json",
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":null}"#,
        )
    };
    let server = Server::replying([list(), list()]);
    let pods = Kinds::on(&server).await.pods.namespace("a");
    assert!(pods.list().await.unwrap().is_empty());
    assert!(pods.list().stream().try_next().await.unwrap().is_none());
}

/// A06, fault 32: one object is got by its path, in one request, and one that is missing is an error at once.
#[tokio::test]
async fn a06_a_get_is_no_list() {
    let server = Server::replying([Reply::status(404, "NotFound", "no such pod")]);
    let error = Kinds::on(&server).await.pods.namespace("a").get("p").await.expect_err("it is not there");
    assert!(error.is_not_found());
    assert_eq!(server.lines(), ["GET /api/v1/namespaces/a/pods/p"]);
}

/// B10, B16: the type of a patch is the patch's own, and a header of the caller's own takes the verb's place: neither is overridden.
#[tokio::test]
async fn b10_b16_the_type_of_a_patch() {
    let server = Server::saying(pod("p", 7));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let content = || json!({"metadata": {"name": "p"}});
    pods.apply(content()).field_manager("me").await.unwrap();
    pods.apply(content())
        .field_manager("me")
        .header("content-type", "application/apply-patch+cbor")
        .await
        .unwrap();
    let seen = server.take();
    let types: Vec<_> = seen.iter().map(|seen| seen.header(&header::CONTENT_TYPE)).collect();
    assert_eq!(types, [Some("application/apply-patch+yaml"), Some("application/apply-patch+cbor")]);
    assert_eq!(seen[1].headers.get_all(header::CONTENT_TYPE).iter().count(), 1);
}

/// D08, B09: what a delete takes in its body is not taken from the query, so that it is refused there: a `dryRun` by hand would
/// delete for real. So is a shard, by which nobody may delete.
#[tokio::test]
async fn d08_b09_no_option_of_a_delete_by_hand() {
    let server = Server::replying([]);
    let pods = Kinds::on(&server).await.pods.namespace("a");
    for name in [
        "dryRun",
        "gracePeriodSeconds",
        "ignoreStoreReadErrorWithClusterBreakingPotential",
        "orphanDependents",
        "propagationPolicy",
        "shardSelector",
    ] {
        let without_effect = LocalError::ParameterWithoutEffect { name: name.to_owned() };
        let one = pods.delete("p").query(name, "All").await.expect_err("one");
        let all = pods.delete_collection().query(name, "All").await.expect_err("all");
        for error in [one, all] {
            assert_eq!(error.local(), Some(&without_effect), "{name}: {error:?}");
        }
    }
    assert_eq!(server.count(), 0);
}

/// B16: an apply stays an apply, whatever headers go with the call; another patch is of the type that the caller says.
#[tokio::test]
async fn b16_a_content_type_by_hand() {
    let server = Server::saying(pod("p", 3));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let wrong = "application/json";
    let content = json!({"metadata": {"name": "p"}});
    pods.apply(content).field_manager("me").header("content-type", wrong).await.expect("an apply");
    pods.patch("p", Patch::merge(json!({}))).header("content-type", wrong).await.expect("a patch");
    let types: Vec<_> = server.seen().iter().map(|seen| seen.content_type().to_owned()).collect();
    assert_eq!(types, ["application/apply-patch+yaml", "application/json"]);
}
