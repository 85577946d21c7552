//! Why a test server could not be started or used.

use std::{error::Error as StdError, fmt, path::PathBuf};

/// An error of this crate: what went wrong, with its cause as [`source`](StdError::source).
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The port could not be listened on.
    Bind {
        /// The port that was asked for; 0 is any.
        port: u16,
    },
    /// A certificate could not be made.
    Certificate,
    /// The thread of the server could not be started.
    Thread,
    /// A text is no time as RFC 3339 writes it.
    Time {
        /// The text.
        text: String,
    },
    /// The server has no user of this name.
    UnknownUser {
        /// The name that was asked for.
        name: String,
    },
    /// A file could not be written.
    Write {
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, source: None }))
    }

    pub(crate) fn with(kind: ErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(Box::new(Inner { kind, source: Some(source.into()) }))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// What can be done about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self.0.kind {
            ErrorKind::Bind { port } if port != 0 => {
                Some("another process may use the port; port 0 takes a free one")
            }
            ErrorKind::UnknownUser { .. } => Some("add the user to the builder before the server starts"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Bind { port } => write!(f, "could not listen on 127.0.0.1:{port}"),
            ErrorKind::Certificate => f.write_str("could not make a certificate"),
            ErrorKind::Thread => f.write_str("could not start the thread of the server"),
            ErrorKind::Time { text } => write!(f, "{text:?} is no time"),
            ErrorKind::UnknownUser { name } => write!(f, "the server has no user {name:?}"),
            ErrorKind::Write { path } => write!(f, "could not write {}", path.display()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.0.kind);
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
