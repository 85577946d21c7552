//! How the server is reached and trusted.

use std::path::PathBuf;

use rustls_pki_types::ServerName;

use super::entry::Entry;
use crate::{Cluster, Error, ExecClusterInfo, ProxyUrl, ServerUrl, ServerUrlError, Trust, pem};

pub(super) fn server(entry: &Entry<'_>, cluster: &Cluster) -> Result<ServerUrl, Error> {
    let Some(text) = &cluster.server else {
        return Err(entry.invalid("server", "is not set"));
    };
    let parsed = if text.contains("://") {
        text.parse::<ServerUrl>()
    } else {
        // client-go: an address alone means plain HTTP, and has no path.
        format!("http://{text}").parse::<ServerUrl>().and_then(|url| match url.prefix() {
            "" => Ok(url),
            _ => Err(ServerUrlError::NoScheme),
        })
    };
    parsed.map_err(|error| entry.invalid("server", "is not the address of a server").caused_by(error))
}

/// Whose certificates are believed, and the file that says so.
pub(super) fn trust(
    entry: &Entry<'_>,
    cluster: &Cluster,
    https: bool,
) -> Result<(Trust, Option<PathBuf>), Error> {
    let authorities = entry.file_or_data(
        "certificate-authority",
        cluster.certificate_authority.as_deref(),
        cluster.certificate_authority_data.as_deref(),
        pem::check_certificates,
    )?;
    match (authorities, cluster.insecure_skip_tls_verify) {
        (Some(_), true) if https => Err(entry
            .invalid("insecure-skip-tls-verify", "is true although the cluster names a certificate authority")
            .with_hint("keep one of them; the authority is the safe one")),
        (Some(read), _) => Ok((Trust::Authorities(read.bytes), read.file)),
        (None, true) => Ok((Trust::Insecure, None)),
        (None, false) => Ok((Trust::System, None)),
    }
}

pub(super) fn tls_server_name(entry: &Entry<'_>, cluster: &Cluster) -> Result<Option<String>, Error> {
    let Some(name) = &cluster.tls_server_name else { return Ok(None) };
    match ServerName::try_from(name.as_str()) {
        Ok(_) => Ok(Some(name.clone())),
        Err(_) => Err(entry.invalid("tls-server-name", "is neither a host name nor an IP address")),
    }
}

pub(super) fn proxy_url(entry: &Entry<'_>, cluster: &Cluster) -> Result<Option<ProxyUrl>, Error> {
    let Some(text) = &cluster.proxy_url else { return Ok(None) };
    match text.expose().parse::<ProxyUrl>() {
        Ok(url) => Ok(Some(url)),
        Err(error) => Err(entry.invalid("proxy-url", "is not the address of a proxy").caused_by(error)),
    }
}

/// The cluster as a credential plugin is told of it.
pub(super) fn exec_info(cluster: &Cluster, trust: &Trust, proxy_url: Option<ProxyUrl>) -> ExecClusterInfo {
    let server = cluster.server.as_deref().unwrap_or_default();
    let extension = cluster.extensions.iter().find(|extension| extension.name == EXEC_EXTENSION);
    ExecClusterInfo {
        server: server[..server.find(['?', '#']).unwrap_or(server.len())].to_owned(),
        tls_server_name: cluster.tls_server_name.clone(),
        insecure_skip_tls_verify: cluster.insecure_skip_tls_verify,
        certificate_authority_data: match trust {
            Trust::Authorities(pem) => Some(pem.clone()),
            Trust::System | Trust::Insecure => None,
        },
        proxy_url,
        disable_compression: cluster.disable_compression,
        config: extension.map(|extension| extension.extension.clone()).unwrap_or_default(),
    }
}

/// The name that Kubernetes keeps for what a plugin is to be told.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";
