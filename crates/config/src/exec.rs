//! A credential plugin, ready to be run by somebody else: nothing here runs it.

use std::fmt;

use serde_json::Value;

use crate::{ProxyUrl, Secret};

/// A program that prints credentials, with all that it is to be told.
///
/// Arguments, variables and the extension are not printed, as some tools put secrets there.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecPlugin {
    /// The program: an absolute path where the kubeconfig has a path (relative to its file), else a bare name that is
    /// looked for in `PATH`, never in the current folder. Required.
    pub command: String,
    /// Its arguments, as they are; there is no shell. Empty by default.
    pub args: Vec<String>,
    /// Variables on top of the process's own; of two with one name the later wins. Empty by default.
    pub env: Vec<(String, Secret)>,
    /// The version of the protocol that it speaks. Required; what it prints must be of just this version.
    pub api_version: ExecApiVersion,
    /// What to tell the user where the program is not found. Default: nothing.
    pub install_hint: Option<String>,
    /// Whether it may ask the user. Required in `v1`; in `v1beta1` [`IfAvailable`](InteractiveMode::IfAvailable) by
    /// default.
    pub interactive_mode: InteractiveMode,
    /// The cluster as the program is to be told of it. `None`, the default: not at all (`provideClusterInfo: false`).
    pub cluster_info: Option<Box<ExecClusterInfo>>,
}

impl ExecPlugin {
    /// A program without arguments, told nothing of the cluster.
    #[must_use]
    pub fn new(
        command: impl Into<String>,
        api_version: ExecApiVersion,
        interactive_mode: InteractiveMode,
    ) -> Self {
        Self {
            command: command.into(),
            args: Vec::new(),
            env: Vec::new(),
            api_version,
            install_hint: None,
            interactive_mode,
            cluster_info: None,
        }
    }
}

/// The versions of `client.authentication.k8s.io` that there are plugins for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExecApiVersion {
    /// `client.authentication.k8s.io/v1`.
    V1,
    /// `client.authentication.k8s.io/v1beta1`.
    V1Beta1,
}

impl ExecApiVersion {
    /// The version as a kubeconfig spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "client.authentication.k8s.io/v1",
            Self::V1Beta1 => "client.authentication.k8s.io/v1beta1",
        }
    }
}

/// Whether a plugin gets the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InteractiveMode {
    /// It does, and without a terminal it is not run.
    Always,
    /// It does where there is a terminal.
    IfAvailable,
    /// It does not.
    Never,
}

impl InteractiveMode {
    /// The mode as a kubeconfig spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfAvailable => "IfAvailable",
            Self::Never => "Never",
        }
    }
}

/// The cluster as a plugin is told of it: `spec.cluster` of the `ExecCredential`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecClusterInfo {
    /// `server`: the URL as the kubeconfig spells it, or as it was overridden.
    pub server: String,
    /// `tls-server-name`. `None`: the host of the URL.
    pub tls_server_name: Option<String>,
    /// `insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `certificate-authority-data`, PEM, also where the kubeconfig names a file. `None`: the system's.
    pub certificate_authority_data: Option<Vec<u8>>,
    /// `proxy-url`. `None`: the cluster has none of its own.
    pub proxy_url: Option<ProxyUrl>,
    /// `disable-compression`.
    pub disable_compression: bool,
    /// `config`: the cluster's extension `client.authentication.k8s.io/exec`; null where there is none.
    pub config: Value,
}

impl fmt::Debug for ExecPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecPlugin")
            .field("command", &self.command)
            .field("args", &format_args!("[{} redacted]", self.args.len()))
            .field("env", &self.env)
            .field("api_version", &self.api_version)
            .field("install_hint", &self.install_hint)
            .field("interactive_mode", &self.interactive_mode)
            .field("cluster_info", &self.cluster_info)
            .finish()
    }
}

impl fmt::Debug for ExecClusterInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecClusterInfo")
            .field("server", &self.server)
            .field("tls_server_name", &self.tls_server_name)
            .field("insecure_skip_tls_verify", &self.insecure_skip_tls_verify)
            .field("proxy_url", &self.proxy_url)
            .field("disable_compression", &self.disable_compression)
            .finish_non_exhaustive()
    }
}
