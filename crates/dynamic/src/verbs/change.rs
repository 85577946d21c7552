//! `change`: read, change and replace, again where somebody else was faster.

use std::time::Duration;

use steersman_meta::{Content, Object, ObjectError, Reason};

use crate::{Error, LocalError, ResourceInstance};

impl ResourceInstance {
    /// Changes this object by a closure and replaces it. Where somebody changed it meanwhile, it is read again and the closure
    /// is called with what is there now: at most 5 times in all, with 10 ms between the first two and five times as long before
    /// each after that. Gives the object as the server stored it, and leaves this one as it was.
    ///
    /// Whatever the closure gives is sent with the resource version of what it was called with, so that nobody's change is
    /// lost. Only a [`conflict`](Error::is_conflict) is tried again, and no conflict of an object that was deleted and made
    /// anew; after the last, the error says how often it was tried. What came from a subresource is changed there.
    ///
    /// ```no_run
    /// # async fn doc(counter: steersman_dynamic::ResourceInstance) -> Result<(), steersman_dynamic::Error> {
    /// let counted = counter
    ///     .change(|counter| {
    ///         let count: i64 = counter.at("/data/count").ok().flatten().unwrap_or(0);
    ///         counter.set("/data/count", serde_json::json!(count + 1))
    ///     })
    ///     .await?;
    /// # let _ = counted;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the closure fails, and as [`replace`](Self::replace) and [`Resource::get`](crate::Resource::get).
    ///
    /// # Cancel safety
    /// If it is dropped, the server may or may not have taken the change that was under way; nothing is sent after that.
    pub async fn change<F>(&self, mut change: F) -> Result<Self, Error>
    where
        F: FnMut(&Object) -> Result<Object, ObjectError>,
    {
        let home = self.home();
        let mut current = self.clone();
        let mut attempt = 1;
        loop {
            let changed = change(&current).and_then(|changed| versioned(changed, &current));
            let changed =
                changed.map_err(|error| home.attempt("change").failed(LocalError::NotAnObject(error)))?;
            let error = match current.replace(changed).await {
                Ok(stored) => return Ok(stored),
                Err(error) if is_stale(&error) => error.at_attempt(attempt),
                Err(error) => return Err(error),
            };
            if attempt == ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(pause_after(attempt)).await;
            attempt += 1;
            let found = home.get(self.name()).await?;
            if found.uid() != self.uid() {
                return Err(error);
            }
            current = found;
        }
    }
}

/// The change, with the version that it is a change of.
fn versioned(changed: Object, of: &Object) -> Result<Object, ObjectError> {
    match of.resource_version() {
        Some(version) if changed.resource_version() != Some(version) => {
            changed.set("/metadata/resourceVersion", Content::of(version))
        }
        _ => Ok(changed),
    }
}

/// Whether the object has changed since it was read. A refusal by a quota or an admission webhook has the code of a conflict
/// and another reason.
fn is_stale(error: &Error) -> bool {
    error.is_conflict() && error.reason() == Some(&Reason::Conflict)
}

/// As client-go's `DefaultBackoff`: 10 ms, 50 ms, 250 ms, 1.25 s.
fn pause_after(attempt: u32) -> Duration {
    Duration::from_millis(10 * 5_u64.pow(attempt.clamp(1, ATTEMPTS) - 1))
}

const ATTEMPTS: u32 = 5;

#[cfg(test)]
mod tests {
    use super::pause_after;

    /// A16: the pauses grow, and are over after about a second and a half.
    #[test]
    fn a16_pauses() {
        assert_eq!([1, 2, 3, 4].map(|attempt| pause_after(attempt).as_millis()), [10, 50, 250, 1250]);
    }
}
