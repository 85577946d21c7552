//! Ending a watch from outside.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::{Either, select};
use tokio::sync::Notify;

/// Ends watches from elsewhere. Cheap to clone; all clones stop the same watches.
///
/// A watch that is stopped ends between two events, as if its time limit were over: its connection is closed, and
/// [`try_next`](crate::Watch::try_next) gives `None`. It stays ended, and so does what is started with the handle later.
///
/// ```no_run
/// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
/// let mut watch = pods.all_namespaces().watch().start().await?;
/// let stop = watch.stop_handle();
/// tokio::spawn(async move {
///     tokio::time::sleep(std::time::Duration::from_secs(60)).await;
///     stop.stop();
/// });
/// while let Some(event) = watch.try_next().await? {
///     println!("{event:?}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct StopHandle {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    changed: Notify,
}

impl StopHandle {
    /// A handle for watches that are yet to be started, with
    /// [`stop_with`](crate::verbs::WatchObjects::stop_with).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the watches. A watch that nobody polls closes its connection when it is polled next, or dropped.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        self.shared.changed.notify_waiters();
    }

    /// Whether they were ended.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Acquire)
    }

    /// Waits for what a future gives, or for the end; then `None`, and the future is dropped.
    pub(super) async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut changed = pin!(self.shared.changed.notified());
        // From here on no notification is missed.
        changed.as_mut().enable();
        if self.is_stopped() {
            return None;
        }
        match select(changed, pin!(future)).await {
            Either::Left(_) => None,
            Either::Right((output, _)) => Some(output),
        }
    }
}
