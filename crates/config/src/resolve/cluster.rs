//! How the server is reached and trusted.

use rustls_pki_types::ServerName;

use super::entry::Entry;
use crate::{Cluster, Error, ServerUrl, ServerUrlError, Trust, pem};

pub(super) fn server(entry: &Entry<'_>, cluster: &Cluster) -> Result<ServerUrl, Error> {
    if cluster.proxy_url.is_some() {
        return Err(entry.unsupported(
            "proxy-url",
            "is not supported yet",
            "take the field away if the server can be reached directly",
        ));
    }
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

pub(super) fn trust(entry: &Entry<'_>, cluster: &Cluster, https: bool) -> Result<Trust, Error> {
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
        (Some(pem), _) => Ok(Trust::Authorities(pem)),
        (None, true) => Ok(Trust::Insecure),
        (None, false) => Ok(Trust::System),
    }
}

pub(super) fn tls_server_name(entry: &Entry<'_>, cluster: &Cluster) -> Result<Option<String>, Error> {
    let Some(name) = &cluster.tls_server_name else { return Ok(None) };
    match ServerName::try_from(name.as_str()) {
        Ok(_) => Ok(Some(name.clone())),
        Err(_) => Err(entry.invalid("tls-server-name", "is neither a host name nor an IP address")),
    }
}
