//! All text files: white space, no path of a machine, and nothing about how the text came to be.

use super::Violation;
use crate::workspace::File;

/// Folders that exist on one machine only. Put together here, so that this file passes its own rule.
const MACHINE_FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp", "/t-")];

/// Words about the making of the project, in lower case. It speaks of itself alone.
const ABOUT_THE_MAKING: &[&str] =
    &[concat!("assi", "stant"), concat!("co-auth", "ored-by"), concat!("lang", "uage model")];

/// Rules on one text file.
pub(super) fn check(file: &File) -> Vec<Violation> {
    // Input of tests is what it is, and a licence is not ours to write.
    if file.path.contains("/test_data/") || file.path.ends_with(".snap") || file.path == "LICENSE" {
        return Vec::new();
    }
    let mut violations = Vec::new();
    if file.text.contains('\r') {
        violations.push(Violation::at(file, 1, "a carriage return: lines end in a line feed alone"));
    }
    if !file.text.is_empty() && (!file.text.ends_with('\n') || file.text.ends_with("\n\n")) {
        violations.push(Violation::new(&file.path, "ends in one line feed, not in none or more"));
    }
    for (index, line) in file.text.lines().enumerate() {
        let mut violation = |message: String| violations.push(Violation::at(file, index + 1, message));
        if line.ends_with([' ', '\t']) {
            violation("trailing white space".to_owned());
        }
        for folder in MACHINE_FOLDERS {
            if at_start_of_path(line, folder) {
                violation(format!("`{folder}` exists on one machine only"));
            }
        }
        let lower = line.to_lowercase();
        for word in ABOUT_THE_MAKING.iter().filter(|word| lower.contains(*word)) {
            violation(format!("`{word}`: the project speaks of itself alone"));
        }
        if names_an_item_of_work(&lower) {
            violation("say what it is about, not the number of the work item".to_owned());
        }
    }
    violations
}

/// Whether a folder stands in a line as the start of a path.
fn at_start_of_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "_-.~}>*".contains(character))
    })
}

/// Whether a line speaks of the issue of a number.
fn names_an_item_of_work(lower: &str) -> bool {
    lower.match_indices("issue ").any(|(at, word)| {
        let before = lower[..at].chars().next_back();
        let rest = &lower[at + word.len()..];
        !before.is_some_and(char::is_alphanumeric)
            && rest.trim_start_matches('#').starts_with(|character: char| character.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    //! Each rule on text refuses its case. The cases are put together, as this file is checked too.

    use super::*;

    #[track_caller]
    fn check_text(text: &str, expected: &[&str]) {
        let found = check(&File::new("docs/a.md", text));
        let found: Vec<String> = found.iter().map(Violation::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{text:?}: {found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{text:?}: {found} does not say {expected}");
        }
        assert!(check(&File::new("crates/x/test_data/ok/a.txt", text)).is_empty());
    }

    #[test]
    fn white_space_is_in_order() {
        check_text("a\n\nb\n", &[]);
        check_text("", &[]);
        check_text("a \nb\t\n", &["a.md:1: trailing", "a.md:2: trailing"]);
        check_text("a", &["one line feed"]);
        check_text("a\n\n", &["one line feed"]);
        check_text("a\r\n", &["carriage return"]);
    }

    #[test]
    fn no_text_knows_a_machine() {
        for folder in MACHINE_FOLDERS {
            check_text(&format!("see {folder}x\n"), &["one machine only"]);
            check_text(&format!("\"{folder}x\"\n"), &["one machine only"]);
            check_text(&format!("a{folder}x\n"), &[]);
            check_text(&format!("$HOME}}{folder}x\n"), &[]);
        }
    }

    #[test]
    fn no_text_speaks_of_its_making() {
        for word in ABOUT_THE_MAKING {
            check_text(&format!("An {} wrote this.\n", word.to_uppercase()), &["speaks of itself alone"]);
        }
        for (word, number) in [("issue", "3"), ("Issue", "#3")] {
            check_text(&format!("Needed by {word} {number}.\n"), &["number of the work item"]);
            check_text(&format!("They re{word} {number}.\n"), &[]);
            check_text(&format!("They {word} two.\n"), &[]);
        }
    }
}
