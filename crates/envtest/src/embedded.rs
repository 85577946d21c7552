//! The API server that is embedded in the process.
//!
//! Objects are trees of `serde_json` values under one lock: simple and obviously right beats fast here. The truth is
//! what a real kube-apiserver says; the same conformance suite runs on both.

mod actions;
mod api;
mod apply;
mod auth;
mod body;
mod budgets;
mod checks;
mod crd;
mod delete;
mod discovery;
mod duplicates;
mod env;
mod fields;
mod hooks;
mod kinds;
mod list;
mod logs;
mod managed;
mod meta;
mod names;
mod negotiate;
mod options;
mod parts;
mod patch;
mod pod_logs;
mod printer;
mod proxy;
mod recorder;
mod reply;
mod request;
mod reviews;
mod scale;
mod schema;
mod selectors;
mod server;
mod shards;
mod state;
mod status;
mod store;
mod strategic;
mod subresources;
mod tls;
mod tokens;
mod version;
mod view;
mod watch;
mod write;

pub use auth::{Access, User};
pub use env::{EnvTest, EnvTestBuilder};
pub use pod_logs::PodLog;
pub use recorder::{Fault, RecordedRequest};
