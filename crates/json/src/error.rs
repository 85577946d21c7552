//! Why a text is no document, or a change to one cannot be made.

use std::{error, fmt};

/// Why a text was refused, or a change could not be made.
///
/// An `offset` counts bytes from zero: from the start of the text for [`Document::parse`](crate::Document::parse),
/// from the start of the stream for a [`Cutter`](crate::Cutter) and an [`ElementCutter`](crate::ElementCutter).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An element of the array that an [`ElementCutter`](crate::ElementCutter) cuts is no object.
    Element {
        /// Where it starts.
        offset: u64,
    },
    /// The text ends inside a value, or holds none. The sender stopped too early.
    Incomplete {
        /// Where the text ends.
        offset: u64,
    },
    /// A change was asked for at a place that the document does not have. The caller's mistake, or the object
    /// is of another shape than the caller thought.
    Pointer {
        /// The pointer as it was given.
        pointer: String,
        /// What is wrong with it.
        fault: PointerFault,
    },
    /// The array that an [`ElementCutter`](crate::ElementCutter) cuts comes twice. Of the two the second one counts, and
    /// elements of the first one have been given out.
    Repeated {
        /// Where the second one starts, or where the text ends if it is no array.
        offset: u64,
    },
    /// A value could not be written as JSON; the text is the serializer's own.
    Serialize(String),
    /// The text is not JSON. The sender's mistake.
    Syntax {
        /// Where the first byte stands that cannot be there.
        offset: u64,
        /// What could have stood there.
        expected: Expected,
    },
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep {
        /// The depth that is allowed.
        limit: usize,
    },
    /// A document of a stream is longer than the [`Cutter`](crate::Cutter) or [`ElementCutter`](crate::ElementCutter) allows.
    TooLong {
        /// The length that is allowed, in bytes.
        limit: usize,
    },
}

impl Error {
    /// What a person can do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::TooLong { .. } => Some("raise the limit if documents of that size are to be expected"),
            Self::Pointer { fault: PointerFault::Malformed, .. } => {
                Some("a pointer looks like /metadata/labels/app~1name: ~1 stands for a slash, ~0 for a tilde")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element { offset } => {
                write!(f, "the array holds something else than an object, at byte {offset}")
            }
            Self::Incomplete { offset } => write!(f, "the JSON text ends too early, at byte {offset}"),
            Self::Pointer { pointer, fault } => write!(f, "cannot change {pointer:?}: {fault}"),
            Self::Repeated { offset } => write!(f, "the array comes a second time, before byte {offset}"),
            Self::Serialize(reason) => write!(f, "cannot be written as JSON: {reason}"),
            Self::Syntax { offset, expected } => write!(f, "not JSON at byte {offset}: expected {expected}"),
            Self::TooDeep { limit } => write!(f, "the JSON text is nested deeper than {limit} levels"),
            Self::TooLong { limit } => write!(f, "a JSON document is longer than {limit} bytes"),
        }
    }
}

impl error::Error for Error {}

/// What could have stood where a text stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// `:` after a key.
    Colon,
    /// `,` or `]` after an element.
    CommaOrArrayEnd,
    /// `,` or `}` after a member.
    CommaOrObjectEnd,
    /// A digit: of a number, its fraction or its exponent.
    Digit,
    /// The end of the text: one value was there already.
    End,
    /// One of `"\/bfnrtu` after a backslash.
    Escape,
    /// A hexadecimal digit of a `\u` escape.
    HexDigit,
    /// A key.
    Key,
    /// A key or `}`.
    KeyOrObjectEnd,
    /// The second half of a surrogate pair (`\uDC00` to `\uDFFF`). Half a pair is no character, so no string
    /// could be read from it.
    LowSurrogate,
    /// A character of a string; control characters have to be escaped.
    StringCharacter,
    /// Text in UTF-8.
    Utf8,
    /// A value.
    Value,
    /// A value or `]`.
    ValueOrArrayEnd,
    /// White space or the start of the next document, after a number or word that stands alone.
    WhiteSpace,
    /// The rest of `true`, `false` or `null`.
    Word,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Colon => "a colon",
            Self::CommaOrArrayEnd => "a comma or ]",
            Self::CommaOrObjectEnd => "a comma or }",
            Self::Digit => "a digit",
            Self::End => "the end of the text",
            Self::Escape => "one of \"\\/bfnrtu after the backslash",
            Self::HexDigit => "a hexadecimal digit",
            Self::Key => "a key",
            Self::KeyOrObjectEnd => "a key or }",
            Self::LowSurrogate => "the second half of a surrogate pair",
            Self::StringCharacter => "a character of a string (a control character has to be escaped)",
            Self::Utf8 => "text in UTF-8",
            Self::Value => "a value",
            Self::ValueOrArrayEnd => "a value or ]",
            Self::WhiteSpace => "white space",
            Self::Word => "true, false or null",
        })
    }
}

/// What is wrong with the place of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PointerFault {
    /// A part of an array was named by something that is neither an index nor `-`.
    Index,
    /// It is no pointer of RFC 6901: it neither is empty nor starts with a slash, or a `~` is followed by
    /// something else than `0` or `1`.
    Malformed,
    /// A part was asked of a string, a number or a bool, which has none.
    NoContainer,
    /// The index lies behind the end of the array.
    OutOfRange,
    /// The whole document was to be removed.
    Root,
}

impl fmt::Display for PointerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Index => "an array was given a name in place of an index",
            Self::Malformed => "it is no JSON pointer",
            Self::NoContainer => "it leads into a string, a number or a bool",
            Self::OutOfRange => "the index lies behind the end of the array",
            Self::Root => "the whole document cannot be removed",
        })
    }
}
