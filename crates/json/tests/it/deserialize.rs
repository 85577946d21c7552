//! Documents, read into types.

use std::{borrow::Cow, collections::BTreeMap, fmt::Debug};

use serde::Deserialize;
use serde_json::{Value, json};
use steersman_json::{Document, MAX_DEPTH};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    replicas: Option<u32>,
    #[serde(borrow, default)]
    node_name: Cow<'a, str>,
    #[serde(default)]
    ports: Vec<Port>,
    #[serde(default)]
    strategy: Strategy,
    #[serde(default)]
    more: BTreeMap<String, Wrapped>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Port(u16, String);

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(f64);

#[derive(Debug, Default, PartialEq, Deserialize)]
enum Strategy {
    #[default]
    Recreate,
    Partition(i64),
    Rolling {
        max: u8,
    },
}

/// Reads a text with `serde_json`, then by walking; both give the same.
#[track_caller]
fn check<T: Debug + PartialEq + for<'a> Deserialize<'a>>(text: &str, want: &T) {
    let document: Document = text.parse().unwrap();
    assert_eq!(&document.root().deserialize::<T>().unwrap(), want);
    assert_eq!(&T::deserialize(document.root()).unwrap(), want);
}

#[test]
fn types_of_many_shapes() {
    check("3", &3_u8);
    check("-3", &-3_i8);
    check("3", &3.0_f64);
    check("0.5", &0.5_f32);
    check("null", &None::<u8>);
    check("null", &());
    check("[1,null]", &[Some(1), None]);
    check("[1,\"a\"]", &(1, "a".to_owned()));
    check("\"\\u00e9\"", &'é');
    check(r#"{"a":{"b":[true]}}"#, &json!({"a": {"b": [true]}}));
    check("\"Recreate\"", &Strategy::Recreate);
    check(r#"{"Partition":4}"#, &Strategy::Partition(4));
    check(r#"{"Rolling":{"max":1}}"#, &Strategy::Rolling { max: 1 });
    let text = r#"{"replicas":3,"nodeName":"a\u0062","ports":[[80,"http"]],"strategy":{"Partition":1},"more":{"x":1},
        "unknown":{"y":[]}}"#;
    let document: Document = text.parse().unwrap();
    let want = Spec {
        replicas: Some(3),
        node_name: "ab".into(),
        ports: vec![Port(80, "http".to_owned())],
        strategy: Strategy::Partition(1),
        more: BTreeMap::from([("x".to_owned(), Wrapped(1.0))]),
    };
    assert_eq!(document.root().deserialize::<Spec<'_>>().unwrap(), want);
    assert_eq!(Spec::deserialize(document.root()).unwrap(), want);
}

#[test]
fn of_duplicate_keys_the_last_one_is_read() {
    let text = r#"{"replicas":1,"nodeName":"a","\u0072eplicas":2,"replicas":3}"#;
    let document: Document = text.parse().unwrap();
    let spec: Spec<'_> = document.root().deserialize().unwrap();
    assert_eq!((spec.replicas, &spec.node_name), (Some(3), &Cow::Borrowed("a")));
    assert!(matches!(spec.node_name, Cow::Borrowed(_)), "also then it borrows from the text");
    assert_eq!(document.root().deserialize::<Value>().unwrap(), json!({"replicas": 3, "nodeName": "a"}));
}

#[test]
fn what_is_a_document_can_be_read_as_a_tree() {
    let deep: Document = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)).parse().unwrap();
    let mut tree: Value = deep.root().deserialize().unwrap();
    let mut depth = 0;
    while let Value::Array(mut elements) = tree {
        depth += 1;
        tree = elements.pop().unwrap_or_default();
    }
    assert_eq!(depth, MAX_DEPTH);
    let huge: Document = "[1e400,-1e400,1e-400,123456789012345678901234567890]".parse().unwrap();
    let want = json!([null, null, 0.0, 123_456_789_012_345_678_901_234_567_890_f64]);
    assert_eq!(huge.root().deserialize::<Value>().unwrap(), want);
}

#[test]
fn errors_say_where() {
    for (text, want) in [
        ("{\"replicas\":\n\"x\"}", "invalid type: string \"x\", expected u32 at line 2 column 3"),
        ("[]", "invalid length 0, expected struct Spec with 5 elements at line 1 column 2"),
        (
            r#"{"strategy":"Nope"}"#,
            "unknown variant `Nope`, expected one of `Recreate`, `Partition`, `Rolling` at line 1 column 18",
        ),
    ] {
        let document: Document = text.parse().unwrap();
        let error = document.root().deserialize::<Spec<'_>>().unwrap_err();
        assert_eq!(error.to_string(), want);
    }
    for text in ["3", "null", "[]", "{}", r#"{"Partition":1,"Rolling":{"max":1}}"#, r#"{"Rolling":{}}"#] {
        let document: Document = text.parse().unwrap();
        assert!(document.root().deserialize::<Strategy>().is_err(), "{text}");
    }
}

/// A format that does not say what it holds: whoever reads it has to know.
struct Mute;

impl<'de> serde::Deserializer<'de> for Mute {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("this format does not say what it holds"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// What can't be known is an error, and not a guess.
#[test]
fn formats_that_do_not_describe_themselves() {
    let error = Document::deserialize(Mute).unwrap_err();
    assert!(error.to_string().contains("this format does not say what it holds"), "{error}");
}
