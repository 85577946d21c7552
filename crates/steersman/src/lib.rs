//! **steersman**: the dynamic Kubernetes client. It works with any resource that a cluster serves, built in, custom or
//! aggregated, without generated types.
//!
//! ```no_run
//! use steersman::prelude::*;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), steersman::Error> {
//!     let cluster = DynamicClient::connect().await?;
//!     let pods = cluster.resource("v1", "Pod").await?;
//!     let mut running = pods.all_namespaces().list().fields("status.phase=Running").stream();
//!     while let Some(pod) = running.try_next().await? {
//!         println!("{}/{}", pod.namespace().unwrap_or_default(), pod.name());
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Start with [`DynamicClient`]. It finds a [`Resource`]; the resource's [verbs] give [`ResourceInstance`]s, which read
//! as lazy [`Object`]s and have verbs of their own.
//!
//! The layers below are crates of their own, re-exported here: [`config`], [`transport`], [`discovery`], [`watch`],
//! [`meta`] and [`json`].
//!
//! **Invariant.** This crate re-exports; it defines no behaviour of its own on the wire.

pub mod prelude;
#[cfg(doctest)]
mod readme;

pub use steersman_config as config;
pub use steersman_discovery as discovery;
pub use steersman_json as json;
pub use steersman_meta as meta;
pub use steersman_transport as transport;
pub use steersman_watch as watch;

pub use steersman_config::Config;
pub use steersman_discovery::{Discoverer, DiskCache, EagerDiscoverer, LazyDiscoverer};
pub use steersman_dynamic::{
    Access, Bulk, BulkOutcome, BulkOutcomes, DynamicClient, DynamicClientBuilder, Error, InitialEvents,
    LastSeen, LocalError, LogLine, LogLines, OnError, Owner, RawAnswer, RawRequest, Report, Resource,
    ResourceInstance, ResourceList, Resources, Search, ServerVersion, StopHandle, Subresource, UserInfo,
    WaitError, Watch, WatchEvent, verbs,
};
pub use steersman_meta::{
    ApiResource, ApplyConflict, Condition, Content, GroupVersionKind, ManagedFields, Object, Patch, Reason,
    Scope, Status, Table, Verb,
};
pub use steersman_transport::Client;
