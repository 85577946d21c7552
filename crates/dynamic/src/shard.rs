//! Whether a server gives the part of all objects that it was asked for.

use std::fmt;

use steersman_meta::{ListMeta, ListOptions, Object, ShardSelector, TableRow};

use crate::LocalError;

/// What is held against each answer.
///
/// A server that does not know shard selectors leaves them aside and sends everything; one that knows them echoes them, but not
/// for custom kinds, nor for tables and metadata alone (1.36). So an echo of another part is an error, one that is missing is not,
/// and no object passes that is in another part.
#[derive(Clone, Debug)]
pub(crate) struct ShardCheck(ShardSelector);

/// A server that sends what was not asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ShardError {
    /// The echo is of another part.
    Echo { asked: String, answered: String },
    /// The object is in another part.
    Object { kind: String, name: String },
    /// A row of a table does not say which object it is.
    Row,
}

impl ShardCheck {
    /// None where everything is asked for.
    pub(crate) fn of(options: &ListOptions) -> Option<Self> {
        let selector = &options.shard_selector;
        (!selector.is_everything()).then(|| Self(selector.clone()))
    }

    /// That nobody deletes by it: what a server did that leaves it aside is only known when everything is gone.
    pub(crate) fn forbid(options: &ListOptions) -> Result<(), LocalError> {
        Self::of(options).map_or(Ok(()), |_| Err(LocalError::ShardedDeletion))
    }

    pub(crate) fn metadata(&self, metadata: &ListMeta) -> Result<(), ShardError> {
        match &metadata.shard_info {
            Some(info) if !self.0.is_echoed_by(info) => {
                Err(ShardError::Echo { asked: self.0.to_string(), answered: info.selector.clone() })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn object(&self, object: &Object) -> Result<(), ShardError> {
        if self.0.matches(object).unwrap_or(false) {
            return Ok(());
        }
        let name = match object.namespace() {
            Some(namespace) => format!("{namespace}/{}", object.name()),
            None => object.name().to_owned(),
        };
        Err(ShardError::Object { kind: object.kind().to_owned(), name })
    }

    /// Of a row without its object nobody can tell in which part it is.
    pub(crate) fn row(&self, row: &TableRow) -> Result<(), ShardError> {
        row.object.as_ref().map_or(Err(ShardError::Row), |object| self.object(object))
    }
}

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo { asked, answered } => {
                write!(f, "the server was asked for the part {asked:?}, and gave the part {answered:?}")
            }
            Self::Object { kind, name } => {
                write!(f, "the server does not give parts: it sent {kind} {name}, which is not in the shard")
            }
            Self::Row => f.write_str(
                "a row of the table came without its object (includeObject=None leaves it out), so that nobody can tell \
                 whether it is in the shard",
            ),
        }
    }
}

impl std::error::Error for ShardError {}
