//! Keeping new tokens for the next process.

use std::{fmt, sync::Arc};

use steersman_config::Secret;
use tokio::task::spawn_blocking;

use crate::error::BoxError;

/// What a provider gave in place of the tokens of the configuration. It prints without them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OidcTokens {
    /// The new `id-token`.
    pub id_token: Secret,
    /// The `refresh-token` to use from now on: a new one, or that of before.
    pub refresh_token: Secret,
}

/// Where new tokens go.
#[derive(Clone)]
pub(crate) struct OidcStore(Arc<Keep>);

type Keep = dyn Fn(&OidcTokens) -> Result<(), BoxError> + Send + Sync;

impl OidcStore {
    pub(crate) fn new(keep: impl Fn(&OidcTokens) -> Result<(), BoxError> + Send + Sync + 'static) -> Self {
        Self(Arc::new(keep))
    }

    /// Keeps `tokens`. Whoever keeps them may block.
    pub(super) async fn keep(&self, tokens: OidcTokens) -> Result<(), BoxError> {
        let keep = Arc::clone(&self.0);
        spawn_blocking(move || keep(&tokens)).await.map_err(BoxError::from).flatten()
    }
}

impl fmt::Debug for OidcStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OidcStore")
    }
}
