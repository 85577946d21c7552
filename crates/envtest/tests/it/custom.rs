//! Custom resources: from the CRD to its objects and back.

use serde_json::json;
use steersman_envtest::EnvTest;

use crate::client::{APPLY, Client, DEFINITIONS, MERGE, STRATEGIC, WIDGETS, definition, widget};

async fn start() -> (EnvTest, Client) {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    client.post(DEFINITIONS, &definition()).await.expect(201);
    (env, client)
}

#[tokio::test]
async fn a_crd_is_served_as_soon_as_it_is_there() {
    let (_env, client) = start().await;
    let crd = client.get(&format!("{DEFINITIONS}/widgets.example.com")).await.expect(200);
    assert_eq!(crd.at("/status/conditions/1/type"), "Established");
    assert_eq!(*crd.at("/status/storedVersions"), json!(["v1"]));
    assert_eq!(*crd.at("/status/acceptedNames/singular"), json!("widget"));
    let created = client.post(WIDGETS, &widget("a", &json!({"size": 2}))).await.expect(201);
    assert_eq!(*created.at("/spec"), json!({"size": 2, "color": "red"}));
    let list = client.get(WIDGETS).await.expect(200);
    assert_eq!((list.at("/kind"), list.at("/items/0/kind")), (&json!("WidgetList"), &json!("Widget")));
}

#[tokio::test]
async fn versions() {
    let (_env, client) = start().await;
    client.post(WIDGETS, &widget("a", &json!({"size": 2}))).await.expect(201);
    let beta = client.get("/apis/example.com/v1beta1/namespaces/default/widgets/a").await.expect(200);
    assert_eq!(beta.at("/apiVersion"), "example.com/v1beta1");
    assert_eq!(
        beta.headers["warning"],
        "299 - \"example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget\""
    );
    client.get("/apis/example.com/v1alpha1/namespaces/default/widgets/a").await.expect(404);
}

#[tokio::test]
async fn the_schema_prunes_and_refuses() {
    let (_env, client) = start().await;
    let pruned = client.post(WIDGETS, &widget("a", &json!({"size": 1, "extra": 1}))).await.expect(201);
    assert!(pruned.at("/spec/extra").is_null());
    assert_eq!(pruned.headers["warning"], "299 - \"unknown field \\\"spec.extra\\\"\"");
    for (spec, message) in [
        (json!({}), "Widget.example.com \"v\" is invalid: spec.size: Required value"),
        (
            json!({"size": 0}),
            "Widget.example.com \"v\" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than \
             or equal to 1",
        ),
        (
            json!({"size": "x"}),
            "Widget.example.com \"v\" is invalid: spec.size: Invalid value: \"string\": spec.size in body must be of \
             type integer: \"string\"",
        ),
    ] {
        assert_eq!(client.post(WIDGETS, &widget("v", &spec)).await.expect(422).message(), message);
    }
    let mut nameless = definition();
    nameless["metadata"]["name"] = json!("x");
    client.post(DEFINITIONS, &nameless).await.expect(422);
}

#[tokio::test]
async fn updates_need_a_version() {
    let (_env, client) = start().await;
    let one = format!("{WIDGETS}/a");
    let created = client.post(WIDGETS, &widget("a", &json!({"size": 1}))).await.expect(201);
    let refused = client.put(&one, &widget("a", &json!({"size": 2}))).await.expect(422);
    assert!(refused.message().ends_with("must be specified for an update"), "{}", refused.text);
    let mut body = widget("a", &json!({"size": 2}));
    body["metadata"]["resourceVersion"] = created.version().into();
    assert_eq!(client.put(&one, &body).await.expect(200).at("/metadata/generation"), 2);
    let strategic = client.patch(&one, STRATEGIC, &json!({})).await.expect(415);
    assert!(strategic.message().contains("application/merge-patch+json"), "{}", strategic.text);
}

#[tokio::test]
async fn status_is_written_by_itself() {
    let (_env, client) = start().await;
    let one = format!("{WIDGETS}/a");
    let mut body = widget("a", &json!({"size": 1}));
    body["status"] = json!({"replicas": 9});
    let created = client.post(WIDGETS, &body).await.expect(201);
    assert!(created.at("/status").is_null(), "a create sets no status");
    let patch = json!({"spec": {"size": 5}, "status": {"replicas": 2}});
    let written = client.patch(&format!("{one}/status"), MERGE, &patch).await.expect(200);
    assert_eq!((written.at("/status/replicas"), written.at("/spec/size")), (&json!(2), &json!(1)));
    assert_eq!(written.at("/metadata/generation"), 1);
    let kept = client.patch(&one, MERGE, &json!({"status": {"replicas": 3}})).await.expect(200);
    assert_eq!(kept.at("/status/replicas"), 2);
    assert_eq!(kept.at("/metadata/managedFields/1/subresource"), "status");
}

#[tokio::test]
async fn scale() {
    let (_env, client) = start().await;
    let one = format!("{WIDGETS}/a");
    client.post(WIDGETS, &widget("a", &json!({"size": 1, "replicas": 2}))).await.expect(201);
    client.patch(&format!("{one}/status"), MERGE, &json!({"status": {"selector": "x=y"}})).await.expect(200);
    let scale = client.get(&format!("{one}/scale")).await.expect(200);
    assert_eq!((scale.at("/kind"), scale.at("/spec/replicas")), (&json!("Scale"), &json!(2)));
    assert_eq!(scale.at("/status/selector"), "x=y");
    let scaled =
        client.patch(&format!("{one}/scale"), MERGE, &json!({"spec": {"replicas": 5}})).await.expect(200);
    assert_eq!(scaled.at("/spec/replicas"), 5);
    assert_eq!(client.get(&one).await.expect(200).at("/spec/replicas"), 5);
}

#[tokio::test]
async fn apply_merges_lists_by_their_keys() {
    let (_env, client) = start().await;
    let path = |manager: &str| format!("{WIDGETS}/a?fieldManager={manager}");
    let first = widget("a", &json!({"size": 1, "parts": [{"name": "x", "n": 1}]}));
    client.patch(&path("one"), APPLY, &first).await.expect(201);
    let second = widget("a", &json!({"size": 1, "parts": [{"name": "y", "n": 2}]}));
    let both = client.patch(&path("two"), APPLY, &second).await.expect(200);
    assert_eq!(*both.at("/spec/parts"), json!([{"name": "x", "n": 1}, {"name": "y", "n": 2}]));
    let left = client.patch(&path("two"), APPLY, &widget("a", &json!({"size": 1}))).await.expect(200);
    assert_eq!(*left.at("/spec/parts"), json!([{"name": "x", "n": 1}]));
}

#[tokio::test]
async fn deleting_the_crd_deletes_its_objects() {
    let (_env, client) = start().await;
    client.post(WIDGETS, &widget("a", &json!({"size": 1}))).await.expect(201);
    client.delete(&format!("{DEFINITIONS}/widgets.example.com")).await.expect(200);
    client.get(&format!("{DEFINITIONS}/widgets.example.com")).await.expect(404);
    client.get(WIDGETS).await.expect(404);
    client.post(DEFINITIONS, &definition()).await.expect(201);
    assert_eq!(client.get(WIDGETS).await.expect(200).names(), Vec::<&str>::new());
}
