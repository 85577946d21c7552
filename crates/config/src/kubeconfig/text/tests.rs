//! Texts that are read, texts that are refused, and the lines of what stands in them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Problem, Step, decode, locate, parse};

#[test]
fn texts_that_are_read() {
    for (text, want) in [
        ("", Value::Null),
        ("\n# only a comment\n", Value::Null),
        ("---\na: b\n", json!({"a": "b"})),
        ("\u{feff}a: b", json!({"a": "b"})),
        ("a: b\r\nc: d\r\n", json!({"a": "b", "c": "d"})),
        ("a: |\n  x\n  y\n", json!({"a": "x\ny\n"})),
        ("a: >-\n  x\n  y\n", json!({"a": "x y"})),
        ("a: !!str 1", json!({"a": "1"})),
        ("a: !!python/object:os.system x", json!({"a": "x"})),
        ("{\"a\": [1, 2.5, true, null, \"x\"]}", json!({"a": [1, 2.5, true, null, "x"]})),
        ("\t{\n\t\"a\": \"\\ud83d\\ude00\"\n}", json!({"a": "😀"})),
        ("{a: b}", json!({"a": "b"})),
        ("1: x\ntrue: y", json!({"1": "x", "true": "y"})),
        ("a: &x {k: v}\nb: *x\n", json!({"a": {"k": "v"}, "b": {"k": "v"}})),
        (
            "a: &x {k: v, l: v}\nb:\n  <<: *x\n  k: own\n",
            json!({"a": {"k": "v", "l": "v"}, "b": {"k": "own", "l": "v"}}),
        ),
        ("b:\n  <<: [{k: 1}, {k: 2, l: 3}]\n", json!({"b": {"k": 1, "l": 3}})),
    ] {
        assert_eq!(parse(text), Ok(want), "{text:?}");
    }
}

#[test]
fn utf16_is_read() {
    let units: Vec<u16> = "\u{feff}a: é".encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [little, big] {
        assert_eq!(decode(&bytes).and_then(|text| parse(&text)), Ok::<_, Problem>(json!({"a": "é"})));
    }
}

#[test]
fn texts_that_are_refused() {
    let cases: &[(&[u8], Option<usize>, &str)] = &[
        (b"a: [1, 2\nb: 3", Some(2), "is not valid YAML: did not find expected ',' or ']'"),
        (b"a: b\nc: \"open", Some(2), "is not valid YAML: found unexpected end of stream"),
        (b"a:\n  - b\n c: d", Some(3), "is not valid YAML: did not find expected key"),
        (b"a: b\n\tc: d", Some(2), "is not valid YAML: found a tab character that violates indentation"),
        (b"a: hunter2: x", Some(1), "is not valid YAML: mapping values are not allowed in this context"),
        (b"a: *hunter2", Some(1), "is not valid YAML: unknown anchor"),
        (b"a: 1\nb: \xff\xfe", Some(2), "is not UTF-8 text"),
        (b"\xff\xfe\x00\xdc", None, "is not UTF-16 text"),
        (b"a: 1\nb: \x01", Some(2), "holds a control character"),
        (b"a: 1\n---\nb: 1\n", None, "holds more than one YAML document"),
        (b"a: 1\nb: 2\na: 3\n", Some(3), "holds the key \"a\" twice"),
        (b"a: 1\nHUNTER2: 2\nHUNTER2: 3\n", Some(3), "holds a key twice"),
        (b"{\"a\": 1,\n \"a\": 2}", Some(2), "holds the key \"a\" twice"),
        (b"a: 1\n? [x]\n: y\n", Some(2), "holds a key that is not a string"),
        (b"a: 1\n? {x: y}\n: y\n", Some(2), "holds a key that is not a string"),
        (b"~: y\n", Some(1), "holds a key that is not a string"),
        (b"a: !include /etc/passwd\n", Some(1), "holds a YAML tag"),
        (b"a: .inf\n", Some(1), "holds a number that is too large"),
        (b"a:\n  <<: hunter2\n", Some(2), "holds a merge key (<<) whose value is not a mapping"),
        (b"{\"a\": \"hunter2\"", Some(2), "is not valid YAML: did not find expected ',' or '}'"),
    ];
    for (text, line, message) in cases {
        let shown = String::from_utf8_lossy(text);
        let problem = decode(text).and_then(|text| parse(&text)).expect_err(&shown);
        assert_eq!((problem.line, problem.message.as_str()), (*line, *message), "{shown:?}");
    }
}

#[test]
fn bombs_end_in_an_error_soon() {
    let lol =
        |level: u32| format!("l{level}: &l{level} [{}]\n", vec![format!("*l{}", level - 1); 10].join(","));
    let laughs = format!("l0: &l0 lol\n{}", (1..9).map(lol).collect::<String>());
    let big = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), vec!["*a"; 500].join(","));
    let merges = format!(
        "l0: &l0 {{x: y}}\n{}",
        (1..30).map(|i| format!("l{i}: &l{i} {{<<: [*l{0}, *l{0}]}}\n", i - 1)).collect::<String>()
    );
    for (name, text, message) in [
        ("laughs", laughs, "grows too large when its aliases are expanded"),
        ("big scalar", big, "grows too large when its aliases are expanded"),
        ("merges", merges, "grows too large when its aliases are expanded"),
        ("square", "[".repeat(100_000), "holds too many brackets for a kubeconfig"),
        ("curly", "{a: ".repeat(100_000), "holds too many brackets for a kubeconfig"),
        ("json", "{\"a\":".repeat(100_000), "holds too many brackets for a kubeconfig"),
        ("dashes", "- ".repeat(100_000), "is nested too deeply"),
        ("cycle", "a: &a [*a]".to_owned(), "is nested too deeply"),
    ] {
        let started = Instant::now();
        let problem = parse(&text).expect_err(name);
        assert_eq!(problem.message, message, "{name}");
        assert!(started.elapsed() < Duration::from_secs(10), "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn places_have_lines() {
    let yaml = "# comment\nusers:\n- name: a\n  user: {}\n- name: b\n  user:\n    token: x\n    client-key-data: |\n      AAAA\nlast: ~\n";
    let json = "{\n \"users\": [\n  {\"name\": \"a\"},\n  {\"user\": {\n    \"token\": 1}}]\n}";
    let key = |text: &str| Step::Key(text.to_owned());
    for (text, path, want) in [
        (yaml, vec![], Some(2)),
        (yaml, vec![key("users"), Step::Index(0)], Some(3)),
        (yaml, vec![key("users"), Step::Index(1)], Some(5)),
        (yaml, vec![key("users"), Step::Index(1), key("user"), key("token")], Some(7)),
        (yaml, vec![key("users"), Step::Index(1), key("user"), key("client-key-data")], Some(8)),
        (yaml, vec![key("last")], Some(10)),
        (yaml, vec![key("users"), Step::Index(2)], None),
        (yaml, vec![key("users"), key("x")], None),
        (yaml, vec![key("nothing")], None),
        (json, vec![key("users"), Step::Index(1), key("user"), key("token")], Some(5)),
        (json, vec![key("users"), Step::Index(0), key("name")], Some(3)),
        ("", vec![key("x")], None),
        ("a: [", vec![key("b")], None),
        ("", vec![], None),
    ] {
        assert_eq!(locate(text, &path), want, "{path:?}");
    }
}
