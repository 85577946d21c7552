//! cargo-deny: bans, licences and sources. Its advisories are not asked for, as they need a database from elsewhere; the
//! floors in `floors.rs` stand in for them.

use super::Outcome;
use crate::run::{self, Failure};
use crate::workspace;

const VERSION: &str = "0.20.2";

pub(super) fn run() -> Result<Outcome, Failure> {
    let folder = workspace::cache_dir()?.join("tools").join(format!("cargo-deny-{VERSION}"));
    let tool = folder.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !tool.exists() {
        let mut install = run::cargo(["install", "cargo-deny", "--version", VERSION, "--locked", "--root"]);
        // Its dependencies are not ours: what is built of them goes away again.
        run::run(install.arg(&folder).env_remove("CARGO_TARGET_DIR"))?;
    }
    super::cargo_steps::passed(run::program(tool).args([
        "--workspace",
        "--locked",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))
}
