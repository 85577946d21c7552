//! The check that a text is JSON, which can stop at any byte and go on when more bytes are there.
//!
//! It accepts what RFC 8259 calls JSON text, except that half a surrogate pair (`"\ud800"`) is refused: such a
//! string can be spelled but not read. UTF-8 is not checked here: outside of strings only ASCII passes, and
//! whoever has the whole text checks the rest at once.

use crate::error::Expected;

/// How deep arrays and objects may be nested.
///
/// It is what keeps hostile text from exhausting the stack. Kubernetes' own deepest documents, the schemas of
/// custom resources, stay far below it.
pub const MAX_DEPTH: usize = 512;

/// Why a text is not JSON; the caller knows where the text begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Syntax { at: usize, expected: Expected },
    TooDeep,
}

/// What came of feeding bytes to a [`Scanner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The value ended; `used` bytes of this input belong to it.
    Complete { used: usize },
    /// All bytes were used and the value goes on.
    More,
}

/// Checks one value, byte by byte, with white space before it.
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    state: State,
    /// Whether the string being read is a key.
    in_key: bool,
    /// The bit of each open container, outermost first: set for an object.
    objects: [u64; MAX_DEPTH / 64],
    /// `0 <= depth <= MAX_DEPTH`
    depth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A value has to come.
    Value,
    /// A value or `]` has to come.
    FirstElement,
    /// A key or `}` has to come.
    FirstKey,
    /// A key has to come.
    Key,
    Colon,
    /// Inside a container, behind a value.
    After,
    Text,
    Escape,
    /// Inside `\uXXXX`; `left` digits are to come.
    Unicode {
        left: u8,
        code: u16,
    },
    /// Behind the first half of a surrogate pair.
    LowBackslash,
    LowU,
    LowUnicode {
        left: u8,
        code: u16,
    },
    /// Inside `true`, `false` or `null`.
    Word {
        rest: &'static [u8],
    },
    /// Behind a word that stands alone: it ends here only if a delimiter follows.
    WordEnd,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    Done,
}

impl Scanner {
    pub(crate) const fn new() -> Self {
        Self { state: State::Value, in_key: false, objects: [0; MAX_DEPTH / 64], depth: 0 }
    }

    /// Whether no byte of a value has been seen yet.
    pub(crate) fn is_before_value(&self) -> bool {
        self.state == State::Value && self.depth == 0
    }

    /// Whether the value is complete if the text ends here.
    pub(crate) fn may_end(&self) -> bool {
        self.depth == 0
            && matches!(
                self.state,
                State::Done
                    | State::WordEnd
                    | State::Zero
                    | State::Integer
                    | State::Fraction
                    | State::ExponentDigits
            )
    }

    /// Goes on with `bytes`. A number or word that stands alone is complete only when the byte behind it has
    /// been seen, or when [`may_end`](Self::may_end) is asked at the end of the text.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Progress, Fault> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.state {
                State::Value | State::FirstElement => {
                    if is_white(byte) {
                        at += 1;
                        continue;
                    }
                    if self.state == State::FirstElement && byte == b']' {
                        at += 1;
                        if self.close() {
                            return Ok(Progress::Complete { used: at });
                        }
                        continue;
                    }
                    self.begin(byte, at)?;
                    at += 1;
                }
                State::FirstKey | State::Key => match byte {
                    b'"' => {
                        self.in_key = true;
                        self.state = State::Text;
                        at += 1;
                    }
                    b'}' if self.state == State::FirstKey => {
                        at += 1;
                        if self.close() {
                            return Ok(Progress::Complete { used: at });
                        }
                    }
                    _ if is_white(byte) => at += 1,
                    _ if self.state == State::Key => return syntax(at, Expected::Key),
                    _ => return syntax(at, Expected::KeyOrObjectEnd),
                },
                State::Colon => match byte {
                    b':' => {
                        self.state = State::Value;
                        at += 1;
                    }
                    _ if is_white(byte) => at += 1,
                    _ => return syntax(at, Expected::Colon),
                },
                State::After => {
                    let in_object = self.in_object();
                    at += 1;
                    match byte {
                        b',' if in_object => self.state = State::Key,
                        b',' => self.state = State::Value,
                        b'}' if in_object => {
                            if self.close() {
                                return Ok(Progress::Complete { used: at });
                            }
                        }
                        b']' if !in_object => {
                            if self.close() {
                                return Ok(Progress::Complete { used: at });
                            }
                        }
                        _ if is_white(byte) => {}
                        _ if in_object => return syntax(at - 1, Expected::CommaOrObjectEnd),
                        _ => return syntax(at - 1, Expected::CommaOrArrayEnd),
                    }
                }
                State::Text => {
                    at += plain_run(&bytes[at..]);
                    match bytes.get(at) {
                        None => break,
                        Some(b'"') => {
                            at += 1;
                            if self.in_key {
                                self.in_key = false;
                                self.state = State::Colon;
                            } else if self.value_ends() {
                                return Ok(Progress::Complete { used: at });
                            }
                        }
                        Some(b'\\') => {
                            self.state = State::Escape;
                            at += 1;
                        }
                        Some(_) => return syntax(at, Expected::StringCharacter),
                    }
                }
                State::Escape => {
                    self.state = match byte {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::Text,
                        b'u' => State::Unicode { left: 4, code: 0 },
                        _ => return syntax(at, Expected::Escape),
                    };
                    at += 1;
                }
                State::Unicode { left, code } => {
                    let code = code << 4 | hex_digit(byte, at)?;
                    at += 1;
                    self.state = match (left, code) {
                        (2.., _) => State::Unicode { left: left - 1, code },
                        (_, 0xD800..=0xDBFF) => State::LowBackslash,
                        (_, 0xDC00..=0xDFFF) => return syntax(at - 1, Expected::LowSurrogate),
                        _ => State::Text,
                    };
                }
                State::LowBackslash | State::LowU => {
                    self.state = match (self.state, byte) {
                        (State::LowBackslash, b'\\') => State::LowU,
                        (State::LowU, b'u') => State::LowUnicode { left: 4, code: 0 },
                        _ => return syntax(at, Expected::LowSurrogate),
                    };
                    at += 1;
                }
                State::LowUnicode { left, code } => {
                    let code = code << 4 | hex_digit(byte, at)?;
                    at += 1;
                    self.state = match (left, code) {
                        (2.., _) => State::LowUnicode { left: left - 1, code },
                        (_, 0xDC00..=0xDFFF) => State::Text,
                        _ => return syntax(at - 1, Expected::LowSurrogate),
                    };
                }
                State::Word { rest } => {
                    let Some((&want, rest)) = rest.split_first() else {
                        return syntax(at, Expected::Word);
                    };
                    if byte != want {
                        return syntax(at, Expected::Word);
                    }
                    at += 1;
                    if !rest.is_empty() {
                        self.state = State::Word { rest };
                    } else if self.depth == 0 {
                        self.state = State::WordEnd;
                    } else {
                        self.state = State::After;
                    }
                }
                State::WordEnd => return self.end_alone(byte, at),
                State::Minus => {
                    self.state = match byte {
                        b'0' => State::Zero,
                        b'1'..=b'9' => State::Integer,
                        _ => return syntax(at, Expected::Digit),
                    };
                    at += 1;
                }
                State::Zero | State::Integer | State::Fraction | State::ExponentDigits => {
                    at += self.number_run(&bytes[at..]);
                    let Some(&byte) = bytes.get(at) else { break };
                    self.state = match (self.state, byte) {
                        (State::Zero | State::Integer, b'.') => State::Point,
                        (State::Zero | State::Integer | State::Fraction, b'e' | b'E') => State::Exponent,
                        _ if self.depth == 0 => return self.end_alone(byte, at),
                        _ => {
                            // The byte is not part of the number: it is read again as what follows it.
                            self.state = State::After;
                            continue;
                        }
                    };
                    at += 1;
                }
                State::Point => {
                    if !byte.is_ascii_digit() {
                        return syntax(at, Expected::Digit);
                    }
                    self.state = State::Fraction;
                    at += 1;
                }
                State::Exponent | State::ExponentSign => {
                    self.state = match byte {
                        b'+' | b'-' if self.state == State::Exponent => State::ExponentSign,
                        b'0'..=b'9' => State::ExponentDigits,
                        _ => return syntax(at, Expected::Digit),
                    };
                    at += 1;
                }
                State::Done => return Ok(Progress::Complete { used: at }),
            }
        }
        Ok(Progress::More)
    }

    fn begin(&mut self, byte: u8, at: usize) -> Result<(), Fault> {
        self.state = match byte {
            b'{' => {
                self.open(true)?;
                State::FirstKey
            }
            b'[' => {
                self.open(false)?;
                State::FirstElement
            }
            b'"' => State::Text,
            b'-' => State::Minus,
            b'0' => State::Zero,
            b'1'..=b'9' => State::Integer,
            b't' => State::Word { rest: b"rue" },
            b'f' => State::Word { rest: b"alse" },
            b'n' => State::Word { rest: b"ull" },
            _ if self.state == State::FirstElement => return syntax(at, Expected::ValueOrArrayEnd),
            _ => return syntax(at, Expected::Value),
        };
        Ok(())
    }

    fn open(&mut self, object: bool) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        let bit = 1 << (self.depth % 64);
        if object {
            self.objects[self.depth / 64] |= bit;
        } else {
            self.objects[self.depth / 64] &= !bit;
        }
        self.depth += 1;
        Ok(())
    }

    /// Closes the innermost container; true if that was the whole value.
    fn close(&mut self) -> bool {
        self.depth -= 1;
        self.value_ends()
    }

    fn value_ends(&mut self) -> bool {
        self.state = if self.depth == 0 { State::Done } else { State::After };
        self.depth == 0
    }

    fn in_object(&self) -> bool {
        let innermost = self.depth.saturating_sub(1);
        self.objects[innermost / 64] >> (innermost % 64) & 1 == 1
    }

    /// `1` and `2` must not be read out of `12x` or `01`, so a value without a closing mark of its own needs a
    /// delimiter.
    fn end_alone(&mut self, byte: u8, at: usize) -> Result<Progress, Fault> {
        if !is_white(byte) && !matches!(byte, b'{' | b'[' | b'"') {
            let expected = if self.state == State::WordEnd { Expected::Word } else { Expected::WhiteSpace };
            return syntax(at, expected);
        }
        self.state = State::Done;
        Ok(Progress::Complete { used: at })
    }

    /// The digits that go on with the number; behind a leading zero there are none.
    fn number_run(&self, bytes: &[u8]) -> usize {
        if self.state == State::Zero {
            return 0;
        }
        bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len())
    }
}

pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

fn syntax<T>(at: usize, expected: Expected) -> Result<T, Fault> {
    Err(Fault::Syntax { at, expected })
}

fn hex_digit(byte: u8, at: usize) -> Result<u16, Fault> {
    match char::from(byte).to_digit(16) {
        // A digit is below 16.
        Some(digit) => Ok(digit as u16),
        None => syntax(at, Expected::HexDigit),
    }
}

/// How many bytes of a string stand for themselves, before a quote, a backslash or a control character.
#[inline]
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // Eight bytes at a time: `(x - 0x01…) & !x & 0x80…` marks the zero bytes of x. It may mark bytes above the first
    // one wrongly, but never the first: little-endian, that is the lowest.
    let zeros = |x: u64| x.wrapping_sub(ONES) & !x & HIGHS;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let x = u64::from_le_bytes(*word);
        let quotes = zeros(x ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(x ^ (ONES * u64::from(b'\\')));
        let controls = x.wrapping_sub(ONES * 0x20) & !x & HIGHS;
        let special = quotes | backslashes | controls;
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + special(rest).unwrap_or(rest.len())
}

fn special(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
}

#[cfg(test)]
mod tests {
    use super::plain_run;

    #[test]
    fn plain_runs_end_at_each_special_byte() {
        for length in 0..40 {
            let plain = vec![0xE4; length];
            assert_eq!(plain_run(&plain), length);
            for at in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    let want = if byte == b'"' || byte == b'\\' || byte < 0x20 { at } else { length };
                    assert_eq!(plain_run(&text), want, "{byte} at {at} of {length}");
                }
            }
        }
    }
}
