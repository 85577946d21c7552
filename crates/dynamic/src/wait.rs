//! What an object is waited for, and when that is decided: values and functions of values.

mod error;
mod goal;
mod path;
mod state;

pub use error::{LastSeen, WaitError};
pub(crate) use goal::{Goal, Mode};
pub(crate) use path::pointer;
pub(crate) use state::{Aim, Seen, Verdict, WaitState};
