//! Why a call failed: the errors of the crates below, and our own.

use std::{error::Error as StdError, fmt};

use steersman_meta::{ContentError, ListError, NameError, ObjectError, ReadError, SelectorError, Status};

use super::LocalError;
use crate::{WaitError, shard::ShardError};

/// Why it failed.
#[derive(Debug)]
pub(crate) enum Cause {
    Config(steersman_config::Error),
    Discovery(steersman_discovery::Error),
    Local(LocalError),
    Transport(steersman_transport::Error),
    /// The server ended a watch with this, or sent it in the place of a list.
    Refused(Box<Status>),
    /// The server's answer is not what the API promises.
    Answer(ObjectError),
    /// The caller's own reading of the answer failed.
    Decoder(steersman_transport::BoxError),
    /// The server's answer is no JSON.
    Json(steersman_json::Error),
    /// A value is not of the type that it was read as.
    Read(ReadError),
    /// The server sent what is not in the part that was asked for.
    Shard(ShardError),
    /// The server's answer is JSON, and not what was asked for.
    Unexpected(Unexpected),
    /// What was waited for has not happened.
    Wait(WaitError),
    /// A watch that can't go on.
    Watch(steersman_watch::Failure),
}

/// What is wrong with an answer that is well formed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unexpected(pub(crate) &'static str);

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Unexpected {}

macro_rules! cause_from {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Cause {
            fn from(error: $type) -> Self {
                Self::$variant(error)
            }
        })*
    };
}

cause_from! {
    steersman_config::Error => Config,
    steersman_discovery::Error => Discovery,
    steersman_json::Error => Json,
    steersman_transport::Error => Transport,
    LocalError => Local,
    ObjectError => Answer,
    ReadError => Read,
    ShardError => Shard,
    Unexpected => Unexpected,
    WaitError => Wait,
}

macro_rules! local_from {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Cause {
            fn from(error: $type) -> Self {
                Self::Local(LocalError::$variant(error))
            }
        })*
    };
}

local_from! { ContentError => Content, NameError => Name, SelectorError => Selector }

impl From<ListError> for Cause {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Json(error) => Self::Json(error),
            ListError::NotAList(error) => Self::Answer(error),
            ListError::Refused(status) => Self::Refused(status),
            _ => Self::Unexpected(Unexpected("it is no list")),
        }
    }
}
