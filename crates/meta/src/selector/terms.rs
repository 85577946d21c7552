//! Selectors term by term, joined by AND.
//!
//! What can't stand in a selector is written so that [`check`](LabelSelector::check) refuses it, and never so that it reads as
//! something else.

use std::fmt::Write;

use super::{
    FieldSelector, LabelSelector,
    labels::{Parser, is_label_value},
};

impl LabelSelector {
    /// And the label has this value.
    #[must_use]
    pub fn equal(self, key: &str, value: &str) -> Self {
        self.and(&format!("{}={}", label_key(key), label_value(value)))
    }

    /// And the label has another value, or is not there.
    #[must_use]
    pub fn not_equal(self, key: &str, value: &str) -> Self {
        self.and(&format!("{}!={}", label_key(key), label_value(value)))
    }

    /// And the label has one of these values, of which there must be one.
    #[must_use]
    pub fn is_in(self, key: &str, values: &[&str]) -> Self {
        self.and(&format!("{} in {}", label_key(key), set(values)))
    }

    /// And the label has none of these values, of which there must be one, or is not there.
    #[must_use]
    pub fn not_in(self, key: &str, values: &[&str]) -> Self {
        self.and(&format!("{} notin {}", label_key(key), set(values)))
    }

    /// And the label is there.
    #[must_use]
    pub fn exists(self, key: &str) -> Self {
        self.and(&label_key(key))
    }

    /// And the label is not there.
    #[must_use]
    pub fn not_exists(self, key: &str) -> Self {
        self.and(&format!("!{}", label_key(key)))
    }

    fn and(mut self, term: &str) -> Self {
        join(&mut self.0, term);
        self
    }
}

impl FieldSelector {
    /// And the field has this value.
    #[must_use]
    pub fn equal(mut self, field: &str, value: &str) -> Self {
        join(&mut self.0, &format!("{}={}", field_key(field), escape(value)));
        self
    }

    /// And the field has another value.
    #[must_use]
    pub fn not_equal(mut self, field: &str, value: &str) -> Self {
        join(&mut self.0, &format!("{}!={}", field_key(field), escape(value)));
        self
    }

    /// And the field has none of these values: a term for each, as servers know no other form.
    #[must_use]
    pub fn not_in(self, field: &str, values: &[&str]) -> Self {
        values.iter().fold(self, |selector, value| selector.not_equal(field, value))
    }
}

fn join(text: &mut String, term: &str) {
    let comma = if text.is_empty() { "" } else { "," };
    write!(text, "{comma}{term}").expect("a String takes all");
}

/// A quote can stand in no key and in no value.
fn label_key(key: &str) -> String {
    let mut parser = Parser { text: key, at: 0 };
    if parser.key() == Ok(key) { key.to_owned() } else { format!("{key:?}") }
}

fn label_value(value: &str) -> String {
    if is_label_value(value) { value.to_owned() } else { format!("{value:?}") }
}

/// No value at all is no set; `()` would be the set of the empty value.
fn set(values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|value| label_value(value)).collect();
    if values.is_empty() { String::new() } else { format!("({})", values.join(",")) }
}

/// A field without a name is refused.
fn field_key(field: &str) -> &str {
    if field.contains(['=', '!', ',', '\\']) { "" } else { field }
}

/// As `fields.EscapeValue` of apimachinery.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

#[cfg(test)]
mod tests {
    use crate::{FieldSelector, LabelSelector};

    /// D27: each operator, as a server reads it.
    #[test]
    fn d27_operators() {
        let labels = LabelSelector::default().equal("app", "web").not_equal("a.b/c", "x");
        let labels = labels.is_in("t", &["f", "b"]).not_in("e", &["dev"]).exists("here").not_exists("gone");
        assert_eq!(labels.as_str(), "app=web,a.b/c!=x,t in (f,b),e notin (dev),here,!gone");
        assert_eq!(labels.check(), Ok(()));
        let fields =
            FieldSelector::default().equal("metadata.name", "web").not_in("status.phase", &["A", "B"]);
        let fields = fields.not_equal("x", "a,b=c\\");
        assert_eq!(fields.as_str(), "metadata.name=web,status.phase!=A,status.phase!=B,x!=a\\,b\\=c\\\\");
        assert_eq!(fields.check(), Ok(()));
    }

    /// D27: a value that would read as another selector is refused.
    #[test]
    fn d27_nothing_is_smuggled_in() {
        let none = LabelSelector::default;
        for selector in [
            none().equal("app", "web,tier=front"),
            none().equal("app=web,tier", "front"),
            none().is_in("app", &["a)", "b"]),
            none().is_in("app", &[]),
            none().not_in("app", &[]),
            none().exists("a,b"),
            none().exists(""),
            none().not_exists(" a"),
        ] {
            assert!(selector.check().is_err(), "{selector}");
        }
        for field in ["", "a=b", "a,b", "a!"] {
            assert!(FieldSelector::default().equal(field, "x").check().is_err(), "{field}");
        }
    }
}
