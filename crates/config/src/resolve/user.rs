//! Who we are.

use super::entry::Entry;
use crate::{
    AuthProvider, Author, Basic, CertificateFiles, ClientCertificate, Credentials, Error, ExecApiVersion,
    ExecConfig, ExecPlugin, Impersonation, InteractiveMode, Oidc, Secret, User, Warning, pem,
    referenced::{Problem, check_token, read_token},
};

/// What contradicts itself. Asked without TLS too, as client-go does.
pub(super) fn check(entry: &Entry<'_>, user: &User) -> Result<(), Error> {
    let basic = user.username.is_some() || user.password.is_some();
    for (field, set) in [("token", user.token.is_some()), ("tokenFile", user.token_file.is_some())] {
        if set && basic {
            let message =
                format!("{field} and username or password are both set, only one of them is allowed");
            return Err(entry.invalid(field, message).with_hint("keep the token"));
        }
    }
    let beyond = [
        ("as-uid", user.impersonate_uid.is_some()),
        ("as-groups", !user.impersonate_groups.is_empty()),
        ("as-user-extra", !user.impersonate_user_extra.is_empty()),
    ];
    if user.impersonate.is_none()
        && let Some((field, _)) = beyond.iter().find(|(_, set)| *set)
    {
        return Err(entry.invalid(field, "is set although as is not"));
    }
    if user.exec.is_some() && user.auth_provider.is_some() {
        return Err(entry
            .invalid("auth-provider", "exec and auth-provider are both set")
            .with_hint("keep exec"));
    }
    if let Some(config) = &user.exec {
        exec(entry, config)?;
    }
    Ok(())
}

/// As whom to act.
pub(super) fn impersonation(user: &User) -> Option<Impersonation> {
    Some(Impersonation {
        user: user.impersonate.clone()?,
        uid: user.impersonate_uid.clone(),
        groups: user.impersonate_groups.clone(),
        extra: user.impersonate_user_extra.clone(),
    })
}

/// All but the impersonation, and what a plugin is told of the cluster.
pub(super) fn credentials(
    entry: &Entry<'_>,
    user: &User,
    warnings: &mut Vec<Warning>,
) -> Result<Credentials, Error> {
    let mut token = user.token.clone();
    if let Some(token) = &token {
        check_token(token).map_err(|problem| entry.error("token", problem))?;
    }
    let mut token_file = None;
    if let Some(file) = &user.token_file {
        let path = entry.path("tokenFile", file)?;
        // With a token beside it, the file may come later: it is read again and again anyway.
        if token.is_none() {
            let read =
                read_token(entry.environment, &path).map_err(|problem| entry.error("tokenFile", problem))?;
            token = Some(read);
        }
        token_file = Some(path);
    }
    let basic = (user.username.is_some() || user.password.is_some()).then(|| {
        let password = user.password.clone().unwrap_or_else(|| Secret::new(""));
        Basic::new(user.username.clone().unwrap_or_default(), password)
    });
    Ok(Credentials {
        token,
        token_file,
        client_certificate: client_certificate(entry, user, warnings)?,
        basic,
        exec: user.exec.as_ref().map(|config| exec(entry, config)).transpose()?,
        oidc: user.auth_provider.as_ref().map(|provider| auth_provider(entry, provider)).transpose()?,
        impersonation: None,
    })
}

fn client_certificate(
    entry: &Entry<'_>,
    user: &User,
    warnings: &mut Vec<Warning>,
) -> Result<Option<ClientCertificate>, Error> {
    let chain = entry.file_or_data(
        "client-certificate",
        user.client_certificate.as_deref(),
        user.client_certificate_data.as_deref(),
        pem::check_certificates,
    )?;
    let Some(chain) = chain else {
        if user.client_key.is_some() || user.client_key_data.is_some() {
            warnings.push(Warning::ClientKeyUnused { user: entry.name.to_owned() });
        }
        return Ok(None);
    };
    let key_data = user.client_key_data.as_ref().map(Secret::expose);
    let key = entry.file_or_data("client-key", user.client_key.as_deref(), key_data, pem::check_key)?;
    let Some(key) = key else {
        return Err(entry
            .invalid("client-key", "is not set although there is a client certificate")
            .with_hint("set client-key or client-key-data"));
    };
    let field = if user.client_key.is_some() { "client-key" } else { "client-key-data" };
    let files = chain.file.zip(key.file).map(|(chain, key)| CertificateFiles::new(chain, key));
    match String::from_utf8(key.bytes) {
        Ok(key) => {
            Ok(Some(ClientCertificate { files, ..ClientCertificate::new(chain.bytes, Secret::new(key)) }))
        }
        Err(_) => Err(entry.invalid(field, "is not valid PEM")),
    }
}

fn exec(entry: &Entry<'_>, config: &ExecConfig) -> Result<ExecPlugin, Error> {
    if entry.author == Author::Stranger {
        return Err(entry.refused("exec", "names a program, which a stranger's configuration may not"));
    }
    let Some(command) = &config.command else {
        return Err(entry.invalid("exec.command", "is not set"));
    };
    let api_version = match config.api_version.as_deref() {
        Some("client.authentication.k8s.io/v1") => ExecApiVersion::V1,
        Some("client.authentication.k8s.io/v1beta1") => ExecApiVersion::V1Beta1,
        Some("client.authentication.k8s.io/v1alpha1") => {
            return Err(entry
                .invalid("exec.apiVersion", "is v1alpha1, which Kubernetes has removed")
                .with_hint("set client.authentication.k8s.io/v1beta1, or v1 with an interactiveMode; newer plugins speak both"));
        }
        Some(_) => {
            return Err(entry
                .invalid("exec.apiVersion", "is no version of client.authentication.k8s.io")
                .with_hint("set client.authentication.k8s.io/v1"));
        }
        None => {
            return Err(entry
                .invalid("exec.apiVersion", "is not set")
                .with_hint("set client.authentication.k8s.io/v1"));
        }
    };
    let interactive_mode = match (config.interactive_mode.as_deref(), api_version) {
        (Some("Always"), _) => InteractiveMode::Always,
        (Some("IfAvailable"), _) | (None, ExecApiVersion::V1Beta1) => InteractiveMode::IfAvailable,
        (Some("Never"), _) => InteractiveMode::Never,
        (Some(_), _) => {
            return Err(entry.invalid("exec.interactiveMode", "must be Never, IfAvailable or Always"));
        }
        (None, ExecApiVersion::V1) => {
            return Err(entry
                .invalid("exec.interactiveMode", "is not set, which v1 needs")
                .with_hint("set Never, IfAvailable or Always"));
        }
    };
    let mut env = Vec::with_capacity(config.env.len());
    for (index, variable) in config.env.iter().enumerate() {
        let field = format!("exec.env[{index}].name");
        let Some(name) = &variable.name else { return Err(entry.invalid(&field, "is not set")) };
        if name.contains(['=', '\0']) {
            return Err(entry.invalid(&field, "holds a character that no variable's name can have"));
        }
        env.push((name.clone(), variable.value.clone().unwrap_or_else(|| Secret::new(""))));
    }
    Ok(ExecPlugin {
        command: entry.command("exec.command", command)?,
        args: config.args.clone(),
        env,
        api_version,
        install_hint: config.install_hint.clone(),
        interactive_mode,
        cluster_info: None,
    })
}

fn auth_provider(entry: &Entry<'_>, provider: &AuthProvider) -> Result<Oidc, Error> {
    let unsupported = |message: &str, hint: &'static str| {
        entry.error("auth-provider", Problem::unsupported(message).with_hint(hint))
    };
    match provider.name.as_deref() {
        Some("oidc") => oidc(entry, provider),
        Some("gcp") => Err(unsupported(
            "the provider gcp has been removed from Kubernetes clients",
            "the exec plugin gke-gcloud-auth-plugin has replaced it: run gcloud container clusters get-credentials again",
        )),
        Some("azure") => Err(unsupported(
            "the provider azure has been removed from Kubernetes clients",
            "the exec plugin kubelogin has replaced it: run kubelogin convert-kubeconfig",
        )),
        Some(_) => Err(unsupported(
            "there is no provider of that name",
            "oidc is the only one; others have become exec plugins",
        )),
        None => Err(entry.invalid("auth-provider.name", "is not set")),
    }
}

fn oidc(entry: &Entry<'_>, provider: &AuthProvider) -> Result<Oidc, Error> {
    let mut rest = provider.config.clone();
    let mut take = |key: &str| rest.remove(key).filter(|value| !value.expose().is_empty());
    let (issuer, client) = (take("idp-issuer-url"), take("client-id"));
    let required = |value: Option<Secret>, field: &str| match value {
        Some(value) => Ok(value.expose().to_owned()),
        None => Err(entry.invalid(field, "is not set, which the provider oidc needs")),
    };
    let mut oidc = Oidc::new(
        required(issuer, "auth-provider.config.idp-issuer-url")?,
        required(client, "auth-provider.config.client-id")?,
    );
    oidc.client_secret = take("client-secret");
    oidc.refresh_token = take("refresh-token");
    oidc.id_token = take("id-token");
    if let Some(token) = &oidc.id_token {
        check_token(token).map_err(|problem| entry.error("auth-provider.config.id-token", problem))?;
    }
    let (file, data) = (take("idp-certificate-authority"), take("idp-certificate-authority-data"));
    oidc.certificate_authority = match (file, data) {
        (_, Some(data)) => Some(entry.data(
            "auth-provider.config.idp-certificate-authority-data",
            data.expose(),
            pem::check_certificates,
        )?),
        (Some(file), None) => {
            let field = "auth-provider.config.idp-certificate-authority";
            Some(entry.file(field, file.expose(), pem::check_certificates)?.1)
        }
        (None, None) => None,
    };
    oidc.other = rest;
    Ok(oidc)
}
