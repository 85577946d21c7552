//! What lies below objects of the embedded server, as far as a test answers for it or has to end something.

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use serde_json::json;
use steersman_config::{Credentials, Secret};
use steersman_dynamic::{DynamicClient, Resource};
use steersman_envtest::EnvTest;
use steersman_meta::Object;

async fn resource(server: &EnvTest, api_version: &str, kind: &str) -> Resource {
    let cluster = DynamicClient::builder().config(server.config()).connect().await.unwrap();
    cluster.resource(api_version, kind).await.unwrap().namespace("default")
}

/// A pod, and a service that selects it.
async fn web(server: &EnvTest) -> (Resource, Resource) {
    let pods = resource(server, "v1", "Pod").await;
    let containers = json!([{"name": "main", "image": "example.com/main:1"}]);
    let pod =
        json!({"metadata": {"name": "web", "labels": {"app": "web"}}, "spec": {"containers": containers}});
    pods.create(pod).await.unwrap();
    let services = resource(server, "v1", "Service").await;
    let spec = json!({"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]});
    services.create(json!({"metadata": {"name": "web"}, "spec": spec})).await.unwrap();
    (pods, services)
}

/// A20, B08, B12: what is behind a proxy gets what is sent, but not who sent it; its answer comes back byte by byte.
#[tokio::test]
async fn a20_b08_b12_through_a_proxy() {
    let server = EnvTest::start().await.unwrap();
    let (pods, services) = web(&server).await;
    server.answer_for_pod("default", "web", |request| {
        let secret = request.headers().contains_key(header::AUTHORIZATION);
        let line = format!("{} {} {secret} ", request.method(), request.uri());
        let body = [line.as_bytes(), b"\xff", request.body()].concat();
        let code = if request.method() == Method::PUT { StatusCode::IM_A_TEAPOT } else { StatusCode::OK };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = code;
        response
    });
    for (proxy, name) in [
        (pods.subresource("proxy").unwrap(), "web"),
        (services.subresource("proxy").unwrap(), "web:http"),
        (services.subresource("proxy").unwrap(), "http:web:80"),
    ] {
        let get = proxy.request(Method::GET, name).unwrap().url("a b/c").query("q", "1&2").await.unwrap();
        assert_eq!(get.into_body(), &b"GET /a%20b/c?q=1%262 false \xff"[..], "{name}");
        let post =
            proxy.request(Method::POST, name).unwrap().url("x").body("text/plain", "sent").await.unwrap();
        assert_eq!(post.into_body(), &b"POST /x false \xffsent"[..], "{name}");
        let root = proxy.request(Method::GET, name).unwrap().await.unwrap();
        assert_eq!(root.into_body(), &b"GET / false \xff"[..], "{name}");
        let put = proxy.request(Method::PUT, name).unwrap().url("x").text().await.expect_err("a teapot");
        assert_eq!(put.code(), Some(418));
    }
    let services = services.subresource("proxy").unwrap();
    // No read, as that would be tried again.
    let error =
        services.request(Method::POST, "web:other").unwrap().url("x").text().await.expect_err("no port");
    assert_eq!(error.code(), Some(503));
}

/// A20, B12: a node's proxy leads to its kubelet.
#[tokio::test]
async fn a20_b12_through_the_proxy_of_a_node() {
    let server = EnvTest::start().await.unwrap();
    let nodes = resource(&server, "v1", "Node").await.cluster().resource("v1", "Node").await.unwrap();
    nodes.create(json!({"metadata": {"name": "n"}})).await.unwrap();
    server.answer_for_node("n", |request| Response::new(request.uri().to_string().into()));
    let proxy = nodes.subresource("proxy").unwrap();
    assert_eq!(proxy.request(Method::GET, "n").unwrap().text().await.unwrap(), "/");
    let metrics = proxy.request(Method::GET, "n").unwrap().url("metrics").query("a", "b").text().await;
    assert_eq!(metrics.unwrap(), "/metrics?a=b");
    let error = proxy.request(Method::GET, "m").unwrap().url("metrics").text().await.expect_err("no node");
    assert!(error.is_not_found(), "{error:?}");
}

/// B53: a token ends with its account, and with the pod that it is bound to.
#[tokio::test]
async fn b53_tokens_end() {
    let server = EnvTest::start().await.unwrap();
    let (pods, _) = web(&server).await;
    let accounts = resource(&server, "v1", "ServiceAccount").await;
    let account = accounts.create(json!({"metadata": {"name": "robot"}})).await.unwrap();
    let tokens = accounts.subresource("token").unwrap();
    let bound = json!({"spec": {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "web"}}});
    let [free, bound, foreign] = [
        tokens.create("robot", json!({})).await.unwrap(),
        tokens.create("robot", bound).await.unwrap(),
        tokens.create("robot", json!({"spec": {"audiences": ["somebody-else"]}})).await.unwrap(),
    ];
    let holds = async |answer: &Object| {
        let mut config = server.config();
        config.credentials = Credentials::default();
        config.credentials.token = answer.at::<String>("/status/token").unwrap().map(Secret::new);
        let cluster = DynamicClient::builder().config(config).connect().await.unwrap();
        match cluster.whoami().await {
            Ok(user) => user.username == "system:serviceaccount:default:robot",
            Err(error) => {
                assert!(error.is_unauthorized(), "{error:?}");
                false
            }
        }
    };
    assert_eq!((holds(&free).await, holds(&bound).await, holds(&foreign).await), (true, true, false));
    pods.delete("web").await.unwrap();
    assert_eq!((holds(&free).await, holds(&bound).await), (true, false));
    account.delete().await.unwrap();
    accounts.create(json!({"metadata": {"name": "robot"}})).await.unwrap();
    assert!(!holds(&free).await, "another account has the name");
}
