//! Starting, being found, stopping.

use steersman_envtest::{EnvTest, ErrorKind};
use tokio::net::TcpStream;

use crate::client::Client;

#[tokio::test]
async fn a_new_cluster_has_its_four_namespaces() {
    let env = EnvTest::start().await.expect("a server");
    let list = Client::admin(&env).get("/api/v1/namespaces").await.expect(200);
    assert_eq!(list.names(), ["default", "kube-node-lease", "kube-public", "kube-system"]);
    assert_eq!(list.at("/kind"), "NamespaceList");
    assert!(list.at("/items/0/kind").is_null(), "typed lists leave the items' kind out");
}

#[tokio::test]
async fn two_servers_share_nothing() {
    let (one, other) = (EnvTest::start().await.expect("a server"), EnvTest::start().await.expect("a server"));
    assert_ne!(one.url(), other.url());
    // The authority of one signs nothing for the other.
    let mut config = one.config();
    config.server = other.config().server;
    let stranger = Client::new(&config);
    assert!(stranger.try_send("GET", "/version", "", bytes::Bytes::new()).await.is_none());
}

#[tokio::test]
async fn stopping_closes_port_and_connections() {
    // C25: stopping is idempotent.
    let env = EnvTest::start().await.expect("a server");
    let address = env.url().trim_start_matches("https://").to_owned();
    let client = Client::admin(&env);
    let mut watch = client.watch("/api/v1/namespaces?watch=1&resourceVersion=999").await;
    env.stop().await;
    assert_eq!(watch.next().await, None);
    assert!(TcpStream::connect(&address).await.is_err());
    env.stop().await;
}

#[tokio::test]
async fn dropping_stops() {
    let env = EnvTest::start().await.expect("a server");
    let address = env.url().trim_start_matches("https://").to_owned();
    drop(env);
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_an_error_with_a_hint() {
    let env = EnvTest::start().await.expect("a server");
    let port = env.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let error = EnvTest::builder().port(port).start().await.expect_err("the port is taken");
    assert_eq!(*error.kind(), ErrorKind::Bind { port });
    assert_eq!(error.to_string(), format!("could not listen on 127.0.0.1:{port}"));
    assert!(error.hint().is_some() && std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn the_server_runs_while_the_test_blocks_its_thread() {
    let env = EnvTest::start().await.expect("a server");
    let config = env.config();
    let answer = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { Client::new(&config).get("/version").await.code })
    });
    // Blocks the thread of this test, on purpose.
    assert_eq!(answer.join().expect("no panic"), 200);
}
