//! All that a configuration may depend on besides its own text.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// The surroundings that a configuration is read in: environment variables, home folder, current folder, the folder of
/// the service account, and the files.
///
/// Everything comes in through this one value, so that each rule can be tested without touching the process.
/// [`of_process`](Self::of_process) is the real one; [`empty`](Self::empty) has nothing, and each method adds one
/// thing to it. A value is a snapshot: a variable that changes later is seen by the next `of_process`.
///
/// ```
/// use steersman_config::{Environment, Loader};
///
/// let nowhere = Environment::empty().with_home("/nonexistent");
/// let error = Loader::new().environment(nowhere).load().unwrap_err();
/// assert!(error.is_not_configured());
/// assert_eq!(error.tried()[1], "/nonexistent/.kube/config does not exist");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    home: Option<PathBuf>,
    current_dir: Option<PathBuf>,
    service_account_dir: PathBuf,
}

impl Environment {
    /// The surroundings of this process, as they are now.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            current_dir: std::env::current_dir().ok(),
            ..Self::empty()
        }
    }

    /// No variables, no home, no current folder; files are those of the file system, the service account's folder is where
    /// Kubernetes mounts it (`/var/run/secrets/kubernetes.io/serviceaccount`).
    #[must_use]
    pub fn empty() -> Self {
        Self {
            variables: BTreeMap::new(),
            home: None,
            current_dir: None,
            service_account_dir: PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount"),
        }
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Forgets all environment variables; the home folder stays. With it only `~/.kube/config` is looked at.
    #[must_use]
    pub fn without_variables(mut self) -> Self {
        self.variables.clear();
        self
    }

    /// Sets the home folder, in which `.kube/config` is looked for.
    #[must_use]
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// Sets the folder that relative paths given by the user are relative to. Paths inside a kubeconfig file are
    /// relative to that file, whatever this says.
    #[must_use]
    pub fn with_current_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.current_dir = Some(dir.into());
        self
    }

    /// Sets the folder that holds the service account's `token`, `ca.crt` and `namespace`.
    #[must_use]
    pub fn with_service_account_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.service_account_dir = dir.into();
        self
    }

    /// The value of a variable; one that is set but empty counts as not set, as in kubectl.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    pub(crate) fn service_account_file(&self, name: &str) -> PathBuf {
        self.service_account_dir.join(name)
    }

    /// `path` itself if it is absolute, else below the current folder; as it is where there is none.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        match &self.current_dir {
            Some(dir) => dir.join(path),
            None => path.to_owned(),
        }
    }

    pub(crate) fn is_regular_file(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
    }

    /// Reads a regular file of at most `max_bytes`.
    pub(crate) fn read(&self, path: &Path, max_bytes: usize) -> Result<Vec<u8>, FileProblem> {
        // Asked before it is opened: opening a pipe would wait for its writer.
        if !fs::metadata(path)?.is_file() {
            return Err(FileProblem::NotRegular);
        }
        let file = fs::File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(FileProblem::NotRegular);
        }
        let mut bytes = Vec::new();
        file.take(max_bytes as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > max_bytes {
            return Err(FileProblem::TooLarge { max_bytes });
        }
        Ok(bytes)
    }
}

/// Prints the names of the variables only: their values may be secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("current_dir", &self.current_dir)
            .field("service_account_dir", &self.service_account_dir)
            .finish()
    }
}

/// Why a file could not be read.
#[derive(Debug)]
pub(crate) enum FileProblem {
    Io(io::Error),
    Missing(io::Error),
    NotRegular,
    TooLarge { max_bytes: usize },
}

impl From<io::Error> for FileProblem {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing(error) } else { Self::Io(error) }
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => f.write_str("cannot be read"),
            Self::Missing(_) => f.write_str("does not exist"),
            Self::NotRegular => f.write_str("is not a regular file"),
            Self::TooLarge { max_bytes } => write!(f, "is larger than {max_bytes} bytes"),
        }
    }
}

/// Largest kubeconfig that is read, in bytes: some five hundred clusters with all their certificates.
pub(crate) const MAX_KUBECONFIG_BYTES: usize = 3 * 1024 * 1024;

/// Largest file that a kubeconfig may point to, in bytes.
pub(crate) const MAX_REFERENCED_BYTES: usize = 1024 * 1024;
