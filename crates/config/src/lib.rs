//! Where the cluster is and who we are, read from a kubeconfig or from the pod we run in, as one plain
//! [`Config`].
//!
//! **Invariant.** This crate knows no HTTP and opens no socket; it runs no plugin. Reading a configuration
//! executes nothing.

mod config;
mod emit;
mod secret;
mod server_url;
mod to_kubeconfig;

pub use config::{ClientCertificate, Config, Credentials, Trust};
pub use secret::Secret;
pub use server_url::{ServerUrl, ServerUrlError};
