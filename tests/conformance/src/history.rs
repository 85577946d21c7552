//! The history of a server's data, and how it is made to forget it.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use steersman::{Config, prelude::*};
use steersman_envtest::EnvTest;

use crate::Failure;

/// Where a server keeps what happened before.
#[derive(Clone, Debug)]
pub(crate) enum History {
    Embedded(Arc<EnvTest>),
    /// In etcd, whose JSON gateway listens here.
    Etcd {
        url: String,
    },
}

impl History {
    /// Forgets what was before this version of the data.
    pub(crate) async fn forget_before(&self, version: &str) -> Result<(), Failure> {
        match self {
            Self::Embedded(server) => server.compact(),
            Self::Etcd { url } => {
                let server = url.parse().map_err(|_| Failure::new(format!("{url} is no URL")))?;
                let etcd = DynamicClient::builder().config(Config::new(server)).connect().await?;
                let compaction = json!({"revision": version, "physical": true});
                etcd.request(Method::POST).base("/v3/kv/compaction").content(compaction).await?;
            }
        }
        Ok(())
    }
}
