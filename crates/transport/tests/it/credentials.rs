//! Who we say that we are.

use std::fs;

use http::{Request, header};
use steersman_config::{Config, Secret};
use steersman_transport::{Body, Client, ErrorKind};

use crate::server::{Authority, Server, ok};

fn get() -> Request<Body> {
    Request::get("/api").body(Body::empty()).expect("a request")
}

async fn authorization(server: &Server, config: Config, request: Request<Body>) -> Option<String> {
    Client::new(config).expect("a client").request(request).await.expect("an answer");
    server.seen().last().expect("a request").header("authorization").map(str::to_owned)
}

#[tokio::test]
async fn a_token_arrives_unless_the_request_has_its_own() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(), ok).await;
    let mut config = server.config();
    config.trust = authority.trust();
    assert_eq!(authorization(&server, config.clone(), get()).await, None);
    config.credentials.token = Some(Secret::new("t0ken"));
    assert_eq!(authorization(&server, config.clone(), get()).await.as_deref(), Some("Bearer t0ken"));
    let mut own = get();
    own.headers_mut().insert(header::AUTHORIZATION, "Basic abc".parse().expect("a value"));
    assert_eq!(authorization(&server, config, own).await.as_deref(), Some("Basic abc"));
}

#[tokio::test]
async fn a_token_file_wins_while_it_can_be_read() {
    let server = Server::plain(ok).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let mut config = server.config();
    config.credentials.token = Some(Secret::new("fixed"));
    config.credentials.token_file = Some(path.clone());
    assert_eq!(authorization(&server, config.clone(), get()).await.as_deref(), Some("Bearer fixed"));
    fs::write(&path, " from-file\n").expect("a file");
    assert_eq!(authorization(&server, config, get()).await.as_deref(), Some("Bearer from-file"));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let server = Server::plain(ok).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = server.config();
    config.credentials.token_file = Some(folder.path().join("not-there"));
    let client = Client::new(config).expect("a client");
    let error = client.request(get()).await.expect_err("no token");
    assert_eq!(error.kind(), &ErrorKind::Credentials);
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.contains("not-there"), "{cause}");
    assert!(error.hint().is_some());
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_client_certificate_arrives() {
    let authority = Authority::new();
    let server = Server::tls(authority.server_for_certificates(), ok).await;
    let mut config = server.config();
    config.trust = authority.trust();
    config.credentials.client_certificate = Some(authority.client_certificate());
    Client::new(config).expect("a client").request(get()).await.expect("an answer");
    assert!(server.only().certificate);
}
