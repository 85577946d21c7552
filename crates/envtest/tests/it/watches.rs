//! Watches: what they send, and how they end.

use serde_json::json;
use steersman_envtest::EnvTest;

use crate::client::{
    CONFIG_MAPS, Client, DEFINITIONS, MERGE, WIDGETS, config_map, definition, labelled, widget,
};

async fn start() -> (EnvTest, Client) {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    (env, client)
}

#[tokio::test]
async fn what_happens_is_sent() {
    let (env, client) = start().await;
    client.post(CONFIG_MAPS, &config_map("old", &json!({}))).await.expect(201);
    let now = env.resource_version();
    let mut all = client.watch(&format!("{CONFIG_MAPS}?watch=1")).await;
    let mut new = client.watch(&format!("{CONFIG_MAPS}?watch=true&resourceVersion={now}")).await;
    client.post(CONFIG_MAPS, &config_map("a", &json!({}))).await.expect(201);
    client.patch(&format!("{CONFIG_MAPS}/a"), MERGE, &json!({"data": {"k": "v"}})).await.expect(200);
    client.patch(&format!("{CONFIG_MAPS}/a"), MERGE, &json!({"data": {"k": "v"}})).await.expect(200);
    let deleted = client.delete(&format!("{CONFIG_MAPS}/a")).await.expect(200);
    assert_eq!(deleted.at("/status"), "Success");
    assert_eq!(all.short().await.as_deref(), Some("ADDED old"));
    for watch in [&mut all, &mut new] {
        for want in ["ADDED a", "MODIFIED a", "DELETED a"] {
            assert_eq!(watch.short().await.as_deref(), Some(want));
        }
    }
}

#[tokio::test]
async fn a_deletion_has_a_revision_of_its_own() {
    let (env, client) = start().await;
    let created = client.post(CONFIG_MAPS, &config_map("a", &json!({"k": "v"}))).await.expect(201);
    let mut watch =
        client.watch(&format!("{CONFIG_MAPS}?watch=1&resourceVersion={}", created.version())).await;
    client.delete(&format!("{CONFIG_MAPS}/a")).await.expect(200);
    let event = watch.next().await.expect("an event");
    assert_eq!(event["object"]["metadata"]["resourceVersion"], env.resource_version().to_string());
    assert_eq!((&event["object"]["data"]["k"], &event["object"]["kind"]), (&json!("v"), &json!("ConfigMap")));
}

#[tokio::test]
async fn leaving_the_selection_is_a_deletion() {
    let (_env, client) = start().await;
    let one = format!("{CONFIG_MAPS}/a");
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?watch=1&labelSelector=app%3Dweb")).await;
    client.post(CONFIG_MAPS, &labelled("a", "db")).await.expect(201);
    for (label, want) in [("web", "ADDED a"), ("db", "DELETED a"), ("web", "ADDED a")] {
        client.patch(&one, MERGE, &json!({"metadata": {"labels": {"app": label}}})).await.expect(200);
        assert_eq!(watch.short().await.as_deref(), Some(want));
    }
}

#[tokio::test]
async fn bookmarks() {
    let (env, client) = start().await;
    let now = env.resource_version();
    let path = format!("{CONFIG_MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion={now}");
    let mut watch = client.watch(&path).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}});
    client.post("/api/v1/namespaces", &namespace).await.expect(201);
    env.send_bookmarks();
    let bookmark = watch.next().await.expect("a bookmark");
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(
        bookmark["object"]["metadata"],
        json!({"resourceVersion": env.resource_version().to_string()})
    );
    assert_eq!(bookmark["object"]["kind"], "ConfigMap");
}

#[tokio::test]
async fn a_list_as_a_stream() {
    let (env, client) = start().await;
    client.post(CONFIG_MAPS, &config_map("a", &json!({}))).await.expect(201);
    let options = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true";
    let path = format!("{CONFIG_MAPS}?{options}&resourceVersionMatch=NotOlderThan");
    let mut watch = client.watch(&path).await;
    assert_eq!(watch.short().await.as_deref(), Some("ADDED a"));
    let bookmark = watch.next().await.expect("a bookmark");
    let metadata = &bookmark["object"]["metadata"];
    assert_eq!(metadata["annotations"], json!({"k8s.io/initial-events-end": "true"}));
    assert_eq!(metadata["resourceVersion"], env.resource_version().to_string());
    client.get(&format!("{CONFIG_MAPS}?{options}")).await.expect(422);
}

#[tokio::test]
async fn a_compacted_start_is_an_error_event() {
    let (env, client) = start().await;
    let old = env.resource_version();
    client.post(CONFIG_MAPS, &config_map("a", &json!({}))).await.expect(201);
    env.compact();
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?watch=1&resourceVersion={old}")).await;
    let event = watch.next().await.expect("an event");
    assert_eq!(event["type"], "ERROR");
    let now = env.resource_version();
    assert_eq!(event["object"]["message"], format!("too old resource version: {old} ({now})"));
    assert_eq!((&event["object"]["code"], &event["object"]["reason"]), (&json!(410), &json!("Expired")));
    assert_eq!(watch.next().await, None);
    // The newest state is still there to start from.
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?watch=1&resourceVersion={now}")).await;
    client.delete(&format!("{CONFIG_MAPS}/a")).await.expect(200);
    assert_eq!(watch.short().await.as_deref(), Some("DELETED a"));
}

#[tokio::test]
async fn watches_end_when_told() {
    let (env, client) = start().await;
    let mut watch = client.watch(&format!("{CONFIG_MAPS}?watch=1")).await;
    client.post(CONFIG_MAPS, &config_map("a", &json!({}))).await.expect(201);
    env.close_watches();
    assert_eq!(watch.short().await.as_deref(), Some("ADDED a"), "what happened before is still sent");
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn watches_end_with_their_crd() {
    let (_env, client) = start().await;
    client.post(DEFINITIONS, &definition()).await.expect(201);
    client.post(WIDGETS, &widget("a", &json!({"size": 1}))).await.expect(201);
    let mut watch = client.watch(&format!("{WIDGETS}?watch=1")).await;
    assert_eq!(watch.short().await.as_deref(), Some("ADDED a"));
    client.delete(&format!("{DEFINITIONS}/widgets.example.com")).await.expect(200);
    assert_eq!(watch.short().await.as_deref(), Some("DELETED a"));
    assert_eq!(watch.next().await, None);
    assert_eq!(client.get(WIDGETS).await.expect(404).text, "404 page not found\n");
}
