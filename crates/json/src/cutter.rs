//! From chunks to documents.

use std::{collections::VecDeque, mem};

use bytes::{Buf as _, Bytes};

use crate::{
    Document, Error, Outline, Shape,
    scan::{Progress, Scanner},
    tracker::Tracker,
    walk::skip_white,
};

/// The longest document that a [`Cutter`] takes if it is not told otherwise: 16 MiB, as Kubernetes' own client.
pub const DEFAULT_MAX_DOCUMENT_BYTES: usize = 16 << 20;

/// Cuts a stream of chunks into documents.
///
/// Documents follow each other with white space between them or none, each on one line or on many; chunks may
/// end anywhere, in the middle of a character too. What comes out does not depend on how the stream was cut
/// into chunks.
///
/// A document that lies in one chunk shares it; one that spans chunks is copied once. The work is in proportion
/// to the bytes, for chunks of any size. Memory is bounded: at most one document is held incomplete, and it is
/// refused once it is longer than the limit. Chunks that were [pushed](Self::push) and not yet read are held too,
/// so take all documents out before pushing the next chunk.
///
/// ```
/// use steersman_json::Cutter;
///
/// let mut cutter = Cutter::default();
/// cutter.push("{\"n\": 1}\n{\"n\":".into());
/// assert_eq!(cutter.next()?.as_ref().map(|document| document.as_str()), Some("{\"n\": 1}"));
/// assert_eq!(cutter.next()?, None);
/// cutter.push("2}".into());
/// assert_eq!(cutter.next()?.as_ref().map(|document| document.as_str()), Some("{\"n\":2}"));
/// assert_eq!(cutter.finish()?, None);
/// # Ok::<(), steersman_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Cutter {
    max_document_bytes: usize,
    /// Chunks that were not read yet; none is empty.
    unread: VecDeque<Bytes>,
    /// The start of the current document, if it came in earlier chunks: `0 <= len <= max_document_bytes + 1`
    started: Vec<u8>,
    scanner: Scanner,
    /// Where the current document starts in the stream.
    document_offset: u64,
    failed: Option<Error>,
}

impl Default for Cutter {
    fn default() -> Self {
        Self::new(DEFAULT_MAX_DOCUMENT_BYTES)
    }
}

impl Cutter {
    /// A cutter for documents of at most `max_document_bytes`, and never more than 4 GiB; white space around them does not
    /// count.
    #[must_use]
    pub fn new(max_document_bytes: usize) -> Self {
        Self {
            max_document_bytes: max_document_bytes.min(u32::MAX as usize),
            unread: VecDeque::new(),
            started: Vec::new(),
            scanner: Scanner::new(Tracker::new(None)),
            document_offset: 0,
            failed: None,
        }
    }

    /// The same, before anything was pushed, which also notes where the members of `shape` stand: see
    /// [`next_outline`](Self::next_outline).
    #[must_use]
    pub fn with_shape(self, shape: &'static Shape) -> Self {
        Self { scanner: Scanner::new(Tracker::new(Some(shape))), ..self }
    }

    /// Takes the next chunk of the stream.
    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() && self.failed.is_none() {
            self.unread.push_back(chunk);
        }
    }

    /// The next document, or none if more of the stream is needed.
    ///
    /// A number or word that stands alone, outside of any array or object, is complete only once the byte
    /// behind it is there: see [`finish`](Self::finish).
    ///
    /// # Errors
    /// [`Error::Syntax`], [`Error::TooDeep`] or [`Error::TooLong`]. There is no way to find the next document
    /// then: each later call gives the same error.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that ends is not asked again; this one is"
    )]
    pub fn next(&mut self) -> Result<Option<Document>, Error> {
        Ok(self.next_outline()?.map(Outline::into_document))
    }

    /// The next document, as [`next`](Self::next) gives it, and where the members of the [`Shape`] stand in it.
    ///
    /// # Errors
    /// As for [`next`](Self::next).
    pub fn next_outline(&mut self) -> Result<Option<Outline>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.cut().inspect_err(|error| self.fail(error))
    }

    /// The next document when the stream has ended; none if it ended well and all are taken out.
    ///
    /// # Errors
    /// As for [`next`](Self::next), and [`Error::Incomplete`] if the stream ended inside a document.
    pub fn finish(&mut self) -> Result<Option<Document>, Error> {
        Ok(self.finish_outline()?.map(Outline::into_document))
    }

    /// As [`finish`](Self::finish), and where the members of the [`Shape`] stand.
    ///
    /// # Errors
    /// As for [`finish`](Self::finish).
    pub fn finish_outline(&mut self) -> Result<Option<Outline>, Error> {
        if let Some(document) = self.next_outline()? {
            return Ok(Some(document));
        }
        if self.scanner.is_before_value() {
            return Ok(None);
        }
        let document = if self.scanner.may_end() {
            let text = mem::take(&mut self.started);
            self.complete(text.into())
        } else {
            let offset = self.document_offset + self.started.len() as u64;
            Err(Error::Incomplete { offset })
        };
        document.map(Some).inspect_err(|error| self.fail(error))
    }

    /// How many bytes are held: of the incomplete document, and of chunks that were not read yet.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.started.len() + self.unread.iter().map(Bytes::len).sum::<usize>()
    }

    /// Where the current document starts in the stream, in bytes: behind the last one and the white space that has
    /// been read. After an error, where the document starts that it was found in.
    #[must_use]
    pub fn document_offset(&self) -> u64 {
        self.document_offset
    }

    fn cut(&mut self) -> Result<Option<Outline>, Error> {
        while let Some(mut chunk) = self.unread.pop_front() {
            if self.scanner.is_before_value() {
                let white = skip_white(&chunk, 0);
                chunk.advance(white);
                self.document_offset += white as u64;
                if chunk.is_empty() {
                    continue;
                }
            }
            // One more byte than may be part of the document: it may be needed to see a number end.
            let room = (self.max_document_bytes - self.started.len()).saturating_add(1).min(chunk.len());
            let progress = self.scanner.feed(&chunk[..room]).map_err(|fault| {
                Error::from_fault(fault, self.document_offset + self.started.len() as u64)
            })?;
            match progress {
                Progress::Complete { used } if self.started.len() + used <= self.max_document_bytes => {
                    let part = chunk.split_to(used);
                    if !chunk.is_empty() {
                        self.unread.push_front(chunk);
                    }
                    let text = if self.started.is_empty() {
                        part
                    } else {
                        self.started.extend_from_slice(&part);
                        mem::take(&mut self.started).into()
                    };
                    return self.complete(text).map(Some);
                }
                Progress::More if self.started.len() + room <= self.max_document_bytes => {
                    self.started.extend_from_slice(&chunk);
                }
                _ => return Err(Error::TooLong { limit: self.max_document_bytes }),
            }
        }
        Ok(None)
    }

    fn complete(&mut self, text: Bytes) -> Result<Outline, Error> {
        let length = text.len() as u64;
        let document = Document::from_scanned(text, self.document_offset)?;
        self.document_offset += length;
        let spans = *self.scanner.tracker().spans();
        self.scanner.restart();
        Ok(Outline::new(document, spans))
    }

    fn fail(&mut self, error: &Error) {
        self.failed = Some(error.clone());
        self.unread = VecDeque::new();
        self.started = Vec::new();
    }
}
