//! The client certificate, which may change while the client lives.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{SignatureScheme, client::ResolvesClientCert, crypto::CryptoProvider, sign::CertifiedKey};
use steersman_config::ClientCertificate;

use super::Crypto;
use crate::error::Error;

/// The certificate that new connections show. Connections that showed another are not used any more: each change begins a
/// new generation of them.
pub(crate) struct ClientIdentity {
    crypto: Crypto,
    current: RwLock<Current>,
}

#[derive(Default)]
struct Current {
    generation: u64,
    certificate: Option<ClientCertificate>,
    key: Option<Arc<CertifiedKey>>,
}

impl ClientIdentity {
    /// No certificate yet.
    pub(crate) fn new(crypto: Crypto) -> Self {
        Self { crypto, current: RwLock::default() }
    }

    /// How often the certificate has changed.
    pub(crate) fn generation(&self) -> u64 {
        self.current.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    /// Shows this certificate, or none, from now on.
    pub(crate) fn present(&self, certificate: Option<&ClientCertificate>) -> Result<(), Error> {
        let same = |current: &Current| current.certificate.as_ref() == certificate;
        if same(&self.current.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let key = match certificate {
            Some(certificate) => Some(Arc::new(certified(certificate, &self.crypto.provider())?)),
            None => None,
        };
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if !same(&current) {
            current.generation += 1;
            current.certificate = certificate.cloned();
            current.key = key;
        }
        Ok(())
    }
}

fn certified(certificate: &ClientCertificate, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
    let (chain, key) = super::client_certificate(certificate)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| super::refused("client-key-data", error))
}

impl ResolvesClientCert for ClientIdentity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).key.clone()
    }

    fn has_certs(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).key.is_some()
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").field("generation", &self.generation()).finish_non_exhaustive()
    }
}
