//! Takes the fields of a mapping one by one, and says which of them has the wrong type without quoting it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{OtherFields, Step};
use crate::Secret;

/// A value of the wrong type.
#[derive(Debug)]
pub(super) struct Misshapen {
    /// From the value that was being read down to the wrong one.
    pub(super) at: Vec<Step>,
    pub(super) message: String,
}

/// The fields of a mapping that nobody has taken yet.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of `value`; null has none.
    pub(super) fn of(value: Value) -> Result<Self, Misshapen> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            Value::Null => Ok(Self(Map::new())),
            other => Err(wrong_type("a mapping", &other)),
        }
    }

    /// A text; null and the empty text are none.
    pub(super) fn string(&mut self, key: &str) -> Result<Option<String>, Misshapen> {
        match self.0.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(other) => Err(wrong_type("a string", &other).below_key(key)),
        }
    }

    pub(super) fn secret(&mut self, key: &str) -> Result<Option<Secret>, Misshapen> {
        Ok(self.string(key)?.map(Secret::new))
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool, Misshapen> {
        match self.0.remove(key) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(wrong_type("true or false", &other).below_key(key)),
        }
    }

    pub(super) fn any(&mut self, key: &str) -> Value {
        self.0.remove(key).unwrap_or_default()
    }

    /// The items of a list, each read by `read`; null is an empty list.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        read: impl Fn(Value) -> Result<T, Misshapen>,
    ) -> Result<Vec<T>, Misshapen> {
        read_list(self.any(key), read).map_err(|error| error.below_key(key))
    }

    pub(super) fn strings(&mut self, key: &str) -> Result<Vec<String>, Misshapen> {
        self.list(key, read_string)
    }

    /// A mapping from any names to values that `read` reads; null is an empty one.
    pub(super) fn mapping<T>(
        &mut self,
        key: &str,
        read: impl Fn(Value) -> Result<T, Misshapen>,
    ) -> Result<BTreeMap<String, T>, Misshapen> {
        let fields = Self::of(self.any(key)).map_err(|error| error.below_key(key))?;
        let mut mapping = BTreeMap::new();
        for (name, value) in fields.0 {
            let value = read(value).map_err(|error| error.below_key(&name).below_key(key))?;
            mapping.insert(name, value);
        }
        Ok(mapping)
    }

    /// What `read` makes of a field; null is none.
    pub(super) fn part<T>(
        &mut self,
        key: &str,
        read: impl Fn(Value) -> Result<T, Misshapen>,
    ) -> Result<Option<T>, Misshapen> {
        match self.any(key) {
            Value::Null => Ok(None),
            value => read(value).map(Some).map_err(|error| error.below_key(key)),
        }
    }

    pub(super) fn rest(self) -> OtherFields {
        OtherFields::new(self.0)
    }
}

pub(super) fn read_string(value: Value) -> Result<String, Misshapen> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        other => Err(wrong_type("a string", &other)),
    }
}

pub(super) fn read_list<T>(
    value: Value,
    read: impl Fn(Value) -> Result<T, Misshapen>,
) -> Result<Vec<T>, Misshapen> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| read(item).map_err(|error| error.below_index(index)))
            .collect(),
        other => Err(wrong_type("a list", &other)),
    }
}

impl Misshapen {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { at: Vec::new(), message: message.into() }
    }

    pub(super) fn below_index(self, index: usize) -> Self {
        self.below(Step::Index(index))
    }

    pub(super) fn below_key(self, key: &str) -> Self {
        self.below(Step::Key(key.to_owned()))
    }

    fn below(mut self, step: Step) -> Self {
        self.at.insert(0, step);
        self
    }
}

fn wrong_type(wanted: &str, got: &Value) -> Misshapen {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    Misshapen::new(format!("must be {wanted}, is {got}"))
}
