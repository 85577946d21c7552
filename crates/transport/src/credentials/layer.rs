//! The layer.

use tower::Layer;

use super::{TokenSource, service::CredentialsService};

/// Puts the header `Authorization` on each request that has none.
#[derive(Clone)]
pub(crate) struct CredentialsLayer {
    source: TokenSource,
}

impl CredentialsLayer {
    pub(crate) fn new(source: TokenSource) -> Self {
        Self { source }
    }
}

impl<S> Layer<S> for CredentialsLayer {
    type Service = CredentialsService<S>;

    fn layer(&self, inner: S) -> CredentialsService<S> {
        CredentialsService::new(inner, self.source.clone())
    }
}
