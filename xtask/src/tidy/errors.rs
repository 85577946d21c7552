//! `docs/errors.md` names every variant of every public error, so that nothing can happen that it does not tell of.

use super::Violation;
use crate::workspace::File;

const PATH: &str = "docs/errors.md";

/// Enums in the files of errors that are no errors.
///
/// What was looked for; what a text should have had; what a hook says to an error.
const NO_ERRORS: &[&str] = &["Asked", "Expected", "OnError"];

/// Refuses variants that the document does not name.
pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let Some(document) = files.iter().find(|file| file.path == PATH) else {
        return vec![Violation::new(PATH, "docs/errors.md is missing")];
    };
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| is_of_errors(&file.path)) {
        for (line, name, variant) in variants(&file.text) {
            // A common name comes with its crate in front, which ends in `::` as well.
            let named = format!("{name}::{variant}");
            let is_named = document.text.match_indices(&*named).any(|(at, _)| {
                let before = document.text[..at].chars().next_back();
                let after = document.text[at + named.len()..].chars().next();
                matches!(before, Some('`' | ':')) && after == Some('`')
            });
            if !is_named && !NO_ERRORS.contains(&name) {
                violations.push(Violation::at(file, line, format!("`{named}` is not in {PATH}")));
            }
        }
    }
    violations
}

fn is_of_errors(path: &str) -> bool {
    let in_sources = path.starts_with("crates/") && path.contains("/src/");
    let named = ["/error.rs", "_error.rs", "/failure.rs", "/meta/src/status.rs"];
    in_sources && (named.iter().any(|name| path.ends_with(name)) || path.contains("/error/"))
}

/// The variants of the public enums of a file, with their lines and the names of the enums.
fn variants(text: &str) -> Vec<(usize, &str, &str)> {
    let mut found = Vec::new();
    let mut current = None;
    for (index, line) in text.lines().enumerate() {
        if let Some(rest) = line.strip_prefix("pub enum ") {
            current = rest.split([' ', '<']).next();
        } else if line.starts_with('}') {
            current = None;
        }
        let variant = line.strip_prefix("    ").and_then(|line| line.split(['(', ',', ' ', '{']).next());
        if let (Some(name), Some(variant)) = (current, variant)
            && variant.starts_with(|first: char| first.is_ascii_uppercase())
        {
            found.push((index + 1, name, variant));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{PATH, check};
    use crate::workspace::File;

    #[test]
    fn a_variant_that_is_not_named_is_refused() {
        let source = "//! E.\n\npub enum Error {\n    /// A.\n    One,\n    Two(u8),\n    Three {\n        Four: u8,\n    },\n}\n\
            enum Private {\n    Five,\n}\npub enum Expected {\n    Six,\n}\n";
        let of = |document: &str| {
            let files = [File::new("crates/x/src/error.rs", source), File::new(PATH, document)];
            check(&files).into_iter().map(|violation| violation.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of("`Error::One`, `x::Error::Two` and `Error::Three`"), [""; 0]);
        assert_eq!(
            of("`Error::Once`, `MyError::Two`, Error::Three"),
            [
                "crates/x/src/error.rs:5: `Error::One` is not in docs/errors.md",
                "crates/x/src/error.rs:6: `Error::Two` is not in docs/errors.md",
                "crates/x/src/error.rs:7: `Error::Three` is not in docs/errors.md",
            ]
        );
        assert_eq!(check(&[])[0].message, "docs/errors.md is missing");
        let elsewhere = [File::new("crates/x/src/other.rs", source), File::new(PATH, "")];
        assert!(check(&elsewhere).is_empty());
    }
}
