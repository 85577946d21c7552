//! Pods whose logs a case writes, in place of their containers.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use steersman::prelude::*;
use steersman_envtest::{EnvTest, PodLog, real};

use crate::{Context, Failure};

/// The pods of this kind, a name for each case that needs one, and their containers. The fake kubelet of the real server is told
/// of them before it starts, and does not know of namespaces.
pub(crate) const LOGGING: [(&str, &[&str]); 12] = [
    ("whole", &["main"]),
    ("tail", &["main"]),
    ("since", &["main"]),
    ("stamps", &["main"]),
    ("limit", &["main"]),
    ("follow", &["main"]),
    ("ends", &["main"]),
    ("chosen", &["main", "side"]),
    ("all", &["main", "side"]),
    ("every", &["main", "side"]),
    ("before", &["main"]),
    ("hidden", &["main"]),
];

/// The node of the real server.
pub(crate) const NODE: &str = "fake";

/// Where the logs of a server's pods are written.
#[derive(Clone, Debug)]
pub(crate) enum PodLogs {
    Embedded(Arc<EnvTest>),
    /// By pod and container.
    Real(Arc<BTreeMap<(String, String), real::PodLog>>),
}

/// The log of one container, to be written.
#[derive(Clone, Debug)]
pub(crate) enum LogWriter {
    Embedded(PodLog),
    Real(real::PodLog),
}

impl LogWriter {
    /// Writes a line at this time.
    pub(crate) fn line_at(&self, time: &str, text: &str) -> Result<(), Failure> {
        match self {
            Self::Embedded(log) => log.line_at(time, text).map_err(|error| Failure::new(error.to_string())),
            Self::Real(log) => log.line_at(time, text).map_err(|error| Failure::new(error.to_string())),
        }
    }

    /// Writes a line, now.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Embedded(log) => {
                log.line(text);
                Ok(())
            }
            Self::Real(log) => log.line(text).map_err(|error| Failure::new(error.to_string())),
        }
    }

    /// Writes the line of a container that was there before this one; to be called first.
    pub(crate) fn line_of_previous(&self, time: &str, text: &str) -> Result<(), Failure> {
        match self {
            Self::Embedded(log) => {
                self.line_at(time, text)?;
                log.restart();
                Ok(())
            }
            Self::Real(log) => Self::Real(log.previous()).line_at(time, text),
        }
    }
}

impl Context {
    /// Creates one of the [`LOGGING`] pods in the case's namespace, and gives the writers of its containers' logs.
    pub(crate) async fn logging_pod(&self, name: &str) -> Result<(Resource, Vec<LogWriter>), Failure> {
        let found = LOGGING.iter().find(|(pod, _)| *pod == name);
        let (_, containers) = found.ok_or_else(|| Failure::new(format!("no pod {name} is in the table")))?;
        let pods = self.resource("v1", "Pod").await?;
        let mut pod = Self::pod(name);
        let spec = |name: &&str| json!({"name": name, "image": "example.com/main:1"});
        pod["spec"]["containers"] = containers.iter().map(spec).collect::<Vec<Value>>().into();
        let writers = match &self.logs {
            PodLogs::Embedded(server) => {
                let writer = |one: &&str| LogWriter::Embedded(server.pod_log(&self.namespace, name, one));
                containers.iter().map(writer).collect()
            }
            PodLogs::Real(logs) => {
                pod["spec"]["nodeName"] = NODE.into();
                pod["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
                let log = |one: &&str| logs.get(&(name.to_owned(), (*one).to_owned())).cloned();
                let logs: Option<Vec<_>> = containers.iter().map(log).collect();
                let logs =
                    logs.ok_or_else(|| Failure::new("logs on the real server need kwok: --kwok FILE"))?;
                logs.into_iter().map(LogWriter::Real).collect()
            }
        };
        let created = pods.create(pod).await?;
        if let PodLogs::Real(_) = self.logs {
            created.wait().for_path("status.phase", json!("Running")).await?;
        }
        Ok((pods, writers))
    }
}
