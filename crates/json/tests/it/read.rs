//! Reading parts of a document in place.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde::Deserialize;
use steersman_json::{Document, Kind};

const POD: &str = r#"{
  "kind": "Pod",
  "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "w~b", "a/b~c": "x", "": "empty", "~1": "y"}},
  "spec": {"replicas": 3, "ok": true, "none": null, "containers": [{"name": "a"}, {"name": "b\u00e9\n"}]},
  "twice": 1,
  "tw\u0069ce": 2,
  "twice ": 3
}"#;

fn pod() -> Document {
    Document::parse(POD).unwrap()
}

#[test]
fn pointers() {
    let pod = pod();
    for (pointer, want) in [
        ("", Some(POD)),
        ("/kind", Some("\"Pod\"")),
        ("/spec/replicas", Some("3")),
        ("/spec/containers/0", Some(r#"{"name": "a"}"#)),
        ("/spec/containers/1/name", Some(r#""b\u00e9\n""#)),
        ("/metadata/labels/app.kubernetes.io~1name", Some("\"w~b\"")),
        ("/metadata/labels/a~1b~0c", Some("\"x\"")),
        ("/metadata/labels/~01", Some("\"y\"")),
        ("/metadata/labels/", Some("\"empty\"")),
        ("/twice", Some("2")),
        ("/spec/none", Some("null")),
        ("/spec/containers/2", None),
        ("/spec/containers/-", None),
        ("/spec/containers/00", None),
        ("/spec/containers/+1", None),
        ("/spec/containers/99999999999999999999999", None),
        ("/spec/containers/name", None),
        ("/spec/replicas/0", None),
        ("/nope", None),
        ("/Kind", None),
        ("kind", None),
        ("/a~2", None),
        ("/a~", None),
        ("/", None),
    ] {
        assert_eq!(pod.root().pointer(pointer).map(|value| value.raw()), want, "{pointer}");
    }
}

#[test]
fn fields() {
    let pod = pod();
    for (field, want) in [
        ("kind", Some("\"Pod\"")),
        ("spec.replicas", Some("3")),
        ("spec.containers.0.name", Some("\"a\"")),
        ("spec.containers.x", None),
        ("spec.nope.more", None),
        ("metadata.labels.", Some("\"empty\"")),
        ("", None),
    ] {
        assert_eq!(pod.root().field(field).map(|value| value.raw()), want, "{field}");
    }
}

#[test]
fn kinds_and_scalars() {
    let texts =
        ["null", "true", "false", "3", "-3.0", "2.5", "1e400", "18446744073709551615", "\"3\"", "[3]", "{}"];
    let mut table = String::new();
    for text in texts {
        let document = Document::parse(text).unwrap();
        let value = document.root();
        let read =
            (value.kind(), value.as_bool(), value.as_i64(), value.as_u64(), value.as_f64(), value.as_str());
        assert_eq!(value.is_null(), value.kind() == Kind::Null);
        table += &format!("{text}: {read:?}\n");
    }
    assert_eq!(
        table,
        "\
null: (Null, None, None, None, None, None)
true: (Bool, Some(true), None, None, None, None)
false: (Bool, Some(false), None, None, None, None)
3: (Number, None, Some(3), Some(3), Some(3.0), None)
-3.0: (Number, None, Some(-3), None, Some(-3.0), None)
2.5: (Number, None, None, None, Some(2.5), None)
1e400: (Number, None, None, None, None, None)
18446744073709551615: (Number, None, None, Some(18446744073709551615), Some(1.8446744073709552e19), None)
\"3\": (String, None, None, None, None, Some(\"3\"))
[3]: (Array, None, None, None, None, None)
{}: (Object, None, None, None, None, None)
"
    );
}

#[test]
fn strings_are_borrowed_unless_they_have_escapes() {
    for (text, want, borrowed) in [
        (r#""plain é""#, "plain é", true),
        (r#""""#, "", true),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t", false),
        (r#""a\u00e9\uD83D\ude00z""#, "aé😀z", false),
        (r#""\\u0041""#, "\\u0041", false),
        (r#""\u0000""#, "\0", false),
    ] {
        let document = Document::parse(text).unwrap();
        let read = document.root().as_str().unwrap();
        assert_eq!(read, want);
        assert_eq!(matches!(read, Cow::Borrowed(_)), borrowed, "{text}");
    }
}

#[test]
fn members_and_elements_come_in_order() {
    let pod = pod();
    let keys: Vec<_> = pod.root().members().map(|(key, _)| key.into_owned()).collect();
    assert_eq!(keys, ["kind", "metadata", "spec", "twice", "twice", "twice "]);
    let names: Vec<_> = pod
        .root()
        .field("spec.containers")
        .into_iter()
        .flat_map(|containers| containers.elements())
        .filter_map(|container| container.get("name")?.as_str())
        .collect();
    assert_eq!(names, ["a", "bé\n"]);
    for text in ["3", "\"[1]\"", "null", "[]", "{}", "[ ]", "{ }"] {
        let document = Document::parse(text).unwrap();
        assert_eq!(document.root().elements().count(), 0, "{text}");
        assert_eq!(document.root().members().count(), 0, "{text}");
        assert_eq!(document.root().get(""), None);
        assert_eq!(document.root().at(0), None);
    }
    let mut over = pod.root().members();
    assert_eq!(over.by_ref().count(), 6);
    assert!(over.next().is_none());
    assert_eq!(
        format!("{:?}", Document::parse("[1,{\"a\":[]}]").unwrap().root().elements()),
        "[Number(1 bytes), Object(8 bytes)]"
    );
}

#[test]
fn brackets_and_quotes_in_strings_are_text() {
    let text = r#"{"}":"{[\"","a\\":["]"],"b":"\\\\","c":"\\\""}"#;
    let document = Document::parse(text).unwrap();
    let parts: Vec<_> =
        document.root().members().map(|(key, value)| (key.into_owned(), value.raw())).collect();
    let want = [("}", r#""{[\"""#), ("a\\", r#"["]"]"#), ("b", r#""\\\\""#), ("c", r#""\\\"""#)];
    assert_eq!(parts, want.map(|(key, value)| (key.to_owned(), value)));
}

#[test]
fn parts_are_shared_without_a_copy() {
    let body = Bytes::from(POD);
    let pod = Document::parse(body.clone()).unwrap();
    let spec = pod.share(pod.root().get("spec").unwrap());
    assert_eq!(spec.root(), pod.root().get("spec").unwrap());
    let offset = POD.find("{\"replicas").unwrap();
    assert_eq!(spec.bytes().as_ptr(), body[offset..].as_ptr(), "the same buffer");
    assert_eq!(pod.bytes().as_ptr(), body.as_ptr());

    let alone = spec.detach();
    assert_eq!((alone.as_str(), &alone), (spec.as_str(), &spec));
    assert_ne!(alone.bytes().as_ptr(), spec.bytes().as_ptr());

    let foreign = Document::parse("[1, 2]").unwrap();
    assert_eq!(pod.share(foreign.root()), foreign, "a part of another document is copied");
}

#[test]
fn typed_reads_borrow_from_the_text() {
    #[derive(Deserialize)]
    struct Spec<'a> {
        replicas: u32,
        #[serde(borrow)]
        containers: Vec<BTreeMap<&'a str, Cow<'a, str>>>,
    }
    let pod = pod();
    let spec: Spec<'_> = pod.root().get("spec").unwrap().deserialize().unwrap();
    assert_eq!((spec.replicas, &*spec.containers[1]["name"]), (3, "bé\n"));
    assert!(pod.root().deserialize::<Spec<'_>>().is_err());
}

#[test]
fn debug_shows_nothing_of_the_text_and_display_all_of_it() {
    let document = Document::parse("{\"password\": \"hunter2\"}").unwrap();
    assert_eq!(
        format!("{document:?} {:?}", document.root().get("password")),
        "Object(23 bytes) Some(String(9 bytes))"
    );
    assert_eq!(document.to_string(), "{\"password\": \"hunter2\"}");
}
