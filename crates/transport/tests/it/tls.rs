//! Whom we believe.

use http::Request;
use steersman_config::{Config, Trust};
use steersman_transport::{Body, Client, Error, ErrorKind, TlsFault};

use crate::server::{Authority, Server, ok};

async fn get(config: Config) -> Result<(), Error> {
    let client = Client::new(config).expect("a client");
    let request = Request::get("/version").body(Body::empty()).expect("a request");
    client.request_bytes(request).await.map(drop)
}

#[track_caller]
fn check(got: Result<(), Error>, want: TlsFault, hint: &str) {
    let error = got.expect_err("TLS fails");
    assert_eq!(error.kind(), &ErrorKind::Tls(want), "{error:?}");
    assert!(error.is_tls() && error.is_connect());
    let said = error.hint().expect("a hint");
    assert!(said.contains(hint), "{said}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn only_the_authorities_of_the_configuration_are_believed() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::tls(authority.server(), ok).await;
    let mut config = server.config();
    config.trust = authority.trust();
    get(config.clone()).await.expect("the right authority");
    config.trust = other.trust();
    check(get(config.clone()).await, TlsFault::UnknownIssuer, "certificate-authority");
    let both = format!("{}{}", other.pem, authority.pem);
    config.trust = Trust::Authorities(both.into_bytes());
    get(config.clone()).await.expect("one of two");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn the_name_must_be_right_or_set() {
    let authority = Authority::new();
    let server = Server::tls(authority.server_named(&["api.example.com"], 2020..2100), ok).await;
    let mut config = server.config();
    config.trust = authority.trust();
    check(get(config.clone()).await, TlsFault::WrongName, "tls-server-name");
    config.tls_server_name = Some("api.example.com".to_owned());
    get(config).await.expect("the name of the certificate");
}

#[tokio::test]
async fn certificates_have_their_time() {
    let authority = Authority::new();
    for (years, want) in [(2001..2002, TlsFault::Expired), (2090..2100, TlsFault::NotYetValid)] {
        let server = Server::tls(authority.server_named(&["127.0.0.1"], years), ok).await;
        let mut config = server.config();
        config.trust = authority.trust();
        check(get(config).await, want, "clock");
        assert!(server.seen().is_empty());
    }
}

#[tokio::test]
async fn any_certificate_is_right_only_where_the_configuration_says_so() {
    let authority = Authority::new();
    let server = Server::tls(authority.server_named(&["elsewhere"], 2001..2002), ok).await;
    let mut config = server.config();
    config.trust = Trust::Insecure;
    get(config).await.expect("nobody looks");
}

#[tokio::test]
async fn a_server_that_wants_a_certificate() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::tls(authority.server_for_certificates(), ok).await;
    let mut config = server.config();
    config.trust = authority.trust();
    check(get(config.clone()).await, TlsFault::ClientCertificate, "client-certificate");
    config.credentials.client_certificate = Some(other.client_certificate());
    check(get(config).await, TlsFault::ClientCertificate, "client-certificate");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_server_without_tls() {
    let server = Server::plain(ok).await;
    let mut config = Config::new(format!("https://{}", server.address).parse().expect("a URL"));
    config.trust = Authority::new().trust();
    check(get(config).await, TlsFault::NotTls, "http://");
}
