//! A server in the test's process, that remembers what it was asked, and an authority for its certificates.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use steersman_config::{ClientCertificate, Config, Secret, Trust};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion, WantsVerifier,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::WebPkiClientVerifier,
    },
};

/// What a handler answers.
pub(crate) type Answer = Response<BoxBody<Bytes, Infallible>>;

type Handler = Arc<dyn Fn(Request<Incoming>) -> BoxFuture<'static, Answer> + Send + Sync>;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// The number of the connection, from 0.
    pub(crate) connection: usize,
    /// Whether a client certificate came with the connection.
    pub(crate) certificate: bool,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }
}

/// It stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    https: bool,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// The numbers of connections, as they are closed.
    pub(crate) closed: mpsc::UnboundedReceiver<usize>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn plain<F>(handler: fn(Request<Incoming>) -> F) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        Self::start(None, Arc::new(move |request| Box::pin(handler(request)))).await
    }

    pub(crate) async fn tls<F>(config: ServerConfig, handler: fn(Request<Incoming>) -> F) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(Some(acceptor), Arc::new(move |request| Box::pin(handler(request)))).await
    }

    /// Answers as `handler` does, which may hold things; with TLS where there is a configuration for it.
    pub(crate) async fn of<F>(
        tls: Option<ServerConfig>,
        handler: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        Self::start(acceptor, Arc::new(move |request| Box::pin(handler(request)))).await
    }

    async fn start(acceptor: Option<TlsAcceptor>, handler: Handler) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (closing, closed) = mpsc::unbounded_channel();
        let https = acceptor.is_some();
        let log = Arc::clone(&seen);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            for connection in 0.. {
                let (tcp, _) = listener.accept().await.expect("a connection");
                let (acceptor, handler, log, closing) =
                    (acceptor.clone(), Arc::clone(&handler), Arc::clone(&log), closing.clone());
                connections.spawn(async move {
                    serve(tcp, acceptor, handler, log, connection).await;
                    let _ = closing.send(connection);
                });
            }
        });
        Self { address, https, seen, closed, _tasks: tasks }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.address)
    }

    pub(crate) fn config(&self) -> Config {
        Config::new(self.url().parse().expect("a URL"))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// The one request that has arrived.
    #[track_caller]
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }
}

async fn serve(
    tcp: TcpStream,
    acceptor: Option<TlsAcceptor>,
    handler: Handler,
    log: Arc<Mutex<Vec<Seen>>>,
    connection: usize,
) {
    let record = move |certificate: bool| {
        service_fn(move |request: Request<Incoming>| {
            log.lock().expect("no panic").push(Seen {
                method: request.method().clone(),
                path: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
                version: request.version(),
                headers: request.headers().clone(),
                connection,
                certificate,
            });
            let answer = handler(request);
            async move { Ok::<_, Infallible>(answer.await) }
        })
    };
    // A client that goes away in the middle is no failure of the server's.
    let builder = auto::Builder::new(TokioExecutor::new());
    match acceptor {
        None => drop(builder.serve_connection_with_upgrades(TokioIo::new(tcp), record(false)).await),
        Some(acceptor) => {
            let Ok(tls) = acceptor.accept(tcp).await else { return };
            let certificate = tls.get_ref().1.peer_certificates().is_some();
            drop(builder.serve_connection_with_upgrades(TokioIo::new(tls), record(certificate)).await);
        }
    }
}

pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()).boxed());
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
    answer
}

pub(crate) async fn ok(_: Request<Incoming>) -> Answer {
    answer(200, "{}")
}

/// A certificate authority of the test's own.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test authority");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate and its key, both PEM.
    pub(crate) fn issue(&self, names: &[&str], years: std::ops::Range<i32>) -> (String, String) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, "test");
        params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }

    /// What a server at the loopback address needs.
    pub(crate) fn server(&self) -> ServerConfig {
        self.server_named(&["127.0.0.1"], 2020..2100)
    }

    pub(crate) fn server_named(&self, names: &[&str], years: std::ops::Range<i32>) -> ServerConfig {
        let (certificate, key) = self.issue(names, years);
        serving(&certificate, &key)
    }

    /// A certificate of the given parameters below this authority, or below `above` of its own, and its key: the chain and
    /// the key, both PEM.
    pub(crate) fn sign(
        &self,
        params: &CertificateParams,
        above: Option<&CertificateParams>,
    ) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let Some(above) = above else {
            let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
            return (certificate.pem(), key.serialize_pem());
        };
        let between_key = KeyPair::generate().expect("a key");
        let between = above.signed_by(&between_key, &self.issuer).expect("a certificate");
        let between_issuer = Issuer::new(above.clone(), between_key);
        let certificate = params.signed_by(&key, &between_issuer).expect("a certificate");
        (format!("{}{}", certificate.pem(), between.pem()), key.serialize_pem())
    }

    /// As [`server`](Self::server), with a certificate of this authority asked of clients.
    pub(crate) fn server_for_certificates(&self) -> ServerConfig {
        let (certificate, key) = self.issue(&["127.0.0.1"], 2020..2100);
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates(&self.pem));
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
                .build()
                .expect("a verifier");
        builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates(&certificate), private(&key))
            .expect("a pair")
            .alpn()
    }

    pub(crate) fn client_certificate(&self) -> ClientCertificate {
        let (certificate, key) = self.issue(&["client"], 2020..2100);
        ClientCertificate::new(certificate, Secret::new(key))
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::Authorities(self.pem.clone().into_bytes())
    }
}

/// What a server with this chain and key needs.
pub(crate) fn serving(chain: &str, key: &str) -> ServerConfig {
    builder()
        .with_no_client_auth()
        .with_single_cert(certificates(chain), private(key))
        .expect("a pair")
        .alpn()
}

/// The same with one version of TLS alone.
pub(crate) fn serving_only(
    version: &'static SupportedProtocolVersion,
    chain: &str,
    key: &str,
) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_no_client_auth()
        .with_single_cert(certificates(chain), private(key))
        .expect("a pair")
        .alpn()
}

trait Alpn {
    fn alpn(self) -> Self;
}

impl Alpn for ServerConfig {
    fn alpn(mut self) -> Self {
        self.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        self
    }
}

fn builder() -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
}

fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().expect("PEM")
}

fn private(pem: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("PEM")
}
