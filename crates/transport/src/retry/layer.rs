//! The layer.

use tower::Layer;

use super::{RetryPolicy, RetryService};
use crate::observe::SharedMetrics;

/// Sends requests again where [`decide`](super::decide) says so.
///
/// The stack of a client has it already; it is public for services of the user's own. It needs a tokio runtime with
/// time. A request whose body is a stream, one that asks for an upgrade and one that asks for a watch are sent once: the
/// first can't be sent again, and the others have drivers that know better where to go on.
#[derive(Clone, Debug)]
pub struct RetryLayer {
    policy: RetryPolicy,
    metrics: SharedMetrics,
}

impl RetryLayer {
    /// Makes a layer of this policy.
    #[must_use]
    pub fn new(policy: RetryPolicy) -> Self {
        Self { policy, metrics: SharedMetrics::default() }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn with_metrics(mut self, metrics: SharedMetrics) -> Self {
        self.metrics = metrics;
        self
    }
}

impl<S> Layer<S> for RetryLayer {
    type Service = RetryService<S>;

    fn layer(&self, inner: S) -> RetryService<S> {
        RetryService::new(inner, self.policy, self.metrics.clone())
    }
}
