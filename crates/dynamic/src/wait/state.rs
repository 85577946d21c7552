//! Whether it has happened: a state machine that sees an object come, change and go.

use steersman_meta::{Condition, Object};

use super::{Goal, LastSeen, Mode, WaitError};

/// What is waited for.
#[derive(Clone, Debug)]
pub(crate) enum Aim {
    /// The object's end.
    Deletion,
    /// Something of the object's; `failures` are the types of conditions that end the wait with an error.
    Goals { goals: Vec<Goal>, mode: Mode, failures: Vec<String> },
}

/// What a watch of one object shows of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    /// A list of what is there begins.
    ListBegins,
    /// It is there, or has changed.
    Object(&'a Object),
    /// The list is at its end: if the object was not in it, it is not there.
    ListEnds,
    /// It is gone.
    Gone,
}

/// What follows from what was seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It has happened: the object that was seen is as it was waited for.
    Met,
    /// It has happened: the object is gone.
    Gone,
    /// It has not happened yet.
    Wait,
    /// It will not happen.
    Failed(WaitError),
}

/// A wait for one object, as far as it has come.
#[derive(Debug)]
pub(crate) struct WaitState {
    aim: Aim,
    /// `deployments/web`.
    object: String,
    /// The uid of the object that is waited for; empty where the server gives none. `None` while it has not been seen.
    known: Option<String>,
    /// In a list: whether the object has been in it so far.
    listing: Option<bool>,
    last: LastSeen,
}

impl WaitState {
    /// `uid` is that of the one object that is meant; without one, it is the first of this name that is seen.
    pub(crate) fn new(aim: Aim, object: String, uid: Option<String>) -> Self {
        // A watch begins with a list, or with what has changed since one.
        Self { aim, object, known: uid, listing: Some(false), last: LastSeen::default() }
    }

    /// Takes in what happened, and decides.
    pub(crate) fn see(&mut self, seen: Seen<'_>) -> Verdict {
        match seen {
            Seen::ListBegins => {
                self.listing = Some(false);
                Verdict::Wait
            }
            Seen::Object(object) => {
                self.listing = self.listing.map(|_| true);
                self.object(object)
            }
            Seen::ListEnds => match self.listing.take() {
                Some(false) => {
                    self.last = LastSeen::NoObject;
                    self.absent()
                }
                _ => Verdict::Wait,
            },
            Seen::Gone => self.gone(),
        }
    }

    /// What was seen last, for those who wait no longer.
    pub(crate) fn into_last_seen(self) -> LastSeen {
        self.last
    }

    fn object(&mut self, object: &Object) -> Verdict {
        let uid = object.uid().unwrap_or_default();
        let known = self.known.get_or_insert_with(|| uid.to_owned());
        if !known.is_empty() && !uid.is_empty() && known != uid {
            // Deleted and made anew while nobody looked.
            return self.gone();
        }
        let conditions = Condition::all_of(object);
        let verdict = self.judge(object, &conditions);
        self.last = LastSeen::Conditions(conditions);
        verdict
    }

    /// Success counts before failure, where one event has both (D32).
    fn judge(&self, object: &Object, conditions: &[Condition]) -> Verdict {
        let Aim::Goals { goals, mode, failures } = &self.aim else { return Verdict::Wait };
        if mode.is_met(goals, object, conditions) {
            return Verdict::Met;
        }
        let messages: Vec<String> = conditions
            .iter()
            .filter(|condition| condition.is_true() && condition.is_current(object))
            .filter(|condition| failures.contains(&condition.condition_type))
            .map(|condition| match condition.message.as_str() {
                "" => condition.condition_type.clone(),
                message => message.to_owned(),
            })
            .collect();
        if messages.is_empty() { Verdict::Wait } else { Verdict::Failed(WaitError::Failed { messages }) }
    }

    /// It is not in a list of all that is there.
    fn absent(&mut self) -> Verdict {
        match (&self.aim, &self.known) {
            (Aim::Deletion, _) => Verdict::Gone,
            // It may come yet.
            (Aim::Goals { .. }, None) => Verdict::Wait,
            (Aim::Goals { .. }, Some(_)) => self.gone(),
        }
    }

    fn gone(&mut self) -> Verdict {
        match self.aim {
            Aim::Deletion => Verdict::Gone,
            Aim::Goals { .. } => Verdict::Failed(WaitError::Deleted { object: self.object.clone() }),
        }
    }
}

#[cfg(test)]
mod tests;
