//! Random values, random spellings of them, and random damage.

use std::ops::RangeInclusive;

use fastrand::Rng;
use serde_json::{Map, Value};

/// How many cases each campaign runs: `STEERSMAN_CAMPAIGN_CASES`, or a number that takes a moment.
#[expect(clippy::disallowed_methods, reason = "a test is told its size by who starts it")]
pub(crate) fn cases(default: u64) -> RangeInclusive<u64> {
    let told = std::env::var("STEERSMAN_CAMPAIGN_CASES").ok();
    1..=told.map_or(default, |cases| cases.parse().expect("STEERSMAN_CAMPAIGN_CASES is a number"))
}

const KEYS: [&str; 8] = ["a", "b", "name", "kind", "a/b", "a~b", "é😀", ""];
const STRINGS: [&str; 10] = ["", "x", "web", "3", "null", "é", "😀", "\"\\/", "\u{1}\n\t", "{[\"]}"];

/// A value nested at most `depth` levels.
pub(crate) fn value(rng: &mut Rng, depth: usize) -> Value {
    match rng.u8(if depth == 0 { 0..6 } else { 0..10 }) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => rng.i64(-20..20).into(),
        3 => rng.i64(..).into(),
        4 => (f64::from(rng.i32(-5000..5000)) / 8.0).into(),
        5 => STRINGS[rng.usize(..STRINGS.len())].into(),
        6..8 => (0..rng.usize(0..4)).map(|_| value(rng, depth - 1)).collect(),
        _ => {
            let mut map = Map::new();
            for _ in 0..rng.usize(0..5) {
                map.insert(KEYS[rng.usize(..KEYS.len())].to_owned(), value(rng, depth - 1));
            }
            map.into()
        }
    }
}

/// One of the many texts that mean this value.
pub(crate) fn spell(rng: &mut Rng, value: &Value, text: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => *text += &value.to_string(),
        Value::Number(number) => spell_number(rng, &number.to_string(), text),
        Value::String(string) => spell_string(rng, string, text),
        Value::Array(elements) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                white(rng, text);
                spell(rng, element, text);
                white(rng, text);
            }
            white(rng, text);
            text.push(']');
        }
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().map(|(key, value)| (key, value.clone())).collect();
            rng.shuffle(&mut members);
            // Members that do not count, since the same key comes again.
            for index in 0..members.len() {
                if rng.u8(..8) == 0 {
                    members.insert(0, (members[index].0, Value::from("hidden")));
                }
            }
            text.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                white(rng, text);
                spell_string(rng, key, text);
                white(rng, text);
                text.push(':');
                white(rng, text);
                spell(rng, value, text);
                white(rng, text);
            }
            white(rng, text);
            text.push('}');
        }
    }
}

pub(crate) fn white(rng: &mut Rng, text: &mut String) {
    if rng.u8(..4) == 0 {
        *text += [" ", "\n", "\t", "\r\n", "   "][rng.usize(..5)];
    }
}

fn spell_number(rng: &mut Rng, number: &str, text: &mut String) {
    *text += number;
    if number.contains(['e', 'E']) {
        return;
    }
    match (rng.u8(..6), number.contains('.')) {
        (0, false) => *text += ".0",
        (1, false) if number != "0" => *text += "00e-2",
        (2, true) => *text += "0",
        (3, _) => *text += "e0",
        (4, _) => *text += "E+00",
        _ => {}
    }
}

fn spell_string(rng: &mut Rng, string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        if rng.u8(..6) == 0 {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                *text += &if rng.bool() { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
            }
        } else {
            let spelled = serde_json::to_string(&character).unwrap();
            *text += &spelled[1..spelled.len() - 1];
        }
    }
    text.push('"');
}

/// Changes a few bytes: removes, doubles, replaces and moves them.
pub(crate) fn damage(rng: &mut Rng, text: &mut Vec<u8>) {
    const BYTES: &[u8] = b"{}[]\",:\\ \n0123456789-+.eEutrnfalsd\0\x1f\x7f\x80\xC3\xED\xFF";
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=text.len());
        match rng.u8(..5) {
            0 => text.insert(at, BYTES[rng.usize(..BYTES.len())]),
            1 => text.truncate(at),
            _ if at == text.len() => {}
            2 => drop(text.remove(at)),
            3 => text[at] = BYTES[rng.usize(..BYTES.len())],
            _ => {
                let other = rng.usize(..text.len());
                text.swap(at, other);
            }
        }
    }
}

/// The pointers of all parts, the whole value's first.
pub(crate) fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(at, part)| (at.to_string(), part)).collect()
        }
        Value::Object(map) => map.iter().map(|(key, part)| (key.clone(), part)).collect(),
        _ => Vec::new(),
    };
    for (token, part) in parts {
        let token = token.replace('~', "~0").replace('/', "~1");
        found.extend(pointers(part).into_iter().map(|inner| format!("/{token}{inner}")));
    }
    found
}
