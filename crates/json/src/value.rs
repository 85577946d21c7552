//! The borrowed view through which documents are read.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use serde::Deserialize;

use crate::{Document, Elements, Members, deserialize, number::Decimal, pointer, string};

/// A borrowed view of one value inside checked text.
///
/// It is a place in the text: reading walks from there, and costs time in proportion to the text that is passed
/// over. Two views are equal if their content is: key order, white space, escapes and the spelling of numbers
/// (`1`, `1.0` and `10e-1`, of any size) do not matter, and of duplicate keys only the last one counts.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    /// Fulfils the invariant of a document's text.
    text: &'a [u8],
}

/// The six kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "JSON will not get a seventh kind of value")]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number of any size and precision.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl<'a> Value<'a> {
    pub(crate) fn from_checked(text: &'a [u8]) -> Self {
        Self { text }
    }

    pub(crate) fn text(self) -> &'a [u8] {
        self.text
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.text.first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The text of the value, as it was written.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        std::str::from_utf8(self.text).expect("a document's text was checked to be UTF-8")
    }

    /// The string, without its escapes; none if it is no string. Only a string with escapes is copied.
    #[must_use]
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        match self.text {
            [b'"', inner @ .., b'"'] => Some(string::unescape(inner)),
            _ => None,
        }
    }

    /// Whether it is a string without escapes, which [`as_str`](Self::as_str) can lend out.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.kind() == Kind::String && memchr::memchr(b'\\', self.text).is_none()
    }

    /// The bool; none if it is no bool.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.text {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The whole number, however it is spelled (`3`, `3.0`, `30e-1`); none if it is no number, has a fraction
    /// or does not fit.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.decimal()?.to_i128().and_then(|whole| whole.try_into().ok())
    }

    /// The whole number, as for [`as_i64`](Self::as_i64).
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.decimal()?.to_i128().and_then(|whole| whole.try_into().ok())
    }

    /// The nearest number of that type; none if it is no number or beyond the largest one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.decimal()?;
        self.raw().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// The member of an object with this key; of several, the last. None if there is none, or if it is no
    /// object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        self.members()
            .spans()
            .filter(|member| string::is_spelled(member.key, key))
            .last()
            .map(|found| found.value)
    }

    /// The element of an array at `index`; none if there is none, or if it is no array.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<Self> {
        self.elements().nth(index)
    }

    /// The part that a JSON pointer (RFC 6901) names, such as `/metadata/labels/app.kubernetes.io~1name`: an
    /// empty one names the value itself, `~1` stands for a slash and `~0` for a tilde. None if there is no such
    /// part, or if it is no pointer.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<Self> {
        let mut tokens = pointer::tokens(pointer).ok()?;
        tokens.try_fold(*self, |value, token| match value.kind() {
            Kind::Object => value.get(&token),
            Kind::Array => value.at(pointer::index(&token)?),
            _ => None,
        })
    }

    /// The part that keys joined by dots name, such as `spec.template.spec.containers.0.name`; a number is an
    /// index where it meets an array. A key that has a dot itself cannot be named so; see
    /// [`pointer`](Self::pointer).
    #[must_use]
    pub fn field(&self, dotted: &str) -> Option<Self> {
        dotted.split('.').try_fold(*self, |value, name| match value.kind() {
            Kind::Object => value.get(name),
            Kind::Array => value.at(pointer::index(name)?),
            _ => None,
        })
    }

    /// The members of an object in the order of the text, duplicate keys included; none if it is no object.
    #[must_use]
    pub fn members(&self) -> Members<'a> {
        Members::new(*self)
    }

    /// The elements of an array; none if it is no array.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        Elements::new(*self)
    }

    /// Reads the value into a type, which may borrow from the text.
    ///
    /// Of duplicate keys the last one is read, and a number beyond the largest `f64` is read as infinite (which a
    /// `serde_json::Value` turns into null).
    ///
    /// # Errors
    /// If the value is not of the shape that the type asks for. The error quotes what it stumbled over, so keep it
    /// out of logs where the value may be a secret.
    pub fn deserialize<T: Deserialize<'a>>(&self) -> Result<T, serde_json::Error> {
        deserialize::deserialize(*self)
    }

    /// A copy, as a document with a buffer of its own. [`Document::share`] does not copy.
    #[must_use]
    pub fn to_document(&self) -> Document {
        Document::from_checked(Bytes::copy_from_slice(self.text))
    }

    pub(crate) fn decimal(self) -> Option<Decimal<'a>> {
        (self.kind() == Kind::Number).then(|| Decimal::new(self.text))
    }
}

impl fmt::Debug for Value<'_> {
    /// What it is and how long, and nothing of it: it may be a secret's. `Display` shows the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} bytes)", self.kind(), self.text.len())
    }
}

impl fmt::Display for Value<'_> {
    /// The text as it stands, however long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.raw())
    }
}
