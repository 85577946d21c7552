//! The files that a configuration points to: certificates, keys and tokens.

use std::{io, path::Path};

use http::HeaderValue;

use crate::{
    Environment, Error, ErrorKind, Secret,
    environment::{FileProblem, MAX_REFERENCED_BYTES},
};

/// What is wrong with a value, before it is known which field it belongs to.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: ErrorKind,
    pub(crate) message: String,
    hint: Option<&'static str>,
    cause: Option<io::Error>,
}

/// The content of a file of at most 1 MiB.
pub(crate) fn read_file(environment: &Environment, path: &Path) -> Result<Vec<u8>, Problem> {
    environment.read(path, MAX_REFERENCED_BYTES).map_err(|problem| Problem {
        kind: ErrorKind::Unreadable,
        message: format!("{} {problem}", path.display()),
        hint: None,
        cause: match problem {
            FileProblem::Io(cause) | FileProblem::Missing(cause) => Some(cause),
            FileProblem::NotRegular | FileProblem::TooLarge { .. } => None,
        },
    })
}

/// The token in a file, without the white space around it.
pub(crate) fn read_token(environment: &Environment, path: &Path) -> Result<Secret, Problem> {
    let bytes = read_file(environment, path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::about(path, "is not text"))?;
    let token = Secret::new(text.trim());
    if token.expose().is_empty() {
        return Err(Problem::about(path, "is empty"));
    }
    check_token(&token).map_err(|problem| Problem::about(path, &problem.message))?;
    Ok(token)
}

/// Checks that a token can be sent at all.
pub(crate) fn check_token(token: &Secret) -> Result<(), Problem> {
    match HeaderValue::from_str(token.expose()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::invalid("holds a character that no token can have, such as a line break")),
    }
}

impl Problem {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, cause: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn unsupported(message: &str) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    pub(crate) fn about(path: &Path, message: &str) -> Self {
        Self::invalid(format!("{} {message}", path.display()))
    }

    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// The error, once `place` has said where.
    pub(crate) fn into_error(self, place: impl FnOnce(ErrorKind, String) -> Error) -> Error {
        let mut error = place(self.kind, self.message);
        if let Some(hint) = self.hint {
            error = error.with_hint(hint);
        }
        match self.cause {
            Some(cause) => error.caused_by(cause),
            None => error,
        }
    }
}
