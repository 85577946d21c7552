//! From the bytes of a file to a tree of values, within bounded time and memory, and back from a place in the tree to
//! its line.

mod budget;
mod tree;
mod walk;

use std::cell::Cell;

use serde::de::DeserializeSeed as _;
use serde_json::Value;

use self::{budget::Budget, tree::Tree, walk::Walk};

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// What is wrong with a text, and on which line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

/// The text of a file: UTF-8, or UTF-16 with a byte order mark, as some Windows programs write it.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Problem> {
    let units = |of: fn([u8; 2]) -> u16| {
        bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect::<Vec<_>>()
    };
    let utf16 = match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => {
            return std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| Problem {
                line: Some(line_of(bytes, error.valid_up_to())),
                message: "is not UTF-8 text".to_owned(),
            });
        }
    };
    String::from_utf16(&utf16).map_err(|_| Problem { line: None, message: "is not UTF-16 text".to_owned() })
}

/// Reads YAML or JSON. An empty text is null.
pub(crate) fn parse(text: &str) -> Result<Value, Problem> {
    let budget = Budget::default();
    if looks_like_json(text)
        && let Ok(value) = parse_json(text, &budget)
    {
        return Ok(value);
    }
    check_brackets(text)?;
    check_characters(text)?;
    check_binary(text)?;
    let budget = Budget::default();
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let Some(first) = documents.next() else { return Ok(Value::Null) };
    let value =
        Tree { budget: &budget, yaml: true }.deserialize(first).map_err(|error| budget.problem(&error))?;
    match documents.next() {
        None => Ok(value),
        Some(_) => Err(Problem { line: None, message: "holds more than one YAML document".to_owned() }),
    }
}

/// The line on which the value at `path` stands; `None` where there is no such value, or the text is not to be read.
pub(crate) fn locate(text: &str, path: &[Step]) -> Option<usize> {
    let found = Cell::new(false);
    if looks_like_json(text) {
        let error =
            Walk { path, found: &found }.deserialize(&mut serde_json::Deserializer::from_str(text)).err()?;
        return found.get().then(|| error.line());
    }
    check_brackets(text).ok()?;
    let document = serde_yaml::Deserializer::from_str(text).next()?;
    let error = Walk { path, found: &found }.deserialize(document).err()?;
    found.get().then(|| error.location()).flatten().map(|location| location.line())
}

fn looks_like_json(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

fn parse_json(text: &str, budget: &Budget) -> Result<Value, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Tree { budget, yaml: false }.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// The YAML scanner spends time in proportion to the depth of the brackets for each token; no file that anyone writes
/// has so many of them that this matters.
fn check_brackets(text: &str) -> Result<(), Problem> {
    let opening = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if opening.saturating_mul(text.len()) > MAX_BRACKETS_TIMES_BYTES {
        return Err(Problem { line: None, message: "holds too many brackets for a kubeconfig".to_owned() });
    }
    Ok(())
}

/// The YAML library refuses these too, but without the line.
fn check_characters(text: &str) -> Result<(), Problem> {
    match text.find(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) {
        None => Ok(()),
        Some(at) => Err(Problem {
            line: Some(line_of(text.as_bytes(), at)),
            message: "holds a control character".to_owned(),
        }),
    }
}

/// kubectl decodes what such a tag stands before, and the YAML library does not: the value would be another one.
fn check_binary(text: &str) -> Result<(), Problem> {
    match BINARY_TAGS.iter().find_map(|tag| text.find(tag)) {
        None => Ok(()),
        Some(at) => Err(Problem {
            line: Some(line_of(text.as_bytes(), at)),
            message: "holds the YAML tag for binary values".to_owned(),
        }),
    }
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// Refused wherever they stand, in quotes too: what this crate writes itself never spells them out.
pub(crate) const BINARY_TAGS: [&str; 2] = ["!!binary", "!<tag:yaml.org,2002:binary>"];

const MAX_BRACKETS_TIMES_BYTES: usize = 2_000_000_000;

#[cfg(test)]
mod tests;
