//! A name for a server, for caches.

use std::fmt;

/// Names the server that a [`Client`](crate::Client) talks to, so that what is cached of one server is never taken for
/// another's: scheme, host, port, path prefix, and what makes its certificate believed.
///
/// Two clients with equal identities talk to the same server, as different users maybe. It holds no secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    server: String,
    trust: String,
    file_name: String,
}

impl Identity {
    /// The server's address: scheme, host, port and prefix.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// A name for a file or a folder: at most 100 characters of `a-z`, `0-9`, `-`, `_` and dots that don't come first,
    /// the host for people and a digest of the whole identity for programs.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// `trust` says why the server's certificate is believed; `digest` is one of both, in hexadecimal digits.
    #[cfg(feature = "tls")]
    pub(crate) fn new(server: &steersman_config::ServerUrl, trust: String, digest: &str) -> Self {
        let readable: String =
            server
                .host()
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                        c.to_ascii_lowercase()
                    } else {
                        '_'
                    }
                })
                .take(48)
                .collect();
        let readable = readable.trim_start_matches(['.', '-']);
        let file_name = format!("{readable}_{}_{}", server.port(), &digest[..digest.len().min(32)]);
        Self { server: server.to_string(), trust, file_name }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.server, self.trust)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}
