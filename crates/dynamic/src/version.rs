//! What the server says about itself.

use std::fmt;

use steersman_meta::Object;

/// The server's version, as `/version` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerVersion {
    /// The major version, `1`.
    pub major: String,
    /// The minor version, `36`; some vendors add a plus sign.
    pub minor: String,
    /// The whole version, `v1.36.3`.
    pub git_version: String,
    /// For which system and processor the server was built, `linux/amd64`.
    pub platform: String,
}

impl ServerVersion {
    /// Reads it; none if the document names no version, and so is something else.
    pub(crate) fn from_object(document: &Object) -> Option<Self> {
        let text = |pointer| document.at(pointer).ok().flatten();
        Some(Self {
            major: text("/major").unwrap_or_default(),
            minor: text("/minor").unwrap_or_default(),
            git_version: text("/gitVersion")?,
            platform: text("/platform").unwrap_or_default(),
        })
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.git_version)
    }
}
