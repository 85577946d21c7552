//! The way from applies of the client to applies of the server, of one object.

use futures::{FutureExt, future};
use steersman_meta::ManagedFields;

use crate::{Error, ResourceInstance};

impl ResourceInstance {
    /// Makes what these managers have updated part of the apply of `manager`, as `kubectl apply --server-side` does with what
    /// `kubectl apply` wrote: from then on, what an apply of `manager` leaves out goes. No other field of the object changes.
    /// Where somebody changed the object meanwhile, it is read again and tried again, as [`change`](Self::change) does. Gives
    /// the object as the server stored it; where there is nothing to do, nothing is sent.
    ///
    /// ```no_run
    /// # async fn doc(web: steersman_dynamic::ResourceInstance, mine: serde_json::Value) -> Result<(), steersman_dynamic::Error> {
    /// let web = web.upgrade_applies(["kubectl-client-side-apply"], "my-tool").await?;
    /// web.apply(mine).field_manager("my-tool").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the entries of the object can't be read, and as [`patch`](Self::patch).
    ///
    /// # Cancel safety
    /// If it is dropped, the server may or may not have taken the change that was under way; nothing is sent after that.
    pub async fn upgrade_applies<I>(&self, managers: I, manager: &str) -> Result<Self, Error>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let managers: Vec<String> = managers.into_iter().map(|one| one.as_ref().to_owned()).collect();
        let home = self.resource();
        self.write_again(&home, |current, _| {
            let fields = ManagedFields::of(current)?;
            Ok(match fields.upgrade_patch(managers.iter().map(String::as_str), manager) {
                Some(patch) => home.patch(current.name(), patch).field_manager(manager).into_future(),
                None => future::ready(Ok(current.clone())).boxed(),
            })
        })
        .await
    }
}
