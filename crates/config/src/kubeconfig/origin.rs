//! Where an entry came from, kept so that an error found much later can still name file and line.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Step, text};
use crate::{Error, ErrorKind, Secret, error::Place};

/// A place in the text of one kubeconfig.
#[derive(Clone)]
pub(crate) struct Origin {
    source: Arc<Source>,
    at: Vec<Step>,
}

struct Source {
    /// Absolute, or `None` if the text did not come from a file.
    path: Option<PathBuf>,
    /// As a whole it is a secret.
    text: Secret,
}

impl Origin {
    /// The top of the text in `bytes`.
    pub(crate) fn new(path: Option<PathBuf>, bytes: &[u8]) -> Result<Self, Error> {
        let with_text =
            |text| Self { source: Arc::new(Source { path, text: Secret::new(text) }), at: Vec::new() };
        match text::decode(bytes) {
            Ok(text) => Ok(with_text(text)),
            Err(problem) => Err(with_text(String::new()).malformed(problem)),
        }
    }

    /// The place of what is not written yet.
    pub(crate) fn nowhere() -> Self {
        Self { source: Arc::new(Source { path: None, text: Secret::new("") }), at: Vec::new() }
    }

    pub(crate) fn text(&self) -> &str {
        self.source.text.expose()
    }

    /// The file, where there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.source.path.as_deref()
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// An error about this place, with its line; or with that of what it would be part of, where it is not written.
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        let line = (1..=self.at.len()).rev().find_map(|len| text::locate(self.text(), &self.at[..len]));
        self.file_error(kind, message.into()).at_line(line)
    }

    /// An error about the text as a whole.
    pub(crate) fn malformed(&self, problem: text::Problem) -> Error {
        self.file_error(ErrorKind::Malformed, problem.message).at_line(problem.line)
    }

    fn file_error(&self, kind: ErrorKind, message: String) -> Error {
        Error::new(kind, message).in_place(match self.path() {
            Some(path) => Place::File(path.to_owned()),
            None => Place::Memory,
        })
    }

    fn step(&self, step: Step) -> Self {
        let mut at = self.at.clone();
        at.push(step);
        Self { source: Arc::clone(&self.source), at }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.source.path)
    }
}
