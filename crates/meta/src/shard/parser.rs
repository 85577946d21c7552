//! The form in which a server reads it: calls of one function of CEL, which it takes apart and does not run
//! (`apiserver/pkg/sharding/parser.go`).

use super::{HASHES, Range, Ranges, ShardKey};
use crate::SelectorError;

/// The ranges of `text`; none of them where it is empty.
pub(super) fn ranges(text: &str) -> Result<Ranges, SelectorError> {
    let mut parser = Parser { text, at: 0 };
    let mut ranges = Ranges::default();
    if parser.rest().is_empty() {
        return Ok(ranges);
    }
    loop {
        let (key, range) = parser.call(ranges.ranges.first().map(|_| ranges.key))?;
        ranges.key = key;
        ranges.ranges.push(range);
        if parser.rest().is_empty() {
            return Ok(ranges);
        }
        parser.eat("||", "'||' or the end")?;
    }
}

struct Parser<'a> {
    text: &'a str,
    /// A byte offset; `0 <= at <= text.len()`, on a character's edge.
    at: usize,
}

impl<'a> Parser<'a> {
    /// What follows white space.
    fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    fn eat(&mut self, word: &str, expected: &'static str) -> Result<(), SelectorError> {
        if !self.rest().starts_with(word) {
            return Err(self.expected(expected));
        }
        self.at += word.len();
        Ok(())
    }

    fn call(&mut self, before: Option<ShardKey>) -> Result<(ShardKey, Range), SelectorError> {
        self.eat("shardRange", "shardRange(")?;
        self.eat("(", "shardRange(")?;
        let start = self.rest();
        let key = [ShardKey::Namespace, ShardKey::Uid].into_iter().find(|key| start.starts_with(key.field()));
        let key = key.ok_or_else(|| self.expected("object.metadata.uid or object.metadata.namespace"))?;
        if before.is_some_and(|before| before != key) {
            return Err(self.expected("the same field as in the ranges before"));
        }
        self.at += key.field().len();
        self.eat(",", "','")?;
        let start = self.bound()?;
        self.eat(",", "','")?;
        let at = self.at;
        let end = self.bound()?;
        if end <= start {
            self.at = at;
            return Err(self.expected("an end that is greater than the start"));
        }
        self.eat(")", "')'")?;
        Ok((key, Range { start, end }))
    }

    /// `'0x0'`. A server wants all sixteen digits, and is sent them; a person may write fewer.
    fn bound(&mut self) -> Result<u128, SelectorError> {
        const FORM: &str = "'0x' and up to 17 hexadecimal digits";
        let rest = self.rest();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.expected(FORM))?;
        let (number, _) = rest[1..].split_once(quote).ok_or_else(|| self.expected(FORM))?;
        let digits =
            number.strip_prefix("0x").filter(|digits| digits.len() <= 17 && !digits.starts_with('+'));
        let value = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
        let value = value.ok_or_else(|| self.expected(FORM))?;
        if value > HASHES {
            return Err(self.expected("a number up to 2^64"));
        }
        self.at += number.len() + 2;
        Ok(value)
    }

    fn expected(&mut self, expected: &'static str) -> SelectorError {
        self.rest();
        SelectorError::new(self.text, self.at, expected)
    }
}
