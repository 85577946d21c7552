//! The steps that are one command, or a few.

use super::Outcome;
use crate::run::{self, Failure, cargo};
use crate::{bench, campaign, conformance, control_plane, kubectl, workspace};

/// The README's first command.
pub(crate) const TOUR: &str = "cargo run -p steersman --example tour";

/// The README's test command.
pub(crate) const TEST: &str = "cargo test --workspace";

/// The share of the long property tests in a run of `ci`.
const CAMPAIGN_MINUTES: u64 = 3;

pub(super) fn test() -> Result<Outcome, Failure> {
    passed(&mut as_typed(TEST))
}

pub(super) fn fmt() -> Result<Outcome, Failure> {
    run::run(&mut cargo(["fmt", "--all", "--check"]))?;
    passed(&mut cargo(["fmt", "--check", "--manifest-path", "tests/discovery-alone/Cargo.toml"]))
}

pub(super) fn clippy() -> Result<Outcome, Failure> {
    passed(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

pub(super) fn doc() -> Result<Outcome, Failure> {
    passed(cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

pub(super) fn tour() -> Result<Outcome, Failure> {
    passed(&mut as_typed(TOUR))
}

pub(super) fn features() -> Result<Outcome, Failure> {
    for package in ["steersman-transport", "steersman-discovery", "steersman-dynamic", "steersman"] {
        run::run(&mut cargo(["check", "-p", package, "--no-default-features"]))?;
    }
    let with =
        ["test", "-p", "steersman-transport", "--features", "aws-lc-rs", "--test", "it", "certificates"];
    passed(&mut cargo(with))
}

pub(super) fn msrv() -> Result<Outcome, Failure> {
    let metadata = workspace::metadata()?;
    let version = metadata["packages"][0]["rust_version"].as_str();
    let version = version.ok_or_else(|| Failure::new("the workspace promises no rust-version"))?;
    let installed = run::output(run::program("rustup").args(["toolchain", "list"])).unwrap_or_default();
    let Some(toolchain) = toolchain(&installed, version) else {
        return Ok(Outcome::Skipped(format!("the toolchain {version} is not installed")));
    };
    // The folder of its own keeps the two compilers from throwing away each other's work.
    let target = workspace::target_dir()?.join("msrv");
    let mut command = run::program("rustup");
    command
        .args(["run", toolchain, "cargo", "check", "--workspace", "--all-targets"])
        .arg("--target-dir")
        .arg(target);
    // The variables name the toolchain that runs this program.
    passed(command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC"))
}

pub(super) fn control_plane() -> Result<Outcome, Failure> {
    let binaries = control_plane::binaries()?;
    println!("{}", binaries.display());
    // The tests that start the real servers, kill their owner, and see that nothing is left.
    let mut tests = cargo(["test", "-p", "steersman-envtest", "--test", "real"]);
    passed(tests.env("STEERSMAN_CONTROL_PLANE_BIN", binaries))
}

pub(super) fn kubectl_config() -> Result<Outcome, Failure> {
    let kubectl = control_plane::binaries()?.join(format!("kubectl{}", std::env::consts::EXE_SUFFIX));
    let mut command =
        cargo(["test", "-p", "steersman-config", "--test", "it", "kubectl::", "--", "--nocapture"]);
    passed(command.env("STEERSMAN_KUBECTL", kubectl))
}

pub(super) fn kubectl() -> Result<Outcome, Failure> {
    kubectl::run(&kubectl::Options::embedded()).map(|()| Outcome::Passed)
}

pub(super) fn conformance() -> Result<Outcome, Failure> {
    conformance::run(&conformance::Options::all()).map(|()| Outcome::Passed)
}

pub(super) fn bench() -> Result<Outcome, Failure> {
    bench::run(&bench::Options::ci())?;
    // The package outside of the workspace is built by those who ask for its numbers; that it is formatted costs nothing.
    passed(&mut cargo(["fmt", "--check", "--manifest-path", "tests/bench/kube-rs/Cargo.toml"]))
}

pub(super) fn campaign() -> Result<Outcome, Failure> {
    campaign::run(&campaign::Options::minutes(CAMPAIGN_MINUTES)).map(|()| Outcome::Passed)
}

pub(super) fn passed(command: &mut std::process::Command) -> Result<Outcome, Failure> {
    run::run(command).map(|()| Outcome::Passed)
}

/// A command as the README shows it.
fn as_typed(line: &str) -> std::process::Command {
    cargo(line.split(' ').skip(1))
}

/// The name of a version in `rustup toolchain list`, whatever its patch and its host.
fn toolchain<'a>(list: &'a str, version: &str) -> Option<&'a str> {
    let is_version = |name: &&str| {
        name.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    };
    list.lines().filter_map(|line| line.split(' ').next()).find(is_version)
}

#[cfg(test)]
mod tests {
    //! What is run is what the README shows.

    use super::*;

    #[test]
    fn the_commands_are_run_as_they_are_typed() {
        for line in [TOUR, TEST] {
            let arguments: Vec<String> =
                as_typed(line).get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
            assert_eq!(format!("cargo {}", arguments.join(" ")), line);
        }
    }

    #[test]
    fn a_toolchain_is_known_by_its_version() {
        let list = "stable-x86_64 (active, default)\n1.890-x86_64\n1.89.0-x86_64\n";
        assert_eq!(toolchain(list, "1.89"), Some("1.89.0-x86_64"));
        assert_eq!(toolchain("1.89 (active)\n", "1.89"), Some("1.89"));
        assert_eq!(toolchain(list, "1.88"), None);
    }
}
