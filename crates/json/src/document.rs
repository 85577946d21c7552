//! One checked value, and the bytes it came in.

use std::{fmt, str::FromStr};

use bytes::Bytes;
use serde::Serialize;

use crate::{
    Error, Expected, MAX_DEPTH, Shape, Value,
    scan::{Fault, Progress, Scanner},
    spans::Spans,
    tracker::Tracker,
    walk::skip_white,
};

/// One well-formed JSON value that shares the bytes it came in.
///
/// Cloning and [sharing](Self::share) parts costs a reference count. As long as one part lives, so does the
/// whole buffer, which may be the body of a response or a chunk of one: what is kept for long should be
/// [detached](Self::detach).
///
/// Documents are equal if their content is: see [`Value`].
///
/// ```
/// use steersman_json::Document;
///
/// let pod = Document::parse(r#"{"kind": "Pod", "spec": {"replicas": 3}}"#)?;
/// assert_eq!(pod.root().pointer("/spec/replicas").and_then(|replicas| replicas.as_i64()), Some(3));
///
/// let pod = pod.set("/spec/replicas", &Document::parse("5")?)?;
/// assert_eq!(pod.as_str(), r#"{"kind": "Pod", "spec": {"replicas": 5}}"#);
/// # Ok::<(), steersman_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Document {
    /// Exactly one well-formed value in UTF-8, not nested deeper than `MAX_DEPTH`, no white space around it.
    bytes: Bytes,
}

impl Document {
    /// Checks that `text` is one JSON value, white space around it aside, and keeps it as it is.
    ///
    /// What passes is what RFC 8259 defines, in UTF-8 without a byte order mark, nested at most [`MAX_DEPTH`]
    /// levels deep. Half a surrogate pair (`"\ud800"`) is refused, as no string could be read from it.
    ///
    /// # Errors
    /// [`Error::Syntax`], [`Error::Incomplete`] or [`Error::TooDeep`]; of several faults the first one. A byte
    /// sequence that is no UTF-8 is reported only if there is no other fault.
    pub fn parse(text: impl Into<Bytes>) -> Result<Self, Error> {
        Ok(Self::parse_tracking(&text.into(), None)?.0)
    }

    /// As [`parse`](Self::parse), and where the members of `shape` stand, if the text is no longer than 4 GiB.
    pub(crate) fn parse_tracking(
        text: &Bytes,
        shape: Option<&'static Shape>,
    ) -> Result<(Self, Spans), Error> {
        let start = skip_white(text, 0);
        let mut scanner = Scanner::new(Tracker::new(shape));
        let end = match scanner.feed(&text[start..]) {
            Ok(Progress::Complete { used }) => start + used,
            Ok(Progress::More) if scanner.may_end() => text.len(),
            Ok(_) => return Err(Error::Incomplete { offset: text.len() as u64 }),
            Err(fault) => return Err(Error::from_fault(fault, start as u64)),
        };
        let behind = skip_white(text, end);
        if behind < text.len() {
            return Err(Error::Syntax { offset: behind as u64, expected: Expected::End });
        }
        let document = Self::from_scanned(text.slice(start..end), start as u64)?;
        Ok((document, *scanner.tracker().spans()))
    }

    /// Writes `value` as JSON.
    ///
    /// # Errors
    /// [`Error::Serialize`] if it has a map whose keys are no strings or numbers, or fails by itself;
    /// [`Error::TooDeep`].
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let text = serde_json::to_vec(value).map_err(|error| Error::Serialize(error.to_string()))?;
        Self::parse(text)
    }

    /// Takes text that a [`Scanner`] has seen the end of; `offset` is where it began.
    pub(crate) fn from_scanned(bytes: Bytes, offset: u64) -> Result<Self, Error> {
        match std::str::from_utf8(&bytes) {
            Ok(_) => Ok(Self { bytes }),
            Err(error) => {
                Err(Error::Syntax { offset: offset + error.valid_up_to() as u64, expected: Expected::Utf8 })
            }
        }
    }

    /// Takes text of which the caller knows that it fulfils the invariant.
    pub(crate) fn from_checked(bytes: Bytes) -> Self {
        debug_assert!(Self::parse(bytes.clone()).is_ok_and(|document| document.len() == bytes.len()));
        Self { bytes }
    }

    /// Takes a part of another document's text.
    pub(crate) fn from_part(bytes: Bytes) -> Self {
        Self { bytes }
    }

    /// The text, as bytes that can be sent or kept without a copy.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The text.
    ///
    /// It costs a pass over the text to prove that it is UTF-8: read parts through [`root`](Self::root), and
    /// send [`bytes`](Self::bytes).
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.root().raw()
    }

    /// The length of the text in bytes; never 0.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "no JSON text is empty, and an empty object is another matter"
    )]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The value, to be read.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value::from_checked(&self.bytes)
    }

    /// A part as a document of its own, which shares this one's buffer.
    ///
    /// If `value` is not part of this document, it is copied.
    #[must_use]
    pub fn share(&self, value: Value<'_>) -> Self {
        match self.span_of(value) {
            Some((start, end)) => Self { bytes: self.bytes.slice(start..end) },
            None => value.to_document(),
        }
    }

    /// The same document in a buffer of its own, so that nothing else is kept in memory by it.
    #[must_use]
    pub fn detach(&self) -> Self {
        self.root().to_document()
    }

    /// Where `value` lies in this document: `0 <= start < end <= len`; none if it lies elsewhere.
    pub(crate) fn span_of(&self, value: Value<'_>) -> Option<(usize, usize)> {
        let start = value.text().as_ptr().addr().checked_sub(self.bytes.as_ptr().addr())?;
        let end = start.checked_add(value.text().len())?;
        (end <= self.bytes.len()).then_some((start, end))
    }
}

impl Error {
    /// The error for a fault in text that began at `offset`.
    pub(crate) fn from_fault(fault: Fault, offset: u64) -> Self {
        match fault {
            Fault::Syntax { at, expected } => Self::Syntax { offset: offset + at as u64, expected },
            Fault::TooDeep => Self::TooDeep { limit: MAX_DEPTH },
        }
    }
}

impl fmt::Debug for Document {
    /// What it is and how long, and nothing of it: it may be a secret's. `Display` shows the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.root(), f)
    }
}

impl fmt::Display for Document {
    /// The text as it stands, however long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Document {
    type Err = Error;

    /// Copies and checks `text`; see [`Document::parse`].
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text.to_owned())
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.root() == other.root()
    }
}

impl Eq for Document {}
