//! `whoami`: who the server takes us for.

use serde_json::json;
use steersman_meta::GroupVersionKind;

use super::can_i::review;
use crate::{DynamicClient, Error, UserInfo, error::Unexpected};

impl DynamicClient {
    /// Asks the server who it takes us for (`SelfSubjectReview`, Kubernetes 1.28 or later).
    ///
    /// ```no_run
    /// # async fn doc(cluster: steersman_dynamic::DynamicClient) -> Result<(), steersman_dynamic::Error> {
    /// let user = cluster.whoami().await?;
    /// println!("{} of {:?}", user.username, user.groups);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the server can't be asked, or does not serve the review.
    ///
    /// # Cancel safety
    /// Dropping the future loses the answer and nothing else.
    pub async fn whoami(&self) -> Result<UserInfo, Error> {
        let kind = GroupVersionKind::new("authentication.k8s.io", "v1", "SelfSubjectReview");
        let (attempt, answer) = review(self, kind, "selfsubjectreviews", &json!({})).await?;
        let user = answer.at("/status/userInfo").map_err(|error| attempt.failed(error))?;
        user.ok_or_else(|| attempt.failed(Unexpected("the review has no userInfo")))
    }
}
