//! A06 (`shardSelector`): what a server sends is held against the part that was asked for.

use serde_json::{Value, json};
use steersman_dynamic::LocalError;
use steersman_meta::{ListOptions, Object, ShardKey, ShardSelector};

use crate::{
    kinds::Kinds,
    server::{Part, Reply, Server},
};

/// Uids of the first of two parts, and of the second.
fn uids() -> (Vec<String>, Vec<String>) {
    let first = ShardSelector::one_of(ShardKey::Uid, 0, 2);
    // What differs at the end alone has about the same hash.
    let (in_first, in_second): (Vec<_>, Vec<_>) =
        (0..20).map(|number| format!("{number}-of-the-uids")).partition(|uid| {
            let object = Object::parse(json!({"metadata": {"uid": uid}}).to_string()).expect("an object");
            first.matches(&object).expect("a selector")
        });
    assert!(in_first.len() > 1 && in_second.len() > 1);
    (in_first, in_second)
}

/// A list in the order in which a server writes it: what it is, its metadata, its items.
fn pods(echo: Option<&str>, uids: &[String]) -> String {
    let items: Vec<Value> =
        uids.iter().map(|uid| json!({"metadata": {"name": uid, "namespace": "a", "uid": uid}})).collect();
    let mut metadata = json!({"resourceVersion": "7"});
    if let Some(echo) = echo {
        metadata["shardInfo"] = json!({"selector": echo});
    }
    format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{metadata},"items":{}}}"#, json!(items))
}

fn answer(body: impl Into<String>) -> Reply {
    Reply::text(200, "application/json", body.into())
}

const FIRST: &str = "shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000')";
const SECOND: &str = "shardRange(object.metadata.uid, '0x8000000000000000', '0x10000000000000000')";

/// A06: the part comes through with its echo, and without where the server gives none (custom kinds of 1.36).
#[tokio::test]
async fn a06_a_part_of_all() {
    let (first, _) = uids();
    for echo in [Some(FIRST), None] {
        let server = Server::replying([answer(pods(echo, &first))]);
        let k = Kinds::on(&server).await;
        let list = k
            .pods
            .all_namespaces()
            .list()
            .shard("shardRange(object.metadata.uid, '0x0', '0x8000000000000000')");
        let list = list.await.unwrap();
        assert_eq!(list.len(), first.len());
        assert_eq!(list.metadata().shard_info.as_ref().map(|info| info.selector.as_str()), echo);
        assert_eq!(
            server.lines(),
            [
                "GET /api/v1/pods?shardSelector=shardRange%28object.metadata.uid%2C%20%270x0000000000000000%27%2C%20%270x8000000000000000%27%29"
            ]
        );
    }
}

/// A06: a server that leaves the selector aside, or answers with another part, is noticed by lists, streams and tables; and
/// nothing of another part is given.
#[tokio::test]
async fn a06_a_server_that_ignores_it() {
    let (first, second) = uids();
    let everything: Vec<String> = first.iter().chain(&second).cloned().collect();
    let ignored = "does not give parts: it sent Pod a/";
    let other =
        "and gave the part \"shardRange(object.metadata.uid, '0x8000000000000000', '0x10000000000000000')\"";
    for (body, want) in [
        (pods(None, &everything), ignored),
        (pods(None, &second), ignored),
        (pods(Some(FIRST), &everything), ignored),
        (pods(Some(SECOND), &second), other),
        (pods(Some(SECOND), &[]), other),
        // The echo behind the items.
        (
            json!({"items": [], "kind": "PodList", "metadata": {"shardInfo": {"selector": SECOND}}})
                .to_string(),
            other,
        ),
        (pods(Some(SECOND), &first), other),
    ] {
        let server = Server::replying([answer(&*body), answer(&*body)]);
        let all = Kinds::on(&server).await.pods.all_namespaces();
        let list = || all.list().shard(ShardSelector::one_of(ShardKey::Uid, 0, 2));
        let error = list().await.expect_err(want);
        assert!(error.is_shard_ignored() && format!("{error:?}").contains(want), "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains("ShardedListAndWatch")));
        let mut stream = list().stream();
        let error = loop {
            match stream.try_next().await {
                Ok(Some(object)) => assert!(first.iter().any(|uid| Some(uid.as_str()) == object.uid())),
                Ok(None) => panic!("a list that is too long or another's"),
                Err(error) => break error,
            }
        };
        assert!(error.is_shard_ignored(), "{error:?}");
    }
    let rows: Vec<Value> =
        everything.iter().map(|uid| json!({"cells": [uid], "object": {"metadata": {"uid": uid}}})).collect();
    let server =
        Server::saying(json!({"kind": "Table", "columnDefinitions": [{"name": "Name"}], "rows": rows}));
    let all = Kinds::on(&server).await.pods.all_namespaces();
    let error = all.list().shard(FIRST).as_table().await.expect_err("all rows");
    assert!(error.is_shard_ignored(), "{error:?}");
}

/// A06: a row that does not say which object it is may be of any part, so that it does not pass; a table without rows does.
#[tokio::test]
async fn a06_rows_without_objects() {
    let (first, _) = uids();
    let of_first = json!({"cells": ["x"], "object": {"metadata": {"uid": first[0]}}});
    let anonymous = [json!({"cells": ["y"]}), json!({"cells": ["y"], "object": null})];
    for (rows, passes) in [
        (json!([anonymous[0]]), false),
        (json!([anonymous[1]]), false),
        (json!([of_first, anonymous[0]]), false),
        (json!([of_first]), true),
        (json!([]), true),
    ] {
        let server =
            Server::saying(json!({"kind": "Table", "columnDefinitions": [{"name": "Name"}], "rows": rows}));
        let all = Kinds::on(&server).await.pods.all_namespaces();
        let table = || all.list().query("includeObject", "None");
        let sharded = table().shard(FIRST).as_table().await;
        assert_eq!(sharded.as_ref().err().map(|error| error.is_shard_ignored()), (!passes).then_some(true));
        if let Err(error) = sharded {
            assert!(format!("{error:?}").contains("came without its object"), "{error:?}");
        }
        table().as_table().await.expect("without a shard, all of them");
    }
}

/// A06: what is no selector is not sent, and nobody deletes by a part: a server that does not know it would delete everything.
#[tokio::test]
async fn a06_what_is_not_sent() {
    let server = Server::default();
    let all = Kinds::on(&server).await.pods.namespace("a");
    for selector in ["shardRange(object.metadata.name, '0x0', '0x1')", "nonsense"] {
        let error = all.list().shard(selector).await.expect_err(selector);
        assert!(matches!(error.local(), Some(LocalError::Selector(_))), "{error:?}");
    }
    let mut options = ListOptions::default();
    options.shard_selector = FIRST.into();
    let error = all.delete_collection().list_options(options).await.expect_err("a deletion");
    assert_eq!(error.local(), Some(&LocalError::ShardedDeletion));
    assert_eq!(server.count(), 0);
}

/// A06: a watch ends with the first object of another part, at its start and later, and tells none.
#[tokio::test]
async fn a06_a_watch_of_a_part() {
    let (first, second) = uids();
    let event = |kind: &str, uid: &str| {
        json!({"type": kind, "object": {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": uid, "namespace": "a", "uid": uid, "resourceVersion": "8"}}})
    };
    for kind in ["ADDED", "MODIFIED", "DELETED"] {
        let parts = [event("ADDED", &first[0]), event(kind, &second[0]), event("ADDED", &first[1])];
        let server = Server::replying([Reply::stream(parts.map(Part::from))]);
        let all = Kinds::on(&server).await.pods.all_namespaces();
        let watch = all.watch().shard(ShardSelector::one_of(ShardKey::Uid, 0, 2)).resource_version("7");
        let mut watch = watch.start().await.expect(kind);
        let told = watch.try_next().await.expect(kind).expect("an event");
        assert_eq!(told.object().and_then(|object| object.uid()), Some(&*first[0]));
        let error = watch.try_next().await.expect_err(kind);
        assert!(error.is_shard_ignored(), "{error:?}");
        assert_eq!(watch.try_next().await.expect("it is over"), None);
        assert_eq!(server.count(), 1);
        assert!(
            server.seen()[0].parameter("shardSelector").is_some_and(|it| it.starts_with("shardRange%28"))
        );
    }
    let server = Server::replying([answer(pods(None, &second))]);
    let all = Kinds::on(&server).await.pods.all_namespaces();
    let watch = all.watch().shard(FIRST).initial_events(steersman_dynamic::InitialEvents::Listed);
    assert!(watch.start().await.expect_err("all of them").is_shard_ignored());
}
