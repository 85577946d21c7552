//! Body chunks to watch events, and the rules of resuming, without I/O.
//!
//! A [`Decoder`] turns the chunks of a watch's body into [`Frame`]s, which is what one connection says. A
//! [`Resume`] decides what a watch that outlives its connections does next (list, watch, read, wait, end), and
//! turns frames into [`Event`]s, which is what a consumer sees. Both are told what happened, what time it is and
//! which random number to use, and answer with values.
//!
//! **Invariant.** This crate knows no transport, no runtime, no clock and no randomness of its own. It never waits,
//! so it cannot hang; whoever drives it waits, for as long as it says.

mod event;
mod frame;
mod decoder;
mod error;
mod version;
mod history;
mod backoff;
mod failure;
mod resume;
mod inventory;

pub use decoder::{DEFAULT_MAX_EVENT_BYTES, Decoder};
pub use error::DecodeError;
pub use event::{Bookmark, Event, RestartReason, Restarted, Vanished};
pub use failure::Failure;
pub use frame::Frame;
pub use inventory::Inventory;
pub use resume::{InitialEvents, Resume, Settings, Start, Step};
