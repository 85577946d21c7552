//! How much a client takes in.

/// The limits of what a client keeps in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest body that is collected whole, in bytes; 1 GiB by default. A body that is read as a stream has no
    /// limit here: each chunk is the reader's. A longer one is an error of kind
    /// [`TooLarge`](crate::ErrorKind::TooLarge).
    pub max_body_bytes: usize,
    /// How many bytes of a refusal's body are read, 1 MiB by default. What is longer is cut, and is then no `Status`.
    pub max_error_body_bytes: usize,
    /// The longest head of a response, in bytes; 64 KiB by default, at least 8 KiB on HTTP/1.1. It is also HTTP/1.1's
    /// read buffer, so that a connection costs that much. It says nothing to a service of the user's own.
    pub max_header_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_body_bytes: 1 << 30, max_error_body_bytes: 1 << 20, max_header_bytes: 64 << 10 }
    }
}
