//! Every verb on every kind that a cluster serves, with no generated types.
//!
//! A [`DynamicClient`] finds a [`Resource`]; its verbs give [`ResourceInstance`]s and [`ResourceList`]s, and a
//! [`Subresource`] has verbs of its own. A verb is a builder that is awaited; what can be said before the server is
//! asked is an [`Error`] before anything is sent.
//!
//! **Invariant.** This crate knows verbs and objects. Sockets, TLS, credentials and deadlines are the transport's, what
//! is served is discovery's, and when a watch goes on from where is decided in `steersman-watch`.

mod client;
mod builder;
mod defaults;
mod resources;
mod resource;
mod subresource;
pub mod verbs;
mod raw;
mod raw_answer;
mod place;
mod extras;
mod form;
mod call;
mod exchange;
mod shard;
mod instance;
mod owner;
mod list;
mod page;
mod list_stream;
mod bulk;
mod watch;
mod wait;
mod logs;
mod version;
mod access;
mod error;
mod report;

pub use access::{Access, UserInfo};
pub use builder::DynamicClientBuilder;
pub use bulk::{Bulk, BulkOutcome, BulkOutcomes};
pub use client::DynamicClient;
pub use error::{Error, LocalError};
pub use instance::ResourceInstance;
pub use list::ResourceList;
pub use logs::{LogLine, LogLines};
pub use owner::Owner;
pub use raw::RawRequest;
pub use raw_answer::RawAnswer;
pub use report::Report;
pub use resource::Resource;
pub use resources::{Resources, Search};
pub use steersman_watch::InitialEvents;
pub use subresource::Subresource;
pub use version::ServerVersion;
pub use wait::{LastSeen, WaitError};
pub use watch::{OnError, StopHandle, Watch, WatchEvent};
