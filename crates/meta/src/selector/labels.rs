//! Selectors by labels.

use std::collections::BTreeMap;

use super::SelectorError;

/// A label selector, as the API writes it: `app=web,tier in (front,back),!canary`.
///
/// It is made from any text, and checked when it is used, so that a builder needs no `?` half-way.
///
/// ```
/// use steersman_meta::LabelSelector;
///
/// assert!(LabelSelector::from("app=web,!canary").check().is_ok());
/// assert!(LabelSelector::from("app in web").check().is_err());
/// assert_eq!(LabelSelector::from([("app", "web"), ("tier", "front")]).as_str(), "app=web,tier=front");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector(pub(super) String);

impl LabelSelector {
    /// The selector's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks the text against the grammar of label selectors (`apimachinery/pkg/labels/selector.go`).
    ///
    /// # Errors
    /// If it does not follow it, with the place.
    pub fn check(&self) -> Result<(), SelectorError> {
        self.requirements().map(drop)
    }

    /// Whether an object with these labels is selected, by the server's own rules: `!=` and `notin` select what does
    /// not have the label, too.
    ///
    /// # Errors
    /// If the text does not follow the grammar.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> Result<bool, SelectorError> {
        Ok(self.requirements()?.iter().all(|requirement| requirement.matches(labels)))
    }

    fn requirements(&self) -> Result<Vec<Requirement<'_>>, SelectorError> {
        let mut parser = Parser { text: &self.0, at: 0 };
        let mut requirements = Vec::new();
        while parser.peek().is_some() {
            requirements.push(parser.requirement()?);
            match parser.peek() {
                None => break,
                Some(',') => parser.bump(),
                Some(_) => return Err(parser.expected("a comma or the end")),
            }
            if parser.peek().is_none() {
                return Err(parser.expected("a label's name after the comma"));
            }
        }
        Ok(requirements)
    }
}

struct Requirement<'a> {
    key: &'a str,
    test: Test<'a>,
}

enum Test<'a> {
    Absent,
    Exists,
    GreaterThan(i64),
    In(Vec<&'a str>),
    LessThan(i64),
    NotIn(Vec<&'a str>),
}

impl Requirement<'_> {
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(self.key).map(String::as_str);
        let number = || value.and_then(|text| text.parse::<i64>().ok());
        match &self.test {
            Test::Absent => value.is_none(),
            Test::Exists => value.is_some(),
            Test::GreaterThan(bound) => number().is_some_and(|number| number > *bound),
            Test::In(values) => value.is_some_and(|value| values.contains(&value)),
            Test::LessThan(bound) => number().is_some_and(|number| number < *bound),
            Test::NotIn(values) => value.is_none_or(|value| !values.contains(&value)),
        }
    }
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    /// A byte offset; `0 <= at <= text.len()`, on a character's edge.
    pub(super) at: usize,
}

impl<'a> Parser<'a> {
    /// The next character that is not white space.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) {
        self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
    }

    fn word(&mut self) -> &'a str {
        self.peek();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| c.is_whitespace() || "=!<>(),".contains(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn requirement(&mut self) -> Result<Requirement<'a>, SelectorError> {
        if self.peek() == Some('!') {
            self.bump();
            return Ok(Requirement { key: self.key()?, test: Test::Absent });
        }
        let key = self.key()?;
        let test = match self.peek() {
            None | Some(',') => Test::Exists,
            Some('=') => {
                self.bump();
                if self.peek() == Some('=') {
                    self.bump();
                }
                Test::In(vec![self.value()?])
            }
            Some('!') => {
                self.bump();
                if self.peek() != Some('=') {
                    return Err(self.expected("'=' after '!'"));
                }
                self.bump();
                Test::NotIn(vec![self.value()?])
            }
            Some('>') => Test::GreaterThan(self.bound()?),
            Some('<') => Test::LessThan(self.bound()?),
            Some(_) => {
                let start = self.at;
                match self.word() {
                    "in" => Test::In(self.values()?),
                    "notin" => Test::NotIn(self.values()?),
                    _ => {
                        self.at = start;
                        return Err(self.expected("an operator: =, ==, !=, in, notin, < or >"));
                    }
                }
            }
        };
        Ok(Requirement { key, test })
    }

    /// `[PREFIX/]NAME`, as `validation.IsQualifiedName` has it.
    pub(super) fn key(&mut self) -> Result<&'a str, SelectorError> {
        self.peek();
        let start = self.at;
        let word = self.word();
        let (prefix, name) =
            word.rsplit_once('/').map_or((None, word), |(prefix, name)| (Some(prefix), name));
        let prefix_ok = prefix.is_none_or(|prefix| {
            !prefix.is_empty()
                && prefix.len() <= 253
                && prefix
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
        });
        if name.is_empty() || !prefix_ok || !is_label_value(name) {
            self.at = start;
            return Err(self.expected("a label's name"));
        }
        Ok(word)
    }

    fn value(&mut self) -> Result<&'a str, SelectorError> {
        self.peek();
        let start = self.at;
        let word = self.word();
        if !is_label_value(word) {
            self.at = start;
            return Err(self.expected("a label's value"));
        }
        Ok(word)
    }

    fn values(&mut self) -> Result<Vec<&'a str>, SelectorError> {
        if self.peek() != Some('(') {
            return Err(self.expected("'('"));
        }
        self.bump();
        let mut values = Vec::new();
        loop {
            values.push(self.value()?);
            match self.peek() {
                Some(',') => self.bump(),
                Some(')') => {
                    self.bump();
                    return Ok(values);
                }
                _ => return Err(self.expected("',' or ')'")),
            }
        }
    }

    fn bound(&mut self) -> Result<i64, SelectorError> {
        self.bump();
        self.peek();
        let start = self.at;
        self.word().parse().map_err(|_| {
            self.at = start;
            self.expected("a whole number")
        })
    }

    fn expected(&self, expected: &'static str) -> SelectorError {
        SelectorError { text: self.text.to_owned(), at: self.at, expected }
    }
}

/// At most 63 letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends; empty is a value too.
pub(super) fn is_label_value(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && edge(text.chars().next())
        && edge(text.chars().last())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::LabelSelector;

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
            ("weight<3", Some(false)),
            ("x.io/y=", Some(true)),
            ("x.io/y in ()", Some(true)),
            (" app = web , weight ", Some(true)),
            ("app in web", None),
            ("app=web,", None),
            (",app", None),
            ("app=we b", None),
            ("app>x", None),
            ("-app", None),
            ("a/b/c=1", None),
            ("app!web", None),
            ("app in (a", None),
        ] {
            assert_eq!(LabelSelector::from(text).matches(&labels).ok(), want, "{text:?}");
        }
    }

    #[test]
    fn the_error_points_at_the_place() {
        let error = LabelSelector::from("app=web,tier in front").check().expect_err("no parentheses");
        assert_eq!(error.to_string(), r#"selector "app=web,tier in front": expected '(' at "front""#);
    }
}
