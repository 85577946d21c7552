//! Why there is no configuration, said so that the reader can mend it: which file, which entry, which field.

use std::{
    error::Error as StdError,
    fmt,
    path::{Path, PathBuf},
};

/// The reason why a configuration could not be loaded.
///
/// `Display` gives one line: the source, the line, the entry and the field as far as each is known, then what is wrong
/// there, as in `kubeconfig /home/dev/.kube/config, line 12: user "dev": client-key-data: is not base64`. What caused
/// it (an I/O error) is in [`source`](StdError::source), advice in [`hint`](Error::hint). No value that may be secret is ever
/// part of it. Nothing here is worth a retry without a change to the configuration.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    origin: Option<Place>,
    line: Option<usize>,
    entry: Option<(&'static str, String)>,
    field: Option<String>,
    message: String,
    hint: Option<String>,
    tried: Vec<String>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

/// Which source an error speaks of.
pub(crate) enum Place {
    /// A kubeconfig file.
    File(PathBuf),
    /// A kubeconfig that was handed over as bytes or as a value.
    Memory,
    /// What the user said in place of the configuration.
    Override,
    /// The service account of the pod.
    ServiceAccount,
}

/// What sort of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value is not what its field takes, or two fields contradict each other.
    Invalid,
    /// A kubeconfig file is being written by somebody else, or a writer died and left its lock.
    Locked,
    /// A file is not YAML or JSON, or does not have the shape of a kubeconfig.
    Malformed,
    /// No place holds a configuration; [`Error::tried`] lists them.
    NotConfigured,
    /// A context, cluster or user that was named, or a file that was asked for, does not exist.
    NotFound,
    /// The configuration is a stranger's, and names a file or a program.
    Refused,
    /// The configuration is sound, but uses something that this crate does not do.
    Unsupported,
    /// A file exists but cannot be read, is not a regular file, or is too large; or a file that an entry names is missing.
    Unreadable,
    /// A kubeconfig file can't be written; it is as it was.
    Unwritable,
}

impl Error {
    /// What sort of thing is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The kubeconfig file that has to be mended, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0.origin {
            Some(Place::File(path)) => Some(path),
            _ => None,
        }
    }

    /// The line of that file, counted from 1, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    /// The entry: what it is (`context`, `cluster` or `user`) and its name.
    #[must_use]
    pub fn entry(&self) -> Option<(&str, &str)> {
        self.0.entry.as_ref().map(|(what, name)| (*what, name.as_str()))
    }

    /// The field of the entry, or of the file, as it is spelled there; dots lead into it (`exec.env[0].name`).
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// What can be done about it, where there is something to say. One sentence, lower case, without a final dot.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The places that were tried and why each did not serve, in order. Empty unless nothing was found at all.
    #[must_use]
    pub fn tried(&self) -> &[String] {
        &self.0.tried
    }

    /// Whether no place holds a configuration, so that asking the user for one makes sense.
    #[must_use]
    pub fn is_not_configured(&self) -> bool {
        self.0.kind == ErrorKind::NotConfigured
    }

    /// Whether something that was named does not exist: a context, a cluster, a user, or the file that was asked for.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether a kubeconfig file is locked, so that it makes sense to try again once the lock is gone.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.0.kind == ErrorKind::Locked
    }

    /// Whether the configuration is sound but needs what this crate does not do.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.0.kind == ErrorKind::Unsupported
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            origin: None,
            line: None,
            entry: None,
            field: None,
            message: message.into(),
            hint: None,
            tried: Vec::new(),
            cause: None,
        }))
    }

    pub(crate) fn in_place(mut self, place: Place) -> Self {
        self.0.origin = Some(place);
        self
    }

    pub(crate) fn at_line(mut self, line: Option<usize>) -> Self {
        self.0.line = line;
        self
    }

    pub(crate) fn in_entry(mut self, what: &'static str, name: &str) -> Self {
        self.0.entry = Some((what, name.to_owned()));
        self
    }

    pub(crate) fn in_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_tried(mut self, tried: Vec<String>) -> Self {
        self.0.tried = tried;
        self
    }

    pub(crate) fn caused_by(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Box::new(cause));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { origin, line, entry, field, message, tried, .. } = &*self.0;
        match origin {
            Some(Place::File(path)) => write!(f, "kubeconfig {}", path.display())?,
            Some(Place::Memory) => f.write_str("kubeconfig")?,
            Some(Place::Override) => f.write_str("override")?,
            Some(Place::ServiceAccount) => f.write_str("service account")?,
            None => {}
        }
        if let Some(line) = line {
            write!(f, ", line {line}")?;
        }
        if origin.is_some() {
            f.write_str(": ")?;
        }
        if let Some((what, name)) = entry {
            write!(f, "{what} {name:?}: ")?;
        }
        if let Some(field) = field {
            write!(f, "{field}: ")?;
        }
        f.write_str(message)?;
        for (i, place) in tried.iter().enumerate() {
            write!(f, "{}{place}", if i == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.to_string())
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}
