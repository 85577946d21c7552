//! What could not be read, as data: the rest stays usable.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use steersman_meta::GroupVersion;
use steersman_transport as transport;

/// A group version that could not be read, wholly or in part.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GroupFailure {
    /// Which one. A part that the server left out is empty.
    pub group_version: GroupVersion,
    /// Why.
    pub cause: FailureCause,
}

/// Why a group version could not be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FailureCause {
    /// The server itself says that what it knows of it is out of date: mostly, the API service behind it is down.
    Stale,
    /// The request failed, or was refused.
    Request(Arc<transport::Error>),
    /// No whole answer came in this time.
    TimedOut(Duration),
    /// The server's description makes no sense. What of it does is kept; this says what is not.
    Malformed(String),
}

impl GroupFailure {
    pub(crate) fn new(group_version: GroupVersion, cause: FailureCause) -> Self {
        Self { group_version, cause }
    }
}

impl fmt::Display for GroupFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GroupVersion { group, version } = &self.group_version;
        match (group.as_str(), version.as_str()) {
            ("", "") => f.write_str("a group without a name")?,
            _ => write!(f, "{}", self.group_version)?,
        }
        match &self.cause {
            FailureCause::Stale => f.write_str(" is stale"),
            FailureCause::Request(_) => f.write_str(" cannot be read"),
            FailureCause::TimedOut(limit) => write!(f, " gave no answer within {limit:?}"),
            FailureCause::Malformed(what) => write!(f, " is malformed: {what}"),
        }
    }
}

impl StdError for GroupFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            FailureCause::Request(error) => Some(error.as_ref()),
            FailureCause::Stale | FailureCause::TimedOut(_) | FailureCause::Malformed(_) => None,
        }
    }
}
