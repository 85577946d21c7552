//! A group of the API, and its versions.

use serde::{Deserialize, Serialize};
use steersman_meta::Text;

/// A group that a server serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiGroup {
    /// Its name; empty for the core group.
    pub name: Text,
    /// Its versions in the server's order, those that could not be read too. A stale one is not among them: it is a
    /// [`GroupFailure`](crate::GroupFailure) only, as for kubectl.
    pub versions: Vec<Text>,
    /// The version that the server prefers; `None` where all are stale.
    pub preferred: Option<Text>,
}

impl ApiGroup {
    /// Its versions as `apiVersion` writes them: `apps/v1`, or `v1` in the core group.
    pub fn api_versions(&self) -> impl Iterator<Item = String> {
        self.versions.iter().map(|version| match self.name.as_str() {
            "" => version.to_string(),
            group => format!("{group}/{version}"),
        })
    }
}
