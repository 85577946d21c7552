//! The tests of `steersman-json` through its public surface, in one program.
//!
//! This program is always built with `cfg(test)`; saying so tells clippy that helpers are test code too.
#![cfg(test)]

mod campaign;
mod cutter;
mod deserialize;
mod elements;
mod equality;
mod outline;
mod parse;
mod plain;
mod random;
mod read;
mod serialize;
mod splice;
