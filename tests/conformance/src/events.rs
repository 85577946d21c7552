//! Reads a watch in a few words, and never waits for ever.

use std::time::Duration;

use steersman::prelude::*;

use crate::Failure;

/// The next event that is a change, or that closes the first list.
///
/// A server may send bookmarks whenever it likes, so those that say nothing are left out.
///
/// # Errors
/// If the watch fails, ends, or says nothing for 30 s.
pub(crate) async fn next(watch: &mut Watch) -> Result<WatchEvent, Failure> {
    loop {
        match tokio::time::timeout(LIMIT, watch.try_next()).await {
            Ok(Ok(Some(WatchEvent::Bookmark(bookmark)))) if !bookmark.initial_events_end => {}
            Ok(Ok(Some(event))) => return Ok(event),
            Ok(Ok(None)) => return Err(Failure::new("the watch ended")),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(Failure::new(format!("the watch said nothing for {} s", LIMIT.as_secs()))),
        }
    }
}

/// The next events, each in two words: `Added a`; `Listed` for the bookmark that closes the first list.
///
/// # Errors
/// As [`next`].
pub(crate) async fn told(watch: &mut Watch, count: usize) -> Result<Vec<String>, Failure> {
    let mut told = Vec::new();
    while told.len() < count {
        told.push(match next(watch).await? {
            WatchEvent::Added(object) => format!("Added {}", object.name()),
            WatchEvent::Modified(object) => format!("Modified {}", object.name()),
            WatchEvent::Deleted(object) => format!("Deleted {}", object.name()),
            WatchEvent::Bookmark(_) => "Listed".to_owned(),
            other => format!("{other:?}"),
        });
    }
    Ok(told)
}

const LIMIT: Duration = Duration::from_secs(30);
