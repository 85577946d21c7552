//! Whole blocks at once: for what lies inside of members that nobody watches, which is most of a text.
//!
//! For each kind of byte a block has a mask, a bit for each of its bytes. Which of them lie in strings comes from the
//! quotes; what may follow what is asked of all bytes at once; brackets alone are looked at one after the other. A block
//! that is not plain in every way is left to those who read token by token, from its first byte on: they know what is
//! wrong with it, if anything is, and can read white space, fractions and `\u` escapes.

use wide::u8x32;

use super::{Scanner, State, token::scalar};

/// How long a block is.
pub(super) const BLOCK: usize = 64;

/// Containers nested deeper than this are read token by token.
const MAX_BLOCK_DEPTH: usize = 63;

/// The bytes of a block, in halves.
#[derive(Clone, Copy)]
struct Bytes([u8x32; 2]);

impl Bytes {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let (low, high) = block.split_at(BLOCK / 2);
        Self([low, high].map(|half| u8x32::new(half.try_into().unwrap_or_default())))
    }

    /// A bit for each byte that is so, the first one lowest.
    #[inline]
    fn mask(self, is: impl Fn(u8x32) -> u8x32) -> u64 {
        let [low, high] = self.0.map(|half| u64::from(is(half).to_bitmask()));
        low | high << 32
    }

    /// Whether any byte is so.
    #[inline]
    fn any(self, is: impl Fn(u8x32) -> u8x32) -> bool {
        let [low, high] = self.0.map(is);
        (low | high).to_bitmask() != 0
    }
}

#[inline]
fn all(byte: u8) -> u8x32 {
    u8x32::splat(byte)
}

/// Bytes that stand in no string, and outside of strings are white space.
#[inline]
fn are_controls(bytes: u8x32) -> u8x32 {
    bytes.min(all(0x1F)).simd_eq(bytes)
}

#[inline]
fn are_backslashes(bytes: u8x32) -> u8x32 {
    bytes.simd_eq(all(b'\\'))
}

/// The bit that tells `{` and `}` from `[` and `]`.
const CURLY: u8 = b'{' ^ b'[';

/// What lies before a block. Of a mask only the last byte counts, which is its highest bit.
#[derive(Clone, Copy, Default)]
struct Before {
    opens: u64,
    colons: u64,
    commas: u64,
    /// The bytes of numbers and words.
    scalars: u64,
    /// The last bytes of keys.
    key_ends: u64,
    /// The last bytes of other strings, and of containers.
    value_ends: u64,
    /// All bits where the block begins in a string, else none.
    in_string: u64,
    /// 1 in a key, else 0.
    in_key: u64,
    /// Whether a backslash stands before the block, so that its first byte stands for something else.
    escaped: bool,
}

const LAST: u64 = 1 << 63;

impl Before {
    /// None where the state is inside of a token other than a string.
    fn of(state: State, in_object: bool, in_key: bool) -> Option<Self> {
        let mut before = Self::default();
        match state {
            State::Value if in_object => before.colons = LAST,
            State::Value | State::Key => before.commas = LAST,
            State::FirstElement | State::FirstKey => before.opens = LAST,
            State::Colon => before.key_ends = LAST,
            State::After => before.value_ends = LAST,
            State::Text | State::Escape => {
                before.in_string = !0;
                before.in_key = u64::from(in_key);
                before.escaped = state == State::Escape;
            }
            _ => return None,
        }
        Some(before)
    }

    /// The state at the start of the block.
    fn state(&self, in_object: bool) -> State {
        if self.escaped {
            State::Escape
        } else if self.in_string != 0 {
            State::Text
        } else if self.opens & LAST != 0 {
            if in_object { State::FirstKey } else { State::FirstElement }
        } else if self.commas & LAST != 0 {
            if in_object { State::Key } else { State::Value }
        } else if self.key_ends & LAST != 0 {
            State::Colon
        } else if self.value_ends & LAST != 0 {
            State::After
        } else {
            // Behind a colon; or in a number or a word, which is read again from its start.
            State::Value
        }
    }
}

/// The open containers, of which there are fewer than a word has bits.
#[derive(Clone, Copy)]
struct Open {
    depth: usize,
    /// As in [`Nest`](super::nest::Nest).
    kinds: u64,
}

impl Open {
    /// Whether the innermost one is an object: all bits if it is, else none.
    #[inline]
    fn in_object(self) -> u64 {
        (self.kinds & 1).wrapping_neg()
    }

    /// Follows the brackets of a block, down to where `floor` containers are open; none if they do not fit.
    ///
    /// Gives the bytes that lie in objects, and those up to the bracket that leads to `floor`.
    #[inline]
    fn walk(&mut self, mut brackets: u64, opens: u64, curly: u64, floor: usize) -> Option<(u64, u64)> {
        let mut in_objects = self.in_object();
        while brackets != 0 {
            let bracket = brackets & brackets.wrapping_neg();
            brackets ^= bracket;
            let behind = bracket.wrapping_neg() ^ bracket;
            let curly = u64::from(curly & bracket != 0);
            let outside = if opens & bracket != 0 {
                if self.depth == MAX_BLOCK_DEPTH {
                    return None;
                }
                let outside = self.kinds & 1;
                self.depth += 1;
                self.kinds = self.kinds << 1 | curly;
                outside
            } else {
                if self.kinds & 1 != curly {
                    return None;
                }
                self.depth -= 1;
                self.kinds >>= 1;
                if self.depth == floor {
                    return Some((in_objects, !behind));
                }
                self.kinds & 1
            };
            if outside != curly {
                in_objects ^= behind;
            }
        }
        Some((in_objects, !0))
    }
}

impl Scanner {
    /// Reads whole blocks on from `at`, in containers that are not watched, up to the end of those; true at the end of
    /// the whole value.
    #[inline(never)]
    pub(super) fn blocks(&mut self, bytes: &[u8], at: &mut usize) -> bool {
        let floor = self.tracker.followed();
        let depth = self.nest.depth;
        if depth <= floor || depth > MAX_BLOCK_DEPTH {
            return false;
        }
        let mut open = Open { depth, kinds: self.nest.near };
        let Some(mut before) = Before::of(self.state, open.kinds & 1 == 1, self.in_key) else { return false };
        let mut here = *at;
        // Where the last number or word starts.
        let mut scalar_starts = here;
        'blocks: while let Some(block) = bytes.get(here..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
            let text = Bytes::of(block);
            let mut quotes = text.mask(|bytes| bytes.simd_eq(all(b'"')));
            let mut escaped = false;
            let mut controls = 0;
            if before.escaped || text.any(|bytes| are_controls(bytes) | are_backslashes(bytes)) {
                controls = text.mask(are_controls);
                let backslashes = text.mask(are_backslashes);
                let Some(last) = unescape(block, backslashes, before.escaped, &mut quotes) else { break };
                escaped = last;
            }
            // From each opening quote to before the closing one.
            let strings = parity(quotes) ^ before.in_string;
            let opens = text.mask(|bytes| (bytes | all(CURLY)).simd_eq(all(b'{'))) & !strings;
            let closes = text.mask(|bytes| (bytes | all(CURLY)).simd_eq(all(b'}'))) & !strings;
            let colons = text.mask(|bytes| bytes.simd_eq(all(b':'))) & !strings;
            let commas = text.mask(|bytes| bytes.simd_eq(all(b','))) & !strings;
            let curly = text.mask(|bytes| (bytes & all(CURLY)).simd_eq(all(CURLY)));
            let scalars = !(strings | quotes | opens | closes | colons | commas);

            // An empty container changes nothing for what lies around it.
            let empty = opens & (closes >> 1) & !(curly ^ (curly >> 1));
            let brackets = (opens | closes) & !(empty | empty << 1);
            let mut opened = open;
            let Some((in_objects, live)) = opened.walk(brackets, opens, curly, floor) else { break };

            let behind = |here: u64, before: u64| here << 1 | before >> 63;
            let behind_open = behind(opens, before.opens);
            let behind_colon = behind(colons, before.colons);
            let behind_scalar = behind(scalars, before.scalars);
            let scalar_start = scalars & !behind_scalar;
            let (starts, ends) = (quotes & strings, quotes & !strings);
            // A bit added where a string starts is carried to where it ends.
            let (carried, over) = strings.overflowing_add(starts & in_objects & !behind_colon);
            let (carried, all_over) = carried.overflowing_add(before.in_key);
            let key_ends = ends & carried;
            let value_ends = ends & !carried | closes;
            let behind_value = behind(value_ends, before.value_ends) | behind_scalar & !scalars;

            let values = starts | opens | scalar_start;
            let wanted = behind_colon | behind(commas, before.commas) | behind_open & !closes;
            let wrong = controls
                // A value stands where one has to, and nowhere else;
                | (values ^ wanted)
                // in an object it is a key, if it does not stand behind a colon;
                | values & in_objects & !behind_colon & !starts
                // a colon stands behind each key, and nowhere else;
                | (colons ^ behind(key_ends, before.key_ends))
                // and a comma or a closing bracket behind each value, and nowhere else, if it is not empty in there.
                | ((commas | closes & !behind_open) ^ behind_value);
            if wrong & live != 0 {
                break;
            }
            let mut unread = scalar_start & live;
            let mut last_scalar = scalar_starts;
            while unread != 0 {
                last_scalar = here + unread.trailing_zeros() as usize;
                if !is_plain(bytes, last_scalar) {
                    break 'blocks;
                }
                unread &= unread - 1;
            }
            scalar_starts = last_scalar;
            open = opened;
            if live != !0 || open.depth == floor {
                self.nest.depth = open.depth;
                self.nest.near = open.kinds;
                self.in_key = false;
                *at = here + BLOCK - live.leading_zeros() as usize;
                return self.value_ends(*at);
            }
            before = Before {
                opens,
                colons,
                commas,
                scalars,
                key_ends,
                value_ends,
                in_string: ((strings >> 63) & 1).wrapping_neg(),
                in_key: u64::from(over | all_over),
                escaped,
            };
            here += BLOCK;
        }
        if before.scalars & LAST != 0 {
            here = scalar_starts;
        }
        self.nest.depth = open.depth;
        self.nest.near = open.kinds;
        self.in_key = before.in_key != 0;
        self.state = before.state(open.kinds & 1 == 1);
        *at = here;
        false
    }
}

/// For each bit whether the number of set bits up to it, itself included, is odd.
#[inline]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Takes the quotes away that have a backslash before them, and says whether the last byte of the block is a backslash
/// that belongs to the next one; none if an escape takes a closer look.
fn unescape(block: &[u8; BLOCK], mut backslashes: u64, mut escaped: bool, quotes: &mut u64) -> Option<bool> {
    let mut at = 0;
    loop {
        if escaped {
            let Some(byte) = block.get(at) else { return Some(true) };
            if !matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') {
                return None;
            }
            let bit = 1 << at;
            *quotes &= !bit;
            backslashes &= !bit;
        }
        if backslashes == 0 {
            return Some(false);
        }
        at = backslashes.trailing_zeros() as usize + 1;
        backslashes &= backslashes - 1;
        escaped = true;
    }
}

/// Whether a word or a plain whole number stands at `start`, and behind it what ends a value, without white space.
fn is_plain(bytes: &[u8], start: usize) -> bool {
    let text = bytes.get(start..).unwrap_or_default();
    let end = scalar(text).and_then(|length| text.get(length));
    matches!(end, Some(b',' | b'}' | b']'))
}
