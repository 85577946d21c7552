//! Why a wait came to nothing.

use std::{error::Error as StdError, fmt, time::Duration};

use steersman_meta::Condition;

/// Why a wait came to nothing, though the server answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WaitError {
    /// Conditions that were named as failures are true.
    Failed {
        /// Of each such condition its message, or its type where it has none.
        messages: Vec<String>,
    },
    /// The object was there, and has been deleted, or has been replaced by another one of the same name.
    Deleted {
        /// `deployments/web`.
        object: String,
    },
    /// The deadline passed.
    DeadlinePassed {
        /// How long it was waited.
        after: Duration,
        /// What was seen last.
        last: LastSeen,
    },
}

/// What was seen of an object when the deadline passed.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum LastSeen {
    /// The server had not answered.
    #[default]
    Nothing,
    /// It was not there.
    NoObject,
    /// It was there, with these conditions.
    Conditions(Vec<Condition>),
}

impl WaitError {
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::DeadlinePassed { .. } => {
                Some("wait longer with .timeout(…), or name what will not heal with .fails_on(\"…\")")
            }
            Self::Deleted { .. } | Self::Failed { .. } => None,
        }
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { messages } => write!(f, "it has failed: {}", messages.join("; ")),
            Self::Deleted { object } => write!(f, "{object} was unexpectedly deleted"),
            Self::DeadlinePassed { after, last } => {
                write!(f, "it did not happen within {after:?}; {last}")
            }
        }
    }
}

impl fmt::Display for LastSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("the server had not answered"),
            Self::NoObject => f.write_str("the object was not there"),
            Self::Conditions(conditions) if conditions.is_empty() => {
                f.write_str("the object had no conditions")
            }
            Self::Conditions(conditions) => {
                let conditions: Vec<String> = conditions.iter().map(ToString::to_string).collect();
                write!(f, "its conditions were {}", conditions.join(", "))
            }
        }
    }
}

impl StdError for WaitError {}
