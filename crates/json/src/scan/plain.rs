//! What nobody watches, which is most of a text, and is as plain as machines write it: without white space, fractions and
//! `\u` escapes, and in one piece.
//!
//! It is read in one loop that knows nothing but the brackets. Whatever is not plain is left, from the first byte of its
//! token on, to those who can read everything, and know what is wrong with it.

use wide::u8x16;

use super::{Next, Scanner, token::scalar};

/// Containers nested deeper than this are not read here.
const MAX_PLAIN_DEPTH: usize = 63;

impl Scanner {
    /// Reads on from `at`, where `next` is to come, in containers that are not watched, up to the end of those; true at the end of the whole value.
    /// Where it stops before that, the state says what is to come.
    pub(super) fn plain(&mut self, mut next: Next, bytes: &[u8], at: &mut usize) -> bool {
        let floor = self.tracker.followed();
        let mut depth = self.nest.depth;
        // As in `Nest`, of which one word is enough here.
        let mut kinds = self.nest.near;
        if depth <= floor || depth > MAX_PLAIN_DEPTH {
            return false;
        }
        let mut here = *at;
        let Some(mut marks) = Marks::new(bytes, here) else { return false };
        let ended = 'read: loop {
            if matches!(next, Next::Key | Next::FirstKey) {
                let Some(behind) = marks.key(here) else { break false };
                here = behind;
                next = Next::Value;
            }
            if matches!(next, Next::Value | Next::FirstElement) {
                let Some(&byte) = bytes.get(here) else { break false };
                here = match byte {
                    b'"' => match marks.string(here) {
                        Some(behind) => behind,
                        None => break false,
                    },
                    b'{' | b'[' if bytes.get(here + 1) == Some(&(byte + CLOSING)) => here + 2,
                    b'{' | b'[' => {
                        if depth == MAX_PLAIN_DEPTH {
                            break false;
                        }
                        depth += 1;
                        kinds = kinds << 1 | u64::from(byte == b'{');
                        here += 1;
                        next = if byte == b'{' { Next::FirstKey } else { Next::FirstElement };
                        continue;
                    }
                    _ => match scalar(&bytes[here..]) {
                        Some(length) => here + length,
                        None => break false,
                    },
                };
                next = Next::After;
            }
            if next == Next::Colon {
                break false;
            }
            while let Some(&byte) = bytes.get(here) {
                match byte {
                    b',' => {
                        here += 1;
                        next = if kinds & 1 == 1 { Next::Key } else { Next::Value };
                        continue 'read;
                    }
                    b'}' | b']' if (byte == b'}') == (kinds & 1 == 1) => {
                        here += 1;
                        kinds >>= 1;
                        depth -= 1;
                        if depth == floor {
                            break 'read true;
                        }
                    }
                    _ => break,
                }
            }
            break false;
        };
        self.nest.depth = depth;
        self.nest.near = kinds;
        *at = here;
        if ended {
            return self.value_ends(here);
        }
        self.state = next.state();
        false
    }
}

/// What is between a bracket and the one that closes it.
const CLOSING: u8 = b'}' - b'{';

/// The marks of a text from some position on, one after the other: quotes, backslashes and control characters. Strings
/// lie between them, and are not looked at byte by byte.
///
/// Those of a block are found at once. So where the next string starts does not have to wait for where this one ends, and
/// a processor finds several at a time. Its functions have to be inlined: a third of the speed is in the registers.
struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the block starts.
    block: usize,
    /// A bit for each mark of the block that is to come, its first byte lowest.
    left: u64,
}

const BLOCK: usize = 64;

impl<'a> Marks<'a> {
    /// None where there is no whole block any more.
    #[inline(always)]
    fn new(bytes: &'a [u8], at: usize) -> Option<Self> {
        Some(Self { bytes, block: at, left: marks(bytes, at)? })
    }

    /// Where the next mark is; none where the rest of the text is no whole block.
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            self.block += BLOCK;
            self.left = marks(self.bytes, self.block)?;
        }
        let at = self.block + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(at)
    }

    /// The position behind the string whose opening quote is the next mark, and stands at `at`.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Option<usize> {
        let opening = self.next()?;
        debug_assert_eq!(opening, at, "all marks before it have been read");
        loop {
            let end = self.next()?;
            match self.bytes.get(end) {
                Some(b'"') => return Some(end + 1),
                Some(b'\\') => self.escaped(end + 1)?,
                _ => return None,
            }
        }
    }

    /// The position behind the colon of a key that starts at `at`.
    #[inline(always)]
    fn key(&mut self, at: usize) -> Option<usize> {
        if self.bytes.get(at) != Some(&b'"') {
            return None;
        }
        let end = self.string(at)?;
        (self.bytes.get(end) == Some(&b':')).then_some(end + 1)
    }

    /// Passes what stands behind a backslash, at `at`.
    fn escaped(&mut self, at: usize) -> Option<()> {
        match self.bytes.get(at)? {
            b'"' | b'\\' => (self.next()? == at).then_some(()),
            b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            _ => None,
        }
    }
}

/// The marks of the block that starts at `at`.
#[inline(always)]
fn marks(bytes: &[u8], at: usize) -> Option<u64> {
    let block = bytes.get(at..)?.first_chunk::<BLOCK>()?;
    let mut all = 0;
    for (index, part) in block.as_chunks::<16>().0.iter().enumerate() {
        let text = u8x16::new(*part);
        let marks = text.simd_eq(u8x16::splat(b'"'))
            | text.simd_eq(u8x16::splat(b'\\'))
            | text.min(u8x16::splat(0x1F)).simd_eq(text);
        all |= u64::from(marks.to_bitmask()) << (16 * index);
    }
    Some(all)
}
