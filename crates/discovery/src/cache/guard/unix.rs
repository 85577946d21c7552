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
    refused(folder_fault(Facts::of(&fs::symlink_metadata(path)?), own()))
}

/// Opens a file that nobody else can have written, unless `access` says so. It is not waited for, whatever it is.
pub(in crate::cache) fn open(path: &Path, access: Access) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    refused(file_fault(Facts::of(&file.metadata()?), own(), access))?;
    Ok(file)
}

/// What is known of a file or a folder.
#[derive(Clone, Copy, Debug)]
struct Facts {
    kind: Kind,
    owner: u32,
    mode: u32,
    names: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Other,
}

impl Facts {
    fn of(metadata: &Metadata) -> Self {
        let kind = match () {
            () if metadata.is_file() => Kind::File,
            () if metadata.is_dir() => Kind::Folder,
            () => Kind::Other,
        };
        Self { kind, owner: metadata.uid(), mode: metadata.mode(), names: metadata.nlink() }
    }
}

/// Why somebody but `own` could have put a file into the folder; `None` if nobody could.
fn folder_fault(folder: Facts, own: u32) -> Option<&'static str> {
    let is_shared = folder.mode & 0o022 != 0;
    let is_trusted = [own, ROOT].contains(&folder.owner);
    // In a folder like /tmp nobody but the owner can replace a file.
    let is_sticky = folder.mode & 0o1000 != 0 && is_trusted;
    match () {
        () if folder.kind != Kind::Folder => Some("its folder is no folder, or a link to one"),
        () if is_shared && !is_sticky => Some("others may write to its folder"),
        () if !is_trusted => Some("its folder belongs to somebody else"),
        () => None,
    }
}

/// Why somebody but `own` could have written the file; `None` if nobody could.
fn file_fault(file: Facts, own: u32, access: Access) -> Option<&'static str> {
    let refused_bits = match access {
        Access::OwnerOnly => 0o077,
        Access::GroupToo => 0o002,
    };
    match () {
        () if file.kind != Kind::File => Some("it is no file"),
        () if file.owner != own => Some("it belongs to somebody else"),
        () if file.mode & refused_bits != 0 => Some("others have access to it"),
        () if file.names > 1 => Some("it has another name elsewhere"),
        () => None,
    }
}

/// Makes a file that is not there yet, for its owner alone whatever the umask is.
pub(in crate::cache) fn create_new(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

fn own() -> u32 {
    geteuid().as_raw()
}

fn refused(fault: Option<&'static str>) -> io::Result<()> {
    fault.map_or(Ok(()), |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why)))
}

const ROOT: u32 = 0;

#[cfg(test)]
mod tests {
    use super::{Access, Facts, Kind, ROOT, file_fault, folder_fault};

    const OWN: u32 = 1000;
    const OTHER: u32 = 1001;

    /// B31: a folder is trusted if only its owner can put files into it, and he is the user or root.
    #[test]
    fn b31_folders() {
        for (kind, owner, mode, is_trusted) in [
            (Kind::Folder, OWN, 0o700, true),
            (Kind::Folder, OWN, 0o755, true),
            (Kind::Folder, ROOT, 0o755, true),
            (Kind::Folder, ROOT, 0o1777, true),
            (Kind::Folder, OWN, 0o1777, true),
            (Kind::Folder, OWN, 0o770, false),
            (Kind::Folder, OWN, 0o702, false),
            (Kind::Folder, ROOT, 0o777, false),
            (Kind::Folder, OTHER, 0o700, false),
            (Kind::Folder, OTHER, 0o755, false),
            (Kind::Folder, OTHER, 0o1777, false),
            (Kind::File, OWN, 0o700, false),
            (Kind::Other, OWN, 0o700, false),
        ] {
            let folder = Facts { kind, owner, mode, names: 2 };
            assert_eq!(folder_fault(folder, OWN).is_none(), is_trusted, "{folder:?}");
        }
    }

    /// B31: a file is believed if nobody but its owner has access to it, and he is the user; root is another here. In
    /// kubectl's folder its group may write it too.
    #[test]
    fn b31_files() {
        for (kind, owner, mode, names, own_only, group_too) in [
            (Kind::File, OWN, 0o600, 1, true, true),
            (Kind::File, OWN, 0o400, 1, true, true),
            (Kind::File, OWN, 0o640, 1, false, true),
            (Kind::File, OWN, 0o660, 1, false, true),
            (Kind::File, OWN, 0o664, 1, false, true),
            (Kind::File, OWN, 0o666, 1, false, false),
            (Kind::File, OWN, 0o602, 1, false, false),
            (Kind::File, OWN, 0o600, 2, false, false),
            (Kind::File, OTHER, 0o600, 1, false, false),
            (Kind::File, ROOT, 0o600, 1, false, false),
            (Kind::File, OTHER, 0o660, 1, false, false),
            (Kind::Folder, OWN, 0o600, 1, false, false),
            (Kind::Other, OWN, 0o600, 1, false, false),
        ] {
            let file = Facts { kind, owner, mode, names };
            for (access, want) in [(Access::OwnerOnly, own_only), (Access::GroupToo, group_too)] {
                assert_eq!(file_fault(file, OWN, access).is_none(), want, "{file:?} {access:?}");
            }
        }
    }
}
