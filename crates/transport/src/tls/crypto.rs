//! Whose cryptography TLS uses.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// Whose cryptography TLS uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crypto {
    /// That of the crate `ring`. The default.
    #[default]
    Ring,
    /// That of the crate `aws-lc-rs`, which has post-quantum key exchange, and takes a C compiler to build. There with the
    /// feature `aws-lc-rs` alone.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
}

impl Crypto {
    /// For one configuration, so that the process needs no default one.
    pub(crate) fn provider(self) -> Arc<CryptoProvider> {
        Arc::new(match self {
            Self::Ring => ring::default_provider(),
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => rustls::crypto::aws_lc_rs::default_provider(),
        })
    }
}
