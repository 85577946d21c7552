//! TLS: whom we believe, who we are, and what names the server for caches.

use std::{fmt::Write, sync::Arc};

use hyper_rustls::ConfigBuilderExt;
use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    client::{Resumption, WantsClientCert},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use steersman_config::{ClientCertificate, Config, Trust};

use crate::{
    error::{BoxError, Error, ErrorKind},
    identity::Identity,
    wire::Material,
};

mod client_identity;
mod crypto;
mod dangerous;

pub(crate) use client_identity::ClientIdentity;
pub use crypto::Crypto;

/// The TLS side of a configuration, with these certificates, without protocols for ALPN. `changing` is a client
/// certificate that may change; then no session is resumed, as it would be the one of another certificate.
pub(crate) fn client_config(
    config: &Config,
    material: &Material,
    crypto: Crypto,
    changing: Option<Arc<ClientIdentity>>,
) -> Result<ClientConfig, Error> {
    let builder = if config.server.is_https() {
        if material.trust == Trust::Insecure {
            tracing::warn!(server = %config.server, "the server's certificate is not verified, as the configuration says");
        }
        believing(&material.trust, crypto)?
    } else {
        // No certificate is looked at.
        versions(&crypto.provider())?.with_root_certificates(RootCertStore::empty())
    };
    if let Some(identity) = changing {
        let mut config = builder.with_client_cert_resolver(identity);
        config.resumption = Resumption::disabled();
        return Ok(config);
    }
    match &material.certificate {
        Some(certificate) => {
            let (chain, key) = client_certificate(certificate)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| refused("client-key-data", error))
        }
        None => Ok(builder.with_no_client_auth()),
    }
}

/// TLS with somebody whose certificate is believed by these rules.
fn believing(trust: &Trust, crypto: Crypto) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    let provider = crypto.provider();
    let builder = versions(&provider)?;
    Ok(match trust {
        Trust::System => {
            builder.with_native_roots().map_err(|error| refused("certificate-authority", error))?
        }
        Trust::Authorities(pem) => builder.with_root_certificates(roots(pem)?),
        Trust::Insecure => {
            builder.dangerous().with_custom_certificate_verifier(dangerous::any_certificate(provider))
        }
        _ => return Err(Error::new(ErrorKind::Config { field: "trust" })),
    })
}

fn versions(provider: &Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Tls(crate::TlsFault::Other)).because(error))
}

/// The TLS side of the way to a proxy, which is believed by rules of its own, and shown no certificate.
pub(crate) fn proxy_config(trust: &Trust, crypto: Crypto) -> Result<ClientConfig, Error> {
    let refused = |error| Error::new(ErrorKind::Config { field: "proxy-url" }).because(error);
    Ok(believing(trust, crypto).map_err(refused)?.with_no_client_auth())
}

/// The name that the server's certificate must carry, where the configuration sets one.
pub(crate) fn server_name(config: &Config) -> Result<Option<ServerName<'static>>, Error> {
    let Some(name) = &config.tls_server_name else { return Ok(None) };
    let name = ServerName::try_from(name.clone()).map_err(|error| refused("tls-server-name", error))?;
    Ok(Some(name))
}

/// What names the server of a configuration.
pub(crate) fn identity(config: &Config) -> Result<Identity, Error> {
    let mut trust = match &config.trust {
        _ if !config.server.is_https() => "no TLS".to_owned(),
        Trust::System => "the system's authorities".to_owned(),
        Trust::Authorities(pem) => {
            let mut authorities = certificates("certificate-authority-data", pem)?;
            authorities.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
            authorities.dedup();
            let mut all = Vec::new();
            for authority in &authorities {
                all.extend_from_slice(&(authority.len() as u64).to_be_bytes());
                all.extend_from_slice(authority);
            }
            format!("authority sha256:{}", sha256(&all))
        }
        Trust::Insecure => "unverified".to_owned(),
        _ => "other".to_owned(),
    };
    if let Some(name) = &config.tls_server_name {
        trust.push_str(" as ");
        trust.push_str(name);
    }
    let digest = sha256(format!("{}\n{trust}", config.server).as_bytes());
    Ok(Identity::new(&config.server, trust, &digest))
}

fn roots(pem: &[u8]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("certificate-authority-data", pem)? {
        roots.add(certificate).map_err(|error| refused("certificate-authority-data", error))?;
    }
    Ok(roots)
}

fn client_certificate(
    certificate: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
    let chain = certificates("client-certificate-data", &certificate.chain)?;
    // The error of the parser is left out: it can quote what it stumbled over.
    let key = PrivateKeyDer::from_pem_slice(certificate.key.expose().as_bytes())
        .map_err(|_| refused("client-key-data", "it holds no PEM private key"))?;
    Ok((chain, key))
}

fn certificates(field: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    // As above: the file may be a key by mistake.
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| refused(field, "it is malformed as PEM"))?;
    if certificates.is_empty() {
        return Err(refused(field, "it holds no PEM certificate"));
    }
    Ok(certificates)
}

fn refused(field: &'static str, cause: impl Into<BoxError>) -> Error {
    Error::new(ErrorKind::Config { field }).because(cause)
}

/// In hexadecimal digits, by the hash function of the provider of TLS.
fn sha256(data: &[u8]) -> String {
    let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let hash = match suite {
        rustls::SupportedCipherSuite::Tls12(suite) => suite.common.hash_provider.hash(data),
        rustls::SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider.hash(data),
    };
    hash.as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
