//! The order of resource versions.

use std::cmp::Ordering;

use steersman_meta::ResourceVersion;

/// Whether a watch that has seen `seen` may go on from `next`.
///
/// Versions are opaque by contract; where both are decimal numbers, as all versions of the API server are, the
/// smaller one is the older one, and going back would tell changes twice.
pub(crate) fn advances(seen: &ResourceVersion, next: &ResourceVersion) -> bool {
    match (decimal(seen.as_str()), decimal(next.as_str())) {
        (Some(seen), Some(next)) => {
            seen.len().cmp(&next.len()).then_with(|| seen.cmp(next)) != Ordering::Greater
        }
        _ => true,
    }
}

/// The digits of a decimal number without leading zeros. Numbers of any length: nothing says that they fit a type.
fn decimal(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use steersman_meta::ResourceVersion;

    use super::advances;

    #[test]
    fn order() {
        for (seen, next, want) in [
            ("9", "10", true),
            ("10", "9", false),
            ("10", "10", true),
            ("009", "10", true),
            ("10", "009", false),
            ("99999999999999999999999999", "100000000000000000000000000", true),
            ("100000000000000000000000000", "99999999999999999999999999", false),
            ("abc", "1", true),
            ("2", "abc", true),
            ("2", "-1", true),
            ("0", "1", true),
        ] {
            let [seen, next] = [seen, next].map(|text| ResourceVersion::new(text).unwrap());
            assert_eq!(advances(&seen, &next), want, "{seen} {next}");
        }
    }
}
