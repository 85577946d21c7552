//! Owners, modes and links.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rustix::{fs::OFlags, process::geteuid};

use super::Access;

/// Makes the folder and those above it, for their owner alone.
pub(in crate::cache) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Refuses a folder in which somebody else can put files in the place of ours.
pub(in crate::cache) fn check_folder(path: &Path) -> io::Result<()> {
    let folder = fs::symlink_metadata(path)?;
    let is_shared = folder.mode() & 0o022 != 0;
    // In a folder like /tmp nobody but the owner can replace a file.
    let is_sticky = folder.mode() & 0o1000 != 0 && is_of(&folder, &[own(), 0]);
    match () {
        () if !folder.is_dir() => Err(refused("its folder is no folder, or a link to one")),
        () if is_shared && !is_sticky => Err(refused("others may write to its folder")),
        () if !is_shared && !is_of(&folder, &[own(), 0]) => {
            Err(refused("its folder belongs to somebody else"))
        }
        () => Ok(()),
    }
}

/// Opens a file that nobody else can have written, unless `access` says so. It is not waited for, whatever it is.
pub(in crate::cache) fn open(path: &Path, access: Access) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    let refused_bits = match access {
        Access::OwnerOnly => 0o077,
        Access::GroupToo => 0o002,
    };
    match () {
        () if !metadata.is_file() => Err(refused("it is no file")),
        () if !is_of(&metadata, &[own()]) => Err(refused("it belongs to somebody else")),
        () if metadata.mode() & refused_bits != 0 => Err(refused("others have access to it")),
        () if metadata.nlink() > 1 => Err(refused("it has another name elsewhere")),
        () => Ok(file),
    }
}

/// Makes a file that is not there yet, for its owner alone whatever the umask is.
pub(in crate::cache) fn create_new(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

fn is_of(metadata: &Metadata, owners: &[u32]) -> bool {
    owners.contains(&metadata.uid())
}

fn own() -> u32 {
    geteuid().as_raw()
}

fn refused(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}
