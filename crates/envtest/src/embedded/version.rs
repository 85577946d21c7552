//! The order of API versions.

use std::cmp::Reverse;

/// Kubernetes' order of versions: `v2`, `v1`, `v2beta1`, `v1alpha1`, then names that are no versions, by the alphabet.
pub(crate) fn priority(version: &str) -> (u8, u64, u64, Reverse<String>) {
    let parse = || {
        let rest = version.strip_prefix('v')?;
        let digits = rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(rest.len());
        let (major, rest) = rest.split_at(digits);
        let major = major.parse().ok()?;
        if rest.is_empty() {
            return Some((3, major, 0));
        }
        let (rank, minor) = rest
            .strip_prefix("beta")
            .map(|minor| (2, minor))
            .or(rest.strip_prefix("alpha").map(|minor| (1, minor)))?;
        Some((rank, major, minor.parse().ok()?))
    };
    let (rank, major, minor) = parse().unwrap_or((0, 0, 0));
    (rank, major, minor, Reverse(version.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::priority;

    #[test]
    fn the_order_of_versions() {
        let mut versions = ["foo1", "v1alpha1", "v10", "v2beta1", "v2", "bar", "v1", "v2beta10", "v11alpha2"];
        versions.sort_by_key(|version| Reverse(priority(version)));
        assert_eq!(
            versions,
            ["v10", "v2", "v1", "v2beta10", "v2beta1", "v11alpha2", "v1alpha1", "bar", "foo1"]
        );
    }
}
