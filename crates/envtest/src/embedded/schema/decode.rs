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
    /// The members on the way, without the keys of maps and the indices of lists.
    pub(crate) path: String,
    /// The innermost Go struct on the way; empty for the object itself.
    pub(crate) holder: String,
    /// As Go's JSON package calls what it found.
    pub(crate) found: &'static str,
    /// As Go calls the type that it wanted.
    pub(crate) wanted: String,
}

/// Prunes and defaults `object` in place. `strict_types` is for built-in kinds, whose Go types refuse a wrong type
/// while they are decoded; custom resources leave that to validation.
pub(crate) fn decode(object: &mut Value, schema: &Schema, strict_types: bool) -> Findings {
    let mut decoder = Decoder { strict_types, findings: Findings::default(), holders: Vec::new() };
    decoder.node(object, schema, "");
    decoder.findings
}

struct Decoder {
    strict_types: bool,
    findings: Findings,
    /// The Go structs on the way.
    holders: Vec<String>,
}

impl Decoder {
    fn node(&mut self, value: &mut Value, schema: &Schema, path: &str) {
        if schema.go_name.is_empty() {
            return self.typed(value, schema, path);
        }
        // Metadata is a Go type wherever it stands, in custom resources too.
        let strict = std::mem::replace(&mut self.strict_types, true);
        if value.is_object() {
            self.holders.push(schema.go_name.clone());
            self.typed(value, schema, path);
            self.holders.pop();
        } else {
            self.typed(value, schema, path);
        }
        self.strict_types = strict;
    }

    fn typed(&mut self, value: &mut Value, schema: &Schema, path: &str) {
        if self.strict_types && !value.is_null() && !type_fits(value, schema) {
            if self.findings.mistyped.is_none() {
                self.findings.mistyped = Some(Mistyped {
                    path: go_path(path),
                    holder: self.holders.last().cloned().unwrap_or_default(),
                    found: go_found(value),
                    wanted: go_type(schema),
                });
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
                    // Go's decoder does not name the keys of maps: a space marks them until the path is shown.
                    let below =
                        if schema.properties.contains_key(&name) { below } else { format!("{path}. {name}") };
                    let Some(value) = map.get_mut(&name) else { continue };
                    // A null where none is allowed counts as absent, and so does an empty list or map in a Go type.
                    let typed = !member.kind.is_empty() || member.int_or_string;
                    let dropped = match &*value {
                        Value::Null => self.strict_types || (typed && !member.nullable),
                        Value::Array(list) => self.strict_types && list.is_empty(),
                        Value::Object(map) => {
                            self.strict_types && map.is_empty() && member.additional.is_some()
                        }
                        _ => false,
                    };
                    if dropped {
                        map.remove(&name);
                    } else {
                        self.node(value, member, &below);
                    }
                }
                None if schema.preserve_unknown => {}
                None if schema.embedded && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") => {}
                None => {
                    map.remove(&name);
                    self.findings.unknown.push(below.replace(". ", "."));
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

/// A path as Go's decoder says it.
fn go_path(path: &str) -> String {
    let parts = path.split('.').filter(|part| !part.starts_with(' '));
    parts.map(|part| part.split('[').next().unwrap_or_default()).collect::<Vec<_>>().join(".")
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
            None => format!("v1.{}", schema.go_name),
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
            Some(("spec.labels".into(), "number", "string".into()))
        );
        assert_eq!(check(json!({"spec": {"labels": null}})), None);
    }
}
