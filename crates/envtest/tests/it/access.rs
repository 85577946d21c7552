//! Who is asking, and may they.

use serde_json::json;
use steersman_envtest::{Access, EnvTest, ErrorKind, User};

use crate::client::{CONFIG_MAPS, Client, config_map};

#[tokio::test]
async fn certificates_and_tokens() {
    let env = EnvTest::builder()
        .user(User::new("reader").group("staff").access(Access::ReadOnly))
        .user(User::new("nobody").access(Access::None))
        .start()
        .await
        .expect("a server");
    let who = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    for (config, name, group) in [
        (env.config(), "admin", "system:masters"),
        (env.token_config(), "admin", "system:masters"),
        (env.config_for("reader").expect("a user"), "reader", "staff"),
        (env.token_config_for("nobody").expect("a user"), "nobody", "system:authenticated"),
    ] {
        let client = Client::new(&config);
        let answer = client.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &who).await.expect(201);
        assert_eq!(answer.at("/status/userInfo/username"), name);
        assert!(answer.at("/status/userInfo/groups").to_string().contains(group), "{}", answer.text);
    }
    let error = env.config_for("x").expect_err("no such user");
    assert_eq!(*error.kind(), ErrorKind::UnknownUser { name: "x".into() });
}

#[tokio::test]
async fn what_is_not_allowed_is_forbidden() {
    let env = EnvTest::builder()
        .user(User::new("reader").access(Access::ReadOnly))
        .start()
        .await
        .expect("a server");
    let reader = Client::new(&env.config_for("reader").expect("a user"));
    reader.get(CONFIG_MAPS).await.expect(200);
    let refused = reader.post(CONFIG_MAPS, &config_map("a", &json!({}))).await.expect(403);
    assert_eq!(
        refused.message(),
        "configmaps is forbidden: User \"reader\" cannot create resource \"configmaps\" in API group \"\" in the \
         namespace \"default\""
    );
    let anonymous = Client::new(&env.anonymous_config());
    assert_eq!(
        anonymous.get("/api/v1/namespaces").await.expect(403).message(),
        "namespaces is forbidden: User \"system:anonymous\" cannot list resource \"namespaces\" in API group \"\" at \
         the cluster scope"
    );
    anonymous.get("/version").await.expect(200);
    let wrong = Client::new(&env.anonymous_config()).with_token("wrong");
    assert_eq!(wrong.get("/version").await.expect(401).message(), "Unauthorized");
}

#[tokio::test]
async fn the_server_says_what_one_may_do() {
    let env = EnvTest::builder()
        .user(User::new("reader").access(Access::ReadOnly))
        .start()
        .await
        .expect("a server");
    let reader = Client::new(&env.config_for("reader").expect("a user"));
    for (verb, allowed) in [("list", true), ("create", false)] {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": verb, "resource": "pods", "namespace": "default"}},
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        assert_eq!(reader.post(path, &review).await.expect(201).at("/status/allowed"), allowed);
    }
}
