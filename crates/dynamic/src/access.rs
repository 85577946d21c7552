//! Who we are and what we may do, in the server's words.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Who the server takes us for: the answer to [`whoami`](crate::DynamicClient::whoami).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UserInfo {
    /// The name: `admin`, `system:serviceaccount:shop:default`.
    pub username: String,
    /// An identifier of the user that does not come again; empty where the server has none.
    pub uid: String,
    /// The groups.
    pub groups: Vec<String>,
    /// What else the authenticator says.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// Whether we may do something: the answer to a question asked with `can_i`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Access {
    /// Whether we may.
    pub allowed: bool,
    /// Whether somebody has said no, so that nobody else is asked; without it, a no only means that nobody has said yes.
    pub denied: bool,
    /// Why; empty where the server does not say.
    pub reason: String,
    /// What went wrong while the server decided; the answer may be a no for that reason.
    pub evaluation_error: String,
}
