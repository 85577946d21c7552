//! How a case says what it expected.

use std::fmt;

/// A case that did not hold, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure with this message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<steersman::Error> for Failure {
    fn from(error: steersman::Error) -> Self {
        Self(error.report().to_string())
    }
}

macro_rules! from_error {
    ($($type:ty),* $(,)?) => {
        $(impl From<$type> for Failure {
            fn from(error: $type) -> Self {
                Self(error.to_string())
            }
        })*
    };
}

from_error! {
    http::Error,
    steersman::discovery::Error,
    steersman::meta::ObjectError,
    steersman::meta::ReadError,
    steersman::transport::Error,
    serde_json::Error,
}

/// Fails the case with a message if a condition does not hold.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::check::Failure::new(format!("{}:{}: {}", file!(), line!(), format!($($message)+))));
        }
    };
}

/// Fails the case if two values differ, and shows both.
macro_rules! same {
    ($got:expr, $want:expr) => {
        match (&$got, &$want) {
            (got, want) => {
                $crate::check::ensure!(*got == *want, "{} is {got:?}, and not {want:?}", stringify!($got));
            }
        }
    };
}

/// The error of a call that must fail.
macro_rules! refused {
    ($call:expr) => {
        match $call {
            Err(error) => error,
            Ok(got) => {
                let message = format!("{}:{}: {} gave {got:?}", file!(), line!(), stringify!($call));
                return Err($crate::check::Failure::new(message));
            }
        }
    };
}

pub(crate) use {ensure, refused, same};
