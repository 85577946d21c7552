//! Writes files so that a reader, or whoever comes after a crash, sees the old content or the new, and never a part.

mod lock;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

pub(crate) use self::lock::{Lock, Refusal, spoken};

/// Replaces the content of the file at `path`, or makes the file; its mode is 0600 then, whatever it was.
///
/// The new content is written to a file beside it, flushed to the disk, and renamed. A link is followed, so that it stays
/// a link. Only one writer may work on a file at a time: see [`Lock`].
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = real_path(path)?;
    let fresh = beside(&path, ".new");
    // What a writer left that was killed; there is no other now, as we hold the lock.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(&fresh, content).and_then(|()| fs::rename(&fresh, &path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&fresh);
    }
    written?;
    sync_folder(&path)
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private().create_new(true).write(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// `path` with its links followed; as it is where there is no such file.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            Ok(path.to_owned())
        }
        other => other,
    }
}

/// `path` with something added to its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(suffix);
    name.into()
}

/// Makes the rename itself last. Some file systems do not let folders be opened, and then it lasts soon enough.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().and_then(|folder| fs::File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Options for a file that only its owner may read.
#[cfg(unix)]
fn private() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = fs::OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> fs::OpenOptions {
    fs::OpenOptions::new()
}
