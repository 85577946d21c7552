//! Group, version, kind and resource, together.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Text;

/// An API group at one of its versions; the core group is the empty text.
///
/// ```
/// use steersman_meta::GroupVersion;
///
/// let apps: GroupVersion = "apps/v1".parse()?;
/// assert_eq!((apps.group.as_str(), apps.version.as_str()), ("apps", "v1"));
/// assert_eq!("v1".parse::<GroupVersion>()?.to_string(), "v1");
/// # Ok::<(), steersman_meta::GroupVersionError>(())
/// ```
#[expect(clippy::exhaustive_structs, reason = "a group and a version are all there is to it")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupVersion {
    /// The group; empty for the core group.
    pub group: Text,
    /// The version in that group, `v1` for one.
    pub version: Text,
}

impl GroupVersion {
    /// Joins a group and a version.
    #[must_use]
    pub fn new(group: impl Into<Text>, version: impl Into<Text>) -> Self {
        Self { group: group.into(), version: version.into() }
    }

    /// With a kind, the type of an object.
    #[must_use]
    pub fn with_kind(self, kind: impl Into<Text>) -> GroupVersionKind {
        GroupVersionKind { group: self.group, version: self.version, kind: kind.into() }
    }
}

impl fmt::Display for GroupVersion {
    /// As `apiVersion` is written: `apps/v1`, or `v1` in the core group.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_api_version(f, &self.group, &self.version)
    }
}

impl FromStr for GroupVersion {
    type Err = GroupVersionError;

    /// Reads an `apiVersion`.
    ///
    /// # Errors
    /// If it is not `VERSION` or `GROUP/VERSION`, or a part is no segment of a path.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (group, version) = match text.split_once('/') {
            Some(("", _)) => return Err(GroupVersionError(text.to_owned())),
            Some((group, version)) => (group, version),
            None => ("", text),
        };
        let segment =
            |part: &str| !part.contains(['/', '%', '?', '#']) && !part.contains(char::is_whitespace);
        let dots = |part: &str| part == "." || part == "..";
        if version.is_empty() || !segment(version) || !segment(group) || dots(group) || dots(version) {
            return Err(GroupVersionError(text.to_owned()));
        }
        Ok(Self::new(group, version))
    }
}

fn write_api_version(f: &mut fmt::Formatter<'_>, group: &str, version: &str) -> fmt::Result {
    if group.is_empty() { f.write_str(version) } else { write!(f, "{group}/{version}") }
}

/// A text that is no `apiVersion`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupVersionError(String);

impl fmt::Display for GroupVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no apiVersion: it should read VERSION or GROUP/VERSION", self.0)
    }
}

impl std::error::Error for GroupVersionError {}

/// The type of an object.
#[expect(clippy::exhaustive_structs, reason = "the name says what is in it")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupVersionKind {
    /// The group; empty for the core group.
    pub group: Text,
    /// The version in that group.
    pub version: Text,
    /// The kind, `Deployment` for one.
    pub kind: Text,
}

impl GroupVersionKind {
    /// Joins the three.
    #[must_use]
    pub fn new(group: impl Into<Text>, version: impl Into<Text>, kind: impl Into<Text>) -> Self {
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }
}

impl fmt::Display for GroupVersionKind {
    /// `apps/v1 Deployment`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_api_version(f, &self.group, &self.version)?;
        write!(f, " {}", self.kind)
    }
}

/// Where the objects of a kind are served.
#[expect(clippy::exhaustive_structs, reason = "the name says what is in it")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupVersionResource {
    /// The group; empty for the core group.
    pub group: Text,
    /// The version in that group.
    pub version: Text,
    /// The plural name in paths, `deployments` for one.
    pub resource: Text,
}

impl GroupVersionResource {
    /// Joins the three.
    #[must_use]
    pub fn new(group: impl Into<Text>, version: impl Into<Text>, resource: impl Into<Text>) -> Self {
        Self { group: group.into(), version: version.into(), resource: resource.into() }
    }
}

impl fmt::Display for GroupVersionResource {
    /// As kubectl writes it: `deployments.v1.apps`, `pods.v1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.resource, self.version)?;
        if self.group.is_empty() { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupVersion, GroupVersionKind, GroupVersionResource};

    #[test]
    fn api_versions() {
        for (text, want) in [
            ("v1", Some(("", "v1"))),
            ("apps/v1", Some(("apps", "v1"))),
            ("example.com/v1alpha1", Some(("example.com", "v1alpha1"))),
            ("", None),
            ("/v1", None),
            ("apps/", None),
            ("a/b/c", None),
            ("../v1", None),
            ("v1?x", None),
            ("v 1", None),
        ] {
            let got = text.parse::<GroupVersion>().ok();
            assert_eq!(got, want.map(|(group, version)| GroupVersion::new(group, version)), "{text:?}");
        }
    }

    #[test]
    fn display() {
        assert_eq!(GroupVersionKind::new("apps", "v1", "Deployment").to_string(), "apps/v1 Deployment");
        assert_eq!(GroupVersionKind::new("", "v1", "Pod").to_string(), "v1 Pod");
        assert_eq!(GroupVersionResource::new("apps", "v1", "deployments").to_string(), "deployments.v1.apps");
        assert_eq!(GroupVersionResource::new("", "v1", "pods").to_string(), "pods.v1");
    }
}
