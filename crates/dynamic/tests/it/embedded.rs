//! What crosses the wire, on an API server with a history of its own: closes, forgotten versions, pages.

use serde_json::json;
use steersman_dynamic::{DynamicClient, Resource, Watch, WatchEvent};
use steersman_envtest::EnvTest;

async fn config_maps(server: &EnvTest) -> Resource {
    let cluster = DynamicClient::builder().config(server.config()).connect().await.unwrap();
    cluster.resource("v1", "ConfigMap").await.unwrap().namespace("default")
}

async fn create(config_maps: &Resource, name: &str) {
    config_maps.create(json!({"metadata": {"name": name}})).await.unwrap();
}

/// The next event in a word.
async fn next(events: &mut Watch) -> String {
    match events.try_next().await.unwrap().expect("the watch goes on") {
        WatchEvent::Added(object) => format!("added {}", object.name()),
        WatchEvent::Modified(object) => format!("modified {}", object.name()),
        WatchEvent::Deleted(object) => format!("deleted {}", object.name()),
        WatchEvent::Bookmark(bookmark) if bookmark.initial_events_end => "that was all".to_owned(),
        WatchEvent::Bookmark(_) => "bookmark".to_owned(),
        WatchEvent::Restarted(_) => "restarted".to_owned(),
        event => format!("{event:?}"),
    }
}

/// D35: over a connection that the server closes, nothing is lost and nothing comes twice.
#[tokio::test]
async fn d35_a_close_loses_nothing() {
    let server = EnvTest::start().await.unwrap();
    let config_maps = config_maps(&server).await;
    create(&config_maps, "before").await;
    let mut events = config_maps.watch().start().await.unwrap();
    assert_eq!(next(&mut events).await, "added before");
    assert_eq!(next(&mut events).await, "that was all");
    for round in 0..3 {
        let name = format!("round-{round}");
        create(&config_maps, &name).await;
        assert_eq!(next(&mut events).await, format!("added {name}"));
        server.close_watches();
        config_maps.delete(&*name).await.unwrap();
        assert_eq!(next(&mut events).await, format!("deleted {name}"));
    }
}

/// D35: a version that the server has forgotten gives one `Restarted`, and then everything that is there.
#[tokio::test]
async fn d35_a_forgotten_version_is_told() {
    let server = EnvTest::start().await.unwrap();
    let config_maps = config_maps(&server).await;
    let version = config_maps.list().await.unwrap().metadata().resource_version.clone().unwrap();
    create(&config_maps, "a").await;
    create(&config_maps, "b").await;
    config_maps.delete("a").await.unwrap();
    server.compact();

    let mut events = config_maps.watch().resource_version(version).start().await.unwrap();
    for want in ["restarted", "added b", "that was all"] {
        assert_eq!(next(&mut events).await, want);
    }
    create(&config_maps, "c").await;
    assert_eq!(next(&mut events).await, "added c");
}

/// D24: a page whose token has expired ends the stream with an error that says so.
#[tokio::test]
async fn d24_a_page_that_expired() {
    let server = EnvTest::start().await.unwrap();
    let config_maps = config_maps(&server).await;
    for name in ["a", "b", "c"] {
        create(&config_maps, name).await;
    }
    let mut pages = config_maps.list().limit(2).stream();
    assert_eq!(pages.try_next().await.unwrap().unwrap().name(), "a");
    create(&config_maps, "d").await;
    server.compact();
    assert_eq!(pages.try_next().await.unwrap().unwrap().name(), "b");
    let error = pages.try_next().await.unwrap_err();
    assert!(error.is_expired(), "{error:?}");
}

/// B19, B24: the versions of all groups, as they are now.
#[tokio::test]
async fn b19_b24_api_versions() {
    let server = EnvTest::start().await.unwrap();
    let cluster = DynamicClient::builder().config(server.config()).connect().await.unwrap();
    let before = cluster.api_versions().await.unwrap();
    assert!(before.is_sorted() && before.iter().any(|one| one == "v1"), "{before:?}");
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    let version =
        |name: &str| json!({"name": name, "served": true, "storage": name == "v2", "schema": schema});
    let definition = json!({"metadata": {"name": "things.zebra.example.com"}, "spec": {
        "group": "zebra.example.com", "scope": "Namespaced",
        "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
        "versions": [version("v1beta1"), version("v2")]}});
    let definitions = cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await.unwrap();
    definitions.create(definition).await.unwrap();
    let after = cluster.api_versions().await.unwrap();
    let added = ["zebra.example.com/v1beta1", "zebra.example.com/v2"].map(str::to_owned);
    assert_eq!(after, [before, added.to_vec()].concat(), "in the order of their text");
}
