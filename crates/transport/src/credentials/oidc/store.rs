//! Keeping new tokens for the next process, and finding those of another.

use std::{fmt, sync::Arc};

use steersman_config::{Oidc, Secret};
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

/// Where new tokens go, and where those are that another process got; by default nowhere.
#[derive(Clone, Default)]
pub(crate) struct OidcStore {
    pub(crate) keep: Option<Arc<Keep>>,
    pub(crate) reload: Option<Arc<Reload>>,
}

pub(crate) type Keep = dyn Fn(&OidcTokens) -> Result<(), BoxError> + Send + Sync;
pub(crate) type Reload = dyn Fn() -> Result<Oidc, BoxError> + Send + Sync;

impl OidcStore {
    /// Whether new tokens go anywhere.
    pub(super) fn keeps(&self) -> bool {
        self.keep.is_some()
    }

    /// Keeps `tokens`. Whoever keeps them may block.
    pub(super) async fn keep(&self, tokens: OidcTokens) -> Result<(), BoxError> {
        let Some(keep) = self.keep.clone() else { return Ok(()) };
        spawn_blocking(move || keep(&tokens)).await.map_err(BoxError::from).flatten()
    }

    /// What is stored now; `None` where nobody knows.
    pub(super) async fn reload(&self) -> Result<Option<Oidc>, BoxError> {
        let Some(reload) = self.reload.clone() else { return Ok(None) };
        spawn_blocking(move || reload()).await.map_err(BoxError::from).flatten().map(Some)
    }
}

impl fmt::Debug for OidcStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcStore").finish_non_exhaustive()
    }
}
