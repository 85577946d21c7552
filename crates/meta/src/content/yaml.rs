//! YAML text as a JSON document.

use serde::Deserialize;
use serde_yaml::Value;
use steersman_json::Document;

use super::{ContentError, Problem};

/// The one document of `text`. Empty ones, as behind a last `---`, do not count.
pub(super) fn document(text: &[u8]) -> Result<Document, ContentError> {
    let failed = |error: serde_yaml::Error| ContentError(Problem::Yaml(error.to_string()));
    let text = std::str::from_utf8(text).map_err(|error| ContentError(Problem::Yaml(error.to_string())))?;
    let mut documents = Vec::new();
    if text.lines().any(says_something) {
        for document in serde_yaml::Deserializer::from_str(text) {
            let value = Value::deserialize(document).map_err(failed)?;
            if !value.is_null() {
                documents.push(value);
            }
        }
    }
    let count = documents.len();
    let Ok([mut value]) = <[Value; 1]>::try_from(documents) else {
        return Err(ContentError(Problem::Documents(count)));
    };
    value.apply_merge().map_err(failed)?;
    check(&value).map_err(|reason| ContentError(Problem::Yaml(reason.to_owned())))?;
    Document::from_serialize(&value).map_err(ContentError::json)
}

/// Whether a line is more than a comment: the library takes a text of comments for one that ends too early.
fn says_something(line: &str) -> bool {
    !line.trim().is_empty() && !line.trim_start().starts_with('#')
}

/// Refuses what JSON has no word for, and a serializer would write as something else.
fn check(value: &Value) -> Result<(), &'static str> {
    match value {
        Value::Number(number) if number.as_f64().is_some_and(|number| !number.is_finite()) => {
            Err("a number that is not finite")
        }
        Value::Sequence(items) => items.iter().try_for_each(check),
        Value::Mapping(members) => members.iter().try_for_each(|(key, value)| match key {
            Value::String(_) => check(value),
            _ => Err("a key that is no text"),
        }),
        Value::Tagged(_) => Err("a tag that is not YAML's own"),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Content;

    /// C20: YAML as it is written by hand; null stays, and what is absent stays absent.
    #[test]
    fn c20_yaml() {
        for (text, want) in [
            ("a: 1", json!({"a": 1})),
            ("---\n# why\na: ~\nb: ''\nc: {}\n---\n", json!({"a": null, "b": "", "c": {}})),
            ("{\"a\": [1, 2.5, \"x\"]}", json!({"a": [1, 2.5, "x"]})),
            ("a: yes\nb: true\nc: 0o17\nd: \"1\"", json!({"a": "yes", "b": true, "c": 15, "d": "1"})),
            ("a: &a {x: 1}\nb: {<<: *a, y: 2}", json!({"a": {"x": 1}, "b": {"x": 1, "y": 2}})),
            ("a: |\n  two\n  lines\n", json!({"a": "two\nlines\n"})),
            ("- a\n- b", json!(["a", "b"])),
        ] {
            let content = Content::yaml(text);
            let document = content.document().unwrap_or_else(|error| panic!("{text}: {error}"));
            let got: serde_json::Value = serde_json::from_slice(document.bytes()).unwrap();
            assert_eq!(got, want, "{text}");
        }
    }

    /// C20: one document, and nothing that would be sent as something else.
    #[test]
    fn c20_what_is_no_content() {
        for (text, want) in [
            (&b""[..], "the YAML text holds no document"),
            (b"# nothing\n", "the YAML text holds no document"),
            (b"---\n---\n", "the YAML text holds no document"),
            (b"a: 1\n---\nb: 2\n", "the YAML text holds 2 documents, and one is needed: send each by itself"),
            (b"a: .inf", "the content is no YAML that JSON can hold: a number that is not finite"),
            (b"1: a", "the content is no YAML that JSON can hold: a key that is no text"),
            (b"a: !mine b", "the content is no YAML that JSON can hold: a tag that is not YAML's own"),
        ] {
            let error = Content::yaml(text).document().expect_err(want).to_string();
            assert_eq!(error, want);
        }
        for text in [&b"a: 1\na: 2"[..], b"a: [", b"\xff"] {
            let error = Content::yaml(text).document().expect_err("no YAML").to_string();
            assert!(error.starts_with("the content is no YAML"), "{error}");
        }
    }
}
