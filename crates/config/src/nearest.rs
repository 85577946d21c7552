//! Which of the names that exist was probably meant.

/// A sentence that lists the names that there are, nearest first if one is near: the hint for a name that is not there.
///
/// `what` is the plural (`contexts`).
pub(crate) fn describe<'a>(what: &str, wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return format!("there are no {what}");
    }
    let listed = names.iter().take(MAX_LISTED).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let more = match names.len().checked_sub(MAX_LISTED) {
        Some(rest) if rest > 0 => format!(" and {rest} more"),
        _ => String::new(),
    };
    match nearest(wanted, &names) {
        Some(name) => format!("did you mean {name:?}? the {what} there are: {listed}{more}"),
        None => format!("the {what} there are: {listed}{more}"),
    }
}

/// The name within a third of `wanted`'s length in edits, or that differs in case only.
fn nearest<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().take(MAX_COMPARED).collect();
    let limit = (wanted.len() / 3).max(1);
    names
        .iter()
        .map(|name| {
            (distance(&wanted, &name.to_lowercase().chars().take(MAX_COMPARED).collect::<Vec<_>>()), *name)
        })
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let edits = (diagonal + usize::from(left != right)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = edits;
        }
    }
    row[b.len()]
}

const MAX_LISTED: usize = 10;

/// Names are compared by their first characters only, so that a file of huge names costs no more than others.
const MAX_COMPARED: usize = 256;

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn names_that_are_near_are_suggested() {
        for (wanted, names, want) in [
            ("prod", vec![], "there are no contexts"),
            ("prod", vec!["dev"], "the contexts there are: \"dev\""),
            ("prdo", vec!["dev", "prod"], "the contexts there are: \"dev\", \"prod\""),
            ("prd", vec!["dev", "prod"], "did you mean \"prod\"? the contexts there are: \"dev\", \"prod\""),
            ("PROD", vec!["prod"], "did you mean \"prod\"? the contexts there are: \"prod\""),
            (
                "stagin-eu",
                vec!["staging-us", "staging-eu"],
                "did you mean \"staging-eu\"? the contexts there are: \
                \"staging-us\", \"staging-eu\"",
            ),
        ] {
            assert_eq!(describe("contexts", wanted, names.into_iter()), want, "{wanted}");
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..12).map(|i| format!("c{i}")).collect();
        let got = describe("users", "zzzz", names.iter().map(String::as_str));
        assert!(got.ends_with("\"c9\" and 2 more"), "{got}");
    }
}
