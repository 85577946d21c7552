//! A document, and where the members stand that somebody will ask for.

use std::ops::Range;

use bytes::Bytes;

use crate::{
    Document, Error, Shape, Value,
    spans::{Span, Spans},
};

/// A document, and where the members of a [`Shape`] stand in it: noted while the text was checked, so that reading them
/// costs no walk.
///
/// Cheap to clone: the text is shared.
#[derive(Clone, Debug)]
pub struct Outline {
    document: Document,
    spans: Spans,
}

impl Outline {
    /// Checks `text`, as [`Document::parse`] does, and notes where the members of `shape` stand.
    ///
    /// # Errors
    /// As for [`Document::parse`]; also [`Error::TooLong`] beyond 4 GiB.
    pub fn parse(text: impl Into<Bytes>, shape: &'static Shape) -> Result<Self, Error> {
        let text = text.into();
        if u32::try_from(text.len()).is_err() {
            return Err(Error::TooLong { limit: u32::MAX as usize });
        }
        let (document, spans) = Document::parse_tracking(&text, Some(shape))?;
        Ok(Self { document, spans })
    }

    pub(crate) fn new(document: Document, spans: Spans) -> Self {
        Self { document, spans }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The document alone.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.document
    }

    /// The value of the member that the shape gave this slot; none if the document has no such member.
    #[must_use]
    pub fn value(&self, slot: usize) -> Option<Value<'_>> {
        let span = self.spans.at(slot)?;
        Some(Value::from_checked(&self.document.bytes()[span.range()]))
    }

    /// The value in `slot` as an outline of its own, which shares this one's buffer, with the members inside of it.
    #[must_use]
    pub fn part(&self, slot: usize) -> Option<Self> {
        let span = self.spans.at(slot)?;
        let bytes = self.document.bytes().slice(span.range());
        Some(Self { document: Document::from_part(bytes), spans: self.spans.inside(span) })
    }

    /// The same in a buffer of its own, so that nothing else is kept in memory by it.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self { document: self.document.detach(), spans: self.spans }
    }

    /// The same without the member in `slot`, in a buffer of its own; without it already, a copy.
    ///
    /// None if the text spells a wanted key twice: what stood behind the last one would come to light.
    /// [`Document::remove`] removes them all.
    #[must_use]
    pub fn without(&self, slot: usize) -> Option<Self> {
        if self.spans.repeated {
            return None;
        }
        let Some(span) = self.spans.at(slot) else { return Some(self.detach()) };
        let text = self.document.bytes();
        let gone = member(text, span);
        let mut kept = Vec::with_capacity(text.len() - gone.len());
        kept.extend_from_slice(&text[..gone.start]);
        kept.extend_from_slice(&text[gone.end..]);
        Some(Self { document: Document::from_checked(kept.into()), spans: self.spans.without(&gone) })
    }
}

/// Where the member stands whose value is at `value`: with its key, and one of the commas around it.
fn member(text: &[u8], value: Span) -> Range<usize> {
    let value = value.range();
    let before = |at: usize| text[..at].trim_ascii_end().len();
    // Back over white space, the colon and the closing quote; a quote inside of the key has a backslash before it, and the
    // opening one never has.
    let colon = before(value.start) - 1;
    let mut start = before(colon) - 1;
    loop {
        start -= 1;
        if text[start] == b'"' && text[start - 1] != b'\\' {
            break;
        }
    }
    let behind = text.len() - text[value.end..].trim_ascii_start().len();
    let comma_before = before(start) - 1;
    if text[comma_before] == b',' {
        comma_before..value.end
    } else if text[behind] == b',' {
        start..behind + 1
    } else {
        start..value.end
    }
}
