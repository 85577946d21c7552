//! One thing that an object is waited for.

use std::{fmt, sync::Arc};

use steersman_json::Document;
use steersman_meta::{Condition, Object};

/// One thing that an object is waited for.
#[derive(Clone)]
pub(crate) enum Goal {
    /// A condition of this type has this status, and speaks of the object as it is now.
    Condition { condition_type: String, status: String },
    /// What the pointer leads to is equal to the value by content; without a value, it is there and not null.
    Path { pointer: String, value: Option<Document> },
    /// The caller says so.
    Predicate(Arc<dyn Fn(&Object) -> bool + Send + Sync>),
}

/// How many of several goals it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Any,
    All,
}

impl Goal {
    /// `conditions` are the object's own.
    pub(crate) fn is_met(&self, object: &Object, conditions: &[Condition]) -> bool {
        match self {
            Self::Condition { condition_type, status } => conditions.iter().any(|condition| {
                condition.condition_type == *condition_type
                    && condition.status == *status
                    && condition.is_current(object)
            }),
            Self::Path { pointer, value } => match (object.value(pointer), value) {
                (Some(found), Some(value)) => found == value.root(),
                (Some(found), None) => !found.is_null(),
                (None, _) => false,
            },
            Self::Predicate(is_met) => is_met(object),
        }
    }
}

impl Mode {
    pub(crate) fn is_met(self, goals: &[Goal], object: &Object, conditions: &[Condition]) -> bool {
        let mut met = goals.iter().map(|goal| goal.is_met(object, conditions));
        match self {
            Self::Any => met.any(|met| met),
            Self::All => met.all(|met| met),
        }
    }
}

impl fmt::Debug for Goal {
    /// A value may be a secret's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Condition { condition_type, status } => write!(f, "Condition({condition_type}={status})"),
            Self::Path { pointer, .. } => write!(f, "Path({pointer})"),
            Self::Predicate(_) => f.write_str("Predicate"),
        }
    }
}
