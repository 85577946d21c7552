//! The server's version, once somebody has learnt it: another one makes what is known stale.

use std::{sync::Arc, time::SystemTime};

use steersman_meta::Text;

use super::{State, Surveyor};
use crate::{
    Discovery, DiskCache,
    source::{Source, Sources},
};

impl Surveyor {
    /// Takes note of the server's version. If it is another than it was, or what is known was kept by a process that knew
    /// none, it may be used only after the server has said that it still holds, here and in the next process.
    pub(crate) async fn learn_version(&self, version: &str) {
        self.load().await;
        let known = {
            let mut state = self.state();
            if state.version.as_deref() == Some(version) {
                return;
            }
            state.learn(version.into());
            state.known.clone()
        };
        // A file that keeps no version would only look younger than what is in it.
        let keeps_version = self.cache.as_ref().is_some_and(DiskCache::keeps_version);
        if let Some(known) = known.filter(|_| keeps_version) {
            self.write(&known).await;
        }
    }
}

impl State {
    fn learn(&mut self, version: Text) {
        let is_unversioned = std::mem::take(&mut self.is_unversioned);
        let is_another = self.version.replace(version).is_some();
        if is_another || is_unversioned {
            self.known = self.known.as_deref().map(doubted);
            self.doubts += 1;
        }
    }

    /// Takes over what a flight brought that started after so many doubts.
    pub(super) fn land(&mut self, brought: &Arc<Discovery>, doubts: u64) {
        self.known = Some(if self.doubts != doubts { doubted(brought) } else { Arc::clone(brought) });
    }
}

/// The same, to be used only after the server has said that it still holds.
fn doubted(known: &Discovery) -> Arc<Discovery> {
    let doubted =
        |source: &Source| Source { is_current: false, read_at: SystemTime::UNIX_EPOCH, ..source.clone() };
    let Sources { core, groups } = known.sources();
    let sources = Sources { core: core.as_ref().map(doubted), groups: groups.as_ref().map(doubted) };
    Arc::new(known.clone().with_sources(sources))
}
