//! From a [`Config`] back to a kubeconfig.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    AuthProvider, Cluster, Config, Context, ExecClusterInfo, ExecConfig, ExecEnvVar, ExecPlugin, Kubeconfig,
    NamedExtension, Oidc, Secret, Trust, User,
};

impl Config {
    /// The text of a kubeconfig that describes this configuration, readable by kubectl and by this crate.
    ///
    /// Its one context, cluster and user are all called `name`, and that context is the current one. Certificates, key
    /// and token stand in the text itself, so **it is a secret**: write it to files of mode 0600 only. A
    /// [token file](crate::Credentials::token_file) stays a path.
    ///
    /// Read again, it gives an equal `Config` with the context `name`; except that the timeout is lost, which a kubeconfig
    /// can't say, and that a server without TLS loses trust and credentials, which no Kubernetes client sends over plain
    /// HTTP. The files of certificates and authorities are not named, so that their rotation is not followed. A token that was read from a token file stands there beside it.
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
        let mut kubeconfig = Kubeconfig::default();
        kubeconfig.set_cluster(name, cluster(self));
        kubeconfig.set_user(name, user(self));
        let context = Context {
            cluster: Some(name.to_owned()),
            user: Some(name.to_owned()),
            namespace: Some(self.default_namespace.clone()),
            ..Context::default()
        };
        kubeconfig.set_context(name, context);
        kubeconfig.current_context = Some(name.to_owned());
        kubeconfig.to_yaml()
    }
}

fn cluster(config: &Config) -> Cluster {
    let mut cluster = Cluster {
        server: Some(config.server.to_string()),
        tls_server_name: config.tls_server_name.clone(),
        insecure_skip_tls_verify: config.trust == Trust::Insecure,
        proxy_url: config.proxy_url.as_ref().map(|url| Secret::new(url.expose())),
        disable_compression: config.disable_compression,
        ..Cluster::default()
    };
    if let Trust::Authorities(pem) = &config.trust {
        cluster.certificate_authority_data = Some(STANDARD.encode(pem));
    }
    let info = config.credentials.exec.as_ref().and_then(|exec| exec.cluster_info.as_deref());
    if let Some(ExecClusterInfo { config, .. }) = info.filter(|info| !info.config.is_null()) {
        cluster.extensions.push(NamedExtension {
            name: "client.authentication.k8s.io/exec".to_owned(),
            extension: config.clone(),
            ..NamedExtension::default()
        });
    }
    cluster
}

fn user(config: &Config) -> User {
    let credentials = &config.credentials;
    let mut user = User {
        token: credentials.token.clone(),
        token_file: credentials.token_file.as_ref().map(|path| path.to_string_lossy().into_owned()),
        exec: credentials.exec.as_ref().map(exec),
        auth_provider: credentials.oidc.as_ref().map(oidc),
        ..User::default()
    };
    if let Some(certificate) = &credentials.client_certificate {
        user.client_certificate_data = Some(STANDARD.encode(&certificate.chain));
        user.client_key_data = Some(Secret::new(STANDARD.encode(certificate.key.expose())));
    }
    if let Some(basic) = &credentials.basic {
        user.username = Some(basic.username.clone()).filter(|name| !name.is_empty());
        user.password = Some(basic.password.clone()).filter(|password| !password.expose().is_empty());
    }
    if let Some(impersonation) = &credentials.impersonation {
        user.impersonate = Some(impersonation.user.clone());
        user.impersonate_uid.clone_from(&impersonation.uid);
        user.impersonate_groups.clone_from(&impersonation.groups);
        user.impersonate_user_extra.clone_from(&impersonation.extra);
    }
    user
}

fn exec(plugin: &ExecPlugin) -> ExecConfig {
    let env = plugin.env.iter().map(|(name, value)| ExecEnvVar {
        name: Some(name.clone()),
        value: Some(value.clone()),
        ..ExecEnvVar::default()
    });
    ExecConfig {
        command: Some(plugin.command.clone()),
        args: plugin.args.clone(),
        env: env.collect(),
        api_version: Some(plugin.api_version.as_str().to_owned()),
        install_hint: plugin.install_hint.clone(),
        provide_cluster_info: plugin.cluster_info.is_some(),
        interactive_mode: Some(plugin.interactive_mode.as_str().to_owned()),
        ..ExecConfig::default()
    }
}

fn oidc(oidc: &Oidc) -> AuthProvider {
    let mut config = oidc.other.clone();
    let mut put = |key: &str, value: Option<Secret>| {
        if let Some(value) = value {
            config.insert(key.to_owned(), value);
        }
    };
    put("idp-issuer-url", Some(Secret::new(oidc.issuer_url.clone())));
    put("client-id", Some(Secret::new(oidc.client_id.clone())));
    put("client-secret", oidc.client_secret.clone());
    put("id-token", oidc.id_token.clone());
    put("refresh-token", oidc.refresh_token.clone());
    let authority = oidc.certificate_authority.as_ref();
    put("idp-certificate-authority-data", authority.map(|pem| Secret::new(STANDARD.encode(pem))));
    AuthProvider { name: Some("oidc".to_owned()), config, ..AuthProvider::default() }
}
