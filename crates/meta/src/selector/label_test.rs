//! What one term of a label selector asks.

use std::fmt;

use super::parser::{is_label_key, is_label_value};

/// What a selector asks of one label, by the operators that a server knows.
///
/// It is made from a value (`=`), from a list of values (`in`), and from `None` (the label is there):
///
/// ```
/// use std::collections::BTreeMap;
/// use steersman_meta::{LabelSelector, LabelTest};
///
/// let wanted = BTreeMap::from([
///     ("app", LabelTest::from("web")),
///     ("canary", LabelTest::NotExists),
///     ("tier", LabelTest::from(["front", "back"])),
/// ]);
/// assert_eq!(LabelSelector::from_iter(wanted).as_str(), "app=web,!canary,tier in (back,front)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelTest {
    /// `=`: it has this value.
    Equal(String),
    /// It is there.
    Exists,
    /// `>`: its value is a whole number, and greater than this one. No label can be negative.
    GreaterThan(i64),
    /// `in`: it has one of these values, of which there must be one.
    In(Vec<String>),
    /// `<`: its value is a whole number, and less than this one.
    LessThan(i64),
    /// `!=`: it has another value, or is not there.
    NotEqual(String),
    /// `!`: it is not there.
    NotExists,
    /// `notin`: it has none of these values, of which there must be one, or is not there.
    NotIn(Vec<String>),
}

impl LabelTest {
    /// Whether a label passes that has this value, or is not there.
    #[must_use]
    pub fn passes(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|text| text.parse::<i64>().ok());
        let is_one_of = |values: &[String]| value.is_some_and(|value| values.iter().any(|one| one == value));
        match self {
            Self::Equal(wanted) => value == Some(wanted),
            Self::Exists => value.is_some(),
            Self::GreaterThan(bound) => number().is_some_and(|number| number > *bound),
            Self::In(values) => is_one_of(values),
            Self::LessThan(bound) => number().is_some_and(|number| number < *bound),
            Self::NotEqual(unwanted) => value != Some(unwanted),
            Self::NotExists => value.is_none(),
            Self::NotIn(values) => !is_one_of(values),
        }
    }
}

/// A term as a selector writes it, with the values of a set in order, as Kubernetes prints them.
///
/// What can't stand in a selector is written so that it is refused when it is checked, and never so that it reads as something
/// else: a quote can stand in no key and in no value.
pub(super) struct Term<'a>(pub(super) &'a str, pub(super) &'a LabelTest);

impl fmt::Display for Term<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = quoted_unless(is_label_key(self.0), self.0);
        let value = |value: &str| quoted_unless(is_label_value(value), value);
        match self.1 {
            LabelTest::Equal(wanted) => write!(f, "{key}={}", value(wanted)),
            LabelTest::Exists => f.write_str(&key),
            LabelTest::GreaterThan(bound) => write!(f, "{key}>{bound}"),
            LabelTest::In(values) => write!(f, "{key} in {}", set(values, value)),
            LabelTest::LessThan(bound) => write!(f, "{key}<{bound}"),
            LabelTest::NotEqual(unwanted) => write!(f, "{key}!={}", value(unwanted)),
            LabelTest::NotExists => write!(f, "!{key}"),
            LabelTest::NotIn(values) => write!(f, "{key} notin {}", set(values, value)),
        }
    }
}

fn quoted_unless(is_fit: bool, text: &str) -> String {
    if is_fit { text.to_owned() } else { format!("{text:?}") }
}

/// No value at all is no set; `()` would be the set of the empty value.
fn set(values: &[String], written: impl Fn(&str) -> String) -> String {
    let mut values: Vec<String> = values.iter().map(|value| written(value)).collect();
    values.sort_unstable();
    values.dedup();
    if values.is_empty() { String::new() } else { format!("({})", values.join(",")) }
}

impl From<&str> for LabelTest {
    fn from(value: &str) -> Self {
        Self::Equal(value.to_owned())
    }
}

impl From<&String> for LabelTest {
    fn from(value: &String) -> Self {
        Self::Equal(value.clone())
    }
}

impl From<String> for LabelTest {
    fn from(value: String) -> Self {
        Self::Equal(value)
    }
}

impl<V: Into<String>> From<Option<V>> for LabelTest {
    /// None is that the label is there, with whatever value (row D27).
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Exists, |value| Self::Equal(value.into()))
    }
}

impl<V: Into<String>> From<Vec<V>> for LabelTest {
    fn from(values: Vec<V>) -> Self {
        Self::In(values.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<String>, const N: usize> From<[V; N]> for LabelTest {
    fn from(values: [V; N]) -> Self {
        Self::In(values.into_iter().map(Into::into).collect())
    }
}
