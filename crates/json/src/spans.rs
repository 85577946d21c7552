//! Places in a text.

use std::{num::NonZeroU32, ops::Range};

use crate::MAX_SLOTS;

/// Where a value stands in a text of at most 4 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    /// `start < end`
    end: NonZeroU32,
}

/// Where the members of a [`Shape`](crate::Shape) stand in a text; of duplicate keys it is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spans {
    slots: [Option<Span>; MAX_SLOTS],
    /// Whether a key came more than once, so that the text holds a member that does not count.
    pub(crate) repeated: bool,
}

impl Span {
    /// None beyond 4 GiB, and for no bytes.
    pub(crate) fn new(start: usize, end: usize) -> Option<Self> {
        let span = Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()?.try_into().ok()? };
        (start < end).then_some(span)
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end.get() as usize
    }
}

impl Spans {
    pub(crate) const NONE: Self = Self { slots: [None; MAX_SLOTS], repeated: false };

    pub(crate) fn at(&self, slot: usize) -> Option<Span> {
        self.slots.get(slot).copied().flatten()
    }

    pub(crate) fn set(&mut self, slot: usize, span: Option<Span>) {
        self.slots[slot] = span;
    }

    /// The same in the text of `part` alone: what lies outside of it is left out.
    pub(crate) fn inside(&self, part: Span) -> Self {
        let part = part.range();
        self.map(|span| {
            let start = span.start.checked_sub(part.start)?;
            if span.end <= part.end { Span::new(start, span.end - part.start) } else { None }
        })
    }

    /// The same in a text out of which `gone` was cut: what lies in there is left out.
    pub(crate) fn without(&self, gone: &Range<usize>) -> Self {
        let moved = |at: usize| if at < gone.end { at.min(gone.start) } else { at - gone.len() };
        self.map(|span| Span::new(moved(span.start), moved(span.end)))
    }

    /// The same in a text that has `bytes` more in front of all members.
    pub(crate) fn behind(&self, bytes: usize) -> Self {
        self.map(|span| Span::new(span.start + bytes, span.end + bytes))
    }

    fn map(&self, change: impl Fn(Range<usize>) -> Option<Span>) -> Self {
        let slots = self.slots.map(|slot| slot.and_then(|span| change(span.range())));
        Self { slots, repeated: self.repeated }
    }
}
