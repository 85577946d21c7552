//! The four forms of a patch.

use serde_json::{Value, json};
use steersman_envtest::EnvTest;

use crate::client::{APPLY, CONFIG_MAPS, Client, JSON_PATCH, MERGE, STRATEGIC, config_map};

async fn start() -> (EnvTest, Client, String) {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    client.post(CONFIG_MAPS, &config_map("a", &json!({"k": "1", "l": "2"}))).await.expect(201);
    (env, client, format!("{CONFIG_MAPS}/a"))
}

#[tokio::test]
async fn forms() {
    let (_env, client, one) = start().await;
    for (form, patch, want) in [
        (MERGE, json!({"data": {"k": null, "m": "3"}}), json!({"l": "2", "m": "3"})),
        (
            JSON_PATCH,
            json!([{"op": "replace", "path": "/data/l", "value": "4"}]),
            json!({"l": "4", "m": "3"}),
        ),
        (STRATEGIC, json!({"data": {"$patch": "replace", "x": "y"}}), json!({"x": "y"})),
    ] {
        assert_eq!(*client.patch(&one, form, &patch).await.expect(200).at("/data"), want);
    }
    for (form, patch, code) in [
        (JSON_PATCH, json!([{"op": "test", "path": "/data/x", "value": "z"}]), 422),
        (JSON_PATCH, json!({}), 400),
        (MERGE, json!([1]), 400),
        (MERGE, json!({"metadata": {"resourceVersion": "1"}}), 409),
        (MERGE, json!({"metadata": {"name": "b"}}), 400),
        ("application/json", json!({}), 415),
    ] {
        client.patch(&one, form, &patch).await.expect(code);
    }
    client.patch(&format!("{CONFIG_MAPS}/none"), MERGE, &json!({})).await.expect(404);
}

#[tokio::test]
async fn the_root_stays_an_object() {
    let (_env, client, one) = start().await;
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    let body = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}},
    });
    client.post(deployments, &body).await.expect(201);
    let rejected = "the server rejected our request due to an error in our request";
    let mut cases = vec![
        (json!({"op": "remove", "path": ""}), rejected),
        (json!({"op": "copy", "from": "/kind", "path": ""}), rejected),
        (json!({"op": "move", "from": "/metadata", "path": ""}), rejected),
        (json!({"op": "add", "path": "", "value": config_map("a", &json!({}))}), rejected),
        (json!({"op": "add", "path": "", "value": [1]}), rejected),
        (
            json!({"op": "replace", "path": "", "value": [1]}),
            " \"\" is invalid: patch: Invalid value: \"[1]\": couldn't get version/kind; json parse error: \
             json: cannot unmarshal array into Go value of type struct { APIVersion string \
             \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }",
        ),
    ];
    for scalar in [json!(3), json!(2.5), json!("x"), json!(true), json!(null)] {
        cases.push((json!({"op": "add", "path": "", "value": scalar}), rejected));
        cases.push((json!({"op": "replace", "path": "", "value": scalar}), rejected));
    }
    for path in [one.clone(), format!("{deployments}/web"), format!("{deployments}/web/scale")] {
        for (operation, message) in &cases {
            let refused = client.patch(&path, JSON_PATCH, &json!([operation])).await.expect(422);
            assert_eq!(refused.message(), *message, "{path} {operation}");
        }
    }
    let whole = json!([
        {"op": "test", "path": "/data/k", "value": "1"},
        {"op": "replace", "path": "", "value": config_map("a", &json!({"n": "1"}))},
    ]);
    let replaced = client.patch(&one, JSON_PATCH, &whole).await.expect(200);
    assert_eq!(*replaced.at("/data"), json!({"n": "1"}));
}

#[tokio::test]
async fn strategic_merge_knows_the_keys_of_lists() {
    let (_env, client, _) = start().await;
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    let body = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "one"}]}}},
    });
    let created = client.post(deployments, &body).await.expect(201);
    assert_eq!((created.at("/spec/replicas"), created.at("/metadata/generation")), (&json!(1), &json!(1)));
    let containers = json!([{"name": "main", "image": "two"}, {"name": "side", "image": "three"}]);
    let patch = json!({"spec": {"template": {"spec": {"containers": containers}}}});
    let patched = client.patch(&format!("{deployments}/web"), STRATEGIC, &patch).await.expect(200);
    assert_eq!(patched.at("/spec/template/spec/containers/0/image"), "two");
    assert_eq!(patched.at("/spec/template/spec/containers/0/terminationMessagePolicy"), "File");
    assert_eq!(patched.at("/spec/template/spec/containers/1/name"), "side");
    assert_eq!(patched.at("/metadata/generation"), 2);
}

fn config(data: &Value) -> Value {
    config_map("s", data)
}

#[tokio::test]
async fn apply_keeps_who_set_what() {
    let (_env, client, _) = start().await;
    let path = |manager: &str, more: &str| format!("{CONFIG_MAPS}/s?fieldManager={manager}{more}");
    client.patch(&path("one", ""), APPLY, &config(&json!({"a": "1", "b": "1"}))).await.expect(201);
    let applied = client.patch(&path("two", ""), APPLY, &config(&json!({"b": "1"}))).await.expect(200);
    assert_eq!(applied.at("/metadata/managedFields").as_array().map(Vec::len), Some(2));

    let conflict = client.patch(&path("two", ""), APPLY, &config(&json!({"a": "2"}))).await.expect(409);
    assert_eq!(conflict.message(), "Apply failed with 1 conflict: conflict with \"one\": .data.a");
    assert_eq!(
        *conflict.at("/details/causes/0"),
        json!({"reason": "FieldManagerConflict", "message": "conflict with \"one\"", "field": ".data.a"})
    );
    let forced =
        client.patch(&path("two", "&force=true"), APPLY, &config(&json!({"a": "2"}))).await.expect(200);
    assert_eq!(*forced.at("/data"), json!({"a": "2", "b": "1"}), "b is still owned by one");

    // What one no longer applies, and nobody else owns, goes.
    let pruned = client.patch(&path("one", ""), APPLY, &config(&json!({}))).await.expect(200);
    assert_eq!(*pruned.at("/data"), json!({"a": "2"}));

    let update =
        client.patch(&format!("{CONFIG_MAPS}/s"), MERGE, &json!({"data": {"u": "1"}})).await.expect(200);
    let last =
        update.at("/metadata/managedFields").as_array().and_then(|list| list.last()).expect("an entry");
    assert_eq!((&last["operation"], &last["manager"]), (&json!("Update"), &json!("tests")));
    let conflict = client.patch(&path("one", ""), APPLY, &config(&json!({"u": "2"}))).await.expect(409);
    assert_eq!(conflict.message(), "Apply failed with 1 conflict: conflict with \"tests\" using v1: .data.u");
}

#[tokio::test]
async fn what_an_apply_needs() {
    let (_env, client, one) = start().await;
    let no_manager = client.patch(&one, APPLY, &config_map("a", &json!({}))).await.expect(422);
    assert_eq!(
        no_manager.message(),
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
    );
    let path = format!("{one}?fieldManager=one");
    let mut managed = config_map("a", &json!({}));
    managed["metadata"]["managedFields"] = json!([{"manager": "x"}]);
    assert_eq!(
        client.patch(&path, APPLY, &managed).await.expect(400).message(),
        "metadata.managedFields must be nil"
    );
    let mut unknown = config_map("a", &json!({}));
    unknown["extra"] = json!(1);
    let refused = client.patch(&path, APPLY, &unknown).await.expect(500);
    assert!(refused.message().ends_with(".extra: field not declared in schema"), "{}", refused.text);
    let unchanged = client.patch(&path, APPLY, &config_map("a", &json!({"k": "1"}))).await.expect(200);
    let again = client.patch(&path, APPLY, &config_map("a", &json!({"k": "1"}))).await.expect(200);
    assert_eq!(unchanged.version(), again.version());
}
