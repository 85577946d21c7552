//! Which certificates of a server are believed, for which names, and for which traffic.

use http::Request;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
    string::Ia5String,
};
use steersman_config::{Config, Trust};
use steersman_transport::{Body, Client, Crypto, Error, ErrorKind, HttpVersions, TlsFault, Upgrade};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::server::{Authority, Server, ok, serving, serving_only};

fn cryptos() -> Vec<Crypto> {
    vec![
        Crypto::Ring,
        #[cfg(feature = "aws-lc-rs")]
        Crypto::AwsLcRs,
    ]
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

/// A certificate for these names: addresses, or DNS names where a `dns:` stands before them.
fn params(names: &[&str], common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.strip_prefix("dns:") {
            Some(name) => SanType::DnsName(Ia5String::try_from(name).expect("a name")),
            None => SanType::IpAddress(name.parse().expect("an address")),
        })
        .collect();
    params
}

#[tokio::test]
async fn both_versions_of_tls_and_every_cryptography() {
    let authority = Authority::new();
    let (chain, key) = authority.sign(&params(&["127.0.0.1"], "api"), None);
    for crypto in cryptos() {
        for version in [&TLS12, &TLS13] {
            let server = Server::tls(serving_only(version, &chain, &key), ok).await;
            let mut config = server.config();
            config.trust = authority.trust();
            let client = Client::builder(config).crypto(crypto).build().expect("a client");
            client.request_bytes(get("/version")).await.expect("an answer");
            assert_eq!(server.seen().len(), 1, "{crypto:?} {version:?}");
        }
    }
}

/// Reliability, row 11: addresses and names among the alternative names count, and nothing else does; the name that the
/// configuration sets is the one that is looked for, and is not sent as the host.
#[tokio::test]
async fn names() {
    // By the certificate's names: whether it is right for 127.0.0.1, localhost, and the names set below.
    const SET: [&str; 2] = ["api.example.com", "fd00::1"];
    for (names, common_name, right) in [
        (&["127.0.0.1"][..], "x", [true, false, false, false]),
        (&["dns:localhost"], "x", [false, true, false, false]),
        (&["127.0.0.1", "dns:localhost"], "x", [true, true, false, false]),
        (&["dns:api.example.com"], "x", [false, false, true, false]),
        (&["dns:*.example.com"], "x", [false, false, true, false]),
        (&["dns:API.EXAMPLE.COM"], "x", [false, false, true, false]),
        (&["dns:*.com"], "x", [false, false, false, false]),
        (&["dns:example.com"], "x", [false, false, false, false]),
        (&["fd00::1"], "x", [false, false, false, true]),
        (&["127.0.0.2", "fd00::2"], "x", [false, false, false, false]),
        (&["dns:127.0.0.1"], "x", [false, false, false, false]),
        (&["dns:other"], "127.0.0.1", [false, false, false, false]),
        (&["dns:other"], "localhost", [false, false, false, false]),
        (&["dns:other"], "api.example.com", [false, false, false, false]),
    ] {
        let authority = Authority::new();
        let (chain, key) = authority.sign(&params(names, common_name), None);
        let server = Server::tls(serving(&chain, &key), ok).await;
        let port = server.address.port();
        let hosts = [
            ("127.0.0.1", None),
            ("localhost", None),
            ("127.0.0.1", Some(SET[0])),
            ("127.0.0.1", Some(SET[1])),
        ];
        for ((host, set), right) in hosts.into_iter().zip(right) {
            let mut config = Config::new(format!("https://{host}:{port}").parse().expect("a URL"));
            config.trust = authority.trust();
            config.tls_server_name = set.map(str::to_owned);
            let client = Client::new(config).expect("a client");
            let case = format!("{names:?} {common_name} for {host} {set:?}");
            match client.request_bytes(get("/version")).await {
                Ok(_) => assert!(right, "{case}"),
                Err(error) => {
                    assert_eq!(error.kind(), &ErrorKind::Tls(TlsFault::WrongName), "{case}: {error:?}");
                    assert!(!right, "{case}");
                }
            }
        }
        let seen = server.seen();
        assert_eq!(seen.len(), right.iter().filter(|right| **right).count());
    }
}

/// What may be asked for of a server.
#[derive(Clone, Copy, Debug)]
enum Traffic {
    Request,
    Stream,
    Upgrade,
}

impl Traffic {
    async fn ask(self, client: &Client) -> Result<(), Error> {
        match self {
            Self::Request => client.request_bytes(get("/version")).await.map(drop),
            Self::Stream => {
                let response = client.request(get("/api/v1/pods?watch=true")).await?;
                response.into_body().collect(1 << 20).await.map(drop)
            }
            Self::Upgrade => {
                let request = Request::get("/exec").extension(Upgrade::new("websocket")).body(Body::empty());
                client.upgrade(request.expect("a request")).await.map(drop)
            }
        }
    }
}

/// Reliability, rows 9 and 10, and G10: no certificate that nobody vouches for is believed, for any traffic, and nothing of
/// a request reaches the server that shows one.
#[tokio::test]
async fn certificates_that_nobody_vouches_for() {
    let (authority, other) = (Authority::new(), Authority::new());
    let leaf = || params(&["127.0.0.1"], "api");
    let mut no_authority = params(&[], "no authority");
    no_authority.is_ca = IsCa::ExplicitNoCa;
    let mut sub_authority = params(&[], "authority below");
    sub_authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let mut for_clients = leaf();
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut for_servers = leaf();
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let own_key = KeyPair::generate().expect("a key");
    let own = (leaf().self_signed(&own_key).expect("a certificate").pem(), own_key.serialize_pem());
    let this = || authority.trust();
    for (what, (chain, key), trust, good) in [
        ("a server's", authority.sign(&for_servers, None), this(), true),
        ("for an authority below", authority.sign(&leaf(), Some(&sub_authority)), this(), true),
        ("of another authority", other.sign(&leaf(), None), this(), false),
        (
            "of an authority that the system does not know",
            authority.sign(&leaf(), None),
            Trust::System,
            false,
        ),
        ("signed by itself", own, this(), false),
        ("below one that is no authority", authority.sign(&leaf(), Some(&no_authority)), this(), false),
        ("for clients", authority.sign(&for_clients, None), this(), false),
    ] {
        let server = Server::tls(serving(&chain, &key), ok).await;
        let mut config = server.config();
        config.trust = trust;
        let client = Client::new(config.clone()).expect("a client");
        for traffic in [Traffic::Request, Traffic::Stream, Traffic::Upgrade] {
            match (traffic.ask(&client).await, good, traffic) {
                (Ok(()), true, Traffic::Request | Traffic::Stream) => {}
                (Err(error), true, Traffic::Upgrade) => assert_eq!(error.kind(), &ErrorKind::Upgrade),
                (Err(error), false, _) => assert!(error.is_tls(), "{what}, {traffic:?}: {error:?}"),
                (result, ..) => panic!("{what}, {traffic:?}: {result:?}"),
            }
        }
        assert_eq!(server.seen().is_empty(), !good, "{what}");

        // Row 8: a client that believes anything shares nothing with one that does not.
        config.trust = Trust::Insecure;
        let careless = Client::new(config).expect("a client");
        Traffic::Request.ask(&careless).await.expect("it does not look");
        assert_eq!(
            Traffic::Request.ask(&client).await.is_ok(),
            good,
            "{what}, after a client that does not look"
        );
    }
}

/// G7: what breaks TLS after the request was sent says nothing of what became of it.
#[tokio::test]
async fn a_record_that_makes_no_sense_behind_the_request() {
    let authority = Authority::new();
    let (chain, key) = authority.sign(&params(&["127.0.0.1"], "api"), None);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(serving(&chain, &key)));
    let server = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.expect("a connection");
        let mut tls = acceptor.accept(tcp).await.expect("TLS");
        let asked = tls.read(&mut [0; 1024]).await.expect("a request");
        // Behind the request, in clear.
        tls.get_mut().0.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("a connection");
        asked
    });
    let mut config = Config::new(format!("https://{address}").parse().expect("a URL"));
    config.trust = authority.trust();
    let client = Client::builder(config).http_versions(HttpVersions::Http1).build().expect("a client");
    let request = Request::post("/api/v1/pods").body(Body::from("{}")).expect("a request");
    let error = client.request(request).await.expect_err("nonsense");
    assert!(server.await.expect("no panic") > 0, "the server has the request");
    assert_eq!(error.kind(), &ErrorKind::Interrupted, "{error:?}");
    assert!(error.is_outcome_unknown());
}
