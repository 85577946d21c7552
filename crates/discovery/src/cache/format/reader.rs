//! Takes values from bytes, which can be anything.

use steersman_meta::{Shared, Text};

use crate::described::{is_segment, is_text};

/// Gives one value after the other; `None` if there is none.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// How many more values lists may have, all together.
    entries: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, entries: MAX_ENTRIES }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(super) fn str(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        str::from_utf8(self.take(length)?).ok()
    }

    pub(super) fn text(&mut self) -> Option<Text> {
        self.str().map(Text::from)
    }

    /// A name that can be a segment of a path.
    pub(super) fn segment(&mut self) -> Option<Text> {
        self.str().filter(|name| is_segment(name)).map(Text::from)
    }

    /// Segments of a path, with slashes between them.
    pub(super) fn segments(&mut self) -> Option<Text> {
        self.str().filter(|name| name.split('/').all(is_segment)).map(Text::from)
    }

    /// A name that can stand in a line of text, or nothing.
    pub(super) fn name(&mut self) -> Option<Text> {
        self.str().filter(|name| name.is_empty() || is_text(name)).map(Text::from)
    }

    /// A segment of a path, or nothing, as the core group's name.
    pub(super) fn group(&mut self) -> Option<Text> {
        self.str().filter(|name| name.is_empty() || is_segment(name)).map(Text::from)
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.count()?;
        // A length is a claim: each value takes a byte at the least, and far more memory.
        let mut values = Vec::with_capacity(length.min(self.rest.len()).min(MAX_RESERVED));
        for _ in 0..length {
            values.push(read(self)?);
        }
        Some(values)
    }

    /// As [`list`](Self::list), by way of `scratch`, so that nothing but the list itself takes memory.
    pub(super) fn shared<T>(
        &mut self,
        scratch: &mut Vec<T>,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Shared<T>> {
        for _ in 0..self.count()? {
            scratch.push(read(self)?);
        }
        Some(scratch.drain(..).collect())
    }

    /// How many values there are. All together they may not be more than a document's: a byte of the file can be a
    /// thousand in memory.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = self.length()?;
        self.entries = self.entries.checked_sub(count)?;
        Some(count)
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        let mut length = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(length);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

const MAX_RESERVED: usize = 1024;

/// Ten thousand kinds have a tenth of it.
pub(super) const MAX_ENTRIES: usize = 1 << 19;
