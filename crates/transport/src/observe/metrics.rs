//! The hook for numbers, without a library for them.

use std::{fmt, sync::Arc, time::Duration};

use http::{Method, StatusCode};

use crate::error::ErrorKind;

/// Is told what a client does, to count and to measure. Every method does nothing by default.
///
/// The methods are called where the requests are made: they must not block.
pub trait Metrics: Send + Sync {
    /// A request of the caller's has its head, or has failed; its attempts are one request.
    fn request(&self, request: &RequestSummary<'_>) {
        let _ = request;
    }

    /// A request is sent again, as attempt number `number`, from 2.
    fn retried(&self, method: &Method, number: u32) {
        let _ = (method, number);
    }

    /// A request was held back by the client's own rate limit for this long.
    fn rate_limited(&self, wait: Duration) {
        let _ = wait;
    }

    /// A connection was made, TLS included.
    fn connection_opened(&self) {}

    /// A connection is gone.
    fn connection_closed(&self) {}
}

/// A request that is over, up to the head of its answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestSummary<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its path, without the query.
    pub path: &'a str,
    /// The code of the answer; `None` where there is none.
    pub status: Option<StatusCode>,
    /// Why there is no answer; `None` where there is one.
    pub error: Option<&'a ErrorKind>,
    /// How often it was sent.
    pub attempts: u32,
    /// From the request to the head of the answer, pauses included.
    pub elapsed: Duration,
}

/// A hook that may not be there.
#[derive(Clone, Default)]
pub(crate) struct SharedMetrics(Option<Arc<dyn Metrics>>);

impl SharedMetrics {
    #[cfg(feature = "tls")]
    pub(crate) fn new(metrics: Arc<dyn Metrics>) -> Self {
        Self(Some(metrics))
    }

    pub(crate) fn with(&self, tell: impl FnOnce(&dyn Metrics)) {
        if let Some(metrics) = &self.0 {
            tell(metrics.as_ref());
        }
    }

    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl fmt::Debug for SharedMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_some() { "Metrics" } else { "no Metrics" })
    }
}
