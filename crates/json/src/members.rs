//! The parts of objects and arrays, one after the other.

use std::{borrow::Cow, fmt, iter::FusedIterator};

use crate::{
    Kind, Value, string,
    walk::{skip_string, skip_value, skip_white},
};

/// The members of an object, in the order of the text; made by [`Value::members`].
///
/// Duplicate keys come as they are in the text: the last one is the one that counts.
#[derive(Clone)]
pub struct Members<'a> {
    text: &'a [u8],
    /// Where the next key or the closing brace stands: `0 < at < text.len()`; `text.len()` when over.
    at: usize,
}

/// A member, and where it stands in the text of its object.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    /// Without quotes, with escapes.
    pub(crate) key: &'a [u8],
    pub(crate) value: Value<'a>,
    /// Where the opening quote of the key stands.
    pub(crate) start: usize,
    /// The position behind the value.
    pub(crate) end: usize,
}

impl<'a> Members<'a> {
    pub(crate) fn new(value: Value<'a>) -> Self {
        let text = value.text();
        let at = if value.kind() == Kind::Object { skip_white(text, 1) } else { text.len() };
        Self { text, at }
    }

    /// The same members, with their keys as spelled and their places.
    pub(crate) fn spans(self) -> impl Iterator<Item = Member<'a>> {
        let mut members = self;
        std::iter::from_fn(move || members.next_span())
    }

    fn next_span(&mut self) -> Option<Member<'a>> {
        let start = self.at;
        if self.text.get(start) != Some(&b'"') {
            self.at = self.text.len();
            return None;
        }
        let key_end = skip_string(self.text, start);
        let colon = skip_white(self.text, key_end);
        let value = skip_white(self.text, colon + 1);
        let end = skip_value(self.text, value);
        self.at = skip_white(self.text, end);
        if self.text.get(self.at) == Some(&b',') {
            self.at = skip_white(self.text, self.at + 1);
        }
        let key = &self.text[start + 1..key_end - 1];
        Some(Member { key, value: Value::from_checked(&self.text[value..end]), start, end })
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_span().map(|member| (string::unescape(member.key), member.value))
    }
}

impl FusedIterator for Members<'_> {}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

/// The elements of an array; made by [`Value::elements`].
#[derive(Clone)]
pub struct Elements<'a> {
    text: &'a [u8],
    /// Where the next element or the closing bracket stands: `0 < at < text.len()`; `text.len()` when over.
    at: usize,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(value: Value<'a>) -> Self {
        let text = value.text();
        let at = if value.kind() == Kind::Array { skip_white(text, 1) } else { text.len() };
        Self { text, at }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if matches!(self.text.get(start), None | Some(b']')) {
            self.at = self.text.len();
            return None;
        }
        let end = skip_value(self.text, start);
        self.at = skip_white(self.text, end);
        if self.text.get(self.at) == Some(&b',') {
            self.at = skip_white(self.text, self.at + 1);
        }
        Some(Value::from_checked(&self.text[start..end]))
    }
}

impl FusedIterator for Elements<'_> {}

impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
