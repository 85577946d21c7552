//! Where the cluster is and who we are, read from a kubeconfig or from the pod we run in, as one plain
//! [`Config`].
//!
//! [`Config::infer`] finds what kubectl would find; [`Loader`] is the same with overrides, and with an
//! [`Environment`] in place of the process's own. [`Kubeconfig`] is the file itself, as it was written;
//! [`Loader::edit`] changes the files as `kubectl config` does.
//!
//! **Invariant.** This crate knows no HTTP and opens no socket; it runs no plugin. Reading a configuration
//! executes nothing. Nothing of the process is read but through an [`Environment`].

mod config;
mod credentials;
mod exec;
mod proxy_url;
mod secret;
mod server_url;
mod warning;

mod environment;
mod in_cluster;
mod kubeconfig;
mod loader;
mod overrides;
mod pem;
mod referenced;
mod resolve;
mod shortcuts;

mod emit;
mod store;
mod to_kubeconfig;

mod error;
mod nearest;

pub use config::{Config, Trust};
pub use credentials::{Basic, CertificateFiles, ClientCertificate, Credentials, Impersonation, Oidc};
pub use environment::Environment;
pub use error::{Error, ErrorKind};
pub use exec::{ExecApiVersion, ExecClusterInfo, ExecPlugin, InteractiveMode};
pub use kubeconfig::{
    AuthProvider, Cluster, Context, ExecConfig, ExecEnvVar, Kubeconfig, NamedCluster, NamedContext,
    NamedExtension, NamedUser, OtherFields, Preferences, User,
};
pub use loader::{Author, Loader, Order};
pub use overrides::{Overrides, TimeoutError};
pub use proxy_url::{ProxyScheme, ProxyUrl, ProxyUrlError};
pub use secret::Secret;
pub use server_url::{ServerUrl, ServerUrlError};
pub use warning::Warning;
