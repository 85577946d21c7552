//! What can go wrong between a question and what the server serves.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use steersman_meta::Status;
use steersman_transport as transport;

use crate::{Asked, Candidate, GroupFailure, LookupError};

/// Why there is no answer. Cheap to clone: callers that share a request share its failure too.
///
/// No error is kept: the next call asks the server again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request failed, or was refused. Whether it was tried more than once is the client's business.
    #[non_exhaustive]
    Request {
        /// The path that was asked.
        path: String,
        /// Why it failed.
        source: Arc<transport::Error>,
    },
    /// No whole answer came in time. Not tried again.
    #[non_exhaustive]
    TimedOut {
        /// The path that was asked.
        path: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The answer is no discovery document. Not tried again.
    #[non_exhaustive]
    Malformed {
        /// The path that was asked.
        path: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The server was asked, and a look-up in what it said gave nothing.
    Lookup(LookupError),
}

impl Error {
    /// Whether the server serves no such resource. A group version that could not be read is no reason to say so.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Lookup(LookupError::NotFound { .. }))
    }

    /// Whether several resources fit what was asked for.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Lookup(LookupError::Ambiguous { .. }))
    }

    /// Whether the group version that was asked for could not be read.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Lookup(LookupError::Unavailable { .. }))
    }

    /// Whether a deadline has passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::TimedOut { .. } => true,
            Self::Request { source, .. } => source.is_timeout(),
            Self::Malformed { .. } | Self::Lookup(_) => false,
        }
    }

    /// The server's own words, where the server refused.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        self.transport().and_then(transport::Error::status)
    }

    /// What went wrong with the request, where that is what went wrong.
    #[must_use]
    pub fn transport(&self) -> Option<&transport::Error> {
        match self {
            Self::Request { source, .. } => Some(source),
            Self::TimedOut { .. } | Self::Malformed { .. } | Self::Lookup(_) => None,
        }
    }

    /// What was looked for, where a look-up gave nothing.
    #[must_use]
    pub fn asked(&self) -> Option<&Asked> {
        self.lookup().map(LookupError::asked)
    }

    /// The resources that may have been meant: the nearest names, or those that tie; empty where there are none.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        self.lookup().map_or(&[], LookupError::candidates)
    }

    /// What could not be read, and may hide what was looked for.
    #[must_use]
    pub fn failures(&self) -> &[GroupFailure] {
        match self.lookup() {
            Some(LookupError::NotFound { failures, .. }) => failures,
            Some(LookupError::Unavailable { failure, .. }) => std::slice::from_ref(failure),
            Some(LookupError::Ambiguous { .. }) | None => &[],
        }
    }

    /// What to do about it, where that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Request { path, source } if source.is_not_found() => {
                Some(format!("nothing is served at {path}: is this the address of a Kubernetes API server?"))
            }
            Self::Request { source, .. } => source.hint().map(std::borrow::Cow::into_owned),
            Self::TimedOut { .. } => Some("the server is slow, or does not answer at all".to_owned()),
            Self::Malformed { .. } => {
                Some("something else may answer in the server's place: a proxy, a log-in page".to_owned())
            }
            Self::Lookup(error) => error.hint(),
        }
    }

    fn lookup(&self) -> Option<&LookupError> {
        match self {
            Self::Lookup(error) => Some(error),
            Self::Request { .. } | Self::TimedOut { .. } | Self::Malformed { .. } => None,
        }
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        Self::Lookup(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { path, .. } => write!(f, "cannot ask at {path} what the server serves"),
            Self::TimedOut { path, limit } => {
                write!(f, "the server did not say within {limit:?} at {path} what it serves")
            }
            Self::Malformed { path, reason } => {
                write!(f, "the answer at {path} is no discovery document: {reason}")
            }
            Self::Lookup(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Request { source, .. } => Some(source.as_ref()),
            Self::Lookup(error) => error.source(),
            Self::TimedOut { .. } | Self::Malformed { .. } => None,
        }
    }
}
