//! kube-rs with `DynamicObject`, as a client program of the bench.
//!
//! It is what a user of kube-rs would write: `Client::try_from(config)`, `Api::all_with`, and the stack that comes with
//! them. Only a counter of requests is put around it.

mod client;

pub use client::run;
