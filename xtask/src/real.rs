//! The real control plane, for the commands that run something against it.

use std::path::PathBuf;

use crate::run::Failure;

/// The folder of the pinned programs, built if they are not in the cache yet.
pub(crate) fn binaries() -> Result<PathBuf, Failure> {
    crate::control_plane::binaries()
}
