//! The examples as a newcomer meets them: the programs themselves, run in processes of their own.
//!
//! This program is always built with `cfg(test)`; saying so tells clippy that helpers are test code too.
#![cfg(test)]

mod errors;
mod example;
mod tour;
