//! Lines out of chunks: a decoder that never waits, and never holds more than one line.

use bytes::{Bytes, BytesMut};

/// Cuts what comes in chunks into lines. A line that lies in one chunk is not copied.
#[derive(Debug)]
pub(crate) struct LineCutter {
    /// The beginning of a line whose end has not come; without a newline in it, `0 <= held.len() <= max_line_bytes`.
    held: BytesMut,
    /// What has come after it.
    chunk: Bytes,
    max_line_bytes: usize,
}

/// A line, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// With its newline, where it has one.
    pub(crate) bytes: Bytes,
    /// The line is longer than the limit: its next part follows.
    pub(crate) goes_on: bool,
}

impl LineCutter {
    /// `max_line_bytes` does not count the newline, and is 4 at least: a character of UTF-8 is never cut.
    pub(crate) fn new(max_line_bytes: usize) -> Self {
        Self { held: BytesMut::new(), chunk: Bytes::new(), max_line_bytes: max_line_bytes.max(4) }
    }

    /// Takes a chunk, after all lines of the one before have been taken out.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        self.hold();
        self.chunk = chunk;
    }

    /// The next line; `None` if more is needed.
    pub(crate) fn next(&mut self) -> Option<Cut> {
        let room = self.max_line_bytes - self.held.len();
        // Its newline may stand right behind the longest line.
        let searched = &self.chunk[..self.chunk.len().min(room.saturating_add(1))];
        if let Some(newline) = memchr::memchr(b'\n', searched) {
            return Some(Cut { bytes: self.take(newline + 1), goes_on: false });
        }
        if self.chunk.len() > room {
            let mut bytes = self.take(room);
            let behind = bytes.split_off(characters_end(&bytes));
            // It stands before what is left of the chunk.
            self.held.extend_from_slice(&behind);
            return Some(Cut { bytes, goes_on: true });
        }
        self.hold();
        None
    }

    /// The last line, if the log does not end with a newline.
    pub(crate) fn finish(&mut self) -> Option<Cut> {
        self.hold();
        (!self.held.is_empty()).then(|| Cut { bytes: self.held.split().freeze(), goes_on: false })
    }

    fn hold(&mut self) {
        self.held.extend_from_slice(&self.chunk);
        self.chunk = Bytes::new();
    }

    /// What is held, and so many bytes of the chunk.
    fn take(&mut self, bytes: usize) -> Bytes {
        let part = self.chunk.split_to(bytes);
        if self.held.is_empty() {
            return part;
        }
        self.held.extend_from_slice(&part);
        self.held.split().freeze()
    }
}

/// Where the last whole character of UTF-8 ends; at the end, if the last bytes begin no character.
fn characters_end(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    let start = (tail..bytes.len()).rev().find(|&at| bytes[at] & 0b1100_0000 != 0b1000_0000);
    match start {
        Some(at) => {
            let length = match bytes[at] {
                0b1100_0000..=0b1101_1111 => 2,
                0b1110_0000..=0b1110_1111 => 3,
                0b1111_0000..=0b1111_0111 => 4,
                _ => 1,
            };
            if at + length > bytes.len() { at } else { bytes.len() }
        }
        None => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::LineCutter;

    /// The lines of chunks; a part that goes on has a `>` behind it.
    fn lines(max: usize, chunks: &[&[u8]]) -> Vec<String> {
        let mut cutter = LineCutter::new(max);
        let mut lines = Vec::new();
        let mut keep = |cut: super::Cut| {
            let text = String::from_utf8_lossy(&cut.bytes).into_owned();
            lines.push(if cut.goes_on { format!("{text}>") } else { text });
        };
        for chunk in chunks {
            cutter.push(Bytes::copy_from_slice(chunk));
            while let Some(cut) = cutter.next() {
                keep(cut);
            }
        }
        if let Some(cut) = cutter.finish() {
            keep(cut);
        }
        lines
    }

    #[test]
    fn lines_are_the_same_however_the_log_is_cut() {
        for (max, log, want) in [
            (100, "", &[][..]),
            (usize::MAX, "a\nb", &["a\n", "b"]),
            (100, "a\nb\n", &["a\n", "b\n"]),
            (100, "a\nb", &["a\n", "b"]),
            (100, "\n\na", &["\n", "\n", "a"]),
            (100, "a\r\nb\r\n", &["a\r\n", "b\r\n"]),
            (4, "abcd\nefgh\n", &["abcd\n", "efgh\n"]),
            (4, "abcde\n", &["abcd>", "e\n"]),
            (4, "abcdefgh\n", &["abcd>", "efgh\n"]),
            (4, "abcdefghi", &["abcd>", "efgh>", "i"]),
            (4, "abcd", &["abcd"]),
            (5, "abcü\nd", &["abcü\n", "d"]),
            (4, "abcü\nd", &["abc>", "ü\n", "d"]),
            (4, "a€€\n", &["a€>", "€\n"]),
            (4, "😀😀\n", &["😀>", "😀\n"]),
        ] {
            let bytes = log.as_bytes();
            for cut in 0..=bytes.len() {
                for second in cut..=bytes.len() {
                    let chunks = [&bytes[..cut], &bytes[cut..second], &bytes[second..]];
                    assert_eq!(lines(max, &chunks), want, "{log:?} at {cut} and {second}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_utf8_is_cut_anywhere_and_never_lost() {
        let bytes: &[u8] = &[0xff, 0x80, 0x80, 0x80, 0x80, 0xe2, 0x82, b'\n', 0xf0];
        for max in 4..10 {
            let mut cutter = LineCutter::new(max);
            cutter.push(Bytes::copy_from_slice(bytes));
            let mut whole = Vec::new();
            while let Some(cut) = cutter.next() {
                assert!(cut.bytes.len() <= max + 1, "{max}");
                whole.extend_from_slice(&cut.bytes);
            }
            whole.extend(cutter.finish().into_iter().flat_map(|cut| cut.bytes));
            assert_eq!(whole, bytes, "{max}");
        }
    }
}
