//! `change`: read, change and write, again where somebody else was faster.

use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::json;
use steersman_meta::{Content, Object, ObjectError, OwnerReference, Patch, Reason};

use crate::{
    Error, LocalError, Resource, ResourceInstance,
    owner::{OWN, owners_of},
    verbs::Replace,
};

impl ResourceInstance {
    /// Changes this object by a closure and replaces it. Where somebody changed it meanwhile, it is read again and the closure
    /// is called with what is there now: at most 5 times in all, with 10 ms between the first two and five times as long before
    /// each after that. Gives the object as the server stored it, and leaves this one as it was.
    ///
    /// Whatever the closure gives is sent with the resource version of what it was called with, so that nobody's change is
    /// lost; an object that has none, as what comes of a dry run, is an error before anything is sent. Only a
    /// [`conflict`](Error::is_conflict) is tried again, and no conflict of an object that was deleted and made anew; after the
    /// last, the error says how often it was tried. What came from a subresource is changed there.
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
    pub async fn change<F>(&self, change: F) -> Result<Self, Error>
    where
        F: FnMut(&Object) -> Result<Object, ObjectError>,
    {
        let home = self.home();
        self.change_at(&home, &home, change).await
    }

    /// Changes the status of this object by a closure, which is given the whole object; of what it gives the server takes the
    /// status alone. Otherwise as [`change`](Self::change).
    ///
    /// # Errors
    /// As [`change`](Self::change), and if the kind has no status of its own.
    ///
    /// # Cancel safety
    /// As [`change`](Self::change).
    pub async fn change_status<F>(&self, change: F) -> Result<Self, Error>
    where
        F: FnMut(&Object) -> Result<Object, ObjectError>,
    {
        let home = self.resource();
        self.change_at(&home, &home.status(), change).await
    }

    /// Changes the list of owners by a function of it.
    pub(crate) async fn change_owners<F>(&self, mut change: F) -> Result<Self, Error>
    where
        F: FnMut(Vec<OwnerReference>) -> Result<Vec<OwnerReference>, LocalError>,
    {
        let home = self.resource();
        self.write_again(&home, |current, version| {
            let owners = owners_of(current).map_err(|error| home.attempt(OWN).failed(error))?;
            let owners = change(owners).map_err(|error| home.attempt(OWN).failed(error))?;
            // As a list with keys is merged otherwise for built-in kinds than for custom ones, the whole list is sent, and the
            // version with it.
            let metadata = json!({"resourceVersion": version, "ownerReferences": owners});
            let patch = home.patch(current.name(), Patch::merge(json!({"metadata": metadata})));
            Ok(patch.into_future())
        })
        .await
    }

    async fn change_at<F>(&self, read: &Resource, write: &Resource, mut change: F) -> Result<Self, Error>
    where
        F: FnMut(&Object) -> Result<Object, ObjectError>,
    {
        self.write_again(read, |current, version| {
            let changed = change(current).and_then(|changed| versioned(changed, version));
            let changed =
                changed.map_err(|error| write.attempt("change").failed(LocalError::NotAnObject(error)))?;
            let replace =
                Replace::new(write.clone(), Some(current.name().to_owned()), Content::from(changed));
            Ok(replace.into_future())
        })
        .await
    }

    /// Writes what is made of this object and its version, and again where somebody else was faster.
    pub(super) async fn write_again<W>(&self, read: &Resource, mut write: W) -> Result<Self, Error>
    where
        W: FnMut(&Self, &str) -> Result<BoxFuture<'static, Result<Self, Error>>, Error>,
    {
        let mut current = self.clone();
        let mut attempt = 1;
        loop {
            let version = current.resource_version().filter(|version| !version.is_empty());
            // Without it, the write would replace whatever is there.
            let version = version
                .ok_or_else(|| read.attempt("change").failed(LocalError::MissingResourceVersion))?
                .to_owned();
            let error = match write(&current, &version)?.await {
                Ok(stored) => return Ok(stored),
                Err(error) if is_stale(&error) => error.at_attempt(attempt),
                Err(error) => return Err(error),
            };
            if attempt == ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(pause_after(attempt)).await;
            attempt += 1;
            let found = read.get(self.name()).await?;
            if found.uid() != self.uid() {
                return Err(error);
            }
            current = found;
        }
    }
}

/// The change, with the version that it is a change of.
fn versioned(changed: Object, version: &str) -> Result<Object, ObjectError> {
    match changed.resource_version() {
        Some(own) if own == version => Ok(changed),
        _ => changed.set("/metadata/resourceVersion", Content::of(version)),
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
