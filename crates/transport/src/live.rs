//! Timeouts that can be changed while a client lives.

use std::sync::{Arc, PoisonError, RwLock};

use crate::timeouts::Timeouts;

/// The timeouts of a client, which it reads anew for each request and each connection: what is set here counts from the
/// next one on. Clones are the same timeouts.
#[derive(Clone, Debug)]
pub struct LiveTimeouts(Arc<RwLock<Timeouts>>);

impl LiveTimeouts {
    /// Begins with `timeouts`.
    #[must_use]
    pub fn new(timeouts: Timeouts) -> Self {
        Self(Arc::new(RwLock::new(timeouts)))
    }

    /// What they are now.
    #[must_use]
    pub fn now(&self) -> Timeouts {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes them `timeouts`, for all clones of the client.
    pub fn replace(&self, timeouts: Timeouts) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = timeouts;
    }
}

impl From<Timeouts> for LiveTimeouts {
    fn from(timeouts: Timeouts) -> Self {
        Self::new(timeouts)
    }
}
