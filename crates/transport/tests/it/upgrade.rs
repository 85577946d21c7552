//! Leaving HTTP.

use http::{Request, StatusCode, Version, header};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use steersman_config::Config;
use steersman_transport::{Body, Client, Error, ErrorKind, RequestFault, Upgrade, Upgraded};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Answer, Authority, Server, answer};

/// Agrees to what the path says, and sends back what it gets.
async fn echo(mut request: Request<Incoming>) -> Answer {
    match request.uri().path() {
        "/forbidden" => return answer(403, "no exec for you"),
        "/plain" => return answer(200, "{}"),
        _ => {}
    }
    let protocol = match request.uri().path() {
        "/other" => "other".parse().expect("a value"),
        _ => request.headers()[header::UPGRADE].clone(),
    };
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(&mut request).await else { return };
        let (mut read, mut write) = tokio::io::split(TokioIo::new(upgraded));
        let _ = tokio::io::copy(&mut read, &mut write).await;
    });
    let mut answer = answer(101, "");
    answer.headers_mut().insert(header::UPGRADE, protocol);
    answer.headers_mut().insert(header::CONNECTION, "Upgrade".parse().expect("a value"));
    answer
}

fn exec(path: &str) -> Request<Body> {
    Request::get(path).extension(Upgrade::new("websocket")).body(Body::empty()).expect("a request")
}

async fn refused(server: &Server, path: &str) -> Error {
    Client::new(server.config()).expect("a client").upgrade(exec(path)).await.map(drop).expect_err(path)
}

async fn echoes(config: Config) {
    let client = Client::new(config).expect("a client");
    // A pooled connection of HTTP/2 (or HTTP/1.1) is there already, and is left alone.
    client
        .request_bytes(Request::get("/plain").body(Body::empty()).expect("a request"))
        .await
        .expect("an answer");
    let (response, mut upgraded) = client.upgrade(exec("/exec?command=ls")).await.expect("an upgrade");
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    for text in ["hello", "again"] {
        upgraded.write_all(text.as_bytes()).await.expect("a server");
        upgraded.flush().await.expect("a server");
        let mut back = [0; 5];
        upgraded.read_exact(&mut back).await.expect("an echo");
        assert_eq!(back, text.as_bytes());
    }
    client
        .request_bytes(Request::get("/plain").body(Body::empty()).expect("a request"))
        .await
        .expect("an answer");
}

#[tokio::test]
async fn an_upgrade_has_a_connection_of_its_own() {
    let authority = Authority::new();
    let tls = Server::tls(authority.server(), echo).await;
    let mut config = tls.config();
    config.trust = authority.trust();
    echoes(config).await;
    let plain = Server::plain(echo).await;
    echoes(plain.config()).await;
    for (server, version) in [(tls, Version::HTTP_2), (plain, Version::HTTP_11)] {
        let seen = server.seen();
        let connections: Vec<_> = seen.iter().map(|seen| (seen.version, seen.connection)).collect();
        assert_eq!(connections, [(version, 0), (Version::HTTP_11, 1), (version, 0)]);
        assert_eq!(
            (seen[1].header("upgrade"), seen[1].header("connection")),
            (Some("websocket"), Some("Upgrade"))
        );
    }
}

#[tokio::test]
async fn a_refusal_is_typed_and_closes_the_connection() {
    let mut server = Server::plain(echo).await;
    let error = refused(&server, "/forbidden").await;
    assert!(error.is_forbidden());
    assert!(error.status().expect("a status").to_string().contains("no exec for you"));
    assert_eq!(server.closed.recv().await, Some(0));
    for path in ["/plain", "/other"] {
        let error = refused(&server, path).await;
        assert_eq!(error.kind(), &ErrorKind::Upgrade, "{path}");
        assert!(server.closed.recv().await.is_some());
    }
}

#[tokio::test]
async fn an_upgrade_is_asked_for_in_so_many_words() {
    let server = Server::plain(echo).await;
    let client = Client::new(server.config()).expect("a client");
    let without = Request::get("/exec").body(Body::empty()).expect("a request");
    let mut malformed = exec("/exec");
    malformed.extensions_mut().insert(Upgrade::new("two\nlines"));
    for (request, want) in [(without, RequestFault::NoUpgrade), (malformed, RequestFault::UpgradeProtocol)] {
        let error = client.upgrade(request).await.map(drop).expect_err("no upgrade");
        assert_eq!(error.kind(), &ErrorKind::InvalidRequest(want));
    }
    assert!(server.seen().is_empty());
}

/// A service of the user's own hands its connection over with the response.
#[tokio::test]
async fn a_bare_service_may_upgrade() {
    let client = Client::from_service(tower::service_fn(|request: Request<Body>| async move {
        let (ours, mut theirs) = tokio::io::duplex(64);
        theirs.write_all(b"hi").await?;
        let mut response = http::Response::new(Body::empty());
        if request.uri().path() == "/exec" {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            response.headers_mut().insert(header::UPGRADE, request.headers()[header::UPGRADE].clone());
            Upgraded::new(ours).attach(&mut response);
        }
        Ok::<_, std::io::Error>(response)
    }));
    let (_, mut upgraded) = client.upgrade(exec("/exec")).await.expect("an upgrade");
    let mut text = String::new();
    upgraded.read_to_string(&mut text).await.expect("an end");
    assert_eq!(text, "hi");
    let error = client.upgrade(exec("/")).await.map(drop).expect_err("200");
    assert_eq!(error.kind(), &ErrorKind::Upgrade);
}
