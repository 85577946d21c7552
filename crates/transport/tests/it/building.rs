//! The three ways to build a client, where the layers stand, and what the client says of itself.

use std::sync::{Arc, Mutex};

use http::{HeaderName, HeaderValue, Request, Response, header};
use steersman_config::{Config, Oidc, Secret, Trust};
use steersman_transport::{Body, BoxService, Client, ErrorKind, Limits, Timeouts};
use tower::{ServiceExt, layer::layer_fn, service_fn};
use tower_http::set_header::SetRequestHeaderLayer;

use crate::server::{Authority, Server, ok};

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

/// D09: from a configuration, from one with layers, from a service.
#[tokio::test]
async fn d09_three_ways() {
    let server = Server::plain(ok).await;
    let service = service_fn(|request: Request<Body>| async move {
        Ok::<_, std::convert::Infallible>(Response::new(Body::from(request.uri().to_string())))
    });
    let added = SetRequestHeaderLayer::overriding(
        HeaderName::from_static("x-added"),
        HeaderValue::from_static("by a layer"),
    );
    for (client, want) in [
        (Client::new(server.config()).expect("a client"), "{}"),
        (Client::builder(server.config()).layer(added).build().expect("a client"), "{}"),
        (Client::from_service(service), "/version?pretty=true"),
    ] {
        let (head, body) = client.request_bytes(get("/version?pretty=true")).await.expect("an answer");
        assert_eq!((head.status.as_u16(), body.as_ref()), (200, want.as_bytes()));
    }
    let headers: Vec<_> =
        server.seen().iter().map(|seen| seen.header("x-added").map(str::to_owned)).collect();
    assert_eq!(headers, [None, Some("by a layer".to_owned())]);
}

/// The first layer is outermost; outer ones see a path and no credentials, those at the wire see both.
#[tokio::test]
async fn layers_stand_where_they_were_put() {
    let server = Server::plain(ok).await;
    let mut config = server.config();
    config.credentials.token = Some(Secret::new("t0ken"));
    let log = Arc::new(Mutex::new(Vec::new()));
    let spy = |name: &'static str| {
        let log = Arc::clone(&log);
        layer_fn(move |inner: BoxService| {
            let log = Arc::clone(&log);
            inner.map_request(move |request: Request<Body>| {
                let authorized = request.headers().contains_key(header::AUTHORIZATION);
                log.lock().expect("no panic").push((name, request.uri().to_string(), authorized));
                request
            })
        })
    };
    let client = Client::builder(config)
        .layer(spy("outer 1"))
        .wire_layer(spy("wire 1"))
        .layer(spy("outer 2"))
        .wire_layer(spy("wire 2"))
        .build()
        .expect("a client");
    client.request(get("/api")).await.expect("an answer");
    let url = format!("{}/api", server.url());
    assert_eq!(
        *log.lock().expect("no panic"),
        [
            ("outer 1", "/api".to_owned(), false),
            ("outer 2", "/api".to_owned(), false),
            ("wire 1", url.clone(), true),
            ("wire 2", url, true),
        ]
    );
}

/// A layer may answer by itself, and with a body of its own type.
#[tokio::test]
async fn a_layer_may_answer() {
    let client = Client::builder(Config::new("https://127.0.0.1:1".parse().expect("a URL")))
        .layer(layer_fn(|_: BoxService| {
            service_fn(|_: Request<Body>| async {
                let body = http_body_util::Full::new(bytes::Bytes::from_static(b"recorded"));
                Ok::<_, std::io::Error>(Response::new(body))
            })
        }))
        .build()
        .expect("a client");
    let (_, body) = client.request_bytes(get("/api")).await.expect("an answer");
    assert_eq!(body, "recorded");
}

/// D10: the configuration can be had back; a client of a service has none, and no name for caches.
#[test]
fn d10_config_and_identity() {
    let config = Config::new("https://h:6443/prefix".parse().expect("a URL"));
    let client = Client::new(config.clone()).expect("a client");
    assert_eq!(client.config(), Some(&config));
    assert_eq!(client.identity().expect("an identity").server(), "https://h:6443/prefix");
    let bare = Client::from_service(service_fn(|_: Request<Body>| async {
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    }));
    assert!(bare.config().is_none() && bare.identity().is_none());
}

/// What is cached of one server is never taken for another's, and a user is no server.
#[test]
fn identities_tell_servers_apart() {
    let authorities = [Authority::new(), Authority::new()];
    let config = |url: &str, trust: &Trust| {
        let mut config = Config::new(url.parse().expect("a URL"));
        config.trust = trust.clone();
        config
    };
    let first = config("https://h:6443", &authorities[0].trust());
    let mut named = first.clone();
    named.tls_server_name = Some("other".to_owned());
    let different = [
        first.clone(),
        config("https://h:6443", &authorities[1].trust()),
        config("https://h:6443", &Trust::Insecure),
        config("https://h:6443/p", &authorities[0].trust()),
        config("https://h:6444", &authorities[0].trust()),
        config("https://g:6443", &authorities[0].trust()),
        config("http://h:6443", &authorities[0].trust()),
        named,
    ];
    let identity =
        |config: &Config| Client::new(config.clone()).expect("a client").identity().cloned().expect("one");
    let mut names: Vec<_> = different.iter().map(|config| identity(config).file_name().to_owned()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), different.len());

    let mut other_user = first.clone();
    other_user.credentials.token = Some(Secret::new("another"));
    let both = format!("# a comment\n{}{}", authorities[0].pem, authorities[0].pem);
    let spelt_otherwise = config("https://H:6443/", &Trust::Authorities(both.into_bytes()));
    for same in [other_user, spelt_otherwise] {
        assert_eq!(identity(&same), identity(&first));
        assert_eq!(identity(&same).file_name(), identity(&first).file_name());
    }

    let strange = identity(&config(&format!("https://[::1]:1/{}", "../x".repeat(90)), &Trust::Insecure));
    let name = strange.file_name();
    assert!(name.len() <= 100 && !name.starts_with('.'), "{name}");
    assert!(
        name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c)),
        "{name}"
    );
}

/// What can't be used is refused when the client is built, and the error names the field.
#[test]
fn errors_in_the_configuration_name_the_field() {
    let authority = Authority::new();
    let base = || Config::new("https://h".parse().expect("a URL"));
    let with = |change: &dyn Fn(&mut Config)| {
        let mut config = base();
        config.trust = authority.trust();
        change(&mut config);
        Client::new(config)
    };
    let key = authority.client_certificate().key;
    let other = authority.client_certificate();
    let pair = |chain: Vec<u8>, key: Secret| Some(steersman_config::ClientCertificate::new(chain, key));
    let cases: [(&str, Result<Client, _>); 9] = [
        ("certificate-authority-data", with(&|c| c.trust = Trust::Authorities(Vec::new()))),
        ("certificate-authority-data", with(&|c| c.trust = Trust::Authorities(b"not PEM".to_vec()))),
        (
            "certificate-authority-data",
            with(&|c| {
                c.trust = Trust::Authorities(
                    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(),
                );
            }),
        ),
        (
            "client-certificate-data",
            with(&|c| c.credentials.client_certificate = pair(b"x".to_vec(), key.clone())),
        ),
        (
            "client-key-data",
            with(&|c| c.credentials.client_certificate = pair(other.chain.clone(), Secret::new("no key"))),
        ),
        (
            "client-key-data",
            with(&|c| c.credentials.client_certificate = pair(other.chain.clone(), key.clone())),
        ),
        ("tls-server-name", with(&|c| c.tls_server_name = Some("not a name".to_owned()))),
        ("token", with(&|c| c.credentials.token = Some(Secret::new("two\nlines")))),
        ("user agent", Client::builder(base()).user_agent("a\nb").build()),
    ];
    for (want, got) in cases {
        let error = got.expect_err(want);
        assert_eq!(error.kind(), &ErrorKind::Config { field: want });
        assert!(error.to_string().contains(want), "{error}");
    }
}

/// Secrets go to a provider of tokens over TLS or not at all.
#[test]
fn a_provider_of_tokens_that_can_not_be_trusted_is_refused() {
    let with = |issuer: &str, change: &dyn Fn(&mut Oidc)| {
        let mut config = Config::new("https://h".parse().expect("a URL"));
        config.trust = Trust::Insecure;
        let mut oidc = Oidc::new(issuer, "client");
        oidc.certificate_authority = Some(Authority::new().pem.into_bytes());
        change(&mut oidc);
        config.credentials.oidc = Some(oidc);
        Client::new(config).map(drop).map_err(|error| error.kind().clone())
    };
    for (issuer, field) in [
        ("http://issuer", "idp-issuer-url"),
        ("issuer", "idp-issuer-url"),
        ("https://user:password@issuer", "idp-issuer-url"),
        ("ftp://issuer", "idp-issuer-url"),
    ] {
        assert_eq!(with(issuer, &|_| {}), Err(ErrorKind::Config { field }), "{issuer}");
    }
    let authority = with("https://issuer", &|oidc| oidc.certificate_authority = Some(b"no PEM".to_vec()));
    assert_eq!(authority, Err(ErrorKind::Config { field: "idp-certificate-authority" }));
    let token = with("https://issuer", &|oidc| oidc.id_token = Some(Secret::new("two\nlines")));
    assert_eq!(token, Err(ErrorKind::Config { field: "id-token" }));
    assert_eq!(with("https://issuer/realms/x/", &|_| {}), Ok(()));
}

/// C01, C04, D01: the configuration's timeout is that of a whole request, unless the builder says otherwise.
#[tokio::test(start_paused = true)]
async fn the_timeout_of_the_configuration_is_kept() {
    let mut config = Config::new("http://127.0.0.1:1".parse().expect("a URL"));
    config.timeout = Some(std::time::Duration::from_secs(7));
    let silent = layer_fn(|_: BoxService| {
        service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, std::io::Error>>())
    });
    let client = Client::builder(config.clone()).wire_layer(silent).build().expect("a client");
    let started = tokio::time::Instant::now();
    let error = client.send(get("/")).await.expect_err("nobody answers");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(started.elapsed().as_secs(), 7);

    let mut timeouts = Timeouts::default();
    timeouts.total = Some(std::time::Duration::from_secs(3));
    let client = Client::builder(config).wire_layer(silent).timeouts(timeouts).build().expect("a client");
    let started = tokio::time::Instant::now();
    client.send(get("/")).await.expect_err("nobody answers");
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[test]
fn clients_are_send_sync_and_clone() {
    fn check<T: Send + Sync + Clone + std::fmt::Debug>() {}
    check::<Client>();
    fn sendable<T: Send>(_: T) {}
    let client = Client::new(Config::new("http://127.0.0.1:1".parse().expect("a URL"))).expect("a client");
    sendable(client.send(get("/")));
    sendable(client.request(get("/")));
    sendable(client.request_bytes(get("/")));
    sendable(client.upgrade(get("/")));
    sendable(Body::empty());
    sendable(
        Client::builder(client.config().expect("one").clone())
            .timeouts(Timeouts::default())
            .limits(Limits::default()),
    );
}
