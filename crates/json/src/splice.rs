//! Changes: a new text from the old one, in which everything else keeps its spelling.

use std::borrow::Cow;

use crate::{
    Document, Error, Kind, MAX_DEPTH, PointerFault, Value,
    members::Member,
    pointer, string,
    walk::{self, skip_white},
};

impl Document {
    /// A document in which the part that `pointer` (RFC 6901) names is `value`.
    ///
    /// A member that exists is replaced in its place (of duplicate keys, the last one), a new one is added at
    /// the end of its object. Objects that are missing on the way are created, also in place of a `null`. In an
    /// array, an index replaces an element; `-`, or the index behind the last one, appends. An empty pointer
    /// gives `value` itself.
    ///
    /// # Errors
    /// [`Error::Pointer`] if it is no pointer, leads into a string, number or bool, or does not fit the array
    /// it meets; [`Error::TooDeep`] if the result would be.
    pub fn set(&self, pointer: &str, value: &Self) -> Result<Self, Error> {
        let fault = |fault| Error::Pointer { pointer: pointer.to_owned(), fault };
        let mut tokens = pointer::tokens(pointer).map_err(fault)?;
        let levels = tokens.clone().count();
        if levels + value.len() / 2 > MAX_DEPTH && levels + walk::depth(value.bytes()) > MAX_DEPTH {
            return Err(Error::TooDeep { limit: MAX_DEPTH });
        }

        let mut place = self.root();
        while let Some(token) = tokens.next() {
            let (inner, span) = match place.kind() {
                Kind::Object => match last_member(place, &token) {
                    Some(member) => (member.value, None),
                    None => (place, Some(Span::new_member(place, &token))),
                },
                Kind::Null => (place, Some(Span::instead(place, &token))),
                Kind::Array => match element(place, &token).map_err(fault)? {
                    Some(element) => (element, None),
                    None => (place, Some(Span::new_element(place))),
                },
                _ => return Err(fault(PointerFault::NoContainer)),
            };
            match span {
                None => place = inner,
                Some(span) => return Ok(self.splice(inner, &span, &nested(tokens, value))),
            }
        }
        let whole = Span { start: 0, end: place.text().len(), before: Vec::new(), after: "" };
        Ok(self.splice(place, &whole, value.bytes()))
    }

    /// A document without the part that `pointer` (RFC 6901) names, nor its comma.
    ///
    /// Removing what is not there, or from something that has no parts, gives the same text. Of duplicate keys
    /// all go, so that none of them comes to light.
    ///
    /// # Errors
    /// [`Error::Pointer`] if it is no pointer, or names the whole document.
    pub fn remove(&self, pointer: &str) -> Result<Self, Error> {
        let fault = |fault| Error::Pointer { pointer: pointer.to_owned(), fault };
        let mut tokens = pointer::tokens(pointer).map_err(fault)?;
        let last = tokens.next_back().ok_or_else(|| fault(PointerFault::Root))?;
        let parent = tokens.try_fold(self.root(), |value, token| match value.kind() {
            Kind::Object => value.get(&token),
            Kind::Array => value.at(pointer::index(&token)?),
            _ => None,
        });
        let Some(parent) = parent else { return Ok(self.clone()) };
        let kept = match parent.kind() {
            Kind::Object => without_members(parent, &last),
            Kind::Array => pointer::index(&last).and_then(|index| without_element(parent, index)),
            _ => None,
        };
        let Some(kept) = kept else { return Ok(self.clone()) };
        let whole = Span { start: 0, end: parent.text().len(), before: Vec::new(), after: "" };
        Ok(self.splice(parent, &whole, &kept))
    }

    /// Puts `new` in the place of a span of `part`, which is part of this document.
    fn splice(&self, part: Value<'_>, span: &Span, new: &[u8]) -> Self {
        let (base, _) = self.span_of(part).expect("the part was read from this document");
        let (head, tail) = (&self.bytes()[..base + span.start], &self.bytes()[base + span.end..]);
        let text = [head, &span.before, new, span.after.as_bytes(), tail].concat();
        Self::from_checked(text.into())
    }
}

/// What a change replaces, counted from the start of a part's text: `0 <= start <= end <= len`.
struct Span {
    start: usize,
    end: usize,
    before: Vec<u8>,
    after: &'static str,
}

impl Span {
    /// Behind the last member of an object, or between its braces.
    fn new_member(object: Value<'_>, key: &str) -> Self {
        let at = object.members().spans().last().map(|member| member.end);
        Self::behind(at, Some(key))
    }

    /// Behind the last element of an array, or between its brackets.
    fn new_element(array: Value<'_>) -> Self {
        let at = array.elements().last().map(|element| {
            // Both are slices of one text.
            element.text().as_ptr().addr() - array.text().as_ptr().addr() + element.text().len()
        });
        Self::behind(at, None)
    }

    fn behind(last: Option<usize>, key: Option<&str>) -> Self {
        let mut before = Vec::new();
        if last.is_some() {
            before.push(b',');
        }
        if let Some(key) = key {
            string::quote(key, &mut before);
            before.push(b':');
        }
        let at = last.unwrap_or(1);
        Self { start: at, end: at, before, after: "" }
    }

    /// An object with one member, in the place of a whole value.
    fn instead(value: Value<'_>, key: &str) -> Self {
        let mut before = vec![b'{'];
        string::quote(key, &mut before);
        before.push(b':');
        Self { start: 0, end: value.text().len(), before, after: "}" }
    }
}

/// `value` inside an object for each of the keys, the first one outermost.
fn nested<'a>(keys: impl Iterator<Item = Cow<'a, str>>, value: &Document) -> Vec<u8> {
    let (mut text, mut levels) = (Vec::new(), 0);
    for key in keys {
        text.push(b'{');
        string::quote(&key, &mut text);
        text.push(b':');
        levels += 1;
    }
    text.extend_from_slice(value.bytes());
    text.resize(text.len() + levels, b'}');
    text
}

fn last_member<'a>(object: Value<'a>, key: &str) -> Option<Member<'a>> {
    object.members().spans().filter(|member| string::is_spelled(member.key, key)).last()
}

/// The element that `token` names; none if it names the place behind the last one.
fn element<'a>(array: Value<'a>, token: &str) -> Result<Option<Value<'a>>, PointerFault> {
    if token == "-" {
        return Ok(None);
    }
    let index = pointer::index(token).ok_or(PointerFault::Index)?;
    match array.at(index) {
        Some(element) => Ok(Some(element)),
        None if index == array.elements().count() => Ok(None),
        None => Err(PointerFault::OutOfRange),
    }
}

/// The text of an object without the members of that key; none if it has none.
fn without_members(object: Value<'_>, key: &str) -> Option<Vec<u8>> {
    let members = object.members().spans();
    without(object.text(), members.map(|m| (m.start, m.end, string::is_spelled(m.key, key))))
}

/// The text of an array without that element; none if it has none.
fn without_element(array: Value<'_>, index: usize) -> Option<Vec<u8>> {
    let start = array.text().as_ptr().addr();
    let elements = array.elements().enumerate().map(|(at, element)| {
        let from = element.text().as_ptr().addr() - start;
        (from, from + element.text().len(), at == index)
    });
    without(array.text(), elements)
}

/// The text of a container without the parts that are marked; none if none is. Each part is given as where it
/// starts, where it ends, and its mark.
fn without(text: &[u8], parts: impl Iterator<Item = (usize, usize, bool)>) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(text.len());
    // Text up to here is dealt with: 1 <= done <= text.len()
    let mut done = skip_white(text, 1);
    kept.extend_from_slice(&text[..done]);
    let (mut any_kept, mut any_removed) = (false, false);
    for (start, end, removed) in parts {
        if removed {
            any_removed = true;
        } else {
            // The comma and the white space in front of a part go with it, unless it has become the first.
            kept.extend_from_slice(&text[if any_kept { done } else { start }..end]);
            any_kept = true;
        }
        done = end;
    }
    kept.extend_from_slice(&text[done..]);
    any_removed.then_some(kept)
}
