//! From chunks to the elements of one array.

use std::{collections::VecDeque, mem};

use bytes::{Buf as _, Bytes, BytesMut};

use crate::{
    Document, Error, Expected, Outline, Shape,
    scan::{Progress, Scanner},
    segment::Segment,
    spans::{Span, Spans},
    string,
    tracker::Tracker,
    walk::skip_white,
};

/// Cuts one document, an object with a long array in it, into the elements of that array, while it arrives.
///
/// The elements are objects. What is around them comes out twice: as far as it has come when the array begins, and whole
/// at its end; the array is empty in it. The members around the array may come in any order.
///
/// Each byte of an element is copied once, into segments that many elements share. So memory is about what is kept: of a
/// caller who keeps no element one segment of 256 KiB, or one element if that is larger. An element that is kept keeps
/// its segment: [detach](Outline::detach) it to keep a few of many.
///
/// ```
/// use steersman_json::{Cut, ElementCutter, Shape, Wanted};
///
/// static LIST: Shape = Shape::new(&[Wanted::new("items", 0)]);
/// static ITEM: Shape = Shape::new(&[Wanted::new("name", 0)]);
///
/// let mut cutter = ElementCutter::new(&LIST, 0, &ITEM, 1 << 20);
/// cutter.push(r#"{"kind": "List", "items": [{"name": "a"}, {"na"#.into());
/// let Some(Cut::Start(start)) = cutter.next()? else { panic!("the array begins") };
/// assert_eq!(start.document().as_str(), r#"{"kind": "List", "items": []}"#);
/// let Some(Cut::Element(element)) = cutter.next()? else { panic!("an element is there") };
/// assert_eq!(element.value(0).and_then(|name| name.as_str()).as_deref(), Some("a"));
/// assert!(cutter.next()?.is_none());
/// cutter.push(r#"me": "b"}], "more": 1}"#.into());
/// assert!(matches!(cutter.next()?, Some(Cut::Element(_))));
/// let Some(Cut::End(end)) = cutter.next()? else { panic!("the document ends") };
/// assert_eq!(end.document().as_str(), r#"{"kind": "List", "items": [], "more": 1}"#);
/// assert!(cutter.finish()?.is_none());
/// # Ok::<(), steersman_json::Error>(())
/// ```
#[derive(Debug)]
pub struct ElementCutter {
    max_bytes: usize,
    /// Chunks that were not read yet; none is empty.
    unread: VecDeque<Bytes>,
    place: Place,
    /// How many bytes of the stream have been read.
    offset: u64,
    /// Where the document starts in the stream, behind white space.
    starts: u64,
    around: Scanner,
    /// What has come around the elements: `0 <= len <= max_bytes`
    envelope: Vec<u8>,
    array: Array,
    element: Scanner,
    /// How many bytes of the current element have come: `0 <= read <= max_bytes`
    read: usize,
    /// Where the current element starts in the stream.
    element_offset: u64,
    /// What the current element gets, and what the next one will.
    filling: Filling,
    next_filling: Option<Filling>,
    segment: Segment,
    failed: Option<Error>,
}

/// What an [`ElementCutter`] finds.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a document has a start, elements and an end")]
pub enum Cut {
    /// The array begins. This is what has come before it, made into a document by brackets behind it.
    Start(Outline),
    /// An element of the array.
    Element(Outline),
    /// The end of the document. This is all of it but the elements.
    End(Outline),
}

/// Where in the document the next byte lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Around,
    /// Behind the array's bracket.
    First,
    Inside,
    Behind,
    /// Behind a comma.
    Next,
    End,
}

/// The array that is cut.
#[derive(Debug)]
struct Array {
    slot: usize,
    was_opened: bool,
    /// How much further on in the stream a byte behind the array stands than in the envelope.
    left_out: u64,
    /// Where the array ends in the envelope.
    ends: usize,
}

/// The members that elements get which have none of them.
#[derive(Debug)]
struct Filling {
    /// The opening brace of an element, and the members with a comma behind each.
    text: Vec<u8>,
    members: Vec<(usize, Option<Span>)>,
}

impl ElementCutter {
    /// A cutter for the elements of the array in `slot` of the shape `around`, each of the shape `element`.
    ///
    /// An element may be `max_bytes` long, and so may all that is around them together; never more than 2 GiB.
    #[must_use]
    pub fn new(around: &'static Shape, slot: usize, element: &'static Shape, max_bytes: usize) -> Self {
        Self {
            max_bytes: max_bytes.min(i32::MAX as usize),
            unread: VecDeque::new(),
            place: Place::Around,
            offset: 0,
            starts: 0,
            around: Scanner::new(Tracker::new(Some(around)).stopping_at(slot)),
            envelope: Vec::new(),
            array: Array { slot, was_opened: false, left_out: 0, ends: 0 },
            element: Scanner::new(Tracker::new(Some(element))),
            read: 0,
            element_offset: 0,
            filling: Filling { text: vec![b'{'], members: Vec::new() },
            next_filling: None,
            segment: Segment::default(),
            failed: None,
        }
    }

    /// From the next element on, those that have none of these members get them all, in front of their own. Each is given
    /// as its slot in the shape of an element, its key, and its value, which is a string.
    pub fn fill(&mut self, members: &[(usize, &str, &str)]) {
        let mut text = vec![b'{'];
        let mut spans = Vec::new();
        for (slot, key, value) in members {
            string::quote(key, &mut text);
            text.push(b':');
            let start = text.len();
            string::quote(value, &mut text);
            spans.push((*slot, Span::new(start, text.len())));
            text.push(b',');
        }
        self.next_filling = Some(Filling { text, members: spans });
    }

    /// Takes the next chunk of the stream.
    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() && self.failed.is_none() {
            self.unread.push_back(chunk);
        }
    }

    /// What comes next, or none if more of the stream is needed.
    ///
    /// # Errors
    /// [`Error::Syntax`], [`Error::TooDeep`] or [`Error::TooLong`]; [`Error::Element`] and [`Error::Repeated`] where the
    /// document is not of the kind that can be cut. Each later call gives the same error.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that ends is not asked again; this one is"
    )]
    pub fn next(&mut self) -> Result<Option<Cut>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.cut().inspect_err(|error| self.fail(error))
    }

    /// What comes next when the stream has ended; none if it ended well and all is taken out.
    ///
    /// # Errors
    /// As for [`next`](Self::next), and [`Error::Incomplete`] if the stream ended before the document.
    pub fn finish(&mut self) -> Result<Option<Cut>, Error> {
        if let Some(cut) = self.next()? {
            return Ok(Some(cut));
        }
        let end = match self.place {
            Place::End => return Ok(None),
            // A number or a word alone.
            Place::Around if self.around.may_end() => self.end(),
            _ => Err(Error::Incomplete { offset: self.offset }),
        };
        end.map(Some).inspect_err(|error| self.fail(error))
    }

    /// How many bytes are held: around the elements, of the incomplete one, and of chunks that were not read yet.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.envelope.len() + self.segment.len() + self.unread.iter().map(Bytes::len).sum::<usize>()
    }

    fn cut(&mut self) -> Result<Option<Cut>, Error> {
        while let Some(mut chunk) = self.unread.pop_front() {
            while !chunk.is_empty() {
                let cut = match self.place {
                    Place::Around => self.cut_around(&mut chunk)?,
                    Place::Inside => self.cut_inside(&mut chunk)?,
                    _ => {
                        self.pass_between(&mut chunk)?;
                        None
                    }
                };
                if cut.is_some() {
                    if !chunk.is_empty() {
                        self.unread.push_front(chunk);
                    }
                    return Ok(cut);
                }
            }
        }
        Ok(None)
    }

    fn cut_around(&mut self, chunk: &mut Bytes) -> Result<Option<Cut>, Error> {
        if self.around.is_before_value() {
            let white = skip_white(chunk, 0);
            self.pass(chunk, white);
            self.starts = self.offset;
        }
        let room = (self.max_bytes - self.envelope.len()).min(chunk.len());
        let progress =
            self.around.feed(&chunk[..room]).map_err(|fault| Error::from_fault(fault, self.offset))?;
        let used = match progress {
            Progress::Complete { used } | Progress::Opened { used } => used,
            Progress::More if room < chunk.len() => return Err(Error::TooLong { limit: self.max_bytes }),
            Progress::More => room,
        };
        self.envelope.extend_from_slice(&chunk[..used]);
        self.pass(chunk, used);
        match progress {
            Progress::Opened { .. } if self.array.was_opened => Err(Error::Repeated { offset: self.offset }),
            Progress::Opened { .. } => {
                self.array.was_opened = true;
                self.place = Place::First;
                let mut text = self.envelope.clone();
                text.push(b']');
                text.resize(text.len() + self.around.depth() - 1, b'}');
                self.outline_around(text).map(|outline| Some(Cut::Start(outline)))
            }
            Progress::Complete { .. } => self.end().map(Some),
            Progress::More => Ok(None),
        }
    }

    fn end(&mut self) -> Result<Cut, Error> {
        self.place = Place::End;
        if !self.array.was_opened {
            self.array.left_out = self.starts;
        }
        let text = mem::take(&mut self.envelope);
        let array = self.around.tracker().spans().at(self.array.slot);
        if self.array.was_opened && array.is_none_or(|span| text[span.range()][0] != b'[') {
            return Err(Error::Repeated { offset: self.offset });
        }
        self.outline_around(text).map(Cut::End)
    }

    fn outline_around(&self, text: Vec<u8>) -> Result<Outline, Error> {
        if let Err(error) = std::str::from_utf8(&text) {
            let at = error.valid_up_to();
            let left_out = if self.place == Place::End && at >= self.array.ends {
                self.array.left_out
            } else {
                self.starts
            };
            return Err(Error::Syntax { offset: at as u64 + left_out, expected: Expected::Utf8 });
        }
        let document = Document::from_checked(text.into());
        Ok(Outline::new(document, *self.around.tracker().spans()))
    }

    /// Reads what stands between elements, up to the next one or the end of the array; and white space behind the
    /// document.
    fn pass_between(&mut self, chunk: &mut Bytes) -> Result<(), Error> {
        let white = skip_white(chunk, 0);
        self.pass(chunk, white);
        let Some(&byte) = chunk.first() else { return Ok(()) };
        let expected = match (self.place, byte) {
            (Place::First | Place::Next, b'{') => {
                self.element.restart();
                self.element_offset = self.offset;
                self.read = 0;
                self.place = Place::Inside;
                return Ok(());
            }
            (Place::First | Place::Behind, b']') => {
                // The bracket is the envelope's.
                self.array.ends = self.envelope.len();
                self.array.left_out = self.offset - self.envelope.len() as u64;
                self.place = Place::Around;
                return Ok(());
            }
            (Place::Behind, b',') => {
                self.pass(chunk, 1);
                self.place = Place::Next;
                return Ok(());
            }
            (Place::First | Place::Next, b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                return Err(Error::Element { offset: self.offset });
            }
            (Place::First, _) => Expected::ValueOrArrayEnd,
            (Place::Next, _) => Expected::Value,
            (Place::Behind, _) => Expected::CommaOrArrayEnd,
            _ => Expected::End,
        };
        Err(Error::Syntax { offset: self.offset, expected })
    }

    fn cut_inside(&mut self, chunk: &mut Bytes) -> Result<Option<Cut>, Error> {
        let room = (self.max_bytes - self.read).min(chunk.len());
        let progress =
            self.element.feed(&chunk[..room]).map_err(|fault| Error::from_fault(fault, self.offset))?;
        let used = match progress {
            Progress::Complete { used } | Progress::Opened { used } => used,
            Progress::More if room < chunk.len() => return Err(Error::TooLong { limit: self.max_bytes }),
            Progress::More => room,
        };
        let mut start = 0;
        if self.read == 0 {
            if let Some(filling) = self.next_filling.take() {
                self.filling = filling;
            }
            // It has the element's brace.
            self.segment.append(&self.filling.text);
            start = 1;
        }
        self.segment.append(&chunk[start..used]);
        self.read += used;
        self.pass(chunk, used);
        if !matches!(progress, Progress::Complete { .. }) {
            return Ok(None);
        }
        self.place = Place::Behind;
        let text = self.segment.take();
        let own = self.filling.text.len() - 1;
        if let Err(error) = std::str::from_utf8(&text[own..]) {
            let offset = self.element_offset + error.valid_up_to() as u64;
            return Err(Error::Syntax { offset, expected: Expected::Utf8 });
        }
        let (document, spans) = self.filling.complete(text, self.element.tracker().spans());
        Ok(Some(Cut::Element(Outline::new(document, spans))))
    }

    fn pass(&mut self, chunk: &mut Bytes, bytes: usize) {
        chunk.advance(bytes);
        self.offset += bytes as u64;
    }

    fn fail(&mut self, error: &Error) {
        self.failed = Some(error.clone());
        self.unread = VecDeque::new();
        self.envelope = Vec::new();
        self.segment = Segment::default();
    }
}

impl Filling {
    /// The element whose text follows the filling, which stands in the place of its brace; `spans` are those of the
    /// element alone.
    fn complete(&self, mut text: BytesMut, spans: &Spans) -> (Document, Spans) {
        let own = self.text.len() - 1;
        if self.members.iter().any(|(slot, _)| spans.at(*slot).is_some()) || own == 0 {
            text.advance(own);
            text[0] = b'{';
            return (Document::from_checked(text.freeze()), *spans);
        }
        let mut spans = spans.behind(own);
        for (slot, span) in &self.members {
            spans.set(*slot, *span);
        }
        if text[skip_white(&text, self.text.len())] == b'}' {
            // An element without members: the comma goes.
            let text = [&text[..own], &text[own + 1..]].concat();
            return (Document::from_checked(text.into()), spans);
        }
        (Document::from_checked(text.freeze()), spans)
    }
}
