//! The client against real servers on the loopback address, which are this binary's own.
//!
//! This program is always built with `cfg(test)`; saying so tells clippy that helpers are test code too.
#![cfg(test)]

mod certificates;
mod building;
mod closing;
mod compression;
mod connections;
mod credentials;
mod dropping;
mod errors;
mod faults;
mod half_open;
mod http2;
mod oidc;
mod plugins;
mod proxies;
mod redirects;
mod requests;
mod rotation;
mod secrets;
mod seen;
mod server;
mod tls;
mod upgrade;
