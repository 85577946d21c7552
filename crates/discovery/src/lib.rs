//! What does this server serve? Discovery of a Kubernetes API server, and look-ups in what it found.
//!
//! A [`Discoverer`] asks the server: [`LazyDiscoverer`] takes what a look-up needs, [`EagerDiscoverer`] everything at once;
//! a [`DiskCache`] keeps it for the next process. What was found is a [`Discovery`], a plain value: the resources in kubectl's order of priority, the look-ups that kubectl's words need, and the group
//! versions that could not be read, as data.
//!
//! The crate is enough alone: it re-exports the [`Client`] that it asks through and the [`Config`] that a client is made of.
//! Without default features it pulls in no TLS, and a client is made of any tower service.
//!
//! **Invariant.** This crate does not know objects: it reads what kinds there are, never what there is of a kind. All
//! that it decides (which document it was given, what order holds, what a name means, when to ask again) is a function
//! of values; only `fetch` and the discoverers wait.

mod discovery;
mod failure;
mod group;
mod names;

mod lookup;
mod lookup_error;
mod search;
mod suggest;

mod document;
mod wire;

mod described;
mod listing;
mod source;

mod need;
mod update;

mod discoverer;
mod error;

mod eager;
mod lazy;

mod cache;
mod fetch;
mod pace;
mod recorded;
mod surveyor;

pub use cache::DiskCache;
pub use discoverer::{BoxFuture, Discoverer};
pub use discovery::Discovery;
pub use eager::EagerDiscoverer;
pub use error::Error;
pub use failure::{FailureCause, GroupFailure};
pub use fetch::Budget;
pub use group::ApiGroup;
pub use lazy::LazyDiscoverer;
pub use lookup_error::{Asked, Candidate, LookupError};
pub use recorded::recorded;
pub use search::{Found, Search, SearchTerms};
pub use steersman_config::Config;
pub use steersman_meta::{ApiResource, ApiSubresource, Scope, Shared, Text, Verb};
pub use steersman_transport::Client;
