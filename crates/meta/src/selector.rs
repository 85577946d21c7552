//! Label and field selectors.

use std::fmt;

mod fields;
mod labels;
mod terms;

pub use fields::FieldSelector;
pub use labels::LabelSelector;

macro_rules! from_text_and_pairs {
    ($type:ident) => {
        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl<K: AsRef<str>, V: AsRef<str>, const N: usize> From<[(K, V); N]> for $type {
            /// Each pair is an equality.
            fn from(pairs: [(K, V); N]) -> Self {
                let terms: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{}={}", key.as_ref(), value.as_ref())).collect();
                Self(terms.join(","))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

from_text_and_pairs!(LabelSelector);
from_text_and_pairs!(FieldSelector);

/// A text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    text: String,
    /// Where, in bytes.
    at: usize,
    expected: &'static str,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = &self.text[self.at.min(self.text.len())..];
        write!(f, "selector {:?}: expected {} ", self.text, self.expected)?;
        if rest.is_empty() { f.write_str("but it ends there") } else { write!(f, "at {rest:?}") }
    }
}

impl std::error::Error for SelectorError {}
