//! Changes to a document.

use steersman_json::{Document, Error, MAX_DEPTH, PointerFault};

fn fault(pointer: &str, fault: PointerFault) -> Result<&'static str, Error> {
    Err(Error::Pointer { pointer: pointer.to_owned(), fault })
}

#[test]
fn set() {
    let x = Document::parse("\"x\"").unwrap();
    for (text, pointer, want) in [
        ("1", "", Ok("\"x\"")),
        ("{}", "/a", Ok(r#"{"a":"x"}"#)),
        ("{ }", "/a", Ok(r#"{"a":"x" }"#)),
        (r#"{"a": 1}"#, "/a", Ok(r#"{"a": "x"}"#)),
        (r#"{"a": 1, "b" : [ 2 ] }"#, "/b", Ok(r#"{"a": 1, "b" : "x" }"#)),
        (r#"{"a": 1 }"#, "/b", Ok(r#"{"a": 1,"b":"x" }"#)),
        (r#"{"a":{"b":{"c":1}}}"#, "/a/b/c", Ok(r#"{"a":{"b":{"c":"x"}}}"#)),
        (r#"{"a":{}}"#, "/a/b/c", Ok(r#"{"a":{"b":{"c":"x"}}}"#)),
        ("{}", "/a/b/0", Ok(r#"{"a":{"b":{"0":"x"}}}"#)),
        (r#"{"a":null}"#, "/a/b", Ok(r#"{"a":{"b":"x"}}"#)),
        ("null", "/a/b", Ok(r#"{"a":{"b":"x"}}"#)),
        (r#"{"a":1,"a":2}"#, "/a", Ok(r#"{"a":1,"a":"x"}"#)),
        (r#"{"\u0061":1}"#, "/a", Ok(r#"{"\u0061":"x"}"#)),
        ("{}", "/a~1b~0", Ok(r#"{"a/b~":"x"}"#)),
        ("{}", "/", Ok(r#"{"":"x"}"#)),
        ("{}", "/\"\\\n\u{1}é", Ok("{\"\\\"\\\\\\n\\u0001é\":\"x\"}")),
        ("[]", "/-", Ok(r#"["x"]"#)),
        ("[ ]", "/0", Ok(r#"["x" ]"#)),
        ("[1, 2 ]", "/-", Ok(r#"[1, 2,"x" ]"#)),
        ("[1, 2]", "/2", Ok(r#"[1, 2,"x"]"#)),
        ("[1, 2]", "/0", Ok(r#"["x", 2]"#)),
        ("[[1], 2]", "/0/-", Ok(r#"[[1,"x"], 2]"#)),
        ("[1]", "/-/a", Ok(r#"[1,{"a":"x"}]"#)),
        ("[1]", "/2", fault("/2", PointerFault::OutOfRange)),
        ("[1]", "/01", fault("/01", PointerFault::Index)),
        ("[1]", "/a", fault("/a", PointerFault::Index)),
        ("[1]", "/", fault("/", PointerFault::Index)),
        ("[1]", "/0/a", fault("/0/a", PointerFault::NoContainer)),
        (r#"{"a":"s"}"#, "/a/b/c", fault("/a/b/c", PointerFault::NoContainer)),
        ("{}", "a", fault("a", PointerFault::Malformed)),
        ("{}", "/a~2", fault("/a~2", PointerFault::Malformed)),
    ] {
        let document = Document::parse(text).unwrap();
        let changed = document.set(pointer, &x);
        assert_eq!(changed.as_ref().map(Document::as_str), want.as_ref().copied(), "{text} at {pointer}");
        assert_eq!(document.as_str(), text, "the old document stays");
    }
}

#[test]
fn remove() {
    for (text, pointer, want) in [
        (r#"{"a": 1, "b": 2, "c": 3}"#, "/a", Ok(r#"{"b": 2, "c": 3}"#)),
        (r#"{"a": 1, "b": 2, "c": 3}"#, "/b", Ok(r#"{"a": 1, "c": 3}"#)),
        (r#"{"a": 1, "b": 2, "c": 3 }"#, "/c", Ok(r#"{"a": 1, "b": 2 }"#)),
        (r#"{ "a" : 1 }"#, "/a", Ok("{  }")),
        (r#"{"a":{"b":{"c":1,"d":2}}}"#, "/a/b/c", Ok(r#"{"a":{"b":{"d":2}}}"#)),
        (r#"{"a":1,"b":2,"\u0061":3}"#, "/a", Ok(r#"{"b":2}"#)),
        (r#"{"a":1,"a":2}"#, "/a", Ok("{}")),
        ("[1, [2, 3], 4]", "/0", Ok("[[2, 3], 4]")),
        ("[1, [2, 3], 4]", "/1/1", Ok("[1, [2], 4]")),
        ("[1, 2]", "/1", Ok("[1]")),
        ("[ 1 ]", "/0", Ok("[  ]")),
        ("[1, 2]", "/2", Ok("[1, 2]")),
        ("[1, 2]", "/-", Ok("[1, 2]")),
        ("[1, 2]", "/x", Ok("[1, 2]")),
        (r#"{ "a":1}"#, "/b", Ok(r#"{ "a":1}"#)),
        (r#"{"a":1}"#, "/a/b", Ok(r#"{"a":1}"#)),
        (r#"{"a":1}"#, "/x/y/z", Ok(r#"{"a":1}"#)),
        ("{}", "", fault("", PointerFault::Root)),
        ("{}", "x", fault("x", PointerFault::Malformed)),
    ] {
        let document = Document::parse(text).unwrap();
        let changed = document.remove(pointer);
        assert_eq!(changed.as_ref().map(Document::as_str), want.as_ref().copied(), "{text} at {pointer}");
    }
}

#[test]
fn a_change_cannot_nest_too_deep() {
    let nested =
        |depth: usize| Document::parse(format!("{}{}", "[".repeat(depth), "]".repeat(depth))).unwrap();
    let empty = Document::parse("{}").unwrap();
    assert!(empty.set("/a", &nested(MAX_DEPTH - 1)).is_ok());
    assert_eq!(empty.set("/a", &nested(MAX_DEPTH)), Err(Error::TooDeep { limit: MAX_DEPTH }));
    let scalar = Document::parse("1").unwrap();
    assert!(empty.set(&"/a".repeat(MAX_DEPTH), &scalar).is_ok());
    assert_eq!(empty.set(&"/a".repeat(MAX_DEPTH + 1), &scalar), Err(Error::TooDeep { limit: MAX_DEPTH }));
    // Long text that is not deep is no reason to refuse.
    assert!(empty.set("/a", &Document::from_serialize(&"[".repeat(10 * MAX_DEPTH)).unwrap()).is_ok());
}

#[test]
fn many_duplicates_go_at_once() {
    let text = format!("{{{}\"b\":1}}", "\"a\":1,".repeat(50_000));
    assert_eq!(Document::parse(text).unwrap().remove("/a").unwrap().as_str(), "{\"b\":1}");
}
