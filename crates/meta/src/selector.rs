//! Label and field selectors.

use std::fmt::{self, Write};

mod field_values;
mod fields;
mod label_test;
mod labels;
mod parser;
mod terms;

pub use fields::{FieldSelector, FieldTest};
pub use label_test::LabelTest;
pub use labels::LabelSelector;

/// What both kinds of selectors are made from: text, and pairs of a key and a test, joined by AND.
macro_rules! from_pairs {
    ($selector:ident, $test:ident) => {
        impl From<&str> for $selector {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $selector {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl<K: AsRef<str>, T: Into<$test>> FromIterator<(K, T)> for $selector {
            fn from_iter<I: IntoIterator<Item = (K, T)>>(pairs: I) -> Self {
                pairs
                    .into_iter()
                    .fold(Self::default(), |selector, (key, test)| selector.and(key.as_ref(), test))
            }
        }

        impl<K: AsRef<str>, T: Into<$test>, const N: usize> From<[(K, T); N]> for $selector {
            fn from(pairs: [(K, T); N]) -> Self {
                Self::from_iter(pairs)
            }
        }

        impl<K: AsRef<str>, T: Into<$test>> From<Vec<(K, T)>> for $selector {
            fn from(pairs: Vec<(K, T)>) -> Self {
                Self::from_iter(pairs)
            }
        }

        impl<K: AsRef<str>, T: Into<$test>> From<std::collections::BTreeMap<K, T>> for $selector {
            fn from(pairs: std::collections::BTreeMap<K, T>) -> Self {
                Self::from_iter(pairs)
            }
        }

        impl<'a, K: AsRef<str>, T> From<&'a std::collections::BTreeMap<K, T>> for $selector
        where
            &'a T: Into<$test>,
        {
            /// The labels of an object, for one: whoever has them all is selected.
            fn from(pairs: &'a std::collections::BTreeMap<K, T>) -> Self {
                Self::from_iter(pairs)
            }
        }

        impl std::fmt::Display for $selector {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

use from_pairs;

/// Adds a term to the text of a selector.
fn join(text: &mut String, term: &impl fmt::Display) {
    let comma = if text.is_empty() { "" } else { "," };
    write!(text, "{comma}{term}").expect("a String takes all");
}

/// A text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    text: String,
    /// Where, in bytes.
    at: usize,
    expected: &'static str,
}

impl SelectorError {
    pub(crate) fn new(text: &str, at: usize, expected: &'static str) -> Self {
        Self { text: text.to_owned(), at, expected }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = &self.text[self.at.min(self.text.len())..];
        write!(f, "selector {:?}: expected {} ", self.text, self.expected)?;
        if rest.is_empty() { f.write_str("but it ends there") } else { write!(f, "at {rest:?}") }
    }
}

impl std::error::Error for SelectorError {}
