//! The pure crates hold no sockets, clocks or randomness in what they are built of, and build where there are none.

use super::Outcome;
use crate::run::{self, Failure, cargo};

/// The packages that decide without doing.
const PURE: &[&str] = &["steersman-json", "steersman-meta", "steersman-watch"];

/// What would bring in an executor, sockets or randomness.
const IMPURE: &[&str] = &["tokio", "mio", "socket2", "getrandom", "async-std", "smol", "rustix", "rand"];

/// A target without an operating system.
const BARE: &str = "wasm32-unknown-unknown";

pub(super) fn run() -> Result<Outcome, Failure> {
    for package in PURE {
        let tree = run::output(&mut cargo([
            "tree", "-p", package, "-e", "normal", "--prefix", "none", "--format", "{p}",
        ]))?;
        let impure = impure(&tree);
        if !impure.is_empty() {
            return Err(Failure::new(format!("{package} is built of {}", impure.join(", "))));
        }
        println!("{package}: {} crates, none of them impure", tree.lines().count());
    }
    let sysroot = run::output(run::program("rustc").args(["--print", "sysroot"]))?;
    if !std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(BARE).is_dir() {
        println!("{BARE} is not installed: the pure crates were not built for it");
        return Ok(Outcome::Passed);
    }
    for package in PURE {
        run::run(&mut cargo(["check", "-p", package, "--target", BARE]))?;
    }
    Ok(Outcome::Passed)
}

/// The impure crates in the output of `cargo tree`.
fn impure(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| IMPURE.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    //! An impure crate is seen wherever it stands in the tree.

    use super::*;

    #[test]
    fn an_impure_crate_is_seen() {
        assert_eq!(
            impure("steersman-json v0.1.0 (x)\nbytes v1.12.1\nserde v1.0.0 (*)\n"),
            Vec::<&str>::new()
        );
        assert_eq!(impure("a v1.0.0\ntokio v1.54.1\nmio v1.0.0\ntokio-util v0.7.0\n"), ["tokio", "mio"]);
    }
}
