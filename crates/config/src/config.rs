//! The plain value that the rest of the client starts from.

use std::path::PathBuf;

use crate::{Secret, ServerUrl};

/// Everything that is needed to talk to one cluster as one user.
///
/// All paths in it are absolute, all `…-data` fields are decoded: what a `Config` says does not depend on the
/// place that it came from. It prints without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Where the API server is: scheme, host, port and a path prefix.
    pub server: ServerUrl,
    /// The name of the kubeconfig context that this came from; `None` in a cluster or for a bare URL.
    pub context: Option<String>,
    /// The namespace that the context names, or the service account's own; `default` where neither does.
    pub default_namespace: String,
    /// Which certificates of the server are believed.
    pub trust: Trust,
    /// The name that the server's certificate must carry, where that is not the host of [`server`](Self::server).
    pub tls_server_name: Option<String>,
    /// Who we are.
    pub credentials: Credentials,
}

impl Config {
    /// A configuration for `server` with the system's certificates, no credentials, and the namespace `default`.
    #[must_use]
    pub fn new(server: ServerUrl) -> Self {
        Self {
            server,
            context: None,
            default_namespace: "default".to_owned(),
            trust: Trust::System,
            tls_server_name: None,
            credentials: Credentials::default(),
        }
    }
}

/// Which certificates of the server are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// Those that the operating system believes.
    #[default]
    System,
    /// Those that one of these authorities signed, and no others. PEM, one certificate or several.
    Authorities(Vec<u8>),
    /// Any certificate at all. Only ever what a configuration says in so many words
    /// (`insecure-skip-tls-verify: true`).
    Insecure,
}

/// Who we are, in each way that the configuration offers. Those that are set are used together, as client-go does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// A bearer token. Where [`token_file`](Self::token_file) is set too, the file wins while it can be read.
    pub token: Option<Secret>,
    /// A file that holds the bearer token, read again as it is rotated.
    pub token_file: Option<PathBuf>,
    /// A TLS client certificate.
    pub client_certificate: Option<ClientCertificate>,
}

/// A TLS client certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientCertificate {
    /// The certificate and the chain above it, PEM.
    pub chain: Vec<u8>,
    /// The private key, PEM.
    pub key: Secret,
}

impl ClientCertificate {
    /// Pairs a certificate chain with its key, both PEM.
    #[must_use]
    pub fn new(chain: impl Into<Vec<u8>>, key: Secret) -> Self {
        Self { chain: chain.into(), key }
    }
}
