//! What an object's controllers say about its state.

use std::fmt;

use serde::Deserialize;

use crate::Object;

/// One entry of an object's `status.conditions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Condition {
    /// What it is about: `Available`.
    #[serde(rename = "type")]
    pub condition_type: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, in a word; empty where nobody said.
    pub reason: String,
    /// Why, for people; empty where nobody said.
    pub message: String,
    /// The `metadata.generation` that it was made for; `None` where the kind does not say.
    pub observed_generation: Option<i64>,
}

impl Condition {
    /// The conditions of an object, in its own order; none where it has no status, or its conditions are of another
    /// shape.
    ///
    /// ```
    /// use steersman_meta::{Condition, Object};
    ///
    /// let web = Object::parse(r#"{"status": {"conditions": [{"type": "Available", "status": "True"}]}}"#)?;
    /// assert!(Condition::all_of(&web)[0].is_true());
    /// # Ok::<(), steersman_meta::ObjectError>(())
    /// ```
    #[must_use]
    pub fn all_of(object: &Object) -> Vec<Self> {
        object.at("/status/conditions").ok().flatten().unwrap_or_default()
    }

    /// Whether its status is `True`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether it speaks of what `object` is now, and not of a spec that has changed since. What says no generation,
    /// neither in the condition nor in `status.observedGeneration`, is taken to be current.
    ///
    /// kubectl's rule (`kubectl/pkg/cmd/wait/condition.go`).
    #[must_use]
    pub fn is_current(&self, object: &Object) -> bool {
        let number = |pointer| object.at::<i64>(pointer).ok().flatten();
        let observed = self.observed_generation.or_else(|| number("/status/observedGeneration"));
        match (observed, number("/metadata/generation")) {
            (Some(observed), Some(generation)) => observed >= generation,
            _ => true,
        }
    }
}

impl fmt::Display for Condition {
    /// `Available=False (MinimumReplicasUnavailable)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.condition_type, self.status)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, " ({})", self.reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;
    use crate::Object;

    fn object(text: &str) -> Object {
        Object::parse(text.to_owned()).expect("an object")
    }

    #[test]
    fn shapes_of_a_status() {
        for (text, want) in [
            ("{}", 0),
            (r#"{"status": null}"#, 0),
            (r#"{"status": {"conditions": null}}"#, 0),
            (r#"{"status": {"conditions": "none"}}"#, 0),
            (
                r#"{"status": {"conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null}]}}"#,
                1,
            ),
        ] {
            assert_eq!(Condition::all_of(&object(text)).len(), want, "{text}");
        }
    }

    #[test]
    fn a_condition_of_an_older_generation_is_not_current() {
        for (metadata, status, condition, want) in [
            ("{}", "{}", "{}", true),
            (r#"{"generation": 2}"#, "{}", "{}", true),
            (r#"{"generation": 2}"#, r#"{"observedGeneration": 1}"#, "{}", false),
            (r#"{"generation": 2}"#, r#"{"observedGeneration": 2}"#, "{}", true),
            (r#"{"generation": 2}"#, r#"{"observedGeneration": 1}"#, r#"{"observedGeneration": 2}"#, true),
            (r#"{"generation": 2}"#, r#"{"observedGeneration": 2}"#, r#"{"observedGeneration": 1}"#, false),
        ] {
            let object = object(&format!(r#"{{"metadata": {metadata}, "status": {status}}}"#));
            let condition: Condition = serde_json::from_str(condition).expect("a condition");
            assert_eq!(condition.is_current(&object), want, "{metadata} {status}");
        }
    }
}
