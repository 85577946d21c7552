//! Creating, reading, replacing and deleting.

use serde_json::{Value, json};
use steersman_envtest::EnvTest;

use crate::client::{CONFIG_MAPS, Client, JSON, MERGE, config_map};

#[tokio::test]
async fn the_life_of_an_object() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let one = format!("{CONFIG_MAPS}/a");
    let created = client.post(CONFIG_MAPS, &config_map("a", &json!({"k": "1"}))).await.expect(201);
    assert_eq!(created.at("/metadata/namespace"), "default");
    assert!(created.at("/metadata/uid").is_string() && created.at("/metadata/creationTimestamp").is_string());
    assert_eq!(created.at("/metadata/managedFields/0/manager"), "tests");
    let again = client.post(CONFIG_MAPS, &config_map("a", &json!({}))).await.expect(409);
    assert_eq!(again.message(), "configmaps \"a\" already exists");

    let replaced = client.put(&one, &config_map("a", &json!({"k": "2"}))).await.expect(200);
    assert_ne!(replaced.version(), created.version());
    let same = client.put(&one, &config_map("a", &json!({"k": "2"}))).await.expect(200);
    assert_eq!(same.version(), replaced.version(), "what changes nothing is no change");
    let mut stale = config_map("a", &json!({"k": "3"}));
    stale["metadata"]["resourceVersion"] = created.version().into();
    assert_eq!(
        client.put(&one, &stale).await.expect(409).message(),
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to \
         the latest version and try again"
    );

    let deleted = client.delete(&one).await.expect(200);
    assert_eq!((deleted.at("/kind"), deleted.at("/details/name")), (&json!("Status"), &json!("a")));
    assert_eq!(client.get(&one).await.expect(404).message(), "configmaps \"a\" not found");
}

#[tokio::test]
async fn what_is_refused() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let with = |pointer: &str, value: Value| {
        let mut object = config_map("a", &json!({"k": "1"}));
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        object.pointer_mut(parent).expect("a parent")[field] = value;
        object
    };
    for (body, code, message) in [
        (
            with("/metadata/name", json!("A_")),
            422,
            "ConfigMap \"A_\" is invalid: metadata.name: Invalid value: \"A_\": a lowercase RFC 1123 subdomain",
        ),
        (
            with("/metadata/name", json!("")),
            422,
            "ConfigMap \"\" is invalid: metadata.name: Required value: name or",
        ),
        (with("/metadata/namespace", json!("x")), 400, "the namespace of the provided object does not match"),
        (
            with("/metadata/resourceVersion", json!("5")),
            500,
            "resourceVersion should not be set on objects to be created",
        ),
        (
            with("/kind", json!("Secret")),
            400,
            "Secret in version \"v1\" cannot be handled as a ConfigMap: converting",
        ),
        (
            with("/data/k", json!(1)),
            400,
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go \
             struct field ConfigMap.data of type string",
        ),
        (json!([]), 400, "the object provided is unrecognized (must be of type ConfigMap)"),
    ] {
        let answer = client.post(CONFIG_MAPS, &body).await.expect(code);
        assert!(answer.message().starts_with(message), "{}", answer.text);
    }
    let missing =
        client.post("/api/v1/namespaces/no/configmaps", &config_map("a", &json!({}))).await.expect(404);
    assert_eq!(missing.message(), "namespaces \"no\" not found");
    let text = client.send("POST", CONFIG_MAPS, "text/plain", &json!("x")).await.expect(415);
    assert_eq!(text.at("/reason"), "UnsupportedMediaType");
}

#[tokio::test]
async fn paths_and_methods_that_are_not_served() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    for (path, text) in
        [("/foo", true), ("/apis/none.example.com/v1/things", true), ("/api/v1/things", false)]
    {
        let answer = client.get(path).await.expect(404);
        assert_eq!(answer.text == "404 page not found\n", text, "{path}: {}", answer.text);
    }
    client.put(CONFIG_MAPS, &json!({})).await.expect(405);
    client.delete("/api/v1/namespaces").await.expect(405);
}

#[tokio::test]
async fn names_are_generated() {
    let env = EnvTest::start().await.expect("a server");
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "web-"}});
    let created = Client::admin(&env).post(CONFIG_MAPS, &body).await.expect(201);
    let name = created.at("/metadata/name").as_str().expect("a name");
    assert!(name.starts_with("web-") && name.len() == 9, "{name}");
}

#[tokio::test]
async fn a_dry_run_stores_nothing() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let before = env.resource_version();
    client.post(&format!("{CONFIG_MAPS}?dryRun=All"), &config_map("a", &json!({}))).await.expect(201);
    client.get(&format!("{CONFIG_MAPS}/a")).await.expect(404);
    client.delete("/api/v1/namespaces/kube-node-lease?dryRun=All").await.expect(200);
    client.get("/api/v1/namespaces/kube-node-lease").await.expect(200);
    assert_eq!(env.resource_version(), before);
}

#[tokio::test]
async fn unknown_fields_are_warned_of_or_refused() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let mut body = config_map("a", &json!({}));
    body["extra"] = json!(1);
    let warned = client.post(&format!("{CONFIG_MAPS}?dryRun=All"), &body).await.expect(201);
    assert_eq!(warned.headers["warning"], "299 - \"unknown field \\\"extra\\\"\"");
    let path = format!("{CONFIG_MAPS}?fieldValidation=Strict");
    assert!(client.post(&path, &body).await.expect(400).message().ends_with("unknown field \"extra\""));
    let ignored = client.post(&format!("{CONFIG_MAPS}?fieldValidation=Ignore"), &body).await.expect(201);
    assert!(!ignored.headers.contains_key("warning") && ignored.at("/extra").is_null());
}

#[tokio::test]
async fn finalizers_hold_an_object() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let one = format!("{CONFIG_MAPS}/a");
    let mut body = config_map("a", &json!({}));
    body["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.post(CONFIG_MAPS, &body).await.expect(201);
    let marked = client.delete(&one).await.expect(200);
    assert!(marked.at("/metadata/deletionTimestamp").is_string());
    client.get(&one).await.expect(200);
    client.patch(&one, MERGE, &json!({"metadata": {"finalizers": null}})).await.expect(200);
    client.get(&one).await.expect(404);
}

#[tokio::test]
async fn deletions_have_preconditions() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let one = format!("{CONFIG_MAPS}/a");
    let created = client.post(CONFIG_MAPS, &config_map("a", &json!({}))).await.expect(201);
    let options =
        |uid: &Value| json!({"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}});
    client.send("DELETE", &one, JSON, &options(&json!("x"))).await.expect(409);
    client.send("DELETE", &one, JSON, &options(created.at("/metadata/uid"))).await.expect(200);
}

#[tokio::test]
async fn a_namespace_goes_with_what_is_in_it() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    client.post("/api/v1/namespaces", &body).await.expect(201);
    let inside = "/api/v1/namespaces/shop/configmaps";
    client.post(inside, &config_map("a", &json!({}))).await.expect(201);
    let mut held = config_map("held", &json!({}));
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.post(inside, &held).await.expect(201);

    client.delete("/api/v1/namespaces/shop").await.expect(200);
    assert_eq!(client.get("/api/v1/namespaces/shop").await.expect(200).at("/status/phase"), "Terminating");
    assert_eq!(client.get(inside).await.expect(200).names(), ["held"]);
    let late = client.post(inside, &config_map("late", &json!({}))).await.expect(403);
    assert_eq!(late.at("/details/causes/0/reason"), "NamespaceTerminating");
    client
        .patch(&format!("{inside}/held"), MERGE, &json!({"metadata": {"finalizers": []}}))
        .await
        .expect(200);
    client.get("/api/v1/namespaces/shop").await.expect(404);
    client.delete("/api/v1/namespaces/default").await.expect(403);
}

#[tokio::test]
async fn secrets_take_plain_text() {
    let env = EnvTest::start().await.expect("a server");
    let body =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"k": "v"}});
    let created = Client::admin(&env).post("/api/v1/namespaces/default/secrets", &body).await.expect(201);
    assert_eq!((created.at("/data/k"), created.at("/type")), (&json!("dg=="), &json!("Opaque")));
    assert!(created.at("/stringData").is_null());
}

#[tokio::test]
async fn protobuf_is_refused_and_not_offered() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let refused = client
        .send("POST", CONFIG_MAPS, "application/vnd.kubernetes.protobuf", &json!("k8s"))
        .await
        .expect(415);
    assert_eq!(
        refused.message(),
        "the body of the request was in an unknown format - accepted media types include: application/json, \
         application/yaml"
    );
}
