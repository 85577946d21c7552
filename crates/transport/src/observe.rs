//! What can be seen from outside: a span for each request, and a hook for numbers.

#[cfg(feature = "tls")]
mod layer;
mod metrics;
#[cfg(feature = "tls")]
mod service;

#[cfg(feature = "tls")]
pub(crate) use layer::ObserveLayer;
pub(crate) use metrics::SharedMetrics;
pub use metrics::{Metrics, RequestSummary};
