//! Where the cluster is and who we are, read from a kubeconfig or from the pod we run in, as one plain
//! [`Config`].
//!
//! [`Config::infer`] finds what kubectl would find; [`Loader`] is the same with overrides, and with an
//! [`Environment`] in place of the process's own. [`Kubeconfig`] is the file itself, as it was written.
//!
//! **Invariant.** This crate knows no HTTP and opens no socket; it runs no plugin. Reading a configuration
//! executes nothing. Nothing of the process is read but through an [`Environment`].

mod config;
mod secret;
mod server_url;

mod environment;
mod in_cluster;
mod kubeconfig;
mod loader;
mod pem;
mod referenced;
mod resolve;
mod shortcuts;

mod emit;
mod to_kubeconfig;

mod error;
mod nearest;

pub use config::{ClientCertificate, Config, Credentials, Trust};
pub use environment::Environment;
pub use error::{Error, ErrorKind};
pub use kubeconfig::{
    AuthProvider, Cluster, Context, ExecConfig, ExecEnvVar, Kubeconfig, NamedCluster, NamedContext,
    NamedExtension, NamedUser, OtherFields, Preferences, User,
};
pub use loader::{Loader, Order};
pub use secret::Secret;
pub use server_url::{ServerUrl, ServerUrlError};
