//! What every client program of the bench has in common: its arguments, the meter around the operation, and the line of
//! JSON that it prints.
//!
//! A program connects, asks once for something small, starts the [`Meter`], does its work and prints a [`Measured`]. So
//! what is measured is the operation, and not the start of the process; the peak of the memory is that of the whole
//! process.
//!
//! **Invariant.** It knows no client: the peers that stand outside of the workspace are built with it and with nothing else
//! of ours.

mod arguments;
mod measured;
mod meter;

pub use arguments::{Arguments, Mode, Unsupported};
pub use measured::Measured;
pub use meter::{Meter, cpu};
