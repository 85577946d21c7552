//! The layers.

use std::sync::Arc;

use http::HeaderMap;
use tower::Layer;

use super::{
    Source,
    service::{CredentialsService, ImpersonationService},
};
use crate::tls::ClientIdentity;

/// Puts the header `Authorization` on each request that has none, and hands a client certificate that comes with it to
/// TLS.
#[derive(Clone)]
pub(crate) struct CredentialsLayer {
    source: Source,
    identity: Arc<ClientIdentity>,
}

impl CredentialsLayer {
    pub(crate) fn new(source: Source, identity: Arc<ClientIdentity>) -> Self {
        Self { source, identity }
    }
}

impl<S> Layer<S> for CredentialsLayer {
    type Service = CredentialsService<S>;

    fn layer(&self, inner: S) -> CredentialsService<S> {
        CredentialsService::new(inner, self.source.clone(), Arc::clone(&self.identity))
    }
}

/// Puts the headers of an impersonation on each request that asks for none by itself.
#[derive(Clone)]
pub(crate) struct ImpersonationLayer {
    headers: Arc<HeaderMap>,
}

impl ImpersonationLayer {
    pub(crate) fn new(headers: HeaderMap) -> Self {
        Self { headers: Arc::new(headers) }
    }
}

impl<S> Layer<S> for ImpersonationLayer {
    type Service = ImpersonationService<S>;

    fn layer(&self, inner: S) -> ImpersonationService<S> {
        ImpersonationService::new(inner, Arc::clone(&self.headers))
    }
}
