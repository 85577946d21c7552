//! Who we are, in each way that a configuration can say it.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{ExecPlugin, Secret};

/// Who we are, in each way that the configuration offers. Those that are set are used together, as client-go does.
///
/// Of what fills the header `Authorization`, the first of these that is set is used: [`basic`](Self::basic) or a
/// [`token`](Self::token), which exclude each other; [`exec`](Self::exec) or [`oidc`](Self::oidc), which exclude each other
/// too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// A bearer token. `None`, the default: no such token. Where [`token_file`](Self::token_file) is set too, the file
    /// wins while it can be read; alone, the file is read once while the configuration is, and its token stands here.
    pub token: Option<Secret>,
    /// A file that holds the bearer token, to be read again as it is rotated. Default: none. kubectl: `tokenFile`.
    pub token_file: Option<PathBuf>,
    /// A TLS client certificate. Default: none. kubectl: `client-certificate`, `client-key`, or their `-data`.
    pub client_certificate: Option<ClientCertificate>,
    /// A user name and a password. Default: none. kubectl: `username` and `password`; no Kubernetes since 1.19
    /// accepts them, proxies in front of it may.
    pub basic: Option<Basic>,
    /// A program that prints credentials. Default: none. kubectl runs it only where there is neither token, token
    /// file, user name nor client certificate; [`uses_exec`](Self::uses_exec) says so.
    pub exec: Option<ExecPlugin>,
    /// Tokens of an OpenID Connect provider. Default: none. kubectl: `auth-provider` with the name `oidc`.
    pub oidc: Option<Oidc>,
    /// As whom to act, once it is known who we are. Default: as ourselves. kubectl: `as`, `as-uid`, `as-groups` and
    /// `as-user-extra`, or `--as` and its like.
    pub impersonation: Option<Impersonation>,
}

impl Credentials {
    /// Whether requests need what [`exec`](Self::exec) prints: it is there, and nothing that comes before it is.
    #[must_use]
    pub fn uses_exec(&self) -> bool {
        self.exec.is_some()
            && self.token.is_none()
            && self.token_file.is_none()
            && self.basic.is_none()
            && self.client_certificate.is_none()
    }
}

/// A TLS client certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientCertificate {
    /// The certificate and the chain above it, PEM.
    pub chain: Vec<u8>,
    /// The private key, PEM.
    pub key: Secret,
    /// The files that both were read from, to be read again as they are rotated. `None`, the default: one of them came
    /// from elsewhere, so that they can't change together.
    pub files: Option<CertificateFiles>,
}

/// Where a client certificate lies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFiles {
    /// The certificate and the chain above it. kubectl: `client-certificate`.
    pub chain: PathBuf,
    /// The private key. kubectl: `client-key`.
    pub key: PathBuf,
}

impl CertificateFiles {
    /// Pairs the file of a certificate chain with that of its key.
    #[must_use]
    pub fn new(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { chain: chain.into(), key: key.into() }
    }
}

impl ClientCertificate {
    /// Pairs a certificate chain with its key, both PEM.
    #[must_use]
    pub fn new(chain: impl Into<Vec<u8>>, key: Secret) -> Self {
        Self { chain: chain.into(), key, files: None }
    }
}

/// A user name with its password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Basic {
    /// The name; may be empty.
    pub username: String,
    /// The password; may be empty.
    pub password: Secret,
}

impl Basic {
    /// Pairs a name with its password.
    #[must_use]
    pub fn new(username: impl Into<String>, password: Secret) -> Self {
        Self { username: username.into(), password }
    }
}

/// Somebody as whom to act, which the server lets only some do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Impersonation {
    /// The user's name; never empty.
    pub user: String,
    /// The user's uid. `None`, the default: not said.
    pub uid: Option<String>,
    /// The user's groups. Empty, the default: those that the server gives everybody.
    pub groups: Vec<String>,
    /// What else is said of the user. Empty by default.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Impersonation {
    /// Acts as `user`.
    #[must_use]
    pub fn new(user: impl Into<String>) -> Self {
        Self { user: user.into(), uid: None, groups: Vec::new(), extra: BTreeMap::new() }
    }
}

/// Tokens of an OpenID Connect provider, and how to get new ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Oidc {
    /// `idp-issuer-url`: where the provider is. Required.
    pub issuer_url: String,
    /// `client-id`: as which client we ask it. Required.
    pub client_id: String,
    /// `client-secret`: that client's secret. `None`: it has none.
    pub client_secret: Option<Secret>,
    /// `id-token`: the bearer token, until it expires. `None`: it must be asked for first.
    pub id_token: Option<Secret>,
    /// `refresh-token`: what a new token is asked for with. `None`: the last token is the last.
    pub refresh_token: Option<Secret>,
    /// `idp-certificate-authority-data`, or the content of the file that `idp-certificate-authority` names, PEM: whose
    /// certificates are believed of the provider. `None`: the system's. As in client-go, the data win over the file.
    pub certificate_authority: Option<Vec<u8>>,
    /// Other settings of the provider, kept so that they survive.
    pub other: BTreeMap<String, Secret>,
}

impl Oidc {
    /// A client of a provider, which has no token yet.
    #[must_use]
    pub fn new(issuer_url: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuer_url: issuer_url.into(),
            client_id: client_id.into(),
            client_secret: None,
            id_token: None,
            refresh_token: None,
            certificate_authority: None,
            other: BTreeMap::new(),
        }
    }
}
