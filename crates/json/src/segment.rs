//! Memory that many small texts share.

use bytes::BytesMut;

/// Where the elements of an array are put together: one allocation for many of them, from which each is split off
/// without a copy once it is whole.
///
/// The chunks of a body do not serve for that: one may be as small as a frame of HTTP/2, and the buffer that it lies in
/// may be far larger than itself.
#[derive(Debug, Default)]
pub(crate) struct Segment {
    /// What was not split off yet, with the room behind it.
    text: BytesMut,
}

impl Segment {
    /// How long the text is that was not split off yet.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        if self.text.capacity() - self.text.len() < bytes.len() {
            self.make_room(bytes.len());
        }
        self.text.extend_from_slice(bytes);
    }

    /// The text, which is whole.
    pub(crate) fn take(&mut self) -> BytesMut {
        self.text.split()
    }

    /// Starts the next allocation, with the text at its beginning. If all that was split off has been dropped, the old
    /// one serves once more: whoever keeps nothing needs one.
    #[cold]
    fn make_room(&mut self, more: usize) {
        if self.text.try_reclaim(more) {
            return;
        }
        let needed = self.text.len() + more;
        // A text that outgrows its segment grows by halves, so that it is not copied for each chunk.
        let mut next = BytesMut::with_capacity(SEGMENT_BYTES.max(needed + needed / 2));
        next.extend_from_slice(&self.text);
        self.text = next;
    }
}

/// Large beside an object, which may be copied once where a segment ends; small beside a list of which nothing is kept.
const SEGMENT_BYTES: usize = 256 << 10;
