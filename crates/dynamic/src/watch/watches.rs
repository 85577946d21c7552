//! What the watches of one client know of each other.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use steersman_meta::GroupVersionKind;

/// Shared by all watches of a client.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    open: AtomicU32,
    /// The kinds whose server has no streamed lists: an aggregated server may be of another mind than the others. At
    /// most as many as the cluster serves.
    without_watch_list: Mutex<HashSet<GroupVersionKind>>,
}

impl Watches {
    pub(crate) fn has_watch_list(&self, kind: &GroupVersionKind) -> bool {
        !self.without_watch_list.lock().unwrap_or_else(PoisonError::into_inner).contains(kind)
    }

    pub(super) fn remember_no_watch_list(&self, kind: &GroupVersionKind) {
        let mut kinds = self.without_watch_list.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.insert(kind.clone());
    }
}

/// One of them, as long as it lives.
#[derive(Debug)]
pub(super) struct OneOf(Arc<Watches>);

impl OneOf {
    pub(super) fn new(watches: Arc<Watches>) -> Self {
        watches.open.fetch_add(1, Ordering::Relaxed);
        Self(watches)
    }

    pub(super) fn all(&self) -> &Watches {
        &self.0
    }

    /// How many others there are.
    pub(super) fn siblings(&self) -> u32 {
        self.0.open.load(Ordering::Relaxed).saturating_sub(1)
    }
}

impl Drop for OneOf {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}
