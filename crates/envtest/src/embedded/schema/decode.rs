//! From the body of a request to an object of its kind: unknown fields are pruned, nulls dropped, defaults filled in.

use serde_json::{Map, Value};

use super::{Schema, type_fits, type_name};

/// What decoding noticed.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The paths of the fields that were pruned, in the order of the document.
    pub(crate) unknown: Vec<String>,
    /// The first value of a wrong type, where the kind is a Go type that cannot hold it.
    pub(crate) mistyped: Option<Mistyped>,
}

/// A value that the Go type of a built-in kind cannot hold.
#[derive(Debug)]
pub(crate) struct Mistyped {
    pub(crate) path: String,
    /// As Go's JSON package calls what it found.
    pub(crate) found: &'static str,
    /// As Go calls the type that it wanted.
    pub(crate) wanted: String,
}

/// Prunes and defaults `object` in place. `strict_types` is for built-in kinds, whose Go types refuse a wrong type
/// while they are decoded; custom resources leave that to validation.
pub(crate) fn decode(object: &mut Value, schema: &Schema, strict_types: bool) -> Findings {
    let mut decoder = Decoder { strict_types, findings: Findings::default() };
    decoder.node(object, schema, "");
    decoder.findings
}

struct Decoder {
    strict_types: bool,
    findings: Findings,
}

impl Decoder {
    fn node(&mut self, value: &mut Value, schema: &Schema, path: &str) {
        if self.strict_types && !value.is_null() && !type_fits(value, schema) {
            if self.findings.mistyped.is_none() {
                self.findings.mistyped =
                    Some(Mistyped { path: path.to_owned(), found: go_found(value), wanted: go_type(schema) });
            }
            return;
        }
        match value {
            Value::Object(map) => self.object(map, schema, path),
            Value::Array(list) => {
                if let Some(items) = &schema.items {
                    for (index, item) in list.iter_mut().enumerate() {
                        self.node(item, items, &format!("{path}[{index}]"));
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, map: &mut Map<String, Value>, schema: &Schema, path: &str) {
        let names: Vec<String> = map.keys().cloned().collect();
        for name in names {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let (member, _) = schema.member(&name);
            match member {
                Some(member) => {
                    let Some(value) = map.get_mut(&name) else { continue };
                    // A null where none is allowed: a Go type reads it as absent; a custom resource does so only
                    // where a default takes its place.
                    let drop_null = self.strict_types || (member.default.is_some() && !member.nullable);
                    if value.is_null() && drop_null {
                        map.remove(&name);
                    } else {
                        self.node(value, member, &below);
                    }
                }
                None if schema.preserve_unknown => {}
                None if schema.embedded && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") => {}
                None => {
                    map.remove(&name);
                    self.findings.unknown.push(below);
                }
            }
        }
        for (name, property) in &schema.properties {
            if let Some(default) = &property.default
                && !map.contains_key(name)
            {
                let mut default = default.clone();
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                self.node(&mut default, property, &below);
                map.insert(name.clone(), default);
            }
        }
    }
}

fn go_found(value: &Value) -> &'static str {
    match type_name(value) {
        "boolean" => "bool",
        "integer" => "number",
        other => other,
    }
}

fn go_type(schema: &Schema) -> String {
    match schema.kind.as_str() {
        "integer" => "int32".to_owned(),
        "boolean" => "bool".to_owned(),
        "array" => format!("[]{}", schema.items.as_deref().map_or_else(String::new, go_type)),
        "object" => match &schema.additional {
            Some(values) => format!("map[string]{}", go_type(values)),
            None => "struct".to_owned(),
        },
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::Schema, decode};

    fn schema() -> Schema {
        Schema::parse(&json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "size": {"type": "integer", "default": 3},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "parts": {"type": "array", "items": {"type": "object", "properties": {
                    "name": {"type": "string"}, "kind": {"type": "string", "default": "plain"}}}},
            }},
        }}))
    }

    #[test]
    fn prunes_and_defaults() {
        for (mut input, want, unknown) in [
            (json!({"spec": {}}), json!({"spec": {"size": 3}}), vec![]),
            (json!({"spec": {"size": null}}), json!({"spec": {"size": 3}}), vec![]),
            (json!({"x": 1, "spec": {"y": 2, "size": 1}}), json!({"spec": {"size": 1}}), vec!["spec.y", "x"]),
            (
                json!({"spec": {"size": 1, "free": {"a": {"b": 1}}, "labels": {"a": "b"}}}),
                json!({"spec": {"size": 1, "free": {"a": {"b": 1}}, "labels": {"a": "b"}}}),
                vec![],
            ),
            (
                json!({"spec": {"size": 1, "parts": [{"name": "a", "z": 1}]}}),
                json!({"spec": {"size": 1, "parts": [{"name": "a", "kind": "plain"}]}}),
                vec!["spec.parts[0].z"],
            ),
        ] {
            let findings = decode(&mut input, &schema(), false);
            assert_eq!((input, findings.unknown), (want, unknown.into_iter().map(String::from).collect()));
        }
    }

    #[test]
    fn go_types_refuse() {
        let check = |mut input: Value| {
            decode(&mut input, &schema(), true).mistyped.map(|one| (one.path, one.found, one.wanted))
        };
        assert_eq!(
            check(json!({"spec": {"size": "x"}})),
            Some(("spec.size".into(), "string", "int32".into()))
        );
        assert_eq!(
            check(json!({"spec": {"labels": {"a": 1}}})),
            Some(("spec.labels.a".into(), "number", "string".into()))
        );
        assert_eq!(check(json!({"spec": {"labels": null}})), None);
    }
}
