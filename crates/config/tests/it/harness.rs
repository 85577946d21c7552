//! A home folder of its own for each case, and results as text, with that folder written as `~`.

#![expect(clippy::unwrap_used, reason = "part of the tests: a folder that cannot be made ends them")]

use std::{fs, path::PathBuf};

use steersman_config::{Config, Environment, Error, Loader, Trust};
use tempfile::TempDir;

pub(crate) const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
pub(crate) const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n";
/// The base64 of [`CERTIFICATE`].
pub(crate) const CERTIFICATE_DATA: &str =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFRSUQKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";
/// The base64 of [`KEY`].
pub(crate) const KEY_DATA: &str =
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCkFRSUQKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=";

/// A temporary folder: home, current folder (`work`) and service account (`sa`) are in it.
pub(crate) struct Home {
    dir: TempDir,
    pub(crate) environment: Environment,
}

impl Home {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("work")).unwrap();
        let environment = Environment::empty()
            .with_home(dir.path())
            .with_current_dir(at("work"))
            .with_service_account_dir(at("sa"));
        Self { dir, environment }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    #[must_use]
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(name, text);
        self
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Sets a variable; `~` in it is the home folder.
    #[must_use]
    pub(crate) fn variable(self, name: &str, value: &str) -> Self {
        let value = value.replace('~', self.dir.path().to_str().unwrap());
        Self { environment: self.environment.with_variable(name, value), ..self }
    }

    /// Inside a pod: both variables and a whole service account.
    #[must_use]
    pub(crate) fn pod(self) -> Self {
        self.variable("KUBERNETES_SERVICE_HOST", "10.96.0.1")
            .variable("KUBERNETES_SERVICE_PORT", "443")
            .file("sa/token", "sa-token\n")
            .file("sa/ca.crt", CERTIFICATE)
            .file("sa/namespace", "pods\n")
    }

    pub(crate) fn loader(&self) -> Loader {
        Loader::new().environment(self.environment.clone())
    }

    pub(crate) fn load(&self) -> Result<Config, Error> {
        self.loader().load()
    }

    /// `result` as text: see [`show`].
    pub(crate) fn show(&self, result: &Result<Config, Error>) -> String {
        let text = match result {
            Ok(config) => show(config),
            Err(error) => error.to_string(),
        };
        self.tilde(&text)
    }

    pub(crate) fn tilde(&self, text: &str) -> String {
        text.replace(self.dir.path().to_str().unwrap(), "~")
    }
}

/// All of a configuration on one line, secrets included; what is at its default is left out.
pub(crate) fn show(config: &Config) -> String {
    let mut text = format!("{} {}", config.server, config.default_namespace);
    if let Some(context) = &config.context {
        text.push_str(&format!(" context={context}"));
    }
    match &config.trust {
        Trust::System => {}
        Trust::Authorities(pem) => text.push_str(&format!(" ca={}", name_of(pem))),
        other => text.push_str(&format!(" {other:?}")),
    }
    if let Some(name) = &config.tls_server_name {
        text.push_str(&format!(" name={name}"));
    }
    if let Some(proxy) = &config.proxy_url {
        text.push_str(&format!(" proxy={}", proxy.expose()));
    }
    if config.disable_compression {
        text.push_str(" uncompressed");
    }
    if let Some(timeout) = config.timeout {
        text.push_str(&format!(" timeout={timeout:?}"));
    }
    let credentials = &config.credentials;
    if let Some(token) = &credentials.token {
        text.push_str(&format!(" token={}", token.expose()));
    }
    if let Some(path) = &credentials.token_file {
        text.push_str(&format!(" file={}", path.display()));
    }
    if let Some(certificate) = &credentials.client_certificate {
        let (chain, key) = (name_of(&certificate.chain), name_of(certificate.key.expose().as_bytes()));
        text.push_str(&format!(" cert={chain}+{key}"));
    }
    if let Some(basic) = &credentials.basic {
        text.push_str(&format!(" basic={}:{}", basic.username, basic.password.expose()));
    }
    if let Some(exec) = &credentials.exec {
        text.push_str(&format!(" exec={} {:?} {}", exec.command, exec.args, exec.api_version.as_str()));
        text.push_str(&format!(" {}", exec.interactive_mode.as_str()));
        for (name, value) in &exec.env {
            text.push_str(&format!(" {name}={}", value.expose()));
        }
        if let Some(info) = &exec.cluster_info {
            text.push_str(&format!(" told={info:?} {}", info.config));
        }
    }
    if let Some(oidc) = &credentials.oidc {
        text.push_str(&format!(" oidc={} {}", oidc.issuer_url, oidc.client_id));
        let secrets =
            [("secret", &oidc.client_secret), ("id", &oidc.id_token), ("refresh", &oidc.refresh_token)];
        for (name, secret) in secrets {
            text.push_str(&secret.as_ref().map_or_else(String::new, |it| format!(" {name}={}", it.expose())));
        }
        if let Some(pem) = &oidc.certificate_authority {
            text.push_str(&format!(" idp-ca={}", name_of(pem)));
        }
    }
    if let Some(who) = &credentials.impersonation {
        text.push_str(&format!(" as={} {:?} {:?} {:?}", who.user, who.uid, who.groups, who.extra));
    }
    text
}

fn name_of(pem: &[u8]) -> &'static str {
    match std::str::from_utf8(pem).unwrap() {
        CERTIFICATE => "C",
        KEY => "K",
        _ => "?",
    }
}

/// A kubeconfig with one context, cluster and user, all called `dev`; `cluster` and `user` are in flow style.
pub(crate) fn one(cluster: &str, user: &str) -> String {
    format!(
        "clusters: [{{name: dev, cluster: {{{cluster}}}}}]\nusers: [{{name: dev, user: {{{user}}}}}]\n\
         contexts: [{{name: dev, context: {{cluster: dev, user: dev}}}}]\ncurrent-context: dev\n"
    )
}
