//! Values, written through any serializer.

use std::borrow::Cow;

use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap as _},
};

use crate::{Document, Kind, Value};

impl Serialize for Value<'_> {
    /// Hands the same structure to any serializer, members in the order of the text.
    ///
    /// Of duplicate keys the last one is written, in its place. A number becomes an `i64` or `u64` if it is spelled as a whole number
    /// and fits, and otherwise the nearest `f64`, as the API server itself reads it: digits beyond that are lost
    /// (copying the text loses none). Beyond the largest `f64` it is an error.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.kind() {
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool => serializer.serialize_bool(self.as_bool().unwrap_or_default()),
            Kind::Number => serialize_number(*self, serializer),
            Kind::String => serializer.serialize_str(&self.as_str().unwrap_or_default()),
            Kind::Array => serializer.collect_seq(self.elements()),
            Kind::Object => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in counting(*self) {
                    map.serialize_entry(&key, &value)?;
                }
                map.end()
            }
        }
    }
}

impl Serialize for Document {
    /// As [`Value`] does.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.root().serialize(serializer)
    }
}

/// The members that count, in the order of the text.
fn counting(object: Value<'_>) -> Vec<(Cow<'_, str>, Value<'_>)> {
    let mut members: Vec<_> = object.members().collect();
    let mut order: Vec<_> = (0..members.len()).collect();
    // Stable, so that of equal keys the last one comes last.
    order.sort_by(|&left, &right| members[left].0.cmp(&members[right].0));
    let mut counts = vec![true; members.len()];
    for pair in order.windows(2) {
        counts[pair[0]] = members[pair[0]].0 != members[pair[1]].0;
    }
    let mut counts = counts.into_iter();
    members.retain(|_| counts.next() == Some(true));
    members
}

fn serialize_number<S: Serializer>(number: Value<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = number.raw();
    // Minus zero has no integer.
    if text != "-0" {
        if let Ok(whole) = text.parse::<i64>() {
            return serializer.serialize_i64(whole);
        }
        if let Ok(whole) = text.parse::<u64>() {
            return serializer.serialize_u64(whole);
        }
    }
    match number.as_f64() {
        Some(number) => serializer.serialize_f64(number),
        None => Err(S::Error::custom("a number is beyond the largest that can be written")),
    }
}
