//! Custom resources: from the CRD to its objects and back.

use serde_json::{Value, json};
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

#[tokio::test]
async fn apply_of_a_scale_keeps_who_set_the_replicas() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    let body = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}},
    });
    client.post(&format!("{deployments}?fieldManager=creator"), &body).await.expect(201);
    let scale = |spec: Value| json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": spec});
    let apply = |query: &str, body: Value| {
        let (path, client) = (format!("{deployments}/web/scale?fieldManager={query}"), &client);
        async move { client.patch(&path, APPLY, &body).await }
    };
    let owners = || async {
        let deployment = client.get(&format!("{deployments}/web")).await.expect(200);
        let entries = deployment.at("/metadata/managedFields").as_array().cloned().unwrap_or_default();
        let owner = |entry: &Value| {
            let owns = entry.pointer("/fieldsV1/f:spec/f:replicas").is_some();
            let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
            owns.then(|| {
                format!("{} {} {}{}", text("manager"), text("operation"), text("subresource"), {
                    if entry["time"].is_null() { "" } else { "timed" }
                })
            })
        };
        entries.iter().filter_map(owner).collect::<Vec<_>>()
    };

    apply("", scale(json!({"replicas": 3}))).await.expect(422);
    let renamed = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "zz"}});
    for (body, code, message) in [
        (json!({"spec": {"replicas": 3}}), 400, "invalid object type: /, Kind="),
        (
            scale(json!({"replicas": 3})),
            409,
            "Apply failed with 1 conflict: conflict with \"creator\" using autoscaling/v1: .spec.replicas",
        ),
        (
            scale(json!({"bogus": 3})),
            500,
            "failed to create typed patch object (/; autoscaling/v1, Kind=Scale): .spec.bogus: \
             field not declared in schema",
        ),
        (renamed, 400, "the name of the object (zz) does not match the name on the URL (web)"),
    ] {
        assert_eq!(apply("one", body).await.expect(code).message(), message);
    }
    apply("one&force=true", scale(json!({"replicas": -1}))).await.expect(422);
    assert_eq!(owners().await, ["creator Update timed"]);

    let forced = apply("one&force=true", scale(json!({"replicas": 3}))).await.expect(200);
    assert_eq!((forced.at("/kind"), forced.at("/spec/replicas")), (&json!("Scale"), &json!(3)));
    assert_eq!(owners().await, ["one Apply scale"]);
    let conflict = apply("two", scale(json!({"replicas": 4}))).await.expect(409);
    assert_eq!(
        conflict.message(),
        "Apply failed with 1 conflict: conflict with \"one\" with subresource \"scale\": .spec.replicas"
    );
    apply("two", scale(json!({"replicas": 3}))).await.expect(200);
    assert_eq!(owners().await, ["one Apply scale", "two Apply scale"]);
    apply("two&force=true", scale(json!({"replicas": 5}))).await.expect(200);
    assert_eq!(owners().await, ["two Apply scale"]);
    let left = apply("two", scale(json!({}))).await.expect(200);
    assert_eq!(*left.at("/spec"), json!({}), "nobody owns the replicas, so there are none");
    assert_eq!(owners().await, Vec::<String>::new());
}

#[tokio::test]
async fn apply_of_a_custom_scale_fails_as_on_the_real_server() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    client.post(DEFINITIONS, &definition()).await.expect(201);
    client.post(WIDGETS, &widget("a", &json!({"size": 1, "replicas": 2}))).await.expect(201);
    let scale = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 3}});
    let path = format!("{WIDGETS}/a/scale?fieldManager=one");
    let conflict = client.patch(&path, APPLY, &scale).await.expect(409);
    assert!(conflict.message().contains("\"tests\" using autoscaling/v1"), "{}", conflict.text);
    let refused = client.patch(&format!("{path}&force=true"), APPLY, &scale).await.expect(500);
    assert!(refused.message().ends_with("invalid group/version: autoscaling/v1"), "{}", refused.text);
    assert_eq!(*client.get(&format!("{WIDGETS}/a")).await.expect(200).at("/spec/replicas"), 2);
}
