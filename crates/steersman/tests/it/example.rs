//! Runs an example of this package as a program, with a kubeconfig of the test's own.

use std::{path::PathBuf, process::Output};

use tempfile::TempDir;
use tokio::process::Command;

/// A folder with a kubeconfig, and nothing else that a program could find.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn with_kubeconfig(text: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("config"), text).expect("a file in it");
        Self { folder }
    }

    pub(crate) fn empty() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// Runs an example with this as its home.
    pub(crate) async fn run(&self, example: &str, arguments: &[&str]) -> Run {
        let output = Command::new(program(example))
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("KUBECONFIG", self.folder.path().join("config"))
            .output()
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", program(example).display()));
        Run::of(&output)
    }

    /// What a program said, with this folder's name left out.
    pub(crate) fn anonymous(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "~")
    }
}

/// What a program said, and whether it was content.
pub(crate) struct Run {
    pub(crate) ok: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            ok: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Cargo builds the examples with the tests, into the folder beside theirs.
fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let profile = test.parent().and_then(std::path::Path::parent).expect("it lies in target/PROFILE/deps");
    profile.join("examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX))
}
