//! `tidy`: what the compiler does not check, each rule a pure function of texts that gives its violations.
//!
//! Plain `cargo test` runs it on the workspace. Each rule has a case that it refuses, next to it.

use std::fmt;

use serde_json::Value;

use crate::run::Failure;
use crate::workspace::{self, File};
use crate::{ci, features, floors, layers};

mod documents;
mod errors;
mod lib_file;
mod manifests;
mod nouns;
mod source;
mod test_code;
mod text;

pub(crate) use source::{functions, names};

/// Something that a rule refuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Violation {
    /// The file, with the line if the rule is about one.
    pub(crate) place: String,
    pub(crate) message: String,
}

impl Violation {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }

    /// A violation in a line of a file, counted from 1.
    pub(crate) fn at(file: &File, line: usize, message: impl Into<String>) -> Self {
        Self::new(format!("{}:{line}", file.path), message)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Prints the violations of the workspace.
pub(crate) fn run() -> Result<(), Failure> {
    let violations = check(&workspace::files()?, &workspace::metadata()?);
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            println!("tidy");
            Ok(())
        }
        count => Err(Failure::new(format!("{count} violations"))),
    }
}

/// All rules.
fn check(files: &[File], metadata: &Value) -> Vec<Violation> {
    let text_of =
        |path: &str| files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
    let mut violations = Vec::new();
    for file in files {
        violations.extend(text::check(file));
        if file.path.ends_with(".rs") {
            violations.extend(source::check(file));
            violations.extend(lib_file::check(file));
            violations.extend(nouns::check(file, layers::NOUNS_OF_ENVTEST));
        }
    }
    violations.extend(test_code::check(files, test_code::MAY_SLEEP));
    violations.extend(manifests::check(files, layers::LAYERS));
    violations.extend(documents::check(files, &ci::step_names(), layers::LAYERS));
    violations.extend(layers::check(layers::LAYERS, metadata));
    violations.extend(floors::check(floors::FLOORS, text_of("Cargo.lock")));
    violations.extend(features::check(files));
    violations.extend(errors::check(files));
    violations
}

#[cfg(test)]
mod tests {
    //! The workspace itself is tidy.

    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        let violations = check(&workspace::files().unwrap(), &workspace::metadata().unwrap());
        let shown: Vec<String> = violations.iter().map(Violation::to_string).collect();
        assert!(shown.is_empty(), "{} violations:\n{}", shown.len(), shown.join("\n"));
    }

    #[test]
    fn each_kind_of_rule_is_wired_in() {
        let files = [
            File::new("crates/x/src/lib.rs", "fn main() {} \n"),
            File::new("crates/x/src/tests.rs", "//! T.\nfn f() { std::thread::sleep(d); }\n"),
            File::new("crates/envtest/src/a.rs", "//! A.\nuse steersman_meta::Object;\n"),
        ];
        let found = check(&files, &serde_json::json!({}));
        for part in [
            "trailing",
            "module docs",
            "only `mod`",
            "sleeps",
            "steersman_meta::Object",
            "README",
            "workspace.lints",
            "no package found",
            "import table",
            "docs/features.md",
            "docs/errors.md",
        ] {
            assert!(found.iter().any(|violation| violation.to_string().contains(part)), "{part}: {found:#?}");
        }
    }
}
