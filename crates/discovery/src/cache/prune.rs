//! Keeps the user's cache folder small: servers come and go.

use std::{fs, path::Path, time::SystemTime};

/// Removes the oldest files beside `path`, if there are too many.
pub(super) fn old_files(path: &Path) {
    let Some(Ok(entries)) = path.parent().map(fs::read_dir) else { return };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let file = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((file.modified().unwrap_or(SystemTime::UNIX_EPOCH), entry.path()))
        })
        .collect();
    files.sort_unstable();
    let too_many = files.len().saturating_sub(MAX_FILES);
    for (_, old) in files.into_iter().take(too_many) {
        // Another process may have been quicker.
        drop(fs::remove_file(old));
    }
}

const MAX_FILES: usize = 64;
