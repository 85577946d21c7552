//! Documents through other serializers, and from them.

use std::collections::BTreeMap;

use serde_json::json;
use steersman_json::{Document, Error, MAX_DEPTH};

#[test]
fn the_same_structure_comes_out() {
    for (text, want) in [
        ("null", json!(null)),
        (r#"{"b":true,"a":[false,"\u00e9",{}]}"#, json!({"b": true, "a": [false, "é", {}]})),
        ("[0,-1,18446744073709551615,-9223372036854775808]", json!([0, -1, u64::MAX, i64::MIN])),
        ("[1.0,1e3,0.5]", json!([1.0, 1000.0, 0.5])),
        ("-0", json!(-0.0)),
        ("18446744073709551616", json!(18_446_744_073_709_551_616.0_f64)),
        (r#"{"a":1,"a":2}"#, json!({"a": 2})),
    ] {
        let document = Document::parse(text).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), want, "{text}");
        assert_eq!(serde_json::to_value(document.root()).unwrap(), want, "{text}");
    }
    assert!(serde_json::to_value(Document::parse("1e400").unwrap()).is_err());
}

#[test]
fn key_order_is_kept() {
    let text = r#"{"b":1,"a":{"d":2,"c":3}}"#;
    let document = Document::parse(text).unwrap();
    assert_eq!(serde_json::to_string(&document).unwrap(), text);
}

/// As text too: a reader that takes the first of two equal keys, or refuses them, gets the one that counts.
#[test]
fn the_last_of_duplicate_keys_is_written() {
    let document = Document::parse(r#"{"b":1,"a":{"x":1,"x":2,"x":3},"\u0062":4,"c":5}"#).unwrap();
    assert_eq!(serde_json::to_string(&document).unwrap(), r#"{"a":{"x":3},"b":4,"c":5}"#);
}

#[test]
fn from_serialize() {
    assert_eq!(
        Document::from_serialize(&json!({"a": [1, "x\u{1}"]})).unwrap().as_str(),
        r#"{"a":[1,"x\u0001"]}"#
    );
    assert_eq!(Document::from_serialize("text").unwrap().as_str(), "\"text\"");
    let keys = BTreeMap::from([((1, 2), 3)]);
    assert!(matches!(Document::from_serialize(&keys), Err(Error::Serialize(_))));
    let mut deep = json!(1);
    for _ in 0..=MAX_DEPTH {
        deep = json!([deep]);
    }
    assert_eq!(Document::from_serialize(&deep), Err(Error::TooDeep { limit: MAX_DEPTH }));
}

#[test]
fn a_document_inside_a_struct() {
    let inner = Document::parse(r#"{ "x": 1 }"#).unwrap();
    let outer = Document::from_serialize(&BTreeMap::from([("inner", &inner)])).unwrap();
    assert_eq!(outer.as_str(), r#"{"inner":{"x":1}}"#);
}
