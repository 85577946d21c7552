//! One HTTP client for a Kubernetes API server, from a [`Config`](steersman_config::Config) to a [`Client`]: a single
//! tower stack over hyper and rustls, erased once, here.
//!
//! A [`Client`] is made in one of three ways: from a configuration ([`Client::new`]), from a configuration and layers of
//! your own ([`Client::builder`]), or from any tower service that answers HTTP requests ([`Client::from_service`], which
//! needs no feature). Above the stack a URI is a path; the server's address, the credentials and the protocol are the
//! stack's.
//!
//! **Invariant.** This crate does not know what a server serves: it moves requests and bodies, and of their content it
//! reads only the `Status` of a refusal. No redirect is followed, and credentials go to no server but the configured one.

mod body;
#[cfg(feature = "tls")]
mod builder;
mod client;
mod closing;
#[cfg(feature = "tls")]
mod compression;
#[cfg(feature = "tls")]
mod credentials;
mod deadline;
mod error;
mod identity;
mod limits;
mod live;
mod observe;
#[cfg(feature = "tls")]
mod origin;
#[cfg(feature = "tls")]
mod proxy;
mod rate_limit;
mod retry;
#[cfg(feature = "tls")]
mod slot;
#[cfg(feature = "tls")]
mod stack;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;
mod upgrade;
#[cfg(feature = "tls")]
mod warnings;
mod watching;
#[cfg(feature = "tls")]
mod wire;

pub use body::{Body, BodyStream};
#[cfg(feature = "tls")]
pub use builder::ClientBuilder;
pub use client::{BoxService, Client};
#[cfg(feature = "tls")]
pub use compression::Compression;
#[cfg(feature = "tls")]
pub use credentials::{ExecPolicy, ExecRule, OidcTokens};
pub use deadline::{DeadlineLayer, DeadlineService, ResponseFuture};
pub use error::{BoxError, CompressionFault, Error, ErrorKind, NotTaken, RequestFault, TimedOut, TlsFault};
pub use identity::Identity;
pub use limits::Limits;
pub use live::LiveTimeouts;
pub use observe::{Metrics, RequestSummary};
#[cfg(feature = "tls")]
pub use proxy::Proxy;
pub use rate_limit::{RateLimit, RateLimitLayer, RateLimitService};
pub use retry::{
    Attempt, AttemptNumber, Decision, Outcome, RetryLayer, RetryPolicy, RetryService, Stop, decide,
};
pub use timeouts::{RequestTimeouts, TimeoutOverride, Timeouts};
#[cfg(feature = "tls")]
pub use tls::Crypto;
pub use upgrade::{Upgrade, Upgraded};
#[cfg(feature = "tls")]
pub use warnings::{ServerWarning, WarningHandler, Warnings};
#[cfg(feature = "tls")]
pub use wire::HttpVersions;
