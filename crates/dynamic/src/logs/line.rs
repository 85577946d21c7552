//! One line of a log.

use std::{borrow::Cow, fmt, sync::Arc};

use bytes::Bytes;

/// One line of a log, as bytes: what a container writes need not be text.
///
/// `Display` writes it as [`text`](Self::text) does.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLine {
    bytes: Bytes,
    container: Option<Arc<str>>,
    goes_on: bool,
}

/// Whether lines keep their newline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Newlines {
    #[default]
    Keep,
    Strip,
    /// They keep it, and where the last one of a log has none, it gets one.
    Complete,
}

impl LogLine {
    pub(crate) fn new(bytes: Bytes, container: Option<Arc<str>>, goes_on: bool, newlines: Newlines) -> Self {
        let mut bytes = bytes;
        if newlines == Newlines::Strip && bytes.last() == Some(&b'\n') {
            bytes.truncate(bytes.len() - 1);
            if bytes.last() == Some(&b'\r') {
                bytes.truncate(bytes.len() - 1);
            }
        }
        if newlines == Newlines::Complete && !goes_on && bytes.last() != Some(&b'\n') {
            bytes = [&*bytes, b"\n"].concat().into();
        }
        Self { bytes, container, goes_on }
    }

    /// The bytes of the line, and its newline unless they are stripped.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of the line; they may keep a larger buffer alive.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The line as text; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Which container wrote it; `None` where none was named.
    #[must_use]
    pub fn container(&self) -> Option<&str> {
        self.container.as_deref()
    }

    /// Whether this is a part of a line that is longer than the limit, and its next part follows.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for LogLine {
    /// How long it is, and nothing of it: logs hold what they should not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLine")
            .field("bytes", &self.bytes.len())
            .field("container", &self.container)
            .field("goes_on", &self.goes_on)
            .finish()
    }
}
