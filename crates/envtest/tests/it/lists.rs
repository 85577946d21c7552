//! Lists: selection, pages, and which state they show.

use serde_json::json;
use steersman_envtest::EnvTest;

use crate::client::{CONFIG_MAPS, Client, config_map, labelled};

async fn filled() -> (EnvTest, Client) {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    for (name, label) in [("a", "web"), ("b", "db"), ("c", "web"), ("d", "web")] {
        client.post(CONFIG_MAPS, &labelled(name, label)).await.expect(201);
    }
    (env, client)
}

#[tokio::test]
async fn selectors() {
    let (_env, client) = filled().await;
    for (query, want) in [
        ("", vec!["a", "b", "c", "d"]),
        ("labelSelector=app%3Dweb", vec!["a", "c", "d"]),
        ("labelSelector=app%20notin%20(web)", vec!["b"]),
        ("fieldSelector=metadata.name%3Db", vec!["b"]),
        ("labelSelector=app%3Dweb&fieldSelector=metadata.name!%3Da", vec!["c", "d"]),
        ("labelSelector=app%3Dnone", vec![]),
    ] {
        let list = client.get(&format!("{CONFIG_MAPS}?{query}")).await.expect(200);
        assert_eq!(list.names(), want, "{query}");
        assert!(list.at("/items").is_array());
    }
    client.get(&format!("{CONFIG_MAPS}?labelSelector=a%20b")).await.expect(400);
    client.get(&format!("{CONFIG_MAPS}?fieldSelector=data.x%3D1")).await.expect(400);
}

#[tokio::test]
async fn pages_are_pinned_to_one_state() {
    let (env, client) = filled().await;
    let first = client.get(&format!("{CONFIG_MAPS}?limit=3")).await.expect(200);
    assert_eq!((first.names(), first.at("/metadata/remainingItemCount")), (vec!["a", "b", "c"], &json!(1)));
    let token = first.at("/metadata/continue").as_str().expect("a token").to_owned();
    client.delete(&format!("{CONFIG_MAPS}/d")).await.expect(200);
    let rest = format!("{CONFIG_MAPS}?limit=3&continue={token}");
    let second = client.get(&rest).await.expect(200);
    assert_eq!((second.names(), second.version()), (vec!["d"], first.version()));
    assert!(second.at("/metadata/continue").is_null());

    env.compact();
    let expired = client.get(&rest).await.expect(410);
    assert_eq!(expired.at("/reason"), "Expired");
    let token = expired.at("/metadata/continue").as_str().expect("a token").to_owned();
    let newest = client.get(&format!("{CONFIG_MAPS}?continue={token}")).await.expect(200);
    assert_eq!(newest.names(), Vec::<&str>::new(), "the newest state has nothing after c");
}

#[tokio::test]
async fn states_of_the_past_and_of_the_future() {
    let (env, client) = filled().await;
    let then = env.resource_version();
    client.delete(&format!("{CONFIG_MAPS}/a")).await.expect(200);
    let at = |version: u64, rule: &str| {
        format!("{CONFIG_MAPS}?resourceVersion={version}&resourceVersionMatch={rule}")
    };
    let old = client.get(&at(then, "Exact")).await.expect(200);
    assert_eq!((old.names().len(), old.version()), (4, then.to_string()));
    let new = client.get(&at(then, "NotOlderThan")).await.expect(200);
    assert_eq!(new.names().len(), 3);
    let future = client.get(&at(then + 1000, "NotOlderThan")).await.expect(504);
    assert_eq!(future.at("/details/causes/0/reason"), "ResourceVersionTooLarge");
    client.get(&at(0, "Exact")).await.expect(422);
    env.compact();
    client.get(&at(then, "Exact")).await.expect(410);
}

#[tokio::test]
async fn collections_are_deleted_by_selector() {
    let (_env, client) = filled().await;
    let gone = client.delete(&format!("{CONFIG_MAPS}?labelSelector=app%3Dweb")).await.expect(200);
    assert_eq!((gone.names(), gone.at("/kind")), (vec!["a", "c", "d"], &json!("ConfigMapList")));
    assert_eq!(client.get(CONFIG_MAPS).await.expect(200).names(), ["b"]);
}

#[tokio::test]
async fn other_forms_of_a_list() {
    let (_env, mut client) = filled().await;
    client.accept = "application/json;as=Table;v=v1;g=meta.k8s.io".to_owned();
    let table = client.get(CONFIG_MAPS).await.expect(200);
    assert_eq!((table.at("/kind"), table.at("/rows/1/cells/0")), (&json!("Table"), &json!("b")));
    client.accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io".to_owned();
    let partial = client.get(CONFIG_MAPS).await.expect(200);
    assert_eq!(partial.at("/items/0/kind"), "PartialObjectMetadata");
    client.accept = "text/html".to_owned();
    client.get(CONFIG_MAPS).await.expect(406);
    client.accept = "application/yaml".to_owned();
    client.post(CONFIG_MAPS, &config_map("y", &json!({}))).await.expect(201);
    let yaml = client.get(&format!("{CONFIG_MAPS}/y")).await.expect(200);
    assert!(yaml.text.contains("kind: ConfigMap"), "{}", yaml.text);
}
