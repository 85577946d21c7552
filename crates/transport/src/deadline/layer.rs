//! The layer.

use tower::Layer;

use super::DeadlineService;
use crate::{live::LiveTimeouts, timeouts::Timeouts};

/// Puts deadlines on each request of a service: [`Timeouts::response_head`], [`Timeouts::body_idle`] and
/// [`Timeouts::total`], or what the request's own [`RequestTimeouts`](crate::RequestTimeouts) say.
///
/// The stack of a client has it already; it is public for services of the user's own. It needs a tokio runtime with
/// time. When a deadline passes the response is dropped, which gives up its stream.
#[derive(Clone, Debug)]
pub struct DeadlineLayer {
    timeouts: LiveTimeouts,
}

impl DeadlineLayer {
    /// Makes a layer of these timeouts.
    #[must_use]
    pub fn new(timeouts: Timeouts) -> Self {
        Self::live(timeouts.into())
    }

    /// Makes a layer of timeouts that can be changed later.
    #[must_use]
    pub fn live(timeouts: LiveTimeouts) -> Self {
        Self { timeouts }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = DeadlineService<S>;

    fn layer(&self, inner: S) -> DeadlineService<S> {
        DeadlineService::new(inner, self.timeouts.clone())
    }
}
