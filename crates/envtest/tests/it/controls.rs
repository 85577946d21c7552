//! What a test sees of the wire, and does to it.

use bytes::Bytes;
use serde_json::json;
use steersman_envtest::{EnvTest, Fault};

use crate::client::{CONFIG_MAPS, Client, config_map};

#[tokio::test]
async fn requests_are_recorded_without_credentials() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::new(&env.token_config());
    client.post(&format!("{CONFIG_MAPS}?dryRun=All"), &config_map("a", &json!({}))).await.expect(201);
    let requests = env.requests();
    let one = requests.last().expect("a request");
    assert_eq!(
        (one.method.as_str(), one.path.as_str()),
        ("POST", "/api/v1/namespaces/default/configmaps?dryRun=All")
    );
    assert_eq!(one.content_type, "application/json");
    assert!(one.body.starts_with(b"{") && one.headers.contains_key("user-agent"));
    assert!(!one.headers.contains_key("authorization"));
    env.forget_requests();
    assert!(env.requests().is_empty());
}

#[tokio::test]
async fn faults_take_the_place_of_answers() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    env.fail_next(Fault::status(503).retry_after(3).method("GET").path_contains("/configmaps").times(2));
    env.fail_next(Fault::text(502, "bad gateway").path_contains("/version"));
    client.get("/api/v1/namespaces").await.expect(200);
    for _ in 0..2 {
        let busy = client.get(CONFIG_MAPS).await.expect(503);
        assert_eq!(
            (&busy.headers["retry-after"], busy.at("/reason")),
            (&"3".parse().expect("ascii"), &json!("ServiceUnavailable"))
        );
    }
    client.get(CONFIG_MAPS).await.expect(200);
    assert_eq!(client.get("/version").await.expect(502).text, "bad gateway");
}

#[tokio::test]
async fn a_request_can_be_broken_off() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    env.fail_next(Fault::break_off());
    assert!(client.try_send("POST", CONFIG_MAPS, "application/json", Bytes::from("{}")).await.is_none());
    client.get("/version").await.expect(200);
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let env = EnvTest::start().await.expect("a server");
    let client = Client::admin(&env);
    let big = config_map("big", &json!({"k": "x".repeat(4 * 1024 * 1024)}));
    if let Some(answer) =
        client.try_send("POST", CONFIG_MAPS, "application/json", Bytes::from(big.to_string())).await
    {
        assert_eq!(answer.code, 413);
    }
    client.get(&format!("{CONFIG_MAPS}/big")).await.expect(404);
}
