//! Equality by content.

use std::borrow::Cow;

use crate::{Kind, Value};

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.text() == other.text() {
            return true;
        }
        let kind = self.kind();
        kind == other.kind()
            && match kind {
                // Another spelling would have been equal above.
                Kind::Null | Kind::Bool => false,
                Kind::Number => self.decimal() == other.decimal(),
                Kind::String => self.as_str() == other.as_str(),
                Kind::Array => self.elements().eq(other.elements()),
                Kind::Object => by_key(*self) == by_key(*other),
            }
    }
}

impl Eq for Value<'_> {}

/// The members that count, in the order of their keys.
fn by_key(object: Value<'_>) -> Vec<(Cow<'_, str>, Value<'_>)> {
    let mut members: Vec<_> = object.members().collect();
    // Backwards, so that of equal keys the last one comes first, and is the one that stays.
    members.reverse();
    members.sort_by(|left, right| left.0.cmp(&right.0));
    members.dedup_by(|left, right| left.0 == right.0);
    members
}
