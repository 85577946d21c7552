//! The order of resource versions.

use std::cmp::Ordering;

/// How a version stands to one that has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Newer,
    Older,
    Same,
    Unknown,
}

/// How `next` stands to `seen`.
///
/// Versions are opaque by contract; where both are decimal numbers, as all versions of the API server are (KEP-5504
/// makes it a promise), the smaller one is the older one.
pub(crate) fn order(seen: &str, next: &str) -> Order {
    match (decimal(seen), decimal(next)) {
        (Some(seen), Some(next)) => match next.len().cmp(&seen.len()).then_with(|| next.cmp(seen)) {
            Ordering::Greater => Order::Newer,
            Ordering::Less => Order::Older,
            Ordering::Equal => Order::Same,
        },
        _ if seen == next => Order::Same,
        _ => Order::Unknown,
    }
}

/// The digits of a decimal number without leading zeros. Numbers of any length: nothing says that they fit a type.
fn decimal(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::{Order, order};

    #[test]
    fn versions_in_order() {
        for (seen, next, want) in [
            ("9", "10", Order::Newer),
            ("10", "9", Order::Older),
            ("10", "10", Order::Same),
            ("009", "10", Order::Newer),
            ("10", "009", Order::Older),
            ("010", "10", Order::Same),
            ("99999999999999999999999999", "100000000000000000000000000", Order::Newer),
            ("100000000000000000000000000", "99999999999999999999999999", Order::Older),
            ("abc", "1", Order::Unknown),
            ("2", "abc", Order::Unknown),
            ("2", "-1", Order::Unknown),
            ("abc", "abc", Order::Same),
            ("0", "1", Order::Newer),
        ] {
            assert_eq!(order(seen, next), want, "{seen} {next}");
        }
    }
}
