//! The part of an object that a set of fields names.

use steersman_json::{Document, Kind, Value};

use super::field_set::{FieldSet, PathElement};
use crate::{Object, ObjectError};

/// The fields of `set` with the values that `object` has there, and what says which object it is. Fields that the object does
/// not have are left out.
pub(super) fn extract(object: &Object, set: &FieldSet) -> Result<Object, ObjectError> {
    let mut text = String::new();
    // Nobody owns an object as a whole.
    if set.below.is_empty() || !write(object.document().root(), set, &[], &mut text) {
        text.push_str("{}");
    }
    let mut extracted = Object::parse(text)?;
    let identity = [
        ("/apiVersion", Some(object.api_version())),
        ("/kind", Some(object.kind())),
        ("/metadata/name", Some(object.name())),
        ("/metadata/namespace", object.namespace()),
    ];
    for (pointer, value) in identity {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            extracted = extracted.set(pointer, serde_json::Value::from(value))?;
        }
    }
    Ok(extracted)
}

/// Writes what `set` names of `value`, and of an object the members `always` too; gives whether that is anything. The text of
/// what is taken stays as it is.
fn write(value: Value<'_>, set: &FieldSet, always: &[&str], out: &mut String) -> bool {
    if set.below.is_empty() {
        // A leaf: the value as a whole.
        out.push_str(value.raw());
        return true;
    }
    let start = out.len();
    let mut written = false;
    match value.kind() {
        Kind::Object => {
            out.push('{');
            for (name, member) in value.members() {
                let inner = set.below.get(&PathElement::Field(name.clone().into_owned()));
                let leaf = FieldSet::default();
                let Some(inner) = inner.or_else(|| always.contains(&&*name).then_some(&leaf)) else {
                    continue;
                };
                let before = out.len();
                if written {
                    out.push(',');
                }
                out.push_str(&serde_json::Value::from(&*name).to_string());
                out.push(':');
                if write(member, inner, &[], out) {
                    written = true;
                } else {
                    out.truncate(before);
                }
            }
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            for (index, element) in value.elements().enumerate() {
                let found = set.below.iter().find(|(path, _)| names(path, index, element));
                let Some((path, inner)) = found else { continue };
                let keys: Vec<&str> = match path {
                    PathElement::Key(keys) => keys.keys().map(String::as_str).collect(),
                    _ => Vec::new(),
                };
                let before = out.len();
                if written {
                    out.push(',');
                }
                if write(element, inner, &keys, out) {
                    written = true;
                } else {
                    out.truncate(before);
                }
            }
            out.push(']');
        }
        _ => {}
    }
    if !written {
        out.truncate(start);
    }
    written
}

/// Whether a step of a path leads to this element of a list.
fn names(path: &PathElement, index: usize, element: Value<'_>) -> bool {
    let equal = |found: Value<'_>, text: &str| {
        Document::parse(text.to_owned()).is_ok_and(|want| found == want.root())
    };
    match path {
        PathElement::Field(_) => false,
        PathElement::Index(at) => *at == index,
        PathElement::Key(keys) => {
            keys.iter().all(|(key, value)| element.get(key).is_some_and(|found| equal(found, value)))
        }
        PathElement::Value(value) => equal(element, value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::extract;
    use crate::Object;

    const DEPLOYMENT: &str = r#"{"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "labels": {"a": "1", "b/c": "2"}, "finalizers": ["x", "y", "z"]},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "big": 18446744073709551617.0,
            "containers": [{"name": "main", "image": "i:1", "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"},
                {"containerPort": 80, "protocol": "UDP"}]}, {"name": "side", "image": "i:2"}]}}"#;

    /// B16, C07: the part that a manager owns, with what identifies it.
    #[test]
    fn b16_c07_parts() {
        let object = Object::parse(DEPLOYMENT).expect("an object");
        for (fields, metadata, spec) in [
            (json!({}), json!({}), json!(null)),
            (json!({"f:spec": {"f:replicas": {}}}), json!({}), json!({"replicas": 3})),
            (
                json!({"f:spec": {"f:selector": {}}}),
                json!({}),
                json!({"selector": {"matchLabels": {"app": "web"}}}),
            ),
            // A place that is owned with parts below it: the parts.
            (
                json!({"f:metadata": {"f:labels": {".": {}, "f:b/c": {}}}}),
                json!({"labels": {"b/c": "2"}}),
                json!(null),
            ),
            (
                json!({"f:metadata": {"f:finalizers": {"v:\"z\"": {}, "v:\"x\"": {}}}}),
                json!({"finalizers": ["x", "z"]}),
                json!(null),
            ),
            (json!({"f:metadata": {"f:finalizers": {"i:1": {}}}}), json!({"finalizers": ["y"]}), json!(null)),
            (
                json!({"f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {".": {}, "f:image": {}}}}}),
                json!({}),
                json!({"containers": [{"name": "main", "image": "i:1"}]}),
            ),
            (
                json!({"f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {"f:ports": {
                    "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {"f:name": {}}}}}}}),
                json!({}),
                json!({"containers": [{"name": "main", "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"}]}]}),
            ),
            (
                json!({"f:spec": {"f:containers": {"k:{\"name\":\"side\"}": {}}}}),
                json!({}),
                json!({"containers": [{"name": "side", "image": "i:2"}]}),
            ),
            // What is not there any more.
            (
                json!({"f:spec": {"f:paused": {}, "f:containers": {"k:{\"name\":\"gone\"}": {"f:image": {}}}, "f:replicas": {"f:x": {}}}}),
                json!({}),
                json!(null),
            ),
        ] {
            let set = serde_json::from_value(fields.clone()).expect("a set");
            let got = extract(&object, &set).expect("an object").to_value();
            let mut want_metadata = metadata;
            want_metadata["name"] = "web".into();
            want_metadata["namespace"] = "shop".into();
            let mut want = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": want_metadata});
            if spec != Value::Null {
                want["spec"] = spec;
            }
            assert_eq!(got, want, "{fields}");
        }
    }

    #[test]
    fn numbers_keep_their_text() {
        let set = serde_json::from_value(json!({"f:spec": {"f:big": {}}})).expect("a set");
        let got = extract(&Object::parse(DEPLOYMENT).expect("an object"), &set).expect("an object");
        assert!(got.as_json().contains("18446744073709551617.0"), "{}", got.as_json());
    }
}
