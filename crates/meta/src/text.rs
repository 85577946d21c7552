//! Texts of which there are thousands, and most of them short.

use std::{
    borrow::{Borrow, Cow},
    fmt,
    ops::Deref,
};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A text that never changes and is cheap to clone: up to 23 bytes stand in the value itself, what is longer is shared.
///
/// Reads as a `&str` wherever one is wanted, and compares with one.
///
/// ```
/// use steersman_meta::Text;
///
/// let kind = Text::from("Pod");
/// assert_eq!(kind, "Pod");
/// assert!(kind.starts_with('P'));
/// assert_eq!(String::from(kind), "Pod");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(SmolStr);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(SmolStr::new(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(SmolStr::from(text))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.as_ref())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl From<&Text> for String {
    fn from(text: &Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Text> for str {
    fn eq(&self, other: &Text) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Text> for &str {
    fn eq(&self, other: &Text) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, other: &Text) -> bool {
        self == other.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Text;

    /// Whatever its length, it is the text that was put in, and is found by it.
    #[test]
    fn it_is_the_text_that_was_put_in() {
        for length in [0, 1, 22, 23, 24, 100] {
            let text = "ä".repeat(length / 2) + &"x".repeat(length % 2);
            let made = Text::from(&text);
            assert_eq!((made.as_str(), made.clone()), (text.as_str(), Text::from(text.clone())));
            assert!(HashSet::from([made.clone()]).contains(text.as_str()));
            let json = serde_json::to_string(&made).expect("a text is JSON");
            assert_eq!(json, serde_json::to_string(&text).expect("a text is JSON"));
            assert_eq!(serde_json::from_str::<Text>(&json).expect("it is a text"), text);
            assert_eq!((format!("{made:?} {made}"), String::from(&made)), (format!("{text:?} {text}"), text));
        }
    }

    /// Bounds the memory of an index of thousands of kinds.
    #[test]
    fn it_is_as_large_as_a_string() {
        assert_eq!(size_of::<Text>(), size_of::<String>());
        assert_eq!(size_of::<Option<Text>>(), size_of::<Text>());
    }
}
