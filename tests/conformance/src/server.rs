//! The servers that the suite runs against.

use std::{fmt, path::Path};

use steersman::Config;
use steersman_envtest::{Access, EnvTest, User, real::ControlPlane};

/// A running server, stopped when it is dropped.
#[derive(Debug)]
#[non_exhaustive]
pub enum Server {
    /// The embedded one.
    Embedded(Box<EnvTest>),
    /// etcd, kube-apiserver and kube-controller-manager.
    Real(Box<ControlPlane>),
}

/// A user without any rights.
const STRANGER: &str = "stranger";

impl Server {
    /// Starts the embedded server.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn embedded() -> Result<Self, ServerError> {
        let server = EnvTest::builder().user(User::new(STRANGER).access(Access::None)).start().await;
        server.map(|server| Self::Embedded(Box::new(server))).map_err(|error| ServerError(Box::new(error)))
    }

    /// Starts the real control plane from the binaries in a folder.
    ///
    /// # Errors
    /// If a binary is missing, or it does not start.
    pub async fn real(bin_dir: &Path) -> Result<Self, ServerError> {
        let server = ControlPlane::builder().bin_dir(bin_dir).with_controller_manager().start().await;
        server.map(|server| Self::Real(Box::new(server))).map_err(|error| ServerError(Box::new(error)))
    }

    /// The server's name in what is printed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "embedded",
            Self::Real(_) => "real",
        }
    }

    pub(crate) fn config(&self) -> Config {
        match self {
            Self::Embedded(server) => server.config(),
            Self::Real(server) => server.config(),
        }
    }

    pub(crate) fn token_config(&self) -> Config {
        match self {
            Self::Embedded(server) => server.token_config(),
            Self::Real(server) => server.token_config(),
        }
    }

    pub(crate) fn stranger_config(&self) -> Result<Config, ServerError> {
        match self {
            Self::Embedded(server) => {
                server.config_for(STRANGER).map_err(|error| ServerError(Box::new(error)))
            }
            Self::Real(server) => server.user_config(STRANGER).map_err(|error| ServerError(Box::new(error))),
        }
    }

    /// Stops it.
    ///
    /// # Errors
    /// If something of it is left.
    pub async fn stop(self) -> Result<(), ServerError> {
        match self {
            Self::Embedded(server) => {
                server.stop().await;
                Ok(())
            }
            Self::Real(server) => server.stop().await.map_err(|error| ServerError(Box::new(error))),
        }
    }
}

/// A server that does not start or stop.
#[derive(Debug)]
pub struct ServerError(Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
