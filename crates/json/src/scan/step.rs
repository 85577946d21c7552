//! Byte by byte: for what the end of a piece cuts, for escapes, and for numbers with a fraction.

use super::{Fault, Scanner, State, is_white, plain_run, syntax};
use crate::Expected;

impl Scanner {
    /// Reads on from `at`, byte by byte, up to where [`run`](Self::run) can go on or the bytes end; true at the end of
    /// the whole value.
    pub(super) fn step(&mut self, bytes: &[u8], at: &mut usize) -> Result<bool, Fault> {
        while let Some(&byte) = bytes.get(*at) {
            match self.state {
                State::Value if self.nest.depth == 0 => {
                    if !is_white(byte) {
                        self.begin(byte, *at)?;
                    }
                    *at += 1;
                }
                State::Value
                | State::FirstElement
                | State::Opened
                | State::FirstKey
                | State::Key
                | State::Colon
                | State::After => return Ok(false),
                State::Text => {
                    let plain = plain_run(&bytes[*at..]);
                    self.key_goes_on(&bytes[*at..*at + plain]);
                    *at += plain;
                    match bytes.get(*at) {
                        None => return Ok(false),
                        Some(b'"') => {
                            *at += 1;
                            if self.in_key {
                                self.in_key = false;
                                if self.tracker.watches(self.nest.depth) {
                                    self.tracker.key_ends();
                                }
                                self.state = State::Colon;
                            } else if self.value_ends(*at) {
                                return Ok(true);
                            }
                        }
                        Some(b'\\') => {
                            self.key_goes_on(b"\\");
                            self.state = State::Escape;
                            *at += 1;
                        }
                        Some(_) => return syntax(*at, Expected::StringCharacter),
                    }
                }
                State::Escape => {
                    self.state = match byte {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::Text,
                        b'u' => State::Unicode { left: 4, code: 0 },
                        _ => return syntax(*at, Expected::Escape),
                    };
                    self.key_goes_on(&[byte]);
                    *at += 1;
                }
                State::Unicode { left, code } => {
                    let code = code << 4 | hex_digit(byte, *at)?;
                    self.key_goes_on(&[byte]);
                    *at += 1;
                    self.state = match (left, code) {
                        (2.., _) => State::Unicode { left: left - 1, code },
                        (_, 0xD800..=0xDBFF) => State::LowBackslash,
                        (_, 0xDC00..=0xDFFF) => return syntax(*at - 1, Expected::LowSurrogate),
                        _ => State::Text,
                    };
                }
                State::LowBackslash | State::LowU => {
                    self.state = match (self.state, byte) {
                        (State::LowBackslash, b'\\') => State::LowU,
                        (State::LowU, b'u') => State::LowUnicode { left: 4, code: 0 },
                        _ => return syntax(*at, Expected::LowSurrogate),
                    };
                    self.key_goes_on(&[byte]);
                    *at += 1;
                }
                State::LowUnicode { left, code } => {
                    let code = code << 4 | hex_digit(byte, *at)?;
                    self.key_goes_on(&[byte]);
                    *at += 1;
                    self.state = match (left, code) {
                        (2.., _) => State::LowUnicode { left: left - 1, code },
                        (_, 0xDC00..=0xDFFF) => State::Text,
                        _ => return syntax(*at - 1, Expected::LowSurrogate),
                    };
                }
                State::Word { rest } => {
                    let Some((&want, rest)) = rest.split_first() else {
                        return syntax(*at, Expected::Word);
                    };
                    if byte != want {
                        return syntax(*at, Expected::Word);
                    }
                    *at += 1;
                    if !rest.is_empty() {
                        self.state = State::Word { rest };
                    } else if self.nest.depth == 0 {
                        self.state = State::WordEnd;
                    } else {
                        self.value_ends(*at);
                    }
                }
                State::WordEnd => return self.end_alone(byte, *at),
                State::Minus => {
                    self.state = match byte {
                        b'0' => State::Zero,
                        b'1'..=b'9' => State::Integer,
                        _ => return syntax(*at, Expected::Digit),
                    };
                    *at += 1;
                }
                State::Zero | State::Integer | State::Fraction | State::ExponentDigits => {
                    *at += self.number_run(&bytes[*at..]);
                    let Some(&byte) = bytes.get(*at) else { return Ok(false) };
                    self.state = match (self.state, byte) {
                        (State::Zero | State::Integer, b'.') => State::Point,
                        (State::Zero | State::Integer | State::Fraction, b'e' | b'E') => State::Exponent,
                        _ if self.nest.depth == 0 => return self.end_alone(byte, *at),
                        _ => {
                            // The byte is not part of the number: it is read again as what follows it.
                            self.value_ends(*at);
                            return Ok(false);
                        }
                    };
                    *at += 1;
                }
                State::Point => {
                    if !byte.is_ascii_digit() {
                        return syntax(*at, Expected::Digit);
                    }
                    self.state = State::Fraction;
                    *at += 1;
                }
                State::Exponent | State::ExponentSign => {
                    self.state = match byte {
                        b'+' | b'-' if self.state == State::Exponent => State::ExponentSign,
                        b'0'..=b'9' => State::ExponentDigits,
                        _ => return syntax(*at, Expected::Digit),
                    };
                    *at += 1;
                }
                State::Done => return Ok(true),
            }
        }
        Ok(false)
    }

    /// The first byte of the whole value.
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
            _ => match State::of_scalar(byte) {
                Some(state) => state,
                None => return syntax(at, Expected::Value),
            },
        };
        Ok(())
    }

    fn key_goes_on(&mut self, part: &[u8]) {
        if self.in_key && self.tracker.watches(self.nest.depth) {
            self.tracker.key_goes_on(part);
        }
    }

    /// `1` and `2` must not be read out of `12x` or `01`, so a value without a closing mark of its own needs a
    /// delimiter.
    fn end_alone(&mut self, byte: u8, at: usize) -> Result<bool, Fault> {
        if !is_white(byte) && !matches!(byte, b'{' | b'[' | b'"') {
            let expected = if self.state == State::WordEnd { Expected::Word } else { Expected::WhiteSpace };
            return syntax(at, expected);
        }
        self.state = State::Done;
        Ok(true)
    }

    /// The digits that go on with the number; behind a leading zero there are none.
    fn number_run(&self, bytes: &[u8]) -> usize {
        if self.state == State::Zero {
            return 0;
        }
        bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len())
    }
}

fn hex_digit(byte: u8, at: usize) -> Result<u16, Fault> {
    match char::from(byte).to_digit(16) {
        // A digit is below 16.
        Some(digit) => Ok(digit as u16),
        None => syntax(at, Expected::HexDigit),
    }
}
