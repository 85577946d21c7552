//! The lock that kubectl uses: a file `<file>.lock` that exists while somebody writes.

use std::{
    fs,
    io::{self, ErrorKind::AlreadyExists},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{beside, private};

/// The right to write a file, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
}

/// Why a file can't be locked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Somebody else holds the lock, or died with it.
    Held { lock: PathBuf, age: Option<Duration> },
    /// The lock can't be made.
    Io(io::Error),
}

impl Lock {
    /// Locks the file at `path`, which need not exist; its folder must. Never waits, and never takes a lock from anyone.
    pub(crate) fn of(path: &Path) -> Result<Self, Refusal> {
        let lock = beside(path, ".lock");
        match private().create_new(true).write(true).open(&lock) {
            Ok(_) => Ok(Self { path: lock }),
            Err(cause) if cause.kind() == AlreadyExists => Err(Refusal::Held { age: age(&lock), lock }),
            Err(cause) => Err(Refusal::Io(cause)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the lock can't be removed");
        }
    }
}

fn age(lock: &Path) -> Option<Duration> {
    let made = fs::symlink_metadata(lock).and_then(|metadata| metadata.modified()).ok()?;
    SystemTime::now().duration_since(made).ok()
}

/// An age as people say it: `3 s`, `5 min`, `2 h`, `4 days`.
pub(crate) fn spoken(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds @ 7_200..=172_799 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::spoken;

    #[test]
    fn ages() {
        for (seconds, want) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 days"),
        ] {
            assert_eq!(spoken(Duration::from_secs(seconds)), want);
        }
    }
}
