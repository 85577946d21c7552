//! Who we are.

use super::entry::Entry;
use crate::{
    ClientCertificate, Credentials, Error, Secret, User, pem,
    referenced::{check_token, read_token},
};

/// What contradicts itself, and what this crate cannot do yet. Without TLS only impersonation is used.
pub(super) fn check(entry: &Entry<'_>, user: &User, https: bool) -> Result<(), Error> {
    let basic = user.username.is_some() || user.password.is_some();
    if user.token.is_some() && basic {
        return Err(entry
            .invalid("token", "token and username or password are both set, only one of them is allowed")
            .with_hint("keep the token"));
    }
    let impersonates = [
        ("as", user.impersonate.is_some()),
        ("as-uid", user.impersonate_uid.is_some()),
        ("as-groups", !user.impersonate_groups.is_empty()),
        ("as-user-extra", !user.impersonate_user_extra.is_empty()),
    ];
    if let Some((field, _)) = impersonates.iter().find(|(_, set)| *set) {
        if *field != "as" {
            return Err(entry.invalid(field, "is set although as is not"));
        }
        return Err(entry.unsupported(
            field,
            "impersonation is not supported yet",
            "take the as fields away, or use the credentials of that user",
        ));
    }
    if user.exec.is_some() && user.auth_provider.is_some() {
        return Err(entry
            .invalid("auth-provider", "exec and auth-provider are both set")
            .with_hint("keep exec"));
    }
    if !https {
        return Ok(());
    }
    if user.exec.is_some() {
        return Err(entry.unsupported(
            "exec",
            "credential plugins are not supported yet",
            "put a token into a file and name it in tokenFile",
        ));
    }
    if let Some(provider) = &user.auth_provider {
        return Err(entry.unsupported(
            "auth-provider",
            "auth providers are not supported",
            match provider.name.as_deref() {
                Some("gcp") => "kubectl has replaced it by the exec plugin gke-gcloud-auth-plugin",
                Some("azure") => "kubectl has replaced it by the exec plugin kubelogin",
                _ => "put a token into a file and name it in tokenFile",
            },
        ));
    }
    if basic {
        let field = if user.username.is_some() { "username" } else { "password" };
        return Err(entry.unsupported(
            field,
            "basic authentication is not supported yet",
            "Kubernetes has no basic authentication since 1.19; use a token or a client certificate",
        ));
    }
    Ok(())
}

pub(super) fn credentials(entry: &Entry<'_>, user: &User) -> Result<Credentials, Error> {
    let client_certificate = client_certificate(entry, user)?;
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
    Ok(Credentials { token, token_file, client_certificate })
}

fn client_certificate(entry: &Entry<'_>, user: &User) -> Result<Option<ClientCertificate>, Error> {
    let chain = entry.file_or_data(
        "client-certificate",
        user.client_certificate.as_deref(),
        user.client_certificate_data.as_deref(),
        pem::check_certificates,
    )?;
    let Some(chain) = chain else {
        if user.client_key.is_some() || user.client_key_data.is_some() {
            tracing::warn!(user = entry.name, "a client key without a certificate is not used");
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
    match String::from_utf8(key) {
        Ok(key) => Ok(Some(ClientCertificate::new(chain, Secret::new(key)))),
        Err(_) => Err(entry.invalid(field, "is not valid PEM")),
    }
}
