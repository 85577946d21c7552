//! Where owners and modes are something else: what the user's own folder grants to others is the system's business.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use super::Access;

pub(in crate::cache) fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

pub(in crate::cache) fn check_folder(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

pub(in crate::cache) fn open(path: &Path, _access: Access) -> io::Result<File> {
    if fs::symlink_metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::other("it is no file"))
    }
}

pub(in crate::cache) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
