//! Selectors by fields.

use super::{SelectorError, field_values};
use crate::Object;

/// A field selector, as the API writes it: `metadata.name=web,status.phase!=Running`.
///
/// Which fields a kind can be selected by is the server's to say: each kind's name and namespace, and a few more.
///
/// ```
/// use steersman_meta::{FieldSelector, Object};
///
/// let pod = Object::parse(r#"{"kind": "Pod", "apiVersion": "v1", "status": {"phase": "Running"}}"#)?;
/// assert_eq!(FieldSelector::from("status.phase=Running,spec.nodeName=").matches(&pod), Ok(true));
/// # Ok::<(), steersman_meta::ObjectError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(pub(super) String);

/// What a selector asks of one field. It is made from a value (`=`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldTest {
    /// `=`: it has this value; a field that is not there has the empty one.
    Equal(String),
    /// `!=`: it has another value.
    NotEqual(String),
}

impl FieldSelector {
    /// The selector's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// And the field passes this test. A field whose name can't be said in a selector is refused when the selector is checked.
    #[must_use]
    pub fn and(mut self, field: &str, test: impl Into<FieldTest>) -> Self {
        let field = if field.contains(['=', '!', ',', '\\']) { "" } else { field };
        let term = match test.into() {
            FieldTest::Equal(value) => format!("{field}={}", escape(&value)),
            FieldTest::NotEqual(value) => format!("{field}!={}", escape(&value)),
        };
        super::join(&mut self.0, &term);
        self
    }

    /// Checks the text against the grammar of field selectors (`apimachinery/pkg/fields/selector.go`): `FIELD=VALUE`,
    /// `FIELD==VALUE` and `FIELD!=VALUE`, where a backslash in a value takes `,`, `=` and itself for what they are. A term of an
    /// operator alone, which a server takes for everything, is refused: nobody means that.
    ///
    /// # Errors
    /// If it does not follow it, with the place.
    pub fn check(&self) -> Result<(), SelectorError> {
        self.located_terms().map(drop)
    }

    /// What it asks of which fields; all of it must be so.
    ///
    /// # Errors
    /// If the text does not follow the grammar.
    pub fn terms(&self) -> Result<Vec<(String, FieldTest)>, SelectorError> {
        Ok(self.located_terms()?.into_iter().map(|(_, field, test)| (field.to_owned(), test)).collect())
    }

    /// Whether an object is selected, by the server's own rules: a field is compared as text, and one that is not there is
    /// empty. Where a field of a built-in kind is no member of the object (`source` of an event, `status.successful` of a job),
    /// it is what the server takes for it.
    ///
    /// # Errors
    /// If the text does not follow the grammar, or a field is no single value, or is none of the metadata that an object of kind
    /// `PartialObjectMetadata` consists of.
    pub fn matches(&self, object: &Object) -> Result<bool, SelectorError> {
        for (at, field, test) in self.located_terms()? {
            let value = field_values::of(object, field).map_err(|expected| self.error(at, expected))?;
            let passes = match &test {
                FieldTest::Equal(wanted) => value == *wanted,
                FieldTest::NotEqual(unwanted) => value != *unwanted,
            };
            if !passes {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The selector of the one object that has this name, joined with what is selected already (row B21).
    #[must_use]
    pub fn and_name(self, name: &crate::Name) -> Self {
        self.and("metadata.name", name.as_str())
    }

    /// Each term with its place. Empty ones say nothing, as on the server.
    fn located_terms(&self) -> Result<Vec<(usize, &str, FieldTest)>, SelectorError> {
        let (mut at, mut escaped) = (0, false);
        let comma = |c: char| {
            let ends = c == ',' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        };
        let mut terms = Vec::new();
        for term in self.0.split(comma) {
            if !term.is_empty() {
                terms.push(self.term(at, term)?);
            }
            at += term.len() + 1;
        }
        Ok(terms)
    }

    fn term<'a>(&'a self, at: usize, term: &'a str) -> Result<(usize, &'a str, FieldTest), SelectorError> {
        let not_understood = || self.error(at, "FIELD=VALUE or FIELD!=VALUE");
        // The first operator splits; there is no escape in front of it.
        let split = term.find('=').filter(|split| *split > 0).ok_or_else(not_understood)?;
        let (field, rest) = term.split_at(split);
        let is_not = field.ends_with('!');
        let field = field.strip_suffix('!').unwrap_or(field);
        if field.is_empty() {
            return Err(not_understood());
        }
        let rest = &rest[1..];
        let value = if is_not { rest } else { rest.strip_prefix('=').unwrap_or(rest) };
        let value = unescape(value)
            .ok_or_else(|| self.error(at, "a value with a backslash before each ',', '=' and '\\' in it"))?;
        Ok((at, field, if is_not { FieldTest::NotEqual(value) } else { FieldTest::Equal(value) }))
    }

    fn error(&self, at: usize, expected: &'static str) -> SelectorError {
        SelectorError { text: self.0.clone(), at, expected }
    }
}

/// As `fields.EscapeValue` of apimachinery.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

/// As `fields.UnescapeValue` of apimachinery: none where it refuses.
fn unescape(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        value.push(match c {
            '\\' => rest.next().filter(|next| matches!(next, '\\' | ',' | '='))?,
            ',' | '=' => return None,
            c => c,
        });
    }
    Some(value)
}

impl From<&str> for FieldTest {
    fn from(value: &str) -> Self {
        Self::Equal(value.to_owned())
    }
}

impl From<&String> for FieldTest {
    fn from(value: &String) -> Self {
        Self::Equal(value.clone())
    }
}

impl From<String> for FieldTest {
    fn from(value: String) -> Self {
        Self::Equal(value)
    }
}

super::from_pairs!(FieldSelector, FieldTest);

#[cfg(test)]
mod tests {
    use super::{FieldSelector, FieldTest};
    use crate::Name;

    /// B21: a name is joined with the user's own field selector, it does not replace it.
    #[test]
    fn b21_field_selectors() {
        let name = Name::parse("a").expect("a name");
        assert_eq!(FieldSelector::default().and_name(&name).as_str(), "metadata.name=a");
        assert_eq!(FieldSelector::from("x=y").and_name(&name).as_str(), "x=y,metadata.name=a");
    }

    /// D27: what the server can read, and what it can't.
    #[test]
    fn d27_the_grammar() {
        let equal = |field: &str, value: &str| (field.to_owned(), FieldTest::from(value));
        let not_equal = |field: &str, value: &str| (field.to_owned(), FieldTest::NotEqual(value.to_owned()));
        for (text, want) in [
            ("", Some(vec![])),
            (",", Some(vec![])),
            ("a=b", Some(vec![equal("a", "b")])),
            ("a==b,", Some(vec![equal("a", "b")])),
            ("a!=b,c=d", Some(vec![not_equal("a", "b"), equal("c", "d")])),
            ("a=", Some(vec![equal("a", "")])),
            ("a!=", Some(vec![not_equal("a", "")])),
            (r"a=b\,c\=d\\e", Some(vec![equal("a", r"b,c=d\e")])),
            (r"a=\\,b=c", Some(vec![equal("a", r"\"), equal("b", "c")])),
            (" a=b ", Some(vec![equal(" a", "b ")])),
            ("a", None),
            ("=", None),
            ("=b", None),
            ("!=b", None),
            ("a=b=c", None),
            ("a===b", None),
            (r"a=b\c", None),
            (r"a=b\", None),
        ] {
            let selector = FieldSelector::from(text);
            assert_eq!(selector.terms().ok(), want, "{text:?}");
            assert_eq!(selector.check().is_ok(), want.is_some(), "{text:?}");
        }
    }

    /// D27: what is written reads as what was meant, whatever the value is.
    #[test]
    fn d27_written_and_read_again() {
        let mut random = fastrand::Rng::with_seed(27);
        for _ in 0..2_000 {
            let text = |random: &mut fastrand::Rng, all: &[char]| -> String {
                (0..random.usize(1..6)).map(|_| all[random.usize(0..all.len())]).collect()
            };
            let terms: Vec<(String, FieldTest)> = (0..random.usize(0..4))
                .map(|_| {
                    let field = text(&mut random, &['a', '.', 'B', '0', '-']);
                    let value = text(&mut random, &['a', ',', '=', '!', '\\', ' ', 'é']);
                    let test =
                        if random.bool() { FieldTest::Equal(value) } else { FieldTest::NotEqual(value) };
                    (field, test)
                })
                .collect();
            let selector = FieldSelector::from_iter(terms.clone());
            assert_eq!(selector.terms(), Ok(terms), "{selector}");
        }
    }
}
