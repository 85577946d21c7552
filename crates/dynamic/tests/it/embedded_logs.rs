//! Logs of the embedded server: what a test writes in place of a container is read, and followed to its end.

use serde_json::json;
use steersman_dynamic::{DynamicClient, LogLines, Resource};
use steersman_envtest::EnvTest;

async fn pods(server: &EnvTest, containers: &[&str]) -> Resource {
    let cluster = DynamicClient::builder().config(server.config()).connect().await.unwrap();
    let pods = cluster.resource("v1", "Pod").await.unwrap().namespace("default");
    let containers: Vec<_> =
        containers.iter().map(|name| json!({"name": name, "image": "example.com/main:1"})).collect();
    pods.create(json!({"metadata": {"name": "web"}, "spec": {"containers": containers}})).await.unwrap();
    pods
}

async fn next(lines: &mut LogLines) -> Option<String> {
    lines.try_next().await.unwrap().map(|line| line.to_string())
}

/// D28: a followed log gives each line when it is written, and ends with the container.
#[tokio::test]
async fn d28_a_followed_log_ends_with_its_container() {
    let server = EnvTest::start().await.unwrap();
    let pods = pods(&server, &["main"]).await;
    let log = server.pod_log("default", "web", "main");
    log.line("one");
    let mut lines = pods.logs("web").follow().await.unwrap();
    assert_eq!(next(&mut lines).await.as_deref(), Some("one\n"));
    log.line("two\nthree");
    assert_eq!(next(&mut lines).await.as_deref(), Some("two\n"));
    assert_eq!(next(&mut lines).await.as_deref(), Some("three\n"));
    log.line("last");
    log.end();
    assert_eq!(next(&mut lines).await.as_deref(), Some("last\n"));
    assert_eq!(next(&mut lines).await, None);
    assert_eq!(pods.logs("web").tail(2).await.unwrap(), "three\nlast\n");
}

/// D28: a pod that is deleted takes its log with it.
#[tokio::test]
async fn d28_a_followed_log_ends_with_its_pod() {
    let server = EnvTest::start().await.unwrap();
    let pods = pods(&server, &["main"]).await;
    server.pod_log("default", "web", "main").line("one");
    let mut lines = pods.logs("web").follow().await.unwrap();
    assert_eq!(next(&mut lines).await.as_deref(), Some("one\n"));
    pods.delete("web").grace_period_seconds(0).await.unwrap();
    assert_eq!(next(&mut lines).await, None);
    assert!(pods.logs("web").await.unwrap_err().is_not_found());
}

/// D28: a container that is started anew has a log of its own, and the one before is there under `previous`.
#[tokio::test]
async fn d28_the_log_of_the_previous_container() {
    let server = EnvTest::start().await.unwrap();
    let pods = pods(&server, &["main"]).await;
    let log = server.pod_log("default", "web", "main");
    log.line("first life");
    let error = pods.logs("web").previous().await.unwrap_err();
    assert_eq!(error.code(), Some(400), "{error:?}");
    let mut lines = pods.logs("web").follow().await.unwrap();
    assert_eq!(next(&mut lines).await.as_deref(), Some("first life\n"));
    log.restart();
    log.line("second life");
    assert_eq!(next(&mut lines).await, None, "it was the first container's log");
    assert_eq!(pods.logs("web").previous().await.unwrap(), "first life\n");
    assert_eq!(pods.logs("web").await.unwrap(), "second life\n");
}

/// D28: all containers at the same time, each line with the name of its own.
#[tokio::test]
async fn d28_all_containers_of_a_pod() {
    let server = EnvTest::start().await.unwrap();
    let pods = pods(&server, &["main", "side"]).await;
    let [main, side] = ["main", "side"].map(|name| server.pod_log("default", "web", name));
    main.line("m");
    side.line("s");
    let mut lines = pods.logs("web").all_containers().follow().await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let line = lines.try_next().await.unwrap().unwrap();
        seen.push(format!("{}: {line}", line.container().unwrap()));
    }
    seen.sort();
    assert_eq!(seen, ["main: m\n", "side: s\n"]);
    main.end();
    side.line("later");
    assert_eq!(next(&mut lines).await.as_deref(), Some("later\n"));
    side.end();
    assert_eq!(next(&mut lines).await, None);
}
