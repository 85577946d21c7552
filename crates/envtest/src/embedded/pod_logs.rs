//! What containers wrote, as tests say it: [`PodLog`], and where it is kept.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;

use super::server::Shared;
use crate::error::{Error, ErrorKind};

/// The log of one container of an [`EnvTest`](crate::EnvTest): a test writes it, in place of a container and a kubelet.
///
/// It is there, and empty, from the moment in which the test asks for it. It belongs to the names, not to an object: it can be written before the pod is there, and is served while a pod of this name
/// with such a container is. It needs no node.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), steersman_envtest::Error> {
/// let env = steersman_envtest::EnvTest::start().await?;
/// let log = env.pod_log("shop", "web", "main");
/// log.line("listening");
/// log.line_at("2026-11-27T05:00:00Z", "the first request")?;
/// log.end(); // whoever follows it is at the end
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PodLog {
    shared: Arc<Shared>,
    key: Key,
}

/// Namespace, pod and container.
pub(crate) type Key = (String, String, String);

impl PodLog {
    pub(crate) fn new(shared: Arc<Shared>, namespace: &str, pod: &str, container: &str) -> Self {
        let log = Self { shared, key: (namespace.to_owned(), pod.to_owned(), container.to_owned()) };
        // It is there from now on, with nothing in it.
        log.change(|_| {});
        log
    }

    /// Writes a line, now. Its newline is not part of `text`; other newlines make several lines of it.
    pub fn line(&self, text: impl AsRef<[u8]>) {
        self.write(OffsetDateTime::now_utc(), text.as_ref());
    }

    /// Writes a line at this time, as RFC 3339 writes it. Times are told as they are said: a log is read in the order of its
    /// lines.
    ///
    /// # Errors
    /// If that is no time.
    pub fn line_at(&self, time: &str, text: impl AsRef<[u8]>) -> Result<(), Error> {
        let parsed = OffsetDateTime::parse(time, &Rfc3339);
        let time = parsed.map_err(|error| Error::with(ErrorKind::Time { text: time.to_owned() }, error))?;
        self.write(time, text.as_ref());
        Ok(())
    }

    /// The container ends: whoever follows its log is at the end. What is written afterwards is served too.
    pub fn end(&self) {
        self.change(|log| log.ended = true);
    }

    /// The container is started anew: what it wrote is the log of the previous one, and the new one is empty.
    pub fn restart(&self) {
        self.change(|log| {
            log.previous = Some(std::mem::take(&mut log.lines));
            log.ended = false;
            log.starts += 1;
        });
    }

    fn write(&self, time: OffsetDateTime, text: &[u8]) {
        self.change(|log| {
            log.lines
                .extend(text.split(|&byte| byte == b'\n').map(|text| Line { time, text: text.to_vec() }));
        });
    }

    fn change(&self, change: impl FnOnce(&mut Log)) {
        self.shared.logs.change(&self.key, change);
    }
}

/// The logs of all containers.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    logs: Mutex<BTreeMap<Key, Log>>,
    /// How often any of them has changed.
    changes: watch::Sender<u64>,
}

/// The log of one container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) lines: Vec<Line>,
    /// What the container before the last start wrote.
    pub(crate) previous: Option<Vec<Line>>,
    pub(crate) ended: bool,
    /// How often it was started anew.
    pub(crate) starts: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) time: OffsetDateTime,
    /// Without its newline.
    pub(crate) text: Vec<u8>,
}

impl Logs {
    /// Looks at one log; there is none until a test asks for it.
    pub(crate) fn read<T>(&self, key: &Key, look: impl FnOnce(Option<&Log>) -> T) -> T {
        look(self.logs.lock().unwrap_or_else(PoisonError::into_inner).get(key))
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn change(&self, key: &Key, change: impl FnOnce(&mut Log)) {
        change(self.logs.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default());
        self.changes.send_modify(|changes| *changes += 1);
    }
}
