//! A package outside of the workspace, which depends on `steersman-discovery` alone, builds and prints what a server
//! serves; and without default features that crate is built of no TLS.

use std::{collections::BTreeSet, fs};

use super::Outcome;
use crate::run::{self, Failure, cargo};
use crate::served::Served;
use crate::workspace;

const FOLDER: &str = "tests/discovery-alone";

/// What a server serves at the least.
const EXPECTED: &[&str] =
    &["v1 Pod", "v1 ConfigMap", "apps/v1 Deployment", "apiextensions.k8s.io/v1 CustomResourceDefinition"];

/// What would bring in TLS, ours or another.
const TLS: &[&str] = &[
    "rustls",
    "rustls-webpki",
    "hyper-rustls",
    "tokio-rustls",
    "ring",
    "aws-lc-rs",
    "aws-lc-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
    "boring",
    "schannel",
    "security-framework",
];

pub(super) fn run() -> Result<Outcome, Failure> {
    for (features, is_wanted) in [("--no-default-features", false), ("--all-features", true)] {
        let tree = run::output(&mut cargo([
            "tree",
            "-p",
            "steersman-discovery",
            features,
            "-e",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]))?;
        let found = tls(&tree);
        // With its features there is some: what this looks for is what there would be.
        if found.is_empty() == is_wanted {
            return Err(Failure::new(format!(
                "steersman-discovery {features} is built of TLS crates: {found:?}"
            )));
        }
        println!("steersman-discovery {features}: {} crates, of TLS {found:?}", tree.lines().count());
    }
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

/// The TLS crates in the output of `cargo tree`, each once.
fn tls(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split(' ').next()).filter(|name| TLS.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    //! A crate of TLS is seen wherever it stands in the tree, and its types alone are none.

    use super::*;

    #[test]
    fn a_tls_crate_is_seen() {
        assert!(
            tls("steersman-discovery v0.1.0 (x)\nrustls-pki-types v1.13.0\nstring v1.0.0 (*)\n").is_empty()
        );
        let found = tls("a v1.0.0\nring v0.17.0\nrustls v0.23.0\nring v0.17.0 (*)\n");
        assert_eq!(found, BTreeSet::from(["ring", "rustls"]));
    }
}
