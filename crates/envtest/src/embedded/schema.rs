//! What a kind's objects look like: one structural schema type for custom resources and built-in kinds, read from
//! OpenAPI v3.
//!
//! The same tree tells decoding what to prune and to default, validation what to refuse, strategic merge how to
//! merge lists, and apply who owns what.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

mod decode;
mod validate;

pub(crate) use decode::{Findings, decode};
pub(crate) use validate::validate;

/// One node of a structural schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    /// `object`, `array`, `string`, …; empty where any type goes.
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    pub(crate) int_or_string: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub(crate) preserve_unknown: bool,
    /// `x-kubernetes-embedded-resource`.
    pub(crate) embedded: bool,
    pub(crate) properties: BTreeMap<String, Schema>,
    /// The schema of members that are not properties.
    pub(crate) additional: Option<Box<Schema>>,
    pub(crate) items: Option<Box<Schema>>,
    pub(crate) default: Option<Value>,
    pub(crate) list: ListKind,
    /// `x-kubernetes-map-type: atomic`.
    pub(crate) atomic_map: bool,
    /// The key by which strategic merge pairs the items of a list; empty for a list of scalars that is merged as a set.
    pub(crate) merge_key: Option<String>,
    /// The name of the Go struct that the real server decodes this object into.
    pub(crate) go_name: String,
    /// The real server's Go type holds this object by value: it is there even where the JSON leaves it out.
    pub(crate) by_value: bool,
    pub(crate) rules: Rules,
}

/// How apply and validation see a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListKind {
    #[default]
    Atomic,
    Set,
    Map(Vec<String>),
}

/// The value validations of one node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) required: Vec<String>,
    pub(crate) choices: Vec<Value>,
    pub(crate) minimum: Option<f64>,
    pub(crate) exclusive_minimum: bool,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_maximum: bool,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) pattern: Option<String>,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    pub(crate) min_properties: Option<u64>,
    pub(crate) max_properties: Option<u64>,
    pub(crate) unique_items: bool,
    pub(crate) all_of: Vec<Schema>,
    pub(crate) any_of: Vec<Schema>,
    pub(crate) one_of: Vec<Schema>,
    pub(crate) not: Option<Box<Schema>>,
}

impl Schema {
    /// Reads an OpenAPI v3 schema; what it does not know it leaves out.
    pub(crate) fn parse(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().unwrap_or_default();
        let flag = |key: &str| value[key].as_bool().unwrap_or_default();
        let child = |key: &str| {
            value.get(key).filter(|child| child.is_object()).map(|one| Box::new(Self::parse(one)))
        };
        let additional = match value.get("additionalProperties") {
            Some(Value::Bool(true)) => Some(Box::new(Self { preserve_unknown: true, ..Self::default() })),
            _ => child("additionalProperties"),
        };
        let list = match text("x-kubernetes-list-type") {
            "set" => ListKind::Set,
            "map" => ListKind::Map(strings(&value["x-kubernetes-list-map-keys"])),
            _ => ListKind::Atomic,
        };
        Self {
            kind: text("type").to_owned(),
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            properties: value["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, one)| (name.clone(), Self::parse(one)))
                .collect(),
            additional,
            items: child("items"),
            default: value.get("default").cloned(),
            list,
            atomic_map: text("x-kubernetes-map-type") == "atomic",
            merge_key: value["x-kubernetes-patch-merge-key"].as_str().map(str::to_owned),
            go_name: text("x-go").to_owned(),
            by_value: flag("x-by-value"),
            rules: Rules::parse(value),
        }
    }

    /// The schema of a member, and whether the member is a declared property.
    pub(crate) fn member(&self, name: &str) -> (Option<&Self>, bool) {
        match self.properties.get(name) {
            Some(property) => (Some(property), true),
            None => (self.additional.as_deref(), false),
        }
    }
}

impl Rules {
    fn parse(value: &Value) -> Self {
        let all = |key: &str| -> Vec<Schema> {
            value[key].as_array().into_iter().flatten().map(Schema::parse).collect()
        };
        Self {
            required: strings(&value["required"]),
            choices: value["enum"].as_array().cloned().unwrap_or_default(),
            minimum: value["minimum"].as_f64(),
            exclusive_minimum: value["exclusiveMinimum"].as_bool().unwrap_or_default(),
            maximum: value["maximum"].as_f64(),
            exclusive_maximum: value["exclusiveMaximum"].as_bool().unwrap_or_default(),
            multiple_of: value["multipleOf"].as_f64(),
            pattern: value["pattern"].as_str().map(str::to_owned),
            min_length: value["minLength"].as_u64(),
            max_length: value["maxLength"].as_u64(),
            min_items: value["minItems"].as_u64(),
            max_items: value["maxItems"].as_u64(),
            min_properties: value["minProperties"].as_u64(),
            max_properties: value["maxProperties"].as_u64(),
            unique_items: value["uniqueItems"].as_bool().unwrap_or_default(),
            all_of: all("allOf"),
            any_of: all("anyOf"),
            one_of: all("oneOf"),
            not: value.get("not").filter(|one| one.is_object()).map(|one| Box::new(Schema::parse(one))),
        }
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// The name of a JSON value's type, as OpenAPI calls it.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether `value` is of the type that `schema` names.
pub(crate) fn type_fits(value: &Value, schema: &Schema) -> bool {
    if schema.int_or_string {
        return matches!(value, Value::String(_)) || value.is_i64() || value.is_u64();
    }
    match (schema.kind.as_str(), value) {
        (_, Value::Null) => schema.nullable || schema.kind.is_empty(),
        ("object", Value::Object(_))
        | ("array", Value::Array(_))
        | ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("number", Value::Number(_))
        | ("", _) => true,
        // A float without a fraction is an integer to the real server, which reads JSON numbers that way.
        ("integer", Value::Number(number)) => number.as_f64().is_some_and(|float| float.fract() == 0.0),
        _ => false,
    }
}

/// The members of an object; none of anything else.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
