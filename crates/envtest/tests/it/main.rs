//! The embedded server, driven over TLS by a small client of the tests' own.

mod access;
mod client;
mod controls;
mod custom;
mod discovery;
mod lifecycle;
mod lists;
mod objects;
mod patches;
#[cfg(unix)]
mod serve;
mod watches;
