//! What can go wrong with a list or a watch, as far as it matters for what to do next.

use std::{error, fmt, time::Duration};

use steersman_meta::Status;

use crate::DecodeError;

/// What went wrong with a list or a watch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// The answer could not be read. Tried again; a watch lists anew after two of them in a row and fails after
    /// five. A body that [only ended early](DecodeError::is_incomplete) counts as [`Transport`](Self::Transport).
    Decode(DecodeError),
    /// Something on our side that does not heal by itself: a certificate that is not trusted, a credential that
    /// cannot be had, a request that cannot be built. Never tried again; the cause is with whoever reports it.
    Local,
    /// The list names no resource version, so there is nothing to watch from. Never tried again.
    NoResourceVersion,
    /// Nothing came on an open watch for longer than a live server is silent. Tried again.
    Silent,
    /// The server refused. Whether it is tried again is for its code to say; see [`Resume`](crate::Resume).
    #[non_exhaustive]
    Status {
        /// What the server said.
        status: Box<Status>,
        /// The `Retry-After` of the answer; where there is none, the one in the status counts.
        retry_after: Option<Duration>,
    },
    /// The connection could not be made, broke, or took too long. Tried again; the cause is with whoever reports it.
    Transport,
}

impl Failure {
    /// The failure that a `Status` tells, as an answer or inside a watch.
    #[must_use]
    pub fn status(status: Status) -> Self {
        Self::Status { status: Box::new(status), retry_after: None }
    }

    /// The failure that a `Status` tells, with the `Retry-After` of the answer that it came in.
    #[must_use]
    pub fn status_with_retry_after(status: Status, retry_after: Option<Duration>) -> Self {
        Self::Status { status: Box::new(status), retry_after }
    }

    /// How long the server wants to be left alone, up to ten minutes: no slip of a server may silence a watch for
    /// longer.
    pub(crate) fn retry_after(&self) -> Duration {
        let Self::Status { status, retry_after } = self else { return Duration::ZERO };
        let details = || status.retry_after_seconds().map(|seconds| Duration::from_secs(seconds.into()));
        retry_after.or_else(details).unwrap_or_default().min(LONGEST_RETRY_AFTER)
    }
}

const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decode(_) => "the server's answer cannot be read",
            Self::Local => "the request cannot be made",
            Self::NoResourceVersion => "the list names no resourceVersion to watch from",
            Self::Silent => "nothing came on the watch for too long",
            Self::Status { .. } => "the server refused",
            Self::Transport => "the connection failed",
        })
    }
}

impl error::Error for Failure {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Decode(error) => Some(error),
            Self::Status { status, .. } => Some(status),
            _ => None,
        }
    }
}
