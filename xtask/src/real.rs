//! The real control plane, for the commands that run something against it.

use std::path::{Path, PathBuf};

use crate::run::Failure;

/// The folder of the pinned programs, built if they are not in the cache yet.
pub(crate) fn binaries() -> Result<PathBuf, Failure> {
    Err(Failure::new("the real control plane is not wired in"))
}

/// A control plane that runs, and is stopped when this value goes.
#[derive(Debug)]
pub(crate) struct Real {
    kubeconfig: PathBuf,
}

impl Real {
    pub(crate) fn start() -> Result<Self, Failure> {
        Ok(Self { kubeconfig: binaries()?.join("kubeconfig") })
    }

    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }
}
