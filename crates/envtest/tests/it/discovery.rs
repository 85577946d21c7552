//! What is served, in both forms.

use serde_json::{Value, json};
use steersman_envtest::EnvTest;

use crate::client::{Client, DEFINITIONS, definition};

const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

#[tokio::test]
async fn legacy_documents() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    client.post(DEFINITIONS, &definition()).await.expect(201);
    assert_eq!(*client.get("/api").await.expect(200).at("/versions"), json!(["v1"]));
    let groups = client.get("/apis").await.expect(200);
    let names: Vec<&Value> =
        groups.at("/groups").as_array().expect("groups").iter().map(|one| &one["name"]).collect();
    assert!(names.contains(&&json!("apps")) && names.contains(&&json!("example.com")));
    let group = client.get("/apis/example.com").await.expect(200);
    assert_eq!(group.at("/preferredVersion/version"), "v1");
    let resources = client.get("/apis/example.com/v1").await.expect(200);
    let names: Vec<&Value> =
        resources.at("/resources").as_array().expect("resources").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["widgets", "widgets/status", "widgets/scale"]);
    let core = client.get("/api/v1").await.expect(200);
    let maps =
        core.at("/resources").as_array().expect("resources").iter().find(|one| one["name"] == "configmaps");
    assert_eq!(maps.map(|one| &one["shortNames"]), Some(&json!(["cm"])));
    client.get("/apis/none.example.com").await.expect(404);
}

#[tokio::test]
async fn the_aggregated_document_is_tagged() {
    let env = EnvTest::start().await.expect("a server");
    let mut client = Client::admin(&env);
    client.accept = AGGREGATED.to_owned();
    let before = client.get("/apis").await.expect(200);
    assert_eq!(before.headers["content-type"], AGGREGATED.split(',').next().expect("a type"));
    let tag = before.headers["etag"].clone();
    assert_eq!(client.get("/apis").await.expect(200).headers["etag"], tag);
    client.post(DEFINITIONS, &definition()).await.expect(201);
    let after = client.get("/apis").await.expect(200);
    assert_ne!(after.headers["etag"], tag);
    let groups = after.at("/items").as_array().expect("groups");
    let ours = groups.iter().find(|one| one["metadata"]["name"] == "example.com").expect("the CRD's group");
    assert_eq!(ours["versions"][0]["resources"][0]["responseKind"]["kind"], "Widget");
    assert_eq!(
        ours["versions"][0]["resources"][0]["subresources"][1]["responseKind"]["group"],
        "autoscaling"
    );
    let core = client.get("/api").await.expect(200);
    assert_eq!(core.at("/items/0/versions/0/version"), "v1");
}

#[tokio::test]
async fn version_and_health() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    assert_eq!(client.get("/version").await.expect(200).at("/gitVersion"), "v1.36.3");
    for path in ["/healthz", "/livez", "/readyz"] {
        assert_eq!(client.get(path).await.expect(200).text, "ok");
    }
    let paths = client.get("/").await.expect(200);
    assert!(paths.at("/paths").to_string().contains("/apis/apps/v1"));
}
