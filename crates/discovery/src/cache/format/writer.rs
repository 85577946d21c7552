//! Puts values one behind the other.

use super::{super::file::MAX_BYTES, reader::MAX_ENTRIES};

/// Takes values, and gives the bytes.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// How many values its lists have, all together.
    entries: usize,
}

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn u32(&mut self, number: u32) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn u64(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(super) fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn list<T>(&mut self, values: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.length(values.len());
        self.entries += values.len();
        for value in values {
            write(self, value);
        }
    }

    /// The bytes, if they are few enough to be read again.
    pub(super) fn into_bytes(self) -> Option<Vec<u8>> {
        (self.entries <= MAX_ENTRIES && self.bytes.len() < MAX_BYTES).then_some(self.bytes)
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    pub(super) fn length(&mut self, mut length: usize) {
        while length > 0x7f {
            self.byte((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        self.byte(length as u8);
    }
}
