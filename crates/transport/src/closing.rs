//! Closing a client: no new requests, and an end to its connections.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;

/// Whether a client is closed, and how many connections it has. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Closing(Arc<State>);

#[derive(Default)]
struct State {
    is_closed: AtomicBool,
    connections: AtomicUsize,
    /// Told when the last connection is closed.
    none_left: Notify,
    /// Gives up the connections that nobody uses.
    give_up: Mutex<Option<GiveUp>>,
}

type GiveUp = Box<dyn FnOnce() + Send>;

impl Closing {
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed.load(Ordering::SeqCst)
    }

    /// Takes no more requests, gives up what nobody uses, and waits for the last connection to be closed.
    ///
    /// # Cancel safety
    /// It stays closed.
    pub(crate) async fn close(&self) {
        self.0.is_closed.store(true, Ordering::SeqCst);
        let give_up = self.0.give_up.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(give_up) = give_up {
            give_up();
        }
        loop {
            let none_left = self.0.none_left.notified();
            tokio::pin!(none_left);
            // From here on it is not missed; it may have come just before.
            none_left.as_mut().enable();
            if self.0.connections.load(Ordering::SeqCst) == 0 {
                return;
            }
            none_left.await;
        }
    }
}

#[cfg(feature = "tls")]
impl Closing {
    /// Calls this when the client is closed.
    pub(crate) fn on_close(&self, give_up: impl FnOnce() + Send + 'static) {
        *self.0.give_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(give_up));
    }

    /// Counts a connection, from before it is made until it is closed.
    pub(crate) fn connecting(&self) -> Open {
        self.0.connections.fetch_add(1, Ordering::SeqCst);
        Open(Arc::clone(&self.0))
    }
}

impl fmt::Debug for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closing").field("is_closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// A connection that is counted while this lives.
#[cfg(feature = "tls")]
pub(crate) struct Open(Arc<State>);

#[cfg(feature = "tls")]
impl Drop for Open {
    fn drop(&mut self) {
        if self.0.connections.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.none_left.notify_waiters();
        }
    }
}
