//! Selectors term by term, joined by AND.
//!
//! What can't stand in a selector is written so that [`check`](LabelSelector::check) refuses it, and never so that it reads as
//! something else.

use super::{FieldSelector, FieldTest, LabelSelector, LabelTest};

impl LabelSelector {
    /// And the label has this value.
    #[must_use]
    pub fn equal(self, key: &str, value: &str) -> Self {
        self.and(key, value)
    }

    /// And the label has another value, or is not there.
    #[must_use]
    pub fn not_equal(self, key: &str, value: &str) -> Self {
        self.and(key, LabelTest::NotEqual(value.to_owned()))
    }

    /// And the label has one of these values, of which there must be one.
    #[must_use]
    pub fn is_in(self, key: &str, values: &[&str]) -> Self {
        self.and(key, values.to_vec())
    }

    /// And the label has none of these values, of which there must be one, or is not there.
    #[must_use]
    pub fn not_in(self, key: &str, values: &[&str]) -> Self {
        self.and(key, LabelTest::NotIn(values.iter().map(|&value| value.to_owned()).collect()))
    }

    /// And the label is there.
    #[must_use]
    pub fn exists(self, key: &str) -> Self {
        self.and(key, LabelTest::Exists)
    }

    /// And the label is not there.
    #[must_use]
    pub fn not_exists(self, key: &str) -> Self {
        self.and(key, LabelTest::NotExists)
    }

    /// And the label is a whole number greater than `bound`, which must not be negative.
    #[must_use]
    pub fn greater_than(self, key: &str, bound: i64) -> Self {
        self.and(key, LabelTest::GreaterThan(bound))
    }

    /// And the label is a whole number less than `bound`, which must not be negative.
    #[must_use]
    pub fn less_than(self, key: &str, bound: i64) -> Self {
        self.and(key, LabelTest::LessThan(bound))
    }
}

impl FieldSelector {
    /// And the field has this value.
    #[must_use]
    pub fn equal(self, field: &str, value: &str) -> Self {
        self.and(field, value)
    }

    /// And the field has another value.
    #[must_use]
    pub fn not_equal(self, field: &str, value: &str) -> Self {
        self.and(field, FieldTest::NotEqual(value.to_owned()))
    }

    /// And the field has none of these values: a term for each, as servers know no other form.
    #[must_use]
    pub fn not_in(self, field: &str, values: &[&str]) -> Self {
        values.iter().fold(self, |selector, value| selector.not_equal(field, value))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::{FieldSelector, LabelSelector, LabelTest};

    /// D27: each operator, as a server reads it.
    #[test]
    fn d27_operators() {
        let labels = LabelSelector::default().equal("app", "web").not_equal("a.b/c", "x");
        let labels = labels.is_in("t", &["f", "b"]).not_in("e", &["dev"]).exists("here").not_exists("gone");
        let labels = labels.greater_than("size", 2).less_than("size", 5);
        assert_eq!(labels.as_str(), "app=web,a.b/c!=x,t in (b,f),e notin (dev),here,!gone,size>2,size<5");
        assert_eq!(labels.check(), Ok(()));
        let fields =
            FieldSelector::default().equal("metadata.name", "web").not_in("status.phase", &["A", "B"]);
        let fields = fields.not_equal("x", "a,b=c\\");
        assert_eq!(fields.as_str(), "metadata.name=web,status.phase!=A,status.phase!=B,x!=a\\,b\\=c\\\\");
        assert_eq!(fields.check(), Ok(()));
    }

    /// D27: maps and pairs; a value, none (it is there), and several.
    #[test]
    fn d27_maps_and_pairs() {
        for (selector, want) in [
            (LabelSelector::from([("app", "web"), ("tier", "front")]), "app=web,tier=front"),
            (LabelSelector::from([("app", Some("web")), ("tier", None)]), "app=web,tier"),
            (LabelSelector::from([("tier", vec!["front", "back"])]), "tier in (back,front)"),
            (LabelSelector::from(vec![("app".to_owned(), "web".to_owned())]), "app=web"),
            (LabelSelector::from(BTreeMap::from([("b", "2"), ("a", "1")])), "a=1,b=2"),
            (LabelSelector::from(&BTreeMap::from([("b".to_owned(), "2".to_owned())])), "b=2"),
            (LabelSelector::from_iter([("a", LabelTest::NotExists), ("b", "c".into())]), "!a,b=c"),
        ] {
            assert_eq!(selector.as_str(), want);
        }
        assert_eq!(FieldSelector::from([("a.b", "c,d")]).as_str(), "a.b=c\\,d");
        assert_eq!(FieldSelector::from(BTreeMap::from([("b", "2"), ("a", "1")])).as_str(), "a=1,b=2");
    }

    /// D27: a value that would read as another selector is refused.
    #[test]
    fn d27_nothing_is_smuggled_in() {
        let none = LabelSelector::default;
        for selector in [
            none().equal("app", "web,tier=front"),
            none().equal("app=web,tier", "front"),
            LabelSelector::from([("app", "web,tier=front")]),
            none().is_in("app", &["a)", "b"]),
            none().is_in("app", &[]),
            none().not_in("app", &[]),
            none().exists("a,b"),
            none().exists(""),
            none().not_exists(" a"),
            none().greater_than("a", -1),
        ] {
            assert!(selector.check().is_err(), "{selector}");
        }
        for field in ["", "a=b", "a,b", "a!"] {
            assert!(FieldSelector::default().equal(field, "x").check().is_err(), "{field}");
        }
    }
}
