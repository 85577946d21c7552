//! How many streams a server takes on a connection: read from the SETTINGS with which it begins.
//!
//! The pooled client that we build on keeps the number to itself, and lets requests beyond it wait for ever.

/// A reader of the beginning of an HTTP/2 connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Beginning {
    /// At most [`MAX_BYTES`].
    bytes: Vec<u8>,
    is_over: bool,
}

impl Beginning {
    /// Takes what was read next, and says how many streams there may be once that is known: the protocol's own default,
    /// no limit, where the server says nothing.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<u32> {
        if self.is_over {
            return None;
        }
        let room = MAX_BYTES - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let limit = limit(&self.bytes).or((self.bytes.len() == MAX_BYTES).then_some(u32::MAX))?;
        *self = Self { bytes: Vec::new(), is_over: true };
        Some(limit)
    }
}

/// The limit in a SETTINGS frame (RFC 9113, section 6.5); `None` while the frame is not all there. What is no SETTINGS
/// frame is an error that the client finds by itself.
fn limit(bytes: &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_at_checked(9)?;
    if head[3] != SETTINGS {
        return Some(u32::MAX);
    }
    let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
    let settings = rest.get(..length)?;
    let said =
        settings.as_chunks::<6>().0.iter().rev().find(|setting| setting[..2] == MAX_CONCURRENT_STREAMS);
    Some(said.map_or(u32::MAX, |[_, _, a, b, c, d]| u32::from_be_bytes([*a, *b, *c, *d])))
}

const SETTINGS: u8 = 4;
const MAX_CONCURRENT_STREAMS: [u8; 2] = [0, 3];
/// Longer settings than these say nothing that we know.
const MAX_BYTES: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::{Beginning, MAX_BYTES};

    fn settings(pairs: &[(u16, u32)]) -> Vec<u8> {
        let mut frame = vec![0, 0, u8::try_from(pairs.len() * 6).expect("few"), 4, 0, 0, 0, 0, 0];
        for (name, value) in pairs {
            frame.extend(name.to_be_bytes());
            frame.extend(value.to_be_bytes());
        }
        frame
    }

    /// Cut at every byte, it is read the same.
    #[test]
    fn the_limit_is_read_from_the_first_frame() {
        for (bytes, want) in [
            (settings(&[]), u32::MAX),
            (settings(&[(3, 250)]), 250),
            (settings(&[(1, 4096), (3, 100), (4, 65_535)]), 100),
            (settings(&[(3, 1), (3, 2)]), 2),
            (settings(&[(5, 3), (6, 3)]), u32::MAX),
            (settings(&[(3, 0)]), 0),
            (b"HTTP/1.1 400".to_vec(), u32::MAX),
        ] {
            for cut in 0..bytes.len() {
                let mut beginning = Beginning::default();
                let first = beginning.read(&bytes[..cut]);
                let second = beginning.read(&bytes[cut..]);
                assert_eq!(first.or(second), Some(want), "{bytes:?} cut at {cut}");
                assert_eq!(beginning.read(&settings(&[(3, 7)])), None);
            }
        }
        let mut endless = Beginning::default();
        assert_eq!(endless.read(&[0, 0xff, 0xff, 4, 0, 0, 0, 0, 0]), None);
        assert_eq!(endless.read(&[0; MAX_BYTES]), Some(u32::MAX));
    }
}
