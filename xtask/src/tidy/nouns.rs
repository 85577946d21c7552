//! The server for tests shares with the client only names, group-version-kinds and group-version-resources: with more
//! in common, one bug could sit on both sides of the wire, and no test would see it.

use super::Violation;
use super::source::{code_only, is_word, matching};
use crate::workspace::File;

const PACKAGE: &str = "steersman_meta";

/// Refuses uses of the shared nouns in the server that are not on the list.
pub(super) fn check(file: &File, allowed: &[&str]) -> Vec<Violation> {
    if !file.path.starts_with("crates/envtest/") {
        return Vec::new();
    }
    let code = code_only(&file.text);
    let mut violations = Vec::new();
    for (at, _) in code.match_indices(PACKAGE) {
        if at.checked_sub(1).is_some_and(|before| is_word(code.as_bytes()[before])) {
            continue;
        }
        let line = 1 + code[..at].matches('\n').count();
        for name in used(&code[at + PACKAGE.len()..]) {
            if !allowed.contains(&name) {
                let shown = if name.is_empty() { PACKAGE.to_owned() } else { format!("{PACKAGE}::{name}") };
                violations.push(Violation::at(
                    file,
                    line,
                    format!("`{shown}` is not for the server for tests"),
                ));
            }
        }
    }
    violations
}

/// The names that a path or a `use` tree takes from a package, whose name stands before `rest`; an empty name for the
/// whole package.
fn used(rest: &str) -> Vec<&str> {
    let Some(path) = rest.strip_prefix("::") else {
        return vec![""];
    };
    let end =
        path.find(|character: char| !character.is_ascii() || !(is_word(character as u8) || character == ':'));
    let end = end.unwrap_or(path.len());
    if let Some(tree) = path[end..].strip_prefix('{') {
        let tree = &tree[..matching(&path[end..]).saturating_sub(2)];
        return split(tree)
            .into_iter()
            .flat_map(|part| leaf(part.split(" as ").next().unwrap_or(part).trim()))
            .collect();
    }
    if path[end..].starts_with('*') { vec!["*"] } else { leaf(&path[..end]) }
}

/// The type or function that a path ends in; for a path into a type (`Name::new`) the type.
fn leaf(path: &str) -> Vec<&str> {
    if path.is_empty() {
        return Vec::new();
    }
    if let Some(open) = path.find('{') {
        let tree = path[open + 1..].trim_end_matches('}');
        return split(tree)
            .into_iter()
            .flat_map(|part| leaf(part.split(" as ").next().unwrap_or(part).trim()))
            .collect();
    }
    let mut parts = path.split("::").filter(|part| !part.is_empty());
    let last = parts.clone().last();
    let kind = parts.find(|part| part.starts_with(|character: char| character.is_ascii_uppercase()));
    vec![kind.or(last).unwrap_or(path)]
}

/// The parts of a `use` tree, without splitting the trees inside of it.
fn split(tree: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, byte) in tree.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    parts
}

#[cfg(test)]
mod tests {
    //! Each spelling of an import is read.

    use super::*;

    #[track_caller]
    fn check_code(code: &str, expected: &[&str]) {
        let found = check(&File::new("crates/envtest/src/a.rs", code), &["Name", "GroupVersionKind"]);
        let found: Vec<String> = found.iter().map(|violation| violation.message.clone()).collect();
        let expected: Vec<String> =
            expected.iter().map(|name| format!("`{name}` is not for the server for tests")).collect();
        assert_eq!(found, expected, "{code}");
        assert!(check(&File::new("crates/dynamic/src/a.rs", code), &[]).is_empty());
    }

    #[test]
    fn only_the_listed_nouns_are_shared() {
        check_code("use steersman_meta::Name;", &[]);
        check_code("use steersman_meta::{GroupVersionKind as Gvk, Name};", &[]);
        check_code("fn f(n: &steersman_meta::Name) { steersman_meta::Name::new(1) }", &[]);
        check_code("// steersman_meta::Object", &[]);
        check_code("use steersman_meta::Object;", &["steersman_meta::Object"]);
        check_code("use steersman_meta::{Name, Object};", &["steersman_meta::Object"]);
        check_code(
            "use steersman_meta::{\n    names::{Name, Label},\n    status::Status as S,\n};",
            &["steersman_meta::Label", "steersman_meta::Status"],
        );
        check_code("use steersman_meta::names::{Name, Label};", &["steersman_meta::Label"]);
        check_code("use steersman_meta::*;", &["steersman_meta::*"]);
        check_code("use steersman_meta as meta;", &["steersman_meta"]);
        check_code("use steersman_meta;", &["steersman_meta"]);
        check_code("let x = steersman_meta::paths::build(1);", &["steersman_meta::build"]);
        check_code("let x = steersman_meta::Object::parse(1);", &["steersman_meta::Object"]);
    }
}
