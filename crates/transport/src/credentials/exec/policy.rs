//! Which programs may be run.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How credential plugins are run, if at all.
///
/// One run serves all requests that wait. A plugin gets no shell, and may print 1 MiB; of what it says on its standard error
/// no more than 64 KiB is passed on, unless it has the terminal. After a failure nothing is run for a second, and after
/// several in a row for ten.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecPolicy {
    /// Which may be run; all by default, as a kubeconfig is trusted by default.
    pub rule: ExecRule,
    /// How long a plugin may take; 60 s by default. One that has the terminal has five times as long, as somebody may
    /// have to log in. After that it is killed, with all that it started (where it has not the terminal, and the system
    /// is a Unix).
    pub timeout: Duration,
}

impl Default for ExecPolicy {
    fn default() -> Self {
        Self { rule: ExecRule::AllowAll, timeout: Duration::from_secs(60) }
    }
}

/// Which programs may be run as credential plugins: kubectl's `credentialPluginPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecRule {
    /// Any.
    #[default]
    AllowAll,
    /// None.
    DenyAll,
    /// Those that are listed: by an absolute path, which must be that of the program that would be run; or by a bare
    /// name, which must be the name that the configuration says.
    AllowList(Vec<String>),
}

impl ExecRule {
    /// Whether `command`, which was found at `path`, may be run.
    pub(super) fn allows(&self, command: &str, path: &Path) -> bool {
        match self {
            Self::AllowAll => true,
            Self::DenyAll => false,
            Self::AllowList(list) => list.iter().any(|entry| {
                let absolute = Path::new(entry).is_absolute();
                if absolute { clean(Path::new(entry)) == clean(path) } else { entry == command }
            }),
        }
    }
}

/// Where a command lies: an absolute path is that, a bare name is looked for in the absolute folders of `PATH`. A
/// relative path is none: what would be run depended on the current folder.
pub(super) fn find(command: &str, path: Option<&std::ffi::OsStr>) -> Option<PathBuf> {
    let given = Path::new(command);
    if given.is_absolute() {
        return given.is_file().then(|| given.to_owned());
    }
    if given.components().count() != 1 || command.contains(['/', '\\']) || matches!(command, "." | "..") {
        return None;
    }
    std::env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(format!("{command}{}", std::env::consts::EXE_SUFFIX)))
        .find(|candidate| is_program(candidate))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Without `.` and `..`, which are taken at their word.
fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}
