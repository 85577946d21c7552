//! The query of a URL, each value encoded.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// What needs no escape in the value of a query: the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The query of a URL, in the order in which it was said.
///
/// ```
/// use steersman_meta::Query;
///
/// let mut query = Query::default();
/// query.push("labelSelector", "app in (a,b)");
/// assert_eq!(query.to_string(), "labelSelector=app%20in%20%28a%2Cb%29");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    text: String,
}

impl Query {
    /// Adds a parameter.
    pub fn push(&mut self, key: &str, value: impl fmt::Display) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.extend(utf8_percent_encode(key, UNRESERVED));
        self.text.push('=');
        self.text.extend(utf8_percent_encode(&value.to_string(), UNRESERVED));
    }

    /// Adds a parameter that has a value; none adds nothing.
    pub(crate) fn push_some(&mut self, key: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.push(key, value);
        }
    }

    /// Whether there is a parameter of this name.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        let name = utf8_percent_encode(key, UNRESERVED).to_string();
        self.text.split('&').any(|parameter| parameter.split('=').next() == Some(name.as_str()))
    }

    /// Adds what another query says, behind what was said already.
    pub fn extend(&mut self, other: &Self) {
        if !self.is_empty() && !other.is_empty() {
            self.text.push('&');
        }
        self.text.push_str(&other.text);
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `segment`, fit to stand between two slashes.
pub(crate) fn encode_segment(segment: &str) -> PercentEncode<'_> {
    /// What RFC 3986 allows in a segment besides the unreserved characters.
    const SEGMENT: &AsciiSet = &UNRESERVED
        .remove(b':')
        .remove(b'@')
        .remove(b'!')
        .remove(b'$')
        .remove(b'&')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')')
        .remove(b'*')
        .remove(b'+')
        .remove(b',')
        .remove(b';')
        .remove(b'=');
    utf8_percent_encode(segment, SEGMENT)
}
