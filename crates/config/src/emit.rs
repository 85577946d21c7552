//! Writes a value as YAML that every reader of Kubernetes files reads alike.
//!
//! All strings are quoted, since YAML 1.1 and 1.2 disagree about what `no`, `012` or `1:20` mean without quotes, and
//! kubectl reads 1.1.

use std::fmt::Write as _;

use serde_json::Value;

use crate::kubeconfig::BINARY_TAGS;

/// The YAML text of `value`, in block style, with a final newline.
pub(crate) fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    write_node(&mut out, value, 0, Position::OwnLine);
    out
}

/// Where the next node starts.
#[derive(Clone, Copy)]
enum Position {
    /// At the start of a line, or right after `- `.
    OwnLine,
    /// After `key:`, without the space.
    AfterKey,
}

fn write_node(out: &mut String, value: &Value, indent: usize, position: Position) {
    match (value, position) {
        (Value::Object(fields), _) if !fields.is_empty() => {
            if let Position::AfterKey = position {
                out.push('\n');
            }
            // The first field of an object in a list stands behind the dash.
            let mut indented = !out.ends_with("- ");
            for (key, field) in fields {
                if indented {
                    push_spaces(out, indent);
                }
                indented = true;
                push_key(out, key);
                out.push(':');
                write_node(out, field, indent + 2, Position::AfterKey);
            }
        }
        (Value::Array(items), _) if !items.is_empty() => {
            if let Position::AfterKey = position {
                out.push('\n');
            }
            let mut indented = !out.ends_with("- ");
            for item in items {
                if indented {
                    push_spaces(out, indent);
                }
                indented = true;
                out.push_str("- ");
                write_node(out, item, indent + 2, Position::OwnLine);
            }
        }
        (scalar, _) => {
            if let Position::AfterKey = position {
                out.push(' ');
            }
            match scalar {
                Value::String(text) => push_quoted(out, text),
                other => out.push_str(&other.to_string()),
            }
            out.push('\n');
        }
    }
}

fn push_spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// Keys that are plain words stay bare, so that the file looks as people know it.
fn push_key(out: &mut String, key: &str) {
    const WORDS_WITH_A_MEANING: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !WORDS_WITH_A_MEANING.contains(&key.to_ascii_lowercase().as_str());
    if plain { out.push_str(key) } else { push_quoted(out, key) }
}

fn push_quoted(out: &mut String, text: &str) {
    let looks_tagged = BINARY_TAGS.iter().any(|tag| text.contains(tag));
    out.push('"');
    for c in text.chars() {
        match c {
            '!' if looks_tagged => out.push_str("\\u0021"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::to_yaml;

    #[test]
    fn values_are_written_in_block_style() {
        let value = json!({
            "clusters": [{"cluster": {"server": "https://a"}, "name": "no"}],
            "empty": {}, "none": [], "nested": [["a", 1], []], "yes": null, "odd key": true,
        });
        let want = "\
clusters:
  - cluster:
      server: \"https://a\"
    name: \"no\"
empty: {}
nested:
  - - \"a\"
    - 1
  - []
none: []
\"odd key\": true
\"yes\": null
";
        assert_eq!(to_yaml(&value), want);
    }

    #[test]
    fn every_text_is_read_back() {
        for text in [
            "",
            " ",
            "no",
            "012",
            "1:20",
            "~",
            "null",
            "a: b",
            "# c",
            "é",
            "😀",
            "\u{7f}\u{85}\u{a0}",
            "\u{0}\u{1b}",
            "\u{2028}",
            "\u{feff}x",
            "a\nb\r\n\tc",
            "\"\\",
            "- x",
            "{",
            "*a",
            "&a",
            "!t",
            "%",
            "!!binary x!",
            "@",
            "`",
        ] {
            let value = json!({text: [text], "list": [{text: text}]});
            let written = to_yaml(&value);
            assert!(!written.contains("!!binary"), "{written}");
            let read: Value =
                serde_yaml::from_str(&written).unwrap_or_else(|e| panic!("{text:?}: {e}: {written}"));
            assert_eq!(read, value, "{text:?}");
        }
    }
}
