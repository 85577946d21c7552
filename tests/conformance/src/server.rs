//! The servers that the suite runs against.

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

use serde_json::json;
use steersman::prelude::*;
use steersman_envtest::{Access, EnvTest, User, real::ControlPlane};

use crate::{
    history::History,
    pod_logs::{LOGGING, NODE, PodLogs},
};

/// A running server, stopped when it is dropped.
#[derive(Debug)]
#[non_exhaustive]
pub enum Server {
    /// The embedded one.
    Embedded(Arc<EnvTest>),
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
        server.map(|server| Self::Embedded(Arc::new(server))).map_err(|error| ServerError(Box::new(error)))
    }

    /// Starts the real control plane from the binaries in a folder; with `kwok`, a fake kubelet too, and a node of its.
    ///
    /// # Errors
    /// If a binary is missing, or it does not start.
    pub async fn real(bin_dir: &Path, kwok: Option<&Path>) -> Result<Self, ServerError> {
        // Off in 1.36: what is asked of it is worth the look, and nothing else changes.
        let builder = ControlPlane::builder().apiserver_flag("feature-gates", "ShardedListAndWatch=true");
        let mut builder = builder.bin_dir(bin_dir).with_controller_manager();
        if let Some(kwok) = kwok {
            builder = builder.with_kwok(kwok);
            for (pod, container) in logging_containers() {
                builder = builder.with_pod_log(pod, container);
            }
        }
        let server = builder.start().await.map_err(|error| ServerError(Box::new(error)))?;
        if kwok.is_some() {
            create_node(server.config()).await.map_err(|error| ServerError(Box::new(error)))?;
        }
        Ok(Self::Real(Box::new(server)))
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

    pub(crate) fn logs(&self) -> PodLogs {
        match self {
            Self::Embedded(server) => PodLogs::Embedded(Arc::clone(server)),
            Self::Real(server) => {
                let log = |(pod, container): (&str, &str)| {
                    let log = server.pod_log(pod, container)?;
                    Some(((pod.to_owned(), container.to_owned()), log))
                };
                PodLogs::Real(Arc::new(logging_containers().filter_map(log).collect::<BTreeMap<_, _>>()))
            }
        }
    }

    pub(crate) fn history(&self) -> History {
        match self {
            Self::Embedded(server) => History::Embedded(Arc::clone(server)),
            Self::Real(server) => History::Etcd { url: server.etcd_url() },
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

fn logging_containers() -> impl Iterator<Item = (&'static str, &'static str)> {
    LOGGING.iter().flat_map(|(pod, containers)| containers.iter().map(|container| (*pod, *container)))
}

/// Creates the node that the fake kubelet runs, and waits until it is ready.
async fn create_node(config: Config) -> Result<(), steersman::Error> {
    let cluster = DynamicClient::builder().config(config).connect().await?;
    let nodes = cluster.resource("v1", "Node").await?;
    nodes.create(json!({"metadata": {"name": NODE}})).await?;
    nodes.wait(NODE).for_condition("Ready").await?;
    Ok(())
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
