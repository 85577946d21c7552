//! An error for a person: what failed, why, why that, and what to do.

use std::{error::Error as StdError, fmt};

/// Prints an error with its chain of causes and a hint, a line each.
#[derive(Debug)]
pub struct Report<'a> {
    error: &'a (dyn StdError + 'static),
    hint: Option<String>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(error: &'a (dyn StdError + 'static), hint: Option<String>) -> Self {
        Self { error, hint }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        let mut last = self.error.to_string();
        let mut cause = self.error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some libraries repeat the cause in the message of its parent.
            if !last.contains(&text) {
                write!(f, "\n  because {text}")?;
            }
            last = text;
            cause = error.source();
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}
