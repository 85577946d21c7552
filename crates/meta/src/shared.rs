//! Lists of which there are thousands, and many of them alike.

use std::{borrow::Borrow, fmt, ops::Deref, slice, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};

/// A list that never changes and is cheap to clone: all clones share the values. An empty one takes no memory of its own.
///
/// Reads as a slice wherever one is wanted, and compares with one.
///
/// ```
/// use steersman_meta::{Shared, Verb};
///
/// let verbs: Shared<Verb> = [Verb::Get, Verb::List].into();
/// assert!(verbs.contains(&Verb::Get));
/// assert_eq!(verbs, [Verb::Get, Verb::List]);
/// ```
pub struct Shared<T>(Option<Arc<[T]>>);

impl<T> Shared<T> {
    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> Borrow<[T]> for Shared<T> {
    fn borrow(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(values: Vec<T>) -> Self {
        Self((!values.is_empty()).then(|| values.into()))
    }
}

impl<T, const N: usize> From<[T; N]> for Shared<T> {
    fn from(values: [T; N]) -> Self {
        Self((N > 0).then(|| values.into()))
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let values = values.into_iter();
        if values.size_hint().1 == Some(0) {
            return Self::default();
        }
        let values: Arc<[T]> = values.collect();
        Self((!values.is_empty()).then_some(values))
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq> Eq for Shared<T> {}

impl<T: PartialEq<U>, U, const N: usize> PartialEq<[U; N]> for Shared<T> {
    fn eq(&self, other: &[U; N]) -> bool {
        self.as_slice() == other
    }
}

impl<T: PartialEq<U>, U> PartialEq<Vec<U>> for Shared<T> {
    fn eq(&self, other: &Vec<U>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: std::hash::Hash> std::hash::Hash for Shared<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_slice(), f)
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Shared;

    /// However it is made it holds the same, and an empty one holds no memory.
    #[test]
    fn it_holds_what_was_put_in() {
        for values in [vec![], vec![1], vec![1, 2, 3]] {
            let made = Shared::from(values.clone());
            assert_eq!(made.as_slice(), values);
            assert_eq!(made, values.iter().copied().collect::<Shared<i32>>());
            assert_eq!(made.0.is_none(), values.is_empty());
            let json = serde_json::to_string(&made).expect("a list is JSON");
            assert_eq!(json, serde_json::to_string(&values).expect("a list is JSON"));
            assert_eq!(serde_json::from_str::<Shared<i32>>(&json).expect("it is a list"), made);
            assert_eq!(format!("{made:?}"), format!("{values:?}"));
            assert_eq!(made.iter().sum::<i32>(), values.iter().sum::<i32>());
        }
        assert_eq!(Shared::from([1, 2]), [1, 2]);
        assert_eq!(Shared::<i32>::default(), [0; 0]);
    }
}
