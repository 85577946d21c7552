//! The grammar of label selectors (`apimachinery/pkg/labels/selector.go`).

use super::{LabelTest, SelectorError};

/// The terms of `text`.
pub(super) fn terms(text: &str) -> Result<Vec<(&str, LabelTest)>, SelectorError> {
    let mut parser = Parser { text, at: 0 };
    let mut terms = Vec::new();
    while parser.peek().is_some() {
        terms.push(parser.term()?);
        match parser.peek() {
            None => break,
            Some(',') => parser.bump(),
            Some(_) => return Err(parser.expected("a comma or the end")),
        }
        if parser.peek().is_none() {
            return Err(parser.expected("a label's name after the comma"));
        }
    }
    Ok(terms)
}

struct Parser<'a> {
    text: &'a str,
    /// A byte offset; `0 <= at <= text.len()`, on a character's edge.
    at: usize,
}

impl<'a> Parser<'a> {
    /// The next character that is not white space.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches(is_space).len();
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) {
        self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
    }

    fn word(&mut self) -> &'a str {
        self.peek();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| is_space(c) || "=!<>(),".contains(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn term(&mut self) -> Result<(&'a str, LabelTest), SelectorError> {
        if self.peek() == Some('!') {
            self.bump();
            return Ok((self.key()?, LabelTest::NotExists));
        }
        let key = self.key()?;
        let test = match self.peek() {
            None | Some(',') => LabelTest::Exists,
            Some('=') => {
                self.bump();
                if self.peek() == Some('=') {
                    self.bump();
                }
                LabelTest::Equal(self.value()?.to_owned())
            }
            Some('!') => {
                self.bump();
                if self.peek() != Some('=') {
                    return Err(self.expected("'=' after '!'"));
                }
                self.bump();
                LabelTest::NotEqual(self.value()?.to_owned())
            }
            Some('>') => LabelTest::GreaterThan(self.bound()?),
            Some('<') => LabelTest::LessThan(self.bound()?),
            Some(_) => {
                let start = self.at;
                match self.word() {
                    "in" => LabelTest::In(self.values()?),
                    "notin" => LabelTest::NotIn(self.values()?),
                    _ => {
                        self.at = start;
                        return Err(self.expected("an operator: =, ==, !=, in, notin, < or >"));
                    }
                }
            }
        };
        Ok((key, test))
    }

    fn key(&mut self) -> Result<&'a str, SelectorError> {
        self.checked_word(is_label_key, "a label's name")
    }

    fn value(&mut self) -> Result<&'a str, SelectorError> {
        self.checked_word(is_label_value, "a label's value")
    }

    /// The values of a set, in order.
    fn values(&mut self) -> Result<Vec<String>, SelectorError> {
        if self.peek() != Some('(') {
            return Err(self.expected("'('"));
        }
        self.bump();
        let mut values = Vec::new();
        loop {
            values.push(self.value()?.to_owned());
            match self.peek() {
                Some(',') => self.bump(),
                Some(')') => {
                    self.bump();
                    values.sort_unstable();
                    values.dedup();
                    return Ok(values);
                }
                _ => return Err(self.expected("',' or ')'")),
            }
        }
    }

    /// A number that is a label's value too: it has no sign.
    fn bound(&mut self) -> Result<i64, SelectorError> {
        self.bump();
        let number = |word: &str| word.parse::<i64>().ok().filter(|_| is_label_value(word));
        let word = self.checked_word(|word| number(word).is_some(), "a whole number")?;
        Ok(number(word).unwrap_or_default())
    }

    fn checked_word(
        &mut self,
        is_fit: impl FnOnce(&str) -> bool,
        expected: &'static str,
    ) -> Result<&'a str, SelectorError> {
        self.peek();
        let start = self.at;
        let word = self.word();
        if !is_fit(word) {
            self.at = start;
            return Err(self.expected(expected));
        }
        Ok(word)
    }

    fn expected(&self, expected: &'static str) -> SelectorError {
        SelectorError { text: self.text.to_owned(), at: self.at, expected }
    }
}

/// What the server's lexer takes for white space.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `[PREFIX/]NAME`: the prefix a DNS name, as `IsQualifiedName` of apimachinery has it.
pub(super) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    !name.is_empty() && is_label_value(name) && prefix.is_none_or(is_dns_name)
}

fn is_dns_name(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

/// At most 63 letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends; empty is a value too.
pub(super) fn is_label_value(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && edge(text.chars().next())
        && edge(text.chars().last())
}
