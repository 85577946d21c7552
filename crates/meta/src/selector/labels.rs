//! Selectors by labels.

use std::collections::BTreeMap;

use super::{SelectorError, label_test::Term, parser};
use crate::LabelTest;

/// A label selector, as the API writes it: `app=web,tier in (front,back),!canary`.
///
/// It is made from any text, from a map or pairs of keys and [tests](LabelTest), or by a method for each operator, and is
/// checked when it is used, so that a builder needs no `?` half-way.
///
/// ```
/// use steersman_meta::LabelSelector;
///
/// assert!(LabelSelector::from("app=web,!canary").check().is_ok());
/// assert!(LabelSelector::from("app in web").check().is_err());
/// assert_eq!(LabelSelector::from([("app", "web"), ("tier", "front")]).as_str(), "app=web,tier=front");
/// assert_eq!(LabelSelector::from([("tier", ["front", "back"])]).as_str(), "tier in (back,front)");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector(pub(super) String);

impl LabelSelector {
    /// The selector's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// And the label passes this test.
    #[must_use]
    pub fn and(mut self, key: &str, test: impl Into<LabelTest>) -> Self {
        super::join(&mut self.0, &Term(key, &test.into()));
        self
    }

    /// Checks the text against the grammar of label selectors (`apimachinery/pkg/labels/selector.go`).
    ///
    /// # Errors
    /// If it does not follow it, with the place.
    pub fn check(&self) -> Result<(), SelectorError> {
        parser::terms(&self.0).map(drop)
    }

    /// What it asks of which labels; all of it must be so.
    ///
    /// ```
    /// use steersman_meta::{LabelSelector, LabelTest};
    ///
    /// let terms = LabelSelector::from("app == web, weight>2").terms()?;
    /// assert_eq!(terms[0], ("app".to_owned(), LabelTest::from("web")));
    /// assert_eq!(LabelSelector::from_iter(terms).as_str(), "app=web,weight>2");
    /// # Ok::<(), steersman_meta::SelectorError>(())
    /// ```
    ///
    /// # Errors
    /// If the text does not follow the grammar.
    pub fn terms(&self) -> Result<Vec<(String, LabelTest)>, SelectorError> {
        let terms = parser::terms(&self.0)?;
        Ok(terms.into_iter().map(|(key, test)| (key.to_owned(), test)).collect())
    }

    /// Whether an object with these labels is selected, by the server's own rules: `!=` and `notin` select what does
    /// not have the label, too.
    ///
    /// # Errors
    /// If the text does not follow the grammar.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> Result<bool, SelectorError> {
        let terms = parser::terms(&self.0)?;
        Ok(terms.iter().all(|(key, test)| test.passes(labels.get(*key).map(String::as_str))))
    }
}

super::from_pairs!(LabelSelector, LabelTest);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::LabelSelector;
    use crate::LabelTest;

    /// A36, D27: every operator, against labels app=web and weight=3.
    #[test]
    fn a36_d27_label_selectors() {
        let labels: BTreeMap<String, String> = [("app", "web"), ("weight", "3"), ("x.io/y", "")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        for (text, want) in [
            ("", Some(true)),
            ("app=web", Some(true)),
            ("app==web,weight=3", Some(true)),
            ("app=db", Some(false)),
            ("app!=db", Some(true)),
            ("none!=x", Some(true)),
            ("app", Some(true)),
            ("!app", Some(false)),
            ("! none", Some(true)),
            ("app in (db, web)", Some(true)),
            ("app notin (db,web)", Some(false)),
            ("none notin (a)", Some(true)),
            ("weight>2", Some(true)),
            ("weight > 3", Some(false)),
            ("weight<3", Some(false)),
            ("weight<4", Some(true)),
            ("app>2", Some(false)),
            ("none<2", Some(false)),
            ("x.io/y=", Some(true)),
            ("x.io/y in ()", Some(true)),
            ("x.io/y in (a,,b)", Some(true)),
            ("in in (in,notin)", Some(false)),
            (" app = web , weight ", Some(true)),
            ("app in web", None),
            ("app=web,", None),
            (",app", None),
            ("app=we b", None),
            ("app>x", None),
            ("app>-1", None),
            ("app>+1", None),
            ("-app", None),
            ("a/b/c=1", None),
            ("-a.io/b", None),
            ("a..io/b", None),
            ("A.io/b", None),
            ("app!web", None),
            ("!app=web", None),
            ("app in (a", None),
            ("app in (a b)", None),
            ("app\u{a0}=web", None),
        ] {
            assert_eq!(LabelSelector::from(text).matches(&labels).ok(), want, "{text:?}");
        }
    }

    #[test]
    fn the_error_points_at_the_place() {
        let error = LabelSelector::from("app=web,tier in front").check().expect_err("no parentheses");
        assert_eq!(error.to_string(), r#"selector "app=web,tier in front": expected '(' at "front""#);
    }

    /// D27: what is written reads as what was meant, whatever it is.
    #[test]
    fn d27_written_and_read_again() {
        let mut random = fastrand::Rng::with_seed(27);
        for _ in 0..2_000 {
            let terms: Vec<(String, LabelTest)> =
                (0..random.usize(0..4)).map(|_| (key(&mut random), test(&mut random))).collect();
            let selector = LabelSelector::from_iter(terms.clone());
            assert_eq!(selector.terms().as_ref(), Ok(&terms), "{selector}");
            assert_eq!(LabelSelector::from_iter(selector.terms().expect("just read")), selector);
        }
    }

    /// D27: white space and the longer spellings change nothing.
    #[test]
    fn d27_spellings() {
        for (text, want) in [
            ("a == b", "a=b"),
            (" a  in ( c,b , c )", "a in (b,c)"),
            ("!  a,b", "!a,b"),
            ("a>007", "a>7"),
            ("a=,b!=", "a=,b!="),
            ("a in ()", "a in ()"),
        ] {
            let terms = LabelSelector::from(text).terms().expect(text);
            assert_eq!(LabelSelector::from_iter(terms).as_str(), want);
        }
    }

    fn key(random: &mut fastrand::Rng) -> String {
        let name = word(random);
        if random.bool() {
            format!("{}.io/{name}", word(random).to_lowercase().replace(['_', '.'], "-"))
        } else {
            name
        }
    }

    fn test(random: &mut fastrand::Rng) -> LabelTest {
        let set = |random: &mut fastrand::Rng| {
            let mut values: Vec<String> = (0..random.usize(1..4)).map(|_| value(random)).collect();
            values.sort();
            values.dedup();
            values
        };
        match random.u8(0..8) {
            0 => LabelTest::Equal(value(random)),
            1 => LabelTest::Exists,
            2 => LabelTest::GreaterThan(random.i64(0..)),
            3 => LabelTest::In(set(random)),
            4 => LabelTest::LessThan(random.i64(0..)),
            5 => LabelTest::NotEqual(value(random)),
            6 => LabelTest::NotExists,
            _ => LabelTest::NotIn(set(random)),
        }
    }

    fn value(random: &mut fastrand::Rng) -> String {
        if random.u8(0..5) == 0 { String::new() } else { word(random) }
    }

    /// Words of the grammar too, as they may be keys and values.
    fn word(random: &mut fastrand::Rng) -> String {
        if random.u8(0..5) == 0 {
            return ["in", "notin", "a", "0"][random.usize(0..4)].to_owned();
        }
        let inner: String =
            (0..random.usize(0..6)).map(|_| ['a', 'Z', '0', '-', '_', '.'][random.usize(0..6)]).collect();
        format!("{}{inner}{}", random.alphanumeric(), random.alphanumeric())
    }
}
