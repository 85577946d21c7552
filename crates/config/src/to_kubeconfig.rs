//! From a [`Config`] back to the text of a kubeconfig.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{Config, Trust, emit};

impl Config {
    /// The text of a kubeconfig that describes this configuration, readable by kubectl and by this crate.
    ///
    /// Its one context, cluster and user are all called `name`, and that context is the current one. Certificates, key
    /// and token stand in the text itself, so **it is a secret**: write it to files of mode 0600 only. A
    /// [token file](crate::Credentials::token_file) stays a path.
    ///
    /// Read again, it gives an equal `Config` with the context `name`; except that a server without TLS loses trust
    /// and credentials, which no Kubernetes client sends over plain HTTP.
    ///
    /// ```
    /// use steersman_config::{Config, Secret, ServerUrl};
    ///
    /// let mut config = Config::new("https://10.0.0.1:6443".parse::<ServerUrl>()?);
    /// config.credentials.token = Some(Secret::new("let-me-in"));
    ///
    /// let text = config.to_kubeconfig("dev");
    /// assert!(text.contains("current-context: \"dev\""));
    /// assert!(text.contains("token: \"let-me-in\""));
    /// # Ok::<(), steersman_config::ServerUrlError>(())
    /// ```
    #[must_use]
    pub fn to_kubeconfig(&self, name: &str) -> String {
        emit::to_yaml(&json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster(self)}],
            "users": [{"name": name, "user": user(self)}],
            "contexts": [{
                "name": name,
                "context": {"cluster": name, "user": name, "namespace": self.default_namespace},
            }],
            "current-context": name,
        }))
    }
}

fn cluster(config: &Config) -> Value {
    let mut cluster = Map::new();
    cluster.insert("server".to_owned(), config.server.to_string().into());
    match &config.trust {
        Trust::System => {}
        Trust::Authorities(pem) => {
            cluster.insert("certificate-authority-data".to_owned(), STANDARD.encode(pem).into());
        }
        Trust::Insecure => {
            cluster.insert("insecure-skip-tls-verify".to_owned(), true.into());
        }
    }
    if let Some(name) = &config.tls_server_name {
        cluster.insert("tls-server-name".to_owned(), name.as_str().into());
    }
    cluster.into()
}

fn user(config: &Config) -> Value {
    let credentials = &config.credentials;
    let mut user = Map::new();
    if let Some(token) = &credentials.token {
        user.insert("token".to_owned(), token.expose().into());
    }
    if let Some(path) = &credentials.token_file {
        user.insert("tokenFile".to_owned(), path.to_string_lossy().into());
    }
    if let Some(certificate) = &credentials.client_certificate {
        user.insert("client-certificate-data".to_owned(), STANDARD.encode(&certificate.chain).into());
        user.insert("client-key-data".to_owned(), STANDARD.encode(certificate.key.expose()).into());
    }
    user.into()
}
