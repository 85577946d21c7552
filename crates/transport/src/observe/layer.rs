//! The layer.

use std::sync::Arc;

use steersman_config::ServerUrl;
use tower::Layer;

use super::{SharedMetrics, service::ObserveService};

/// Puts a span around each request, and tells the metrics of it.
#[derive(Clone, Debug)]
pub(crate) struct ObserveLayer {
    server: Arc<Server>,
    metrics: SharedMetrics,
}

/// Where requests go, as spans say it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    pub(super) host: String,
    pub(super) port: u16,
}

impl ObserveLayer {
    pub(crate) fn new(server: &ServerUrl, metrics: SharedMetrics) -> Self {
        let server = Server { url: server.to_string(), host: server.host().to_owned(), port: server.port() };
        Self { server: Arc::new(server), metrics }
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = ObserveService<S>;

    fn layer(&self, inner: S) -> ObserveService<S> {
        ObserveService::new(inner, Arc::clone(&self.server), self.metrics.clone())
    }
}
