//! The kubeconfig files that there are, merged, with a memory of the places that were looked at.

use std::path::{Path, PathBuf};

use super::choose_a_context;
use crate::{Environment, Error, ErrorKind, Kubeconfig, Warning};

/// What the kubeconfig files came to.
pub(super) struct Gathered {
    pub(super) kubeconfig: Kubeconfig,
    looked: Vec<Look>,
}

/// What was found at one place.
enum Look {
    Missing(PathBuf),
    Read(PathBuf),
    Said(String),
}

impl Gathered {
    /// Reads the file at `path`, or the files that the environment names.
    pub(super) fn read(path: Option<&Path>, environment: &Environment) -> Result<Self, Error> {
        if let Some(path) = path {
            let kubeconfig = Kubeconfig::read(path, environment)?;
            return Ok(Self { kubeconfig, looked: vec![Look::Read(environment.absolute(path))] });
        }
        let Places { paths, said } = Places::of(environment);
        let mut gathered = Self { kubeconfig: Kubeconfig::default(), looked: Vec::new() };
        gathered.looked.extend(said.map(|said| Look::Said(said.to_owned())));
        for path in paths {
            gathered.add(&path, environment)?;
        }
        Ok(gathered)
    }

    /// That files were named, and are all missing.
    pub(super) fn warning(&self) -> Option<Warning> {
        let missing = self.looked.iter().map(|look| match look {
            Look::Missing(path) => Some(path.clone()),
            Look::Read(_) | Look::Said(_) => None,
        });
        let paths: Vec<PathBuf> = missing.collect::<Option<_>>()?;
        (!paths.is_empty()).then_some(Warning::AllMissing(paths))
    }

    fn add(&mut self, path: &Path, environment: &Environment) -> Result<(), Error> {
        self.looked.push(match Kubeconfig::read_if_exists(path, environment)? {
            Some(later) => {
                self.kubeconfig = std::mem::take(&mut self.kubeconfig).merge(later);
                Look::Read(path.to_owned())
            }
            None => Look::Missing(path.to_owned()),
        });
        Ok(())
    }

    /// Whether no file names a context.
    pub(super) fn is_empty(&self) -> bool {
        self.kubeconfig.contexts.is_empty()
    }

    /// Why none of the places served.
    pub(super) fn tried(&self) -> Vec<String> {
        self.looked
            .iter()
            .map(|look| match look {
                Look::Missing(path) => format!("{} does not exist", path.display()),
                Look::Read(path) if self.is_empty() => format!("{} has no contexts", path.display()),
                Look::Read(path) => format!("{} names no current context", path.display()),
                Look::Said(what) => what.clone(),
            })
            .collect()
    }

    /// The error for the case that no place serves.
    pub(super) fn nothing_found(&self, not_in_cluster: String) -> Error {
        let mut tried = self.tried();
        tried.push(not_in_cluster);
        let hint = match self.is_empty() {
            true => "set KUBECONFIG to the path of a kubeconfig, or put one at ~/.kube/config".to_owned(),
            false => choose_a_context(&self.kubeconfig),
        };
        Error::new(ErrorKind::NotConfigured, "no cluster is configured").with_tried(tried).with_hint(hint)
    }
}

/// Where kubeconfig files are looked for.
pub(super) struct Places {
    /// In the order of their precedence, absolute where there is a current folder.
    pub(super) paths: Vec<PathBuf>,
    /// What is to be said of the places themselves.
    said: Option<&'static str>,
}

impl Places {
    /// The files of `KUBECONFIG`, each once; without it, or if it is empty, the one in the home folder.
    pub(super) fn of(environment: &Environment) -> Self {
        let Some(list) = environment.variable("KUBECONFIG") else {
            return match environment.home() {
                Some(home) => Self {
                    paths: vec![home.join(".kube").join("config")],
                    said: Some("KUBECONFIG is not set"),
                },
                None => Self {
                    paths: Vec::new(),
                    said: Some("KUBECONFIG is not set, and there is no home folder"),
                },
            };
        };
        let mut paths = Vec::new();
        for path in std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
            let path = environment.absolute(&path);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let said = paths.is_empty().then_some("KUBECONFIG names no file");
        Self { paths, said }
    }
}
