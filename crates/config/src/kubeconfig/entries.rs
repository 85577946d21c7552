//! The entries of a kubeconfig, field by field, in the words of the file.

use std::{collections::BTreeMap, fmt, path::Path};

use serde_json::{Map, Value};

use super::Origin;
use crate::Secret;

/// A cluster with its name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedCluster {
    /// The name that contexts use.
    pub name: String,
    /// The cluster.
    pub cluster: Cluster,
    /// Unknown keys beside `name` and `cluster`.
    pub other: OtherFields,
    pub(crate) origin: Origin,
}

/// How to reach a server.
///
/// Texts that are empty in the file are `None`, as they mean the same to kubectl; the default of every field is that it is
/// not set. Of several files the first that has the entry wins it whole, and an [override](crate::Overrides) wins over
/// the entry.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Cluster {
    /// `server`: the URL, with a path prefix if there is one. Without a scheme it means plain HTTP. Required where the
    /// cluster is used. kubectl drops query and fragment.
    pub server: Option<String>,
    /// `tls-server-name`: the name that the certificate must carry; by default the URL's host. kubectl forgets it where
    /// the server is overridden.
    pub tls_server_name: Option<String>,
    /// `insecure-skip-tls-verify`: believe any certificate. Default: no. To kubectl and here an error together with a
    /// certificate authority.
    pub insecure_skip_tls_verify: bool,
    /// `certificate-authority`: a PEM file, relative to the kubeconfig; at most 1 MiB. Default: the system's authorities.
    /// kubectl reads it again as it changes; here it is read once.
    pub certificate_authority: Option<String>,
    /// `certificate-authority-data`: PEM in base64. Not together with the file: to kubectl and here both are an error.
    pub certificate_authority_data: Option<String>,
    /// `proxy-url`: a proxy for this cluster alone, by `http`, `https` or `socks5`. It wins over the proxies of the
    /// environment. May hold a password, so it is a secret.
    pub proxy_url: Option<Secret>,
    /// `disable-compression`: ask for responses as they are. Default: no, and kubectl asks for gzip.
    pub disable_compression: bool,
    /// What other tools keep here. `client.authentication.k8s.io/exec` is told to the user's exec plugin.
    pub extensions: Vec<NamedExtension>,
    /// Unknown keys.
    pub other: OtherFields,
}

/// A user with its name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedUser {
    /// The name that contexts use.
    pub name: String,
    /// The user.
    pub user: User,
    /// Unknown keys beside `name` and `user`.
    pub other: OtherFields,
    pub(crate) origin: Origin,
}

/// Who to be, in any of the ways that kubectl knows.
///
/// The default of every field is that it is not set. Of several files the first that has the entry wins it whole, and an
/// [override](crate::Overrides) wins over the entry. Without TLS nothing but the impersonation is used.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct User {
    /// `client-certificate`: a PEM file, relative to the kubeconfig; needs a key. Used beside a token, as in kubectl.
    pub client_certificate: Option<String>,
    /// `client-certificate-data`: PEM in base64. Not together with the file.
    pub client_certificate_data: Option<String>,
    /// `client-key`: a PEM file, relative to the kubeconfig. Without a certificate kubectl does not look at it; here that
    /// is a warning.
    pub client_key: Option<String>,
    /// `client-key-data`: PEM in base64. Not together with the file.
    pub client_key_data: Option<Secret>,
    /// `token`: a bearer token. Not together with `username`; wins over `exec`.
    pub token: Option<Secret>,
    /// `tokenFile`: a file that holds a bearer token, relative to the kubeconfig. Wins over `token` while it can be
    /// read; alone it must be there from the first. Wins over `exec`.
    pub token_file: Option<String>,
    /// `as`: the user to impersonate. Default: none.
    pub impersonate: Option<String>,
    /// `as-uid`: the uid to impersonate. To kubectl and here an error without `as`, as are the next two.
    pub impersonate_uid: Option<String>,
    /// `as-groups`: the groups to impersonate.
    pub impersonate_groups: Vec<String>,
    /// `as-user-extra`: more to say about the impersonated user.
    pub impersonate_user_extra: BTreeMap<String, Vec<String>>,
    /// `username` of basic authentication, which no supported Kubernetes version accepts. To kubectl and here an error
    /// together with a token.
    pub username: Option<String>,
    /// `password` of basic authentication.
    pub password: Option<Secret>,
    /// `auth-provider`: a plugin that was compiled into old clients. Not together with `exec`.
    pub auth_provider: Option<AuthProvider>,
    /// `exec`: a program that prints credentials. kubectl runs it only where there is neither token, token file, user name
    /// nor client certificate. Nothing here runs it.
    pub exec: Option<ExecConfig>,
    /// What other tools keep here.
    pub extensions: Vec<NamedExtension>,
    /// Unknown keys.
    pub other: OtherFields,
}

/// A plugin that was compiled into old clients.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AuthProvider {
    /// `name`: `oidc`; `gcp` and `azure` are gone from kubectl, and an error here that says what replaced them. Required.
    pub name: Option<String>,
    /// `config`: its settings, among them tokens. Empty by default.
    pub config: BTreeMap<String, Secret>,
    /// Unknown keys.
    pub other: OtherFields,
}

/// A program that prints credentials.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ExecConfig {
    /// `command`: a name to look for in `PATH`, or a path relative to the kubeconfig if it holds a separator.
    /// Required.
    pub command: Option<String>,
    /// `args`: passed as they are, without a shell. Empty by default.
    pub args: Vec<String>,
    /// `env`: variables added to those of the process; of two with one name the later wins. Empty by default.
    pub env: Vec<ExecEnvVar>,
    /// `apiVersion` of what it prints: `client.authentication.k8s.io/v1` or `…/v1beta1`. Required; kubectl refuses
    /// `v1alpha1`.
    pub api_version: Option<String>,
    /// `installHint`: shown where the program is not found. Default: nothing is.
    pub install_hint: Option<String>,
    /// `provideClusterInfo`: tell the program about the cluster. Default: no.
    pub provide_cluster_info: bool,
    /// `interactiveMode`: `Never`, `IfAvailable` or `Always`. Required in `v1`; `IfAvailable` by default in `v1beta1`.
    pub interactive_mode: Option<String>,
    /// Unknown keys.
    pub other: OtherFields,
}

/// A variable for an exec program.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ExecEnvVar {
    /// `name`: required.
    pub name: Option<String>,
    /// `value`: often a secret; `None` is the empty text.
    pub value: Option<Secret>,
    /// Unknown keys.
    pub other: OtherFields,
}

/// A context with its name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedContext {
    /// The name that `current-context` and `--context` use.
    pub name: String,
    /// The context.
    pub context: Context,
    /// Unknown keys beside `name` and `context`.
    pub other: OtherFields,
    pub(crate) origin: Origin,
}

/// Which cluster, user and namespace belong together.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Context {
    /// `cluster`: the name of a cluster. Required, unless a cluster or a server is chosen besides.
    pub cluster: Option<String>,
    /// `user`: the name of a user; `None` is nobody, without credentials. One that does not exist is an error here; kubectl
    /// goes on as nobody.
    pub user: Option<String>,
    /// `namespace`: the one that is meant where none is said. By default, in a pod that pod's, else `default`; saying
    /// `default` keeps the pod's away.
    pub namespace: Option<String>,
    /// What other tools keep here.
    pub extensions: Vec<NamedExtension>,
    /// Unknown keys.
    pub other: OtherFields,
}

/// Settings of old versions of kubectl.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Preferences {
    /// `colors`: nothing reads it any more. Default: no.
    pub colors: bool,
    /// What other tools keep here.
    pub extensions: Vec<NamedExtension>,
    /// Unknown keys.
    pub other: OtherFields,
}

/// What a tool keeps in a kubeconfig under a name of its own.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct NamedExtension {
    /// The tool's name for it.
    pub name: String,
    /// Anything.
    pub extension: Value,
    /// Unknown keys beside `name` and `extension`.
    pub other: OtherFields,
}

/// Keys that nobody knows, kept as they are. Their values are not printed: some tool may keep a secret there.
#[derive(Clone, Default, PartialEq)]
pub struct OtherFields(Map<String, Value>);

impl NamedCluster {
    /// The file that this entry stands in; `None` if it came from bytes.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.origin.path()
    }
}

impl NamedUser {
    /// The file that this entry stands in; `None` if it came from bytes.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.origin.path()
    }
}

impl NamedContext {
    /// The file that this entry stands in; `None` if it came from bytes.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.origin.path()
    }
}

impl OtherFields {
    /// The keys with their values.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    pub(super) fn add_new(&mut self, later: Self) {
        for (key, value) in later.0 {
            self.0.entry(key).or_insert(value);
        }
    }
}

/// Hides a server's user and password, which a URL should not hold but may.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.server.as_deref().map(|url| if url.contains('@') { "[redacted]" } else { url });
        f.debug_struct("Cluster")
            .field("server", &server)
            .field("tls_server_name", &self.tls_server_name)
            .field("insecure_skip_tls_verify", &self.insecure_skip_tls_verify)
            .field("certificate_authority", &self.certificate_authority)
            .field("certificate_authority_data", &self.certificate_authority_data)
            .field("proxy_url", &self.proxy_url)
            .field("disable_compression", &self.disable_compression)
            .field("extensions", &self.extensions)
            .field("other", &self.other)
            .finish()
    }
}

/// Hides the arguments, some of which may be secret.
impl fmt::Debug for ExecConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecConfig")
            .field("command", &self.command)
            .field("args", &format_args!("[{} redacted]", self.args.len()))
            .field("env", &self.env)
            .field("api_version", &self.api_version)
            .field("install_hint", &self.install_hint)
            .field("provide_cluster_info", &self.provide_cluster_info)
            .field("interactive_mode", &self.interactive_mode)
            .field("other", &self.other)
            .finish()
    }
}

/// Hides the content, which is another tool's.
impl fmt::Debug for NamedExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedExtension").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for OtherFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
