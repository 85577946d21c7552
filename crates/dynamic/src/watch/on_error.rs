//! What the caller decides about a watch's errors.

use std::{fmt, time::Duration};

use crate::Error;

/// What becomes of a watch that has met an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// What the watch does without being told: it tries again where the error can heal, and ends with the error where
    /// it can't.
    Default,
    /// The watch ends with the error.
    Raise,
    /// The watch tries again, also where the error would have ended it. It waits as it always does behind errors (0.8 s,
    /// doubling up to 30 s, or as long as the server says), and at least so long.
    Retry(Duration),
    /// The watch ends, without the error.
    Stop,
}

/// The caller's function that decides.
pub(crate) struct Hook(Box<Decide>);

type Decide = dyn FnMut(&Error, u32) -> OnError + Send;

impl Hook {
    pub(crate) fn new(decide: impl FnMut(&Error, u32) -> OnError + Send + 'static) -> Self {
        Self(Box::new(decide))
    }

    pub(super) fn decide(&mut self, error: &Error, count: u32) -> OnError {
        (self.0)(error, count)
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
