//! How long a client waits, and how one request says otherwise.

use std::time::Duration;

/// How long each step of a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// To look up the name and open a TCP connection, all addresses together; 10 s by default.
    pub connect: Duration,
    /// To agree on TLS once the connection is open; 10 s by default.
    pub tls: Duration,
    /// From the request to the head of the response, connecting included; 60 s by default, which is what an API server
    /// gives its own handlers. `None` waits for ever.
    pub response_head: Option<Duration>,
    /// Between two chunks of the response's body, while somebody waits for the next; 60 s by default. A reader that
    /// pauses is not timed. `None` waits for ever: that is for watches and logs, where silence is no fault.
    pub body_idle: Option<Duration>,
    /// From the request to the end of the body; `None`, no such limit, by default.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            tls: Duration::from_secs(10),
            response_head: Some(Duration::from_secs(60)),
            body_idle: Some(Duration::from_secs(60)),
            total: None,
        }
    }
}

/// What one request wants in place of the client's [`Timeouts`]: an extension of the request.
///
/// Connections are shared between requests, so that their limits are the client's alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestTimeouts {
    /// In place of [`Timeouts::response_head`].
    pub response_head: TimeoutOverride,
    /// In place of [`Timeouts::body_idle`].
    pub body_idle: TimeoutOverride,
    /// In place of [`Timeouts::total`].
    pub total: TimeoutOverride,
}

impl RequestTimeouts {
    /// For a body that is silent for as long as nothing happens: a watch, a log that is followed. The head is still
    /// waited for as the client says.
    #[must_use]
    pub fn for_streaming() -> Self {
        Self { body_idle: TimeoutOverride::Unlimited, total: TimeoutOverride::Unlimited, ..Self::default() }
    }
}

/// One limit of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeoutOverride {
    /// What the client says.
    #[default]
    Inherit,
    /// No limit.
    Unlimited,
    /// This long.
    After(Duration),
}

impl TimeoutOverride {
    pub(crate) fn or(self, inherited: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Inherit => inherited,
            Self::Unlimited => None,
            Self::After(limit) => Some(limit),
        }
    }
}
