//! From the chunks of a body to frames.

use bytes::Bytes;
use steersman_json::{Cutter, Error, Outline};

use crate::{DecodeError, Frame, frame};

/// The longest event that a [`Decoder`] takes if it is not told otherwise: 16 MiB, as Kubernetes' own client.
pub const DEFAULT_MAX_EVENT_BYTES: usize = steersman_json::DEFAULT_MAX_DOCUMENT_BYTES;

/// Turns the body of one watch request, chunk by chunk, into [`Frame`]s.
///
/// Chunks may end anywhere; events follow each other with or without line ends. An object shares the chunk that it
/// came in if it lies in one. Memory is bounded: at most one incomplete event is held, up to the limit.
///
/// ```
/// use steersman_watch::{Decoder, Frame};
///
/// let mut decoder = Decoder::default();
/// decoder.push(r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}{"type":"#.into());
/// match decoder.next()? {
///     Some(Frame::Added(pod)) => assert_eq!(pod.name(), "a"),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(decoder.next()?, None);
/// assert!(decoder.finish().is_err(), "the body ends inside an event");
/// # Ok::<(), steersman_watch::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    cutter: Cutter,
    /// The latest chunk, to show how a body begins that is no JSON.
    latest: Bytes,
    /// Where the latest chunk ends in the body.
    pushed: u64,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(DEFAULT_MAX_EVENT_BYTES)
    }
}

impl Decoder {
    /// A decoder for events of at most `max_event_bytes`.
    #[must_use]
    pub fn new(max_event_bytes: usize) -> Self {
        Self {
            cutter: Cutter::new(max_event_bytes).with_shape(frame::EVENT),
            latest: Bytes::new(),
            pushed: 0,
        }
    }

    /// Takes the next chunk of the body. Take all frames out before the next one.
    pub fn push(&mut self, chunk: Bytes) {
        self.pushed += chunk.len() as u64;
        self.latest = chunk.clone();
        self.cutter.push(chunk);
    }

    /// The next frame, or none if more of the body is needed.
    ///
    /// # Errors
    /// See [`DecodeError`]. After [`DecodeError::Json`] and [`DecodeError::NotJson`] nothing else comes; after
    /// others, the frames behind can still be read.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that ends is not asked again; this one is"
    )]
    pub fn next(&mut self) -> Result<Option<Frame>, DecodeError> {
        let cut = self.cutter.next_outline();
        self.read(cut)
    }

    /// The next frame when the body has ended; none if it ended well and all are taken out.
    ///
    /// # Errors
    /// As for [`next`](Self::next), and if the body ended inside an event
    /// ([`is_incomplete`](DecodeError::is_incomplete)).
    pub fn finish(&mut self) -> Result<Option<Frame>, DecodeError> {
        let cut = self.cutter.finish_outline();
        self.read(cut)
    }

    /// How many bytes are held back.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.cutter.buffered()
    }

    fn read(&self, cut: Result<Option<Outline>, Error>) -> Result<Option<Frame>, DecodeError> {
        match cut {
            Ok(Some(event)) => Frame::from_outline(&event).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(self.not_json().unwrap_or(DecodeError::Json(error))),
        }
    }

    /// If what failed does not even begin like an event: how it begins. Of what does, nothing is shown, for it
    /// may hold a secret.
    fn not_json(&self) -> Option<DecodeError> {
        let behind = self.pushed.checked_sub(self.cutter.document_offset())?;
        let at = self.latest.len().checked_sub(usize::try_from(behind).ok()?)?;
        let text = &self.latest[at..];
        let begins_like_json = matches!(text.first(), None | Some(b'{' | b'[' | b'"'));
        (!begins_like_json).then(|| DecodeError::NotJson { excerpt: frame::excerpt(text) })
    }
}
