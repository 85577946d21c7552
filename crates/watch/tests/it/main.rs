//! The tests of `steersman-watch` through its public surface, in one program.
//!
//! This program is always built with `cfg(test)`; saying so tells clippy that helpers are test code too.
#![cfg(test)]

mod decoder;
mod campaign;
mod streams;
