//! What was tried when something failed.

use std::{fmt, sync::Arc};

use steersman_meta::{Name, Namespace};

use super::{Cause, Error};

/// What was tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempt {
    /// `get`, `connect`, `find`.
    pub(crate) verb: &'static str,
    /// `apps/v1 Deployment`; empty where it is about no resource.
    pub(crate) resource: Arc<str>,
    pub(crate) subresource: Option<String>,
    pub(crate) namespace: Option<Namespace>,
    pub(crate) name: Option<Name>,
    /// Of a change that was tried again: the how-many-th attempt it was. 0: no such change.
    pub(crate) attempt: u32,
}

impl Attempt {
    /// An attempt that is about no object yet.
    pub(crate) fn to(verb: &'static str, resource: impl Into<Arc<str>>) -> Self {
        Self { verb, resource: resource.into(), ..Self::default() }
    }

    /// It failed.
    pub(crate) fn failed(&self, cause: impl Into<Cause>) -> Error {
        Error::new(self.clone(), cause.into())
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb)?;
        if !self.resource.is_empty() {
            write!(f, " {}", self.resource)?;
        }
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => write!(f, " {namespace}/{name}")?,
            (Some(namespace), None) => write!(f, " in namespace {namespace}")?,
            (None, Some(name)) => write!(f, " {name}")?,
            (None, None) => {}
        }
        if let Some(subresource) = &self.subresource {
            write!(f, " ({subresource})")?;
        }
        match self.attempt {
            0 => Ok(()),
            attempt => write!(f, " at attempt {attempt}"),
        }
    }
}
