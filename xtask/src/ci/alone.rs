//! A package outside of the workspace, which depends on `steersman-discovery` alone, builds and prints what a server
//! serves.

use std::fs;

use super::Outcome;
use crate::run::{self, Failure, cargo};
use crate::served::Served;
use crate::workspace;

const FOLDER: &str = "tests/discovery-alone";

/// What a server serves at the least.
const EXPECTED: &[&str] =
    &["v1 Pod", "v1 ConfigMap", "apps/v1 Deployment", "apiextensions.k8s.io/v1 CustomResourceDefinition"];

pub(super) fn run() -> Result<Outcome, Failure> {
    let server = Served::embedded("discovery-alone")?;
    // It has no lock file of its own; with ours it is built of the same crates, and of nothing newer.
    let (from, to) =
        (workspace::root().join("Cargo.lock"), workspace::root().join(FOLDER).join("Cargo.lock"));
    fs::copy(&from, &to).map_err(|error| workspace::cannot("copy", &from, &error))?;
    let mut command = cargo(["run", "--quiet", "--manifest-path"]);
    command.arg(format!("{FOLDER}/Cargo.toml")).arg("--target-dir").arg(workspace::target_dir()?);
    command.env("KUBECONFIG", server.kubeconfig());
    println!("$ {}", run::shown(&command));
    let printed = run::output(&mut command)?;
    print!("{printed}");
    for line in EXPECTED {
        if !printed.lines().any(|printed| printed.starts_with(line)) {
            return Err(Failure::new(format!("the package did not print `{line}`")));
        }
    }
    Ok(Outcome::Passed)
}
