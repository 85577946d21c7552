//! The client against real servers on the loopback address, which are this binary's own.

mod building;
mod credentials;
mod errors;
mod requests;
mod secrets;
mod server;
mod tls;
mod upgrade;
