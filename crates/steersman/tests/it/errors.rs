//! What a person sees who got something wrong: one clear error with its cause and a hint, and an exit code that is
//! not 0.

use insta::assert_snapshot;
use steersman_envtest::{Access, EnvTest, User};

use crate::example::{Home, Run};

async fn server() -> EnvTest {
    EnvTest::builder()
        .user(User::new("stranger").access(Access::None))
        .start()
        .await
        .expect("the embedded server starts")
}

/// The error that a program ended with; it has printed nothing else.
fn refused(run: Run) -> String {
    assert!(!run.ok, "it succeeded: {}", run.stdout);
    assert_eq!(run.stdout, "");
    run.stderr
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let server = server().await;
    let home = Home::with_kubeconfig(&server.kubeconfig());
    let url = server.url();
    server.stop().await;
    let error = refused(home.run("get", &["pods"]).await).replace(&url, "https://SERVER");
    // The number is the system's own.
    let error = error.replace("(os error 111)", "(os error N)").replace("(os error 61)", "(os error N)");
    assert_snapshot!(error, @r#"
    error: could not find "pods"
      because cannot ask at /apis what the server serves
      because GET https://SERVER/apis: the connection was refused
      because Connection refused (os error N)
      hint: nothing listens there: is the server running, and are its address and port right?
    "#);
}

#[tokio::test]
async fn a_wrong_authority() {
    let (server, other) = (server().await, server().await);
    let mut config = server.config();
    config.trust = other.config().trust;
    let home = Home::with_kubeconfig(&config.to_kubeconfig("test"));
    let error = refused(home.run("get", &["pods"]).await).replace(&server.url(), "https://SERVER");
    assert_snapshot!(error, @r#"
    error: could not find "pods"
      because cannot ask at /apis what the server serves
      because GET https://SERVER/apis: the server's certificate is signed by an unknown authority
      because invalid peer certificate: BadSignature
      hint: check certificate-authority of the cluster's entry: it must be that of this server, which may have been set up anew
    "#);
}

#[tokio::test]
async fn a_context_that_is_missing() {
    let home = Home::with_kubeconfig(&server().await.config().to_kubeconfig("staging"));
    let error = refused(home.run("get", &["pods", "--context", "stagign"]).await);
    assert_snapshot!(home.anonymous(&error), @r#"
    error: could not connect
      because context "stagign": does not exist
      hint: did you mean "staging"? the contexts there are: "staging"
    "#);
}

#[tokio::test]
async fn no_configuration_at_all() {
    let home = Home::empty();
    let error = refused(home.run("get", &["pods"]).await);
    assert_snapshot!(home.anonymous(&error), @r#"
    error: could not connect
      because no cluster is configured: ~/config does not exist; KUBERNETES_SERVICE_HOST is not set, so this is no pod
      hint: set KUBECONFIG to the path of a kubeconfig, or put one at ~/.kube/config
    "#);
}

/// B54: 403.
#[tokio::test]
async fn something_that_we_may_not_do() {
    let server = server().await;
    let stranger = server.config_for("stranger").expect("the user exists");
    let home = Home::with_kubeconfig(&stranger.to_kubeconfig("test"));
    let error = refused(home.run("get", &["pods", "-n", "shop"]).await);
    let error = error.replace(&server.url(), "https://SERVER");
    assert_snapshot!(error, @r#"
    error: could not list v1 Pod in namespace shop
      because GET https://SERVER/api/v1/namespaces/shop/pods: the server answered 403 Forbidden
      because pods is forbidden: User "stranger" cannot list resource "pods" in API group "" in the namespace "shop"
      hint: ask for a role that allows it; `kubectl auth can-i` says what these credentials may do
    "#);
}

/// C06: an unknown kind is looked for twice, and then the nearest are named.
#[tokio::test]
async fn a_kind_that_is_not_served() {
    let server = server().await;
    let home = Home::with_kubeconfig(&server.kubeconfig());
    let error = refused(home.run("get", &["deploymnets"]).await);
    assert_snapshot!(error, @r#"
    error: could not find "deploymnets"
      because the server serves no resource "deploymnets"
      hint: did you mean deployments.apps?
    "#);
}

#[tokio::test]
async fn an_object_that_is_not_there() {
    let server = server().await;
    let home = Home::with_kubeconfig(&server.kubeconfig());
    let error = refused(home.run("get", &["configmap", "missing"]).await);
    let error = error.replace(&server.url(), "https://SERVER");
    assert_snapshot!(error, @r#"
    error: could not get v1 ConfigMap default/missing
      because GET https://SERVER/api/v1/namespaces/default/configmaps/missing: the server answered 404 Not Found
      because configmaps "missing" not found
      hint: check the name and the namespace: an object of that name is not there
    "#);
}

#[tokio::test]
async fn what_is_right_is_printed() {
    let server = server().await;
    let home = Home::with_kubeconfig(&server.kubeconfig());
    let run = home.run("get", &["ns"]).await;
    assert!(run.ok, "{}", run.stderr);
    let columns = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = run.stdout.lines().map(columns).collect();
    assert_eq!(lines.first(), Some(&columns("NAME STATUS")), "{}", run.stdout);
    assert!(lines.contains(&columns("kube-system Active")), "{}", run.stdout);
}
