//! The layer.

use std::sync::{Arc, Mutex};

use tokio::time::Instant;
use tower::Layer;

use super::{RateLimit, RateLimitService, bucket::Bucket};
use crate::observe::SharedMetrics;

/// Lets requests out at a steady rate, in the order in which they came.
///
/// Each attempt of a request counts, except the first of a watch, as in client-go. The wait is part of the request's
/// deadline for the head of the response; where it would go beyond that the request fails at once, unsent. All services
/// of one layer share its bucket. It needs a tokio runtime with time.
#[derive(Clone)]
pub struct RateLimitLayer {
    limit: RateLimit,
    bucket: Arc<Mutex<Bucket>>,
    metrics: SharedMetrics,
}

impl RateLimitLayer {
    /// Makes a layer with a full bucket.
    #[must_use]
    pub fn new(limit: RateLimit) -> Self {
        let bucket = Arc::new(Mutex::new(Bucket::new(limit, Instant::now())));
        Self { limit, bucket, metrics: SharedMetrics::default() }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn with_metrics(mut self, metrics: SharedMetrics) -> Self {
        self.metrics = metrics;
        self
    }
}

impl std::fmt::Debug for RateLimitLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimitLayer").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for RateLimitLayer {
    type Service = RateLimitService<S>;

    fn layer(&self, inner: S) -> RateLimitService<S> {
        RateLimitService::new(inner, self.limit, Arc::clone(&self.bucket), self.metrics.clone())
    }
}
