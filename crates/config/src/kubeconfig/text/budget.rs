//! Bounds on what a text may grow to, and the message where it fails.

use std::cell::{Cell, RefCell};

use super::Problem;

/// What is left to spend on a text: anchors and aliases can make a small one grow without bound.
pub(super) struct Budget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
    /// What this module itself found wrong. The libraries' own messages may quote the text, and so a secret.
    message: RefCell<Option<String>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            nodes: Cell::new(MAX_NODES),
            bytes: Cell::new(MAX_EXPANDED_BYTES),
            message: RefCell::new(None),
        }
    }
}

impl Budget {
    pub(super) fn spend<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        match (self.nodes.get().checked_sub(1), self.bytes.get().checked_sub(bytes)) {
            (Some(nodes), Some(bytes)) => {
                self.nodes.set(nodes);
                self.bytes.set(bytes);
                Ok(())
            }
            _ => Err(self.refuse(TOO_LARGE)),
        }
    }

    pub(super) fn refuse<E: serde::de::Error>(&self, message: &str) -> E {
        self.message.replace(Some(message.to_owned()));
        E::custom("refused")
    }

    pub(super) fn problem(&self, error: &serde_yaml::Error) -> Problem {
        let message = match self.message.take() {
            Some(own) => own,
            None => describe(&error.to_string()),
        };
        Problem { line: error.location().map(|location| location.line()), message }
    }
}

/// The library's message in our words. Only its fixed part is used: the location is told apart from it.
fn describe(message: &str) -> String {
    let end = [" at line ", " at position ", ", while "].iter().filter_map(|end| message.find(end)).min();
    match &message[..end.unwrap_or(message.len())] {
        "repetition limit exceeded" => TOO_LARGE.to_owned(),
        "recursion limit exceeded" => "is nested too deeply".to_owned(),
        other => format!("is not valid YAML: {other}"),
    }
}

const TOO_LARGE: &str = "grows too large when its aliases are expanded";

const MAX_NODES: usize = 500_000;

const MAX_EXPANDED_BYTES: usize = 16 * 1024 * 1024;
