//! Reads a file that can be trusted, and replaces it in one step.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Read, Write},
    path::Path,
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use super::guard::{self, Access};

/// The whole file and when it was written, if nobody else can have written it and it is not too long.
pub(super) fn read(path: &Path, access: Access) -> io::Result<(Vec<u8>, SystemTime)> {
    guard::check_folder(folder_of(path))?;
    let file = guard::open(path, access)?;
    let metadata = file.metadata()?;
    let length = metadata.len();
    if length > MAX_BYTES as u64 {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has {length} bytes")));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(MAX_BYTES as u64).read_to_end(&mut bytes)?;
    Ok((bytes, metadata.modified()?))
}

/// Puts `bytes` in the place of the file, or leaves it as it is: a reader sees the old one or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as_of(path, bytes, SystemTime::now())
}

/// The same, as if it had been written at that time.
pub(super) fn replace_as_of(path: &Path, bytes: &[u8], written_at: SystemTime) -> io::Result<()> {
    let folder = folder_of(path);
    guard::make_folder(folder)?;
    guard::check_folder(folder)?;
    let Some(name) = path.file_name() else { return Err(io::ErrorKind::InvalidFilename.into()) };
    let mut begin = OsString::from(".");
    begin.push(name);
    remove_left_over(folder, &begin);
    let temporary = folder.join(temporary_name(begin));
    let written = write_new(&temporary, bytes, written_at).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Nothing more can be done about one that cannot be removed.
        drop(fs::remove_file(&temporary));
    }
    written
}

/// Removes the file, if nobody else can have put it there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    guard::check_folder(folder_of(path))?;
    fs::remove_file(path)
}

fn write_new(path: &Path, bytes: &[u8], written_at: SystemTime) -> io::Result<()> {
    let mut file = guard::create_new(path)?;
    // No fsync: after a crash of the machine the checksum tells, and the server is asked.
    file.write_all(bytes)?;
    file.set_modified(written_at)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name that no other process and no other thread uses.
fn temporary_name(mut begin: OsString) -> OsString {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (process, count) = (process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
    begin.push(format!(".{process}-{count}-{}{TEMPORARY}", since.as_nanos()));
    begin
}

/// Whether it is a [`temporary_name`] that begins so: of three numbers, and of nothing else. What others keep in the
/// folder is theirs.
fn is_temporary(name: &OsStr, begin: &OsStr) -> bool {
    let (name, begin) = (name.as_encoded_bytes(), begin.as_encoded_bytes());
    let numbers = name
        .strip_prefix(begin)
        .and_then(|rest| rest.strip_prefix(b"."))
        .and_then(|rest| rest.strip_suffix(TEMPORARY.as_bytes()));
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    numbers.is_some_and(|numbers| {
        let mut parts = numbers.split(|byte| *byte == b'-');
        parts.by_ref().take(3).filter(|part| is_number(part)).count() == 3 && parts.next().is_none()
    })
}

/// Removes what processes left behind that were killed while they wrote.
fn remove_left_over(folder: &Path, begin: &OsStr) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().take(MAX_ENTRIES) {
        if !is_temporary(&entry.file_name(), begin) {
            continue;
        }
        let age =
            entry.metadata().and_then(|file| file.modified()).map(|time| time.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age > LEFT_OVER) {
            // Another process may have been quicker.
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// No server has so much to say: ten thousand kinds take one.
pub(super) const MAX_BYTES: usize = 16 << 20;

const TEMPORARY: &str = ".tmp";

/// Nobody writes for so long.
const LEFT_OVER: Duration = Duration::from_secs(60);

/// How much of a folder is looked at.
const MAX_ENTRIES: usize = 10_000;

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::{is_temporary, temporary_name};

    /// B31: nothing is removed but what was left behind under a name of our own.
    #[test]
    fn b31_names_of_our_own() {
        let begin = OsStr::new(".a");
        assert!(is_temporary(&temporary_name(OsString::from(".a")), begin));
        for (name, want) in [
            (".a.12-0-345.tmp", true),
            (".another-tool.tmp", false),
            (".a.tmp", false),
            (".a.notes.tmp", false),
            (".a.12-0.tmp", false),
            (".a.12-0-345-6.tmp", false),
            (".a.12--345.tmp", false),
            (".ab.12-0-345.tmp", false),
            ("a.12-0-345.tmp", false),
            (".a.12-0-345", false),
        ] {
            assert_eq!(is_temporary(OsStr::new(name), begin), want, "{name}");
        }
    }
}
