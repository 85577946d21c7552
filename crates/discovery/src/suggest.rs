//! The names nearest to one that is not there.

use steersman_meta::ApiResource;

use crate::{Candidate, Discovery, names::Form};

/// Up to three resources with names like `asked`, the nearest first; of equals, those of `group` first, then those of
/// the higher priority. A resource counts once, with its best name and in its first version.
pub(crate) fn nearest(discovery: &Discovery, asked: &str, group: Option<&str>) -> Vec<Candidate> {
    let asked: Vec<char> = asked.chars().take(MAX_CHARS + 1).flat_map(char::to_lowercase).collect();
    if asked.is_empty() || asked.len() > MAX_CHARS {
        return Vec::new();
    }
    let resources = discovery.resources();
    let mut found: Vec<(usize, bool, u32)> = Vec::new();
    for name in discovery.names().iter() {
        let limit = if matches!(name.form, Form::Short(_)) { 1 } else { tolerance(asked.len()) };
        if let Some(edits) = distance(&asked, name.text(resources), limit) {
            found.push((edits, Some(name.of(resources).group.as_str()) != group, name.resource));
        }
    }
    found.sort_unstable();
    let mut nearest: Vec<&ApiResource> = Vec::new();
    for (_, _, at) in found {
        let resource = &resources[at as usize];
        if !nearest.iter().any(|known| known.group == resource.group && known.plural == resource.plural) {
            nearest.push(resource);
        }
        if nearest.len() == MAX_SUGGESTIONS {
            break;
        }
    }
    nearest.into_iter().map(Candidate::of).collect()
}

/// How many edits a word of this length may be away.
fn tolerance(chars: usize) -> usize {
    match chars {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    }
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour to make `b`, in lower case, of
/// `a`; `None` if more than `limit` (optimal string alignment).
fn distance(a: &[char], b: &str, limit: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().take(MAX_CHARS + limit + 1).flat_map(char::to_lowercase).collect();
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().all(|edits| *edits > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|edits| *edits <= limit)
}

const MAX_SUGGESTIONS: usize = 3;

/// No name in Kubernetes is longer; what is, resembles nothing.
const MAX_CHARS: usize = 63;

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances() {
        for (a, b, want) in [
            ("pod", "pod", Some(0)),
            ("pod", "Pod", Some(0)),
            ("pdo", "pod", Some(1)),
            ("deploymnet", "deployment", Some(1)),
            ("deploymen", "deployments", Some(2)),
            ("kitten", "sitting", Some(3)),
            ("pod", "secret", None),
            ("", "abc", Some(3)),
            ("", "abcd", None),
            ("ab", &"b".repeat(10_000), None),
        ] {
            let a: Vec<char> = a.chars().collect();
            assert_eq!(distance(&a, b, 3), want, "{a:?} {}", &b[..b.len().min(20)]);
        }
    }
}
