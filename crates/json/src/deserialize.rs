//! Values, read into types.
//!
//! `serde_json` does it in one pass over the text. What it refuses and we promise to read (duplicate keys in a
//! struct, text nested deeper than 128 levels, numbers of any size) is read once more by walking the value.

use std::{borrow::Cow, collections::HashMap};

use serde::{
    Deserialize, Deserializer,
    de::{
        Error as _, IntoDeserializer, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Error;

use crate::{Document, Kind, Value};

/// Reads `value` as a `T`.
pub(crate) fn deserialize<'a, T: Deserialize<'a>>(value: Value<'a>) -> Result<T, Error> {
    serde_json::from_slice(value.text())
        // Its error is the better one: it says where.
        .or_else(|error| T::deserialize(value).map_err(|_| error))
}

impl<'de> Deserialize<'de> for Document {
    /// Writes what any self-describing format holds as JSON, in the order of its members.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut text = Vec::new();
        serde_transcode::transcode(from, &mut serde_json::Serializer::new(&mut text))
            .map_err(D::Error::custom)?;
        Self::parse(text).map_err(D::Error::custom)
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    /// Of duplicate keys, the last one is read. A number that fits no integer is the nearest `f64`, which beyond the
    /// largest one is infinite.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool => visitor.visit_bool(self.as_bool().unwrap_or_default()),
            Kind::Number => visit_number(self.raw(), visitor),
            Kind::String => visit_string(self.as_str().unwrap_or_default(), visitor),
            Kind::Array => visitor.visit_seq(SeqDeserializer::new(self.elements())),
            Kind::Object => visitor.visit_map(MapDeserializer::new(members_that_count(self).into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A string is a variant without content; an object has the variant's name as its key.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.kind() != Kind::Object {
            return Text(self.as_str().unwrap_or_default()).deserialize_enum(name, variants, visitor);
        }
        let members = members_that_count(self);
        if members.len() != 1 {
            return Err(Error::invalid_length(members.len(), &"an object with one member, the variant"));
        }
        let members = MapDeserializer::new(members.into_iter());
        visitor.visit_enum(MapAccessDeserializer::new(members))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

impl<'de> IntoDeserializer<'de, Error> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The members of an object, without those that a later one with the same key hides.
fn members_that_count(object: Value<'_>) -> Vec<(Text<'_>, Value<'_>)> {
    let members: Vec<_> = object.members().collect();
    let last: HashMap<_, _> =
        members.iter().enumerate().map(|(index, (key, _))| (key.clone(), index)).collect();
    let counts = members.into_iter().enumerate().filter(|(index, (key, _))| last[key] == *index);
    counts.map(|(_, (key, value))| (Text(key), value)).collect()
}

fn visit_number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Error> {
    if text != "-0" {
        if let Ok(whole) = text.parse() {
            return visitor.visit_u64(whole);
        }
        if let Ok(whole) = text.parse() {
            return visitor.visit_i64(whole);
        }
    }
    visitor.visit_f64(text.parse().expect("every JSON number is one for f64, too"))
}

fn visit_string<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, Error> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

/// A key, or the name of a variant.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visit_string(self.0, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.into_deserializer().deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Text<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
