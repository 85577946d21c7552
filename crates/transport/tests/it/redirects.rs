//! Rows 5 to 7 of the reliability goals, G10: no redirect is followed, and credentials reach nobody but the configured
//! server; an upgrade that was refused leaves no connection that is used again.

use futures::FutureExt;
use http::{Method, Request, header};
use hyper::body::Incoming;
use steersman_config::{Basic, Config, Impersonation, Secret};
use steersman_transport::{Body, Client, Error, ErrorKind, Upgrade};
use tokio::net::TcpListener;

use crate::{
    oidc::{Provider, jwt},
    server::{Answer, Authority, Server, answer, ok},
};

const CODES: [u16; 5] = [301, 302, 303, 307, 308];

/// Answers with the code that the path names and to the place that the header `x-to` names.
async fn redirect(request: Request<Incoming>) -> Answer {
    let path = request.uri().path();
    let Some(code) = path.strip_prefix("/redirect/").and_then(|code| code.parse().ok()) else {
        return answer(200, "{}");
    };
    let mut answer = answer(code, "<html>this way</html>");
    answer.headers_mut().insert(header::LOCATION, request.headers()["x-to"].clone());
    answer
}

/// Somebody who waits for connections.
async fn attacker() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

/// Every way to say who one is, and as whom to act.
fn credentials(mut config: Config) -> Vec<Config> {
    let mut who = Impersonation::new("admin");
    who.groups = vec!["system:masters".to_owned()];
    config.credentials.impersonation = Some(who);
    let mut token = config.clone();
    token.credentials.token = Some(Secret::new("t0ken"));
    config.credentials.basic = Some(Basic::new("jane", Secret::new("hunter2")));
    vec![token, config]
}

async fn all_ways(client: &Client, code: u16, to: &str) -> Vec<Error> {
    let path = format!("/redirect/{code}");
    let build = |method: Method, query: &str| {
        Request::builder().method(method).uri(format!("{path}{query}")).header("x-to", to)
    };
    let mut errors = Vec::new();
    for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let body = if method.is_safe() { Body::empty() } else { Body::from("{}") };
        let request = build(method, "").body(body).expect("a request");
        errors.push(client.request_bytes(request).await.map(drop).expect_err("a redirect"));
    }
    let watch = build(Method::GET, "?watch=true").body(Body::empty()).expect("a request");
    errors.push(client.request(watch).await.map(drop).expect_err("a redirect"));
    let upgrade = build(Method::GET, "").extension(Upgrade::new("websocket")).body(Body::empty());
    errors.push(client.upgrade(upgrade.expect("a request")).await.map(drop).expect_err("a redirect"));
    errors
}

#[tokio::test]
async fn g10_no_redirect_takes_credentials_anywhere() {
    let authority = Authority::new();
    let (attacker, address) = attacker().await;
    let port = address.split_once(':').expect("a port").1.to_owned();
    let (tls, plain) = (Server::tls(authority.server(), redirect).await, Server::plain(redirect).await);
    let mut secure = tls.config();
    secure.trust = authority.trust();
    let mut rows = 0;
    for (server, config) in [(&tls, secure), (&plain, plain.config())] {
        for config in credentials(config) {
            let client = Client::new(config).expect("a client");
            for code in CODES {
                for to in [
                    format!("http://{address}/api"),
                    format!("https://{address}/api"),
                    format!("http://localhost:{port}/"),
                    format!("//{address}/api"),
                    // The same server, elsewhere on it, and without TLS.
                    "/elsewhere".to_owned(),
                    format!("{}/elsewhere", server.url()),
                    format!("http://{}/elsewhere", server.address),
                ] {
                    let before = server.seen().len();
                    let errors = all_ways(&client, code, &to).await;
                    for error in &errors {
                        assert_eq!(error.kind(), &ErrorKind::Api, "{code} {to}: {error:?}");
                        assert_eq!(error.code().map(|code| code.as_u16()), Some(code), "{to}");
                        assert!(error.hint().is_some_and(|hint| hint.contains("redirect")), "{error:?}");
                    }
                    rows += errors.len();
                    let seen = &server.seen()[before..];
                    assert_eq!(seen.len(), errors.len(), "each was sent once");
                    assert!(seen.iter().all(|seen| seen.path.starts_with("/redirect/")), "{to}");
                }
            }
        }
    }
    assert_eq!(rows, 2 * 2 * 5 * 7 * 8);
    assert!(attacker.accept().now_or_never().is_none(), "somebody else was spoken to");
}

/// The same of a provider of tokens, whose form holds a refresh token and a client's secret.
#[tokio::test]
async fn g10_no_redirect_of_a_provider_is_followed() {
    let authority = Authority::new();
    let server = Server::plain(ok).await;
    let (attacker, address) = attacker().await;
    for code in CODES {
        for scheme in ["http", "https"] {
            let to = format!("{scheme}://{address}/token");
            for of_the_document in [true, false] {
                let provider = Provider::new(&authority, vec![(code, to.clone())]).await;
                if of_the_document {
                    provider.says(code, &to);
                }
                let mut oidc = provider.oidc(Some(&jwt("somebody", -1)), Some("refresh"));
                oidc.client_secret = Some(Secret::new("secret"));
                let mut config = server.config();
                config.credentials.oidc = Some(oidc);
                let client = Client::new(config).expect("a client");
                let request = Request::get("/api").body(Body::empty()).expect("a request");
                let error = client.request(request).await.expect_err("no token");
                assert_eq!(error.kind(), &ErrorKind::Credentials, "{code} {to}");
                assert_eq!(provider.server.seen().len(), if of_the_document { 1 } else { 2 });
            }
        }
    }
    assert!(server.seen().is_empty());
    assert!(attacker.accept().now_or_never().is_none(), "somebody else was spoken to");
}

/// A request of the user's own for another server is not sent, and takes no credentials there.
#[tokio::test]
async fn g10_urls_of_other_servers_are_not_asked() {
    let server = Server::plain(ok).await;
    let (attacker, address) = attacker().await;
    let port = server.address.port();
    for config in credentials(server.config()) {
        let client = Client::new(config).expect("a client");
        for url in [
            format!("http://{address}/api"),
            format!("https://{}/api", server.address),
            format!("http://localhost:{port}/api"),
            format!("http://user:password@{}/api", server.address),
            format!("http://{}@{address}/api", server.address),
        ] {
            let request = Request::get(&url).body(Body::empty()).expect("a request");
            let error = client.request(request).await.expect_err("another server");
            assert!(matches!(error.kind(), ErrorKind::InvalidRequest(_)), "{url}: {error:?}");
            assert!(!format!("{error:?}{error}").contains("password"), "{url}");
        }
    }
    assert!(server.seen().is_empty());
    assert!(attacker.accept().now_or_never().is_none(), "somebody else was spoken to");
}

/// Row 5: whatever is answered in place of 101, the connection is closed, and what comes next has another one.
#[tokio::test]
async fn row_05_a_refused_upgrade_leaves_no_connection() {
    async fn coded(request: Request<Incoming>) -> Answer {
        let path = request.uri().path().trim_start_matches('/');
        let code = path.split('/').next().and_then(|code| code.parse().ok()).unwrap_or(200);
        answer(code, "GET /api HTTP/1.1\r\nhost: x\r\n\r\n")
    }
    let authority = Authority::new();
    let (tls, plain) = (Server::tls(authority.server(), coded).await, Server::plain(coded).await);
    let mut secure = tls.config();
    secure.trust = authority.trust();
    let plain_config = plain.config();
    for (mut server, config) in [(tls, secure), (plain, plain_config)] {
        let client = Client::new(config).expect("a client");
        for code in [200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 409, 429, 500, 502, 503] {
            let before = server.seen().len();
            let upgrade =
                Request::get(format!("/{code}")).extension(Upgrade::new("websocket")).body(Body::empty());
            let error = client.upgrade(upgrade.expect("a request")).await.map(drop).expect_err("no upgrade");
            let refused = code >= 300;
            let want = if refused { &ErrorKind::Api } else { &ErrorKind::Upgrade };
            assert_eq!(error.kind(), want, "{code}");
            let connection = server.seen()[before].connection;
            // Of HTTP/2 the pooled connection is left alone; that of the upgrade is closed.
            assert_eq!(server.closed.recv().await, Some(connection), "{code}");
            let upgrade = Request::get(format!("/{code}/again"))
                .extension(Upgrade::new("websocket"))
                .body(Body::empty());
            client.upgrade(upgrade.expect("a request")).await.map(drop).expect_err("no upgrade");
            client
                .request(Request::get("/").body(Body::empty()).expect("a request"))
                .await
                .expect("an answer");
            let seen = server.seen();
            let on_it = seen.iter().filter(|seen| seen.connection == connection).count();
            assert_eq!((seen.len() - before, on_it), (3, 1), "{code}");
            assert!(server.closed.recv().await.is_some());
        }
    }
}
