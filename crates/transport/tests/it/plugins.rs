//! Credential plugins and rotated tokens, against a server that refuses what is old.
#![cfg(unix)]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use futures::future::join_all;
use http::{Method, Request};
use hyper::body::Incoming;
use steersman_config::{Basic, ExecApiVersion, ExecPlugin, Impersonation, InteractiveMode, Secret};
use steersman_transport::{Body, Client, ErrorKind, ExecPolicy, ExecRule};

use crate::server::{Answer, Authority, Server, answer, ok};

/// Knows those whose token ends in `good`.
async fn choosy(request: Request<Incoming>) -> Answer {
    let good =
        request.headers().get("authorization").is_some_and(|value| value.as_bytes().ends_with(b"good"));
    if good { answer(200, "{}") } else { answer(401, "who are you?") }
}

fn request(method: &Method, body: impl Into<Body>) -> Request<Body> {
    Request::builder().method(method).uri("/api").body(body.into()).expect("a request")
}

/// A plugin that prints the line of the file `tokens` that the number of its runs says, and the last one after that.
fn plugin(folder: &Path, status: &[&str]) -> ExecPlugin {
    let path = folder.join("plugin");
    let print = r#"echo run >> runs; n=$(wc -l < runs); line=$(sed -n "${n}p" statuses)
        test -n "$line" || line=$(tail -n 1 statuses)
        printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":%s}' "$line""#;
    fs::write(folder.join("source"), format!("#!/bin/sh\ncd {}\n{print}\n", folder.display()))
        .expect("a file");
    fs::write(folder.join("statuses"), status.join("\n") + "\n").expect("a file");
    // By another process: what we had open for writing could not be run while some other test forks.
    let copied = std::process::Command::new("cp").arg(folder.join("source")).arg(&path).status().expect("cp");
    assert!(copied.success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
    ExecPlugin::new(path.to_str().expect("text"), ExecApiVersion::V1, InteractiveMode::Never)
}

fn runs(folder: &Path) -> usize {
    fs::read_to_string(folder.join("runs")).map_or(0, |text| text.lines().count())
}

/// After a 401 the plugin is asked once more, and the request sent once more, whatever its verb.
#[tokio::test]
async fn a_401_is_answered_with_new_credentials_once() {
    let good = r#"{"token":"good"}"#;
    let old = r#"{"token":"old"}"#;
    for (method, statuses, want, sent, run) in [
        (Method::GET, vec![good], 200, 1, 1),
        (Method::GET, vec![old, good], 200, 2, 2),
        (Method::POST, vec![old, good], 200, 2, 2),
        (Method::DELETE, vec![old, old], 401, 2, 2),
    ] {
        let server = Server::plain(choosy).await;
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = server.config();
        config.credentials.exec = Some(plugin(folder.path(), &statuses));
        let client = Client::new(config).expect("a client");
        assert_eq!(runs(folder.path()), 0, "nothing runs before it is needed");
        let response = client.send(request(&method, "{}")).await.expect("an answer");
        assert_eq!(response.status().as_u16(), want, "{method} {statuses:?}");
        assert_eq!((server.seen().len(), runs(folder.path())), (sent, run), "{method} {statuses:?}");
    }
    // A stream can't be sent again: the caller sees the refusal, and the next request goes with the new token.
    let server = Server::plain(choosy).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = server.config();
    config.credentials.exec = Some(plugin(folder.path(), &[old, good]));
    let client = Client::new(config).expect("a client");
    let chunks = futures::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from_static(b"{}"))]);
    let response = client.send(request(&Method::POST, Body::from_stream(chunks))).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 401);
    client.request(request(&Method::GET, ())).await.expect("known again");
    assert_eq!((server.seen().len(), runs(folder.path())), (2, 2));
}

/// A storm of refusals makes one new run.
#[tokio::test]
async fn a_storm_of_401_runs_the_plugin_once() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(), choosy).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = server.config();
    config.trust = authority.trust();
    config.credentials.exec = Some(plugin(folder.path(), &[r#"{"token":"old"}"#, r#"{"token":"good"}"#]));
    let client = Client::new(config).expect("a client");
    let all = join_all((0..50).map(|_| client.request(request(&Method::GET, ())))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(runs(folder.path()), 2);
}

/// A certificate from a plugin is shown, and a new one has new connections.
#[tokio::test]
async fn certificates_of_a_plugin_are_shown() {
    let authority = Authority::new();
    let server = Server::tls(authority.server_for_certificates(), choosy).await;
    let folder = tempfile::tempdir().expect("a folder");
    let status = |token: &str| {
        let (chain, key) = authority.issue(&["client"], 2020..2100);
        serde_json::json!({"token": token, "clientCertificateData": chain, "clientKeyData": key}).to_string()
    };
    let (first, second) = (status("old"), status("good"));
    let mut config = server.config();
    config.trust = authority.trust();
    config.credentials.exec = Some(plugin(folder.path(), &[&first, &second]));
    let client = Client::new(config).expect("a client");
    client.request(request(&Method::GET, ())).await.expect("an answer");
    client.request(request(&Method::GET, ())).await.expect("an answer");
    let seen = server.seen();
    assert!(seen.iter().all(|seen| seen.certificate));
    let connections: Vec<_> = seen.iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 1]);
}

#[tokio::test]
async fn a_plugin_that_may_not_run_sends_nothing() {
    let server = Server::plain(ok).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = server.config();
    config.credentials.exec = Some(plugin(folder.path(), &[r#"{"token":"good"}"#]));
    let mut policy = ExecPolicy::default();
    policy.rule = ExecRule::DenyAll;
    let client = Client::builder(config.clone()).exec(policy).build().expect("a client");
    let error = client.request(request(&Method::GET, ())).await.expect_err("denied");
    assert_eq!(error.kind(), &ErrorKind::Credentials);
    assert!(error.hint().is_some_and(|hint| hint.contains("policy")), "{error:?}");
    // A token comes before a plugin, and a header of the request's own before both.
    config.credentials.token = Some(Secret::new("fixed"));
    Client::new(config.clone())
        .expect("a client")
        .request(request(&Method::GET, ()))
        .await
        .expect("an answer");
    config.credentials.token = None;
    let mut own = request(&Method::GET, ());
    own.headers_mut().insert("authorization", "Bearer own".parse().expect("a value"));
    Client::new(config).expect("a client").request(own).await.expect("an answer");
    assert_eq!(runs(folder.path()), 0);
    let sent: Vec<_> =
        server.seen().iter().map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [Some("Bearer fixed".to_owned()), Some("Bearer own".to_owned())]);
}

/// A token file that was rotated is read again when the server refuses what was in it.
#[tokio::test]
async fn a_rotated_token_file_is_read_after_a_401() {
    let server = Server::plain(choosy).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let mut config = server.config();
    config.credentials.token_file = Some(path.clone());
    let client = Client::new(config).expect("a client");
    fs::write(&path, "good").expect("a file");
    client.request(request(&Method::GET, ())).await.expect("an answer");
    fs::write(&path, "old").expect("a file");
    client.request(request(&Method::GET, ())).await.expect("the token that we have is still good");
    assert_eq!(server.seen().len(), 2);

    let fresh = Client::new(client.config().expect("a config").clone()).expect("a client");
    assert!(fresh.request(request(&Method::POST, "{}")).await.expect_err("old").is_unauthorized());
    assert_eq!(server.seen().len(), 3, "what is the same is not sent again");
    fs::write(&path, "new and good").expect("a file");
    fresh.request(request(&Method::POST, "{}")).await.expect("an answer");
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn basic_authentication_and_impersonation_arrive() {
    let server = Server::plain(ok).await;
    let mut config = server.config();
    config.credentials.basic = Some(Basic::new("jane", Secret::new("päss:word")));
    let mut who = Impersonation::new("system:admin");
    who.groups = vec!["a".to_owned(), "b".to_owned()];
    who.extra.insert("acme.com/x".to_owned(), vec!["1".to_owned()]);
    config.credentials.impersonation = Some(who);
    let client = Client::new(config.clone()).expect("a client");
    client.request(request(&Method::GET, ())).await.expect("an answer");
    let seen = server.only();
    assert_eq!(seen.header("authorization"), Some("Basic amFuZTpww6Rzczp3b3Jk"));
    assert_eq!(seen.header("impersonate-user"), Some("system:admin"));
    assert_eq!(seen.headers.get_all("impersonate-group").iter().count(), 2);
    assert_eq!(seen.header("impersonate-extra-acme.com%2fx"), Some("1"));
    // A request that says for itself as whom to act says all of it.
    let mut own = request(&Method::GET, ());
    own.headers_mut().insert("impersonate-user", "joe".parse().expect("a value"));
    client.request(own).await.expect("an answer");
    let seen = server.seen().pop().expect("a request");
    assert_eq!((seen.header("impersonate-user"), seen.header("impersonate-group")), (Some("joe"), None));
    config.credentials.basic = Some(Basic::new("ja:ne", Secret::new("x")));
    let error = Client::new(config).expect_err("no such user");
    assert_eq!(error.kind(), &ErrorKind::Config { field: "username" });
}
