//! From the bytes of a file to a tree of values, within bounded time and memory, and back from a place in the tree to
//! its line.

use std::{
    cell::{Cell, RefCell},
    fmt,
};

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

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

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count()
}

const MAX_BRACKETS_TIMES_BYTES: usize = 2_000_000_000;

/// What is left to spend on a text: anchors and aliases can make a small one grow without bound.
struct Budget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
    /// What this module itself found wrong. The libraries' own messages may quote the text, and so a secret.
    message: RefCell<Option<String>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            nodes: Cell::new(MAX_NODES),
            bytes: Cell::new(MAX_EXPANDED_BYTES),
            message: RefCell::new(None),
        }
    }
}

impl Budget {
    fn spend<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        match (self.nodes.get().checked_sub(1), self.bytes.get().checked_sub(bytes)) {
            (Some(nodes), Some(bytes)) => {
                self.nodes.set(nodes);
                self.bytes.set(bytes);
                Ok(())
            }
            _ => Err(self.refuse(TOO_LARGE)),
        }
    }

    fn refuse<E: serde::de::Error>(&self, message: &str) -> E {
        self.message.replace(Some(message.to_owned()));
        E::custom("refused")
    }

    fn problem(&self, error: &serde_yaml::Error) -> Problem {
        let message = match self.message.take() {
            Some(own) => own,
            None => describe(&error.to_string()),
        };
        Problem { line: error.location().map(|location| location.line()), message }
    }
}

/// The library's message in our words. Only its fixed part is used: the location is told apart from it.
fn describe(message: &str) -> String {
    let end = [" at line ", " at position ", ", while "].iter().filter_map(|end| message.find(end)).min();
    match &message[..end.unwrap_or(message.len())] {
        "repetition limit exceeded" => TOO_LARGE.to_owned(),
        "recursion limit exceeded" => "is nested too deeply".to_owned(),
        other => format!("is not valid YAML: {other}"),
    }
}

const TOO_LARGE: &str = "grows too large when its aliases are expanded";

const MAX_NODES: usize = 500_000;

const MAX_EXPANDED_BYTES: usize = 16 * 1024 * 1024;

/// Builds a tree of values.
#[derive(Clone, Copy)]
struct Tree<'a> {
    budget: &'a Budget,
    yaml: bool,
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.budget.spend(0)?;
        Ok(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.budget.spend(0)?;
        Ok(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.budget.spend(0)?;
        Ok(value.into())
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<Value, E> {
        Err(self.budget.refuse("holds a number that is too large"))
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<Value, E> {
        Err(self.budget.refuse("holds a number that is too large"))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.budget.spend(0)?;
        match Number::from_f64(value) {
            Some(number) => Ok(number.into()),
            None => Err(self.budget.refuse("holds a number that is too large")),
        }
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.budget.spend(value.len())?;
        Ok(value.into())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.budget.spend(0)?;
        Ok(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.budget.spend(0)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        self.budget.spend(0)?;
        let mut map = Map::new();
        while let Some(key) = fields.next_key_seed(NewKey { budget: self.budget, taken: &map })? {
            let value = fields.next_value_seed(self)?;
            map.insert(key, value);
        }
        if self.yaml
            && let Some(merged) = map.remove("<<")
        {
            merge_into(&mut map, merged).map_err(|message| self.budget.refuse::<A::Error>(message))?;
        }
        Ok(map.into())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(self.budget.refuse("holds a YAML tag"))
    }
}

/// YAML's merge key: what it names is taken where the mapping itself says nothing; the first of a list wins.
fn merge_into(map: &mut Map<String, Value>, merged: Value) -> Result<(), &'static str> {
    match merged {
        Value::Object(fields) => {
            for (key, value) in fields {
                map.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(list) if list.iter().all(Value::is_object) => {
            list.into_iter().try_for_each(|item| merge_into(map, item))
        }
        _ => Err("holds a merge key (<<) whose value is not a mapping"),
    }
}

/// A key that its mapping does not have yet. Checked while the parser stands on it, so that the error has its line.
struct NewKey<'a> {
    budget: &'a Budget,
    taken: &'a Map<String, Value>,
}

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NewKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is a string")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        self.budget.spend(key.len())?;
        if self.taken.contains_key(key) {
            // Not quoted unless it looks like a field: in a broken file, anything can end up as a key.
            let field = key.len() <= 64 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            return Err(match field {
                true => self.budget.refuse(&format!("holds the key {key:?} twice")),
                false => self.budget.refuse("holds a key twice"),
            });
        }
        Ok(key.to_owned())
    }

    fn visit_bool<E: serde::de::Error>(self, key: bool) -> Result<String, E> {
        self.visit_str(if key { "true" } else { "false" })
    }

    fn visit_i64<E: serde::de::Error>(self, key: i64) -> Result<String, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, key: u64) -> Result<String, E> {
        self.visit_str(&key.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<String, E> {
        Err(self.budget.refuse("holds a key that is not a string"))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<String, E> {
        Err(self.budget.refuse("holds a key that is not a string"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(self.budget.refuse("holds a key that is not a string"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(self.budget.refuse("holds a key that is not a string"))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(self.budget.refuse("holds a YAML tag"))
    }
}

/// Goes down a path and fails at its end: the parser then says where it stood.
#[derive(Clone, Copy)]
struct Walk<'a> {
    path: &'a [Step],
    found: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Walk<'_> {
    fn stop<E: serde::de::Error>(self) -> Result<(), E> {
        if !self.path.is_empty() {
            return Ok(());
        }
        self.found.set(true);
        Err(E::custom("here"))
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.stop()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.stop()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.stop()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.stop()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.stop()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.stop()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.stop()?;
        let mut index = 0;
        loop {
            let more = match self.path {
                [Step::Index(wanted), rest @ ..] if *wanted == index => {
                    items.next_element_seed(Walk { path: rest, ..self })?.is_some()
                }
                _ => items.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        self.stop()?;
        while let Some(key) = fields.next_key::<String>()? {
            match self.path {
                [Step::Key(wanted), rest @ ..] if *wanted == key => {
                    fields.next_value_seed(Walk { path: rest, ..self })?;
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
