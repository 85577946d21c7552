//! Running other programs: each is shown before it runs, and a failure says which one it was.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace;

/// Why a command of this program failed, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// A cargo command at the root of the workspace.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// A program that starts at the root of the workspace.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(workspace::root());
    // `cargo run` describes this package to us by variables. A cargo that inherits them takes them for a change of
    // the build scripts that watch them, and builds those crates and all above them again.
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&variable);
        }
    }
    command
}

/// Shows and runs a command, which writes to our own output.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{}` ended with {status}", shown(command))))
    }
}

/// Runs a command without showing it, and gives its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let finished = finished(command)?;
    if finished.succeeded {
        Ok(finished.stdout)
    } else {
        Err(Failure::new(format!("`{}` failed: {}", shown(command), finished.stderr.trim())))
    }
}

/// What a program that ended left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) succeeded: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end, whatever that is; it reads no input.
pub(crate) fn finished(command: &mut Command) -> Result<Finished, Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    Ok(Finished {
        succeeded: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The command as it would be typed: variables, the program's name, arguments.
pub(crate) fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={}", name.to_string_lossy(), quoted(&value?.to_string_lossy())))
    });
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    variables.chain(words.map(|word| quoted(&word.to_string_lossy()))).collect::<Vec<_>>().join(" ")
}

pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot start `{}`: {error}", shown(command)))
}

fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    //! A command is shown as it would be typed, and its failure names it.

    use super::*;

    #[test]
    fn a_command_is_shown_with_its_variables() {
        let mut command = Command::new("/usr/bin/printf");
        command.arg("two words").env("FLAGS", "-D warnings");
        assert_eq!(shown(&command), "FLAGS='-D warnings' printf 'two words'");
    }

    #[test]
    fn a_failure_names_the_command() {
        let failure = run(cargo(["no-such-command-of-cargo"]).stderr(Stdio::null())).unwrap_err();
        assert!(failure.to_string().contains("no-such-command-of-cargo"), "{failure}");
        let failure = output(&mut Command::new("no-such-program-anywhere")).unwrap_err();
        assert!(failure.to_string().starts_with("cannot start `no-such-program-anywhere`"), "{failure}");
    }
}
