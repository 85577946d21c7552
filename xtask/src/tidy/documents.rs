//! The documents: one sentence a line, files that exist, the two commands of the README, a row of `docs/ci.md` for each
//! step, and of `docs/architecture.md` for each crate.

use super::Violation;
use crate::ci;
use crate::layers::Layer;
use crate::workspace::File;

/// Dots that end no sentence.
const ABBREVIATIONS: &[&str] = &["e.g", "i.e", "etc", "cf", "vs", "No"];

/// Rules on the documents of the workspace.
pub(super) fn check(files: &[File], steps: &[&str], layers: &[Layer]) -> Vec<Violation> {
    let text_of =
        |path: &str| files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        violations.extend(one_sentence_a_line(file));
        violations.extend(named_files_exist(file, files));
    }
    for command in [ci::TOUR, ci::TEST] {
        if !text_of("README.md").lines().any(|line| line.trim() == command) {
            let message =
                format!("README.md does not show `{command}` on a line of its own, which is what `ci` runs");
            violations.push(Violation::new("README.md", message));
        }
    }
    let budget = text_of("docs/ci.md");
    for step in steps {
        if !budget.lines().any(|line| line.starts_with(&format!("| `{step}` |"))) {
            violations
                .push(Violation::new("docs/ci.md", format!("the budget has no row for the step `{step}`")));
        }
    }
    for line in budget.lines().filter_map(|line| line.strip_prefix("| `")) {
        let step = line.split('`').next().unwrap_or_default();
        if !steps.contains(&step) {
            violations.push(Violation::new("docs/ci.md", format!("`{step}` is not a step of `ci`")));
        }
    }
    let rows = text_of("docs/architecture.md").lines().filter_map(|line| line.strip_prefix("| `"));
    let rows: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let folders: Vec<&str> = layers.iter().map(|layer| layer.folder).collect();
    let known: Vec<&str> = rows.into_iter().filter(|row| folders.contains(row)).collect();
    if known != folders {
        let message =
            format!("the table of crates is not in the order of the data path: {}", folders.join(", "));
        violations.push(Violation::new("docs/architecture.md", message));
    }
    violations
}

/// A line of prose holds one sentence, so that a changed sentence is a changed line.
fn one_sentence_a_line(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut in_code = false;
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code && !line.starts_with('|') && !line.starts_with("    ") && holds_two_sentences(line)
        {
            violations.push(Violation::at(file, index + 1, "more than one sentence in a line"));
        }
    }
    violations
}

fn holds_two_sentences(line: &str) -> bool {
    let prose: String =
        line.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "x" }).collect();
    [".", "?", "!"].iter().any(|mark| {
        prose.match_indices(&format!("{mark} ")).any(|(at, _)| {
            let word = prose[..at].rsplit([' ', '(', '*', '_']).next().unwrap_or_default();
            let numbered = !word.is_empty() && word.chars().all(|character| character.is_ascii_digit());
            let next = prose[at + 2..].trim_start_matches(['*', '_', '[', '(']).chars().next();
            let item = numbered && prose[..at].trim_start().len() == word.len();
            !item && !ABBREVIATIONS.contains(&word) && next.is_some_and(char::is_uppercase)
        })
    })
}

/// What a document names or links to is there. The change log speaks of what is gone, too.
fn named_files_exist(file: &File, files: &[File]) -> Vec<Violation> {
    if file.path == "CHANGELOG.md" {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for path in named_paths(line).chain(linked_paths(line, &file.path)) {
            let folder = format!("{path}/");
            if !files.iter().any(|file| file.path == path || file.path.starts_with(&folder)) {
                violations.push(Violation::at(file, index + 1, format!("there is no `{path}`")));
            }
        }
    }
    violations
}

/// The paths in backquotes that begin with a folder of the workspace; `crates/x/…` stands for any crate.
fn named_paths(line: &str) -> impl Iterator<Item = String> {
    let quoted = line.split('`').skip(1).step_by(2).map(|path| path.split("::").next().unwrap_or(path));
    quoted
        .map(|path| path.trim_end_matches('/'))
        .filter(|path| ["crates/", "tests/", "xtask/", "docs/"].iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !path.starts_with("crates/x/") && !path.contains(['*', '<', ' ', '{', '…']))
        .map(str::to_owned)
}

/// The targets of the links that stay in the workspace, from its root.
fn linked_paths(line: &str, document: &str) -> impl Iterator<Item = String> {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
    let relative = targets.filter(|target| !target.is_empty() && !target.contains(':'));
    relative.map(move |target| {
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in target.trim_end_matches('/').split('/') {
            match part {
                ".." => drop(parts.pop()),
                "." => {}
                part => parts.push(part),
            }
        }
        parts.join("/")
    })
}

#[cfg(test)]
mod tests {
    //! Each rule on documents refuses its case.

    use super::*;

    const LAYERS: &[Layer] = &[
        Layer { folder: "crates/one", package: "one", imports: &[], dev_imports: &[] },
        Layer { folder: "xtask", package: "xtask", imports: &[], dev_imports: &[] },
    ];

    fn documents() -> Vec<File> {
        let readme = format!("# X\n\n```sh\n{}\n```\n\n    {}\n", ci::TOUR, ci::TEST);
        vec![
            File::new("README.md", &readme),
            File::new("docs/ci.md", "| `one` | 1 |\n| `two` | 2 |\n"),
            File::new("docs/architecture.md", "| `crates/one` | 1 |\n| `tests/go` | – |\n| `xtask` | 2 |\n"),
            File::new("crates/one/Cargo.toml", ""),
            File::new("tests/go/go.mod", ""),
        ]
    }

    #[track_caller]
    fn check_change(path: &str, from: &str, to: &str, expected: &[&str]) {
        let mut files = documents();
        let file = files.iter_mut().find(|file| file.path == path).unwrap();
        file.text = file.text.replace(from, to);
        let found: Vec<String> =
            check(&files, &["one", "two"], LAYERS).iter().map(Violation::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{from} to {to}: {found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} does not say {expected}");
        }
    }

    #[test]
    fn the_documents_fit_the_commands() {
        check_change("README.md", "", "", &[]);
        check_change("README.md", ci::TOUR, "cargo run", &["--example tour"]);
        check_change("README.md", ci::TEST, "cargo test", &["cargo test --workspace"]);
        check_change(
            "docs/ci.md",
            "`two`",
            "`three`",
            &["no row for the step `two`", "`three` is not a step"],
        );
        let architecture = "docs/architecture.md";
        check_change(
            architecture,
            "| `xtask` | 2 |\n",
            "",
            &["the order of the data path: crates/one, xtask"],
        );
        check_change(architecture, "`xtask`", "`crates/one`", &["not in the order of the data path"]);
        assert_eq!(check(&[], &["one"], LAYERS).len(), 4);
    }

    #[test]
    fn what_a_document_names_exists() {
        for line in [
            "`docs/ci.md`, `docs/`, `docs/ci.md::a`, `crates/x/y.rs`, `crates/*/a`, `other/a`, `cargo docs/x`",
            "[a](docs/ci.md) [b](docs/ci.md#part) [c](#part) [d](https://example.com/docs/x) [e](./docs)",
        ] {
            check_change("README.md", "# X", line, &[]);
        }
        check_change("README.md", "# X", "`crates/gone`", &["README.md:1: there is no `crates/gone`"]);
        check_change("README.md", "# X", "[a](docs/gone.md#x)", &["README.md:1: there is no `docs/gone.md`"]);
        check_change("docs/ci.md", "| 2 |", "| 2 |\n[a](../README.md) [b](ci.md)", &[]);
        check_change(
            "docs/ci.md",
            "| 2 |",
            "| 2 |\n[a](README.md)",
            &["ci.md:3: there is no `docs/README.md`"],
        );
        let log = File::new("CHANGELOG.md", "`crates/gone`\n");
        assert!(named_files_exist(&log, std::slice::from_ref(&log)).is_empty());
    }

    #[test]
    fn a_line_holds_one_sentence() {
        for line in [
            "One sentence, e.g. This one, with `a. B` and 1.2.",
            "1. An item.",
            "Ends here. `code` may begin one, not read.",
            "| A cell. Another. |",
            "    Code. Code.",
            "```text\nCode. Code.\n```",
        ] {
            check_change("README.md", "# X", line, &[]);
        }
        for line in [
            "One. Two.",
            "One? **Two**",
            "- A *thing*. Two.",
            "See [a](docs). [Two](docs).",
            "In 1.2. Two.",
            "Ends in 3. Two.",
        ] {
            check_change("README.md", "# X", line, &["README.md:1: more than one sentence"]);
        }
    }
}
