//! What is noted of a text while it is checked is what a walk finds in it.

use bytes::Bytes;
use steersman_json::{Cutter, Error, Expected, Outline, Shape, Wanted};

static INNER: Shape = Shape::new(&[Wanted::new("name", 1), Wanted::new("gone", 2)]);
static OUTER: Shape =
    Shape::new(&[Wanted::new("metadata", 0).with(&INNER), Wanted::new("kind", 3), Wanted::new("é\"k", 4)]);

/// Where each slot of `OUTER` leads.
const POINTERS: [&str; 5] = ["/metadata", "/metadata/name", "/metadata/gone", "/kind", "/é\"k"];

const TEXTS: [&str; 14] = [
    r#"{"kind":"Pod","metadata":{"name":"a","gone":[1,{"name":"x"}]},"spec":{"name":"y","kind":1}}"#,
    r#"{"metadata":null,"kind":-1.5e3}"#,
    r#"{"metadata":[{"name":1}],"other":{"metadata":{"name":2}}}"#,
    r#"{"metadata":{"name":"a"},"metadata":{"gone":true}}"#,
    r#"{"metadata":{"name":"a","name":"b"},"kind":1,"kind":2}"#,
    r#"{"metadata":{"name":"a"},"metadata":3}"#,
    r#"{"\u006bind":1,"\u00e9\"k":{"a":[]},"m\u0065tadata":{"n\u0061me":"\ud83d\ude00"}}"#,
    "{ \"kind\" : {} , \"metadata\"\t:\r\n{ \"name\" : \"a\\\\\" ,\"gone\" : null } }",
    r#"{"metadata":{"inner":{"name":0},"name":{"name":1},"gone":{}}}"#,
    r#"[{"kind":1,"metadata":{"name":2}}]"#,
    r#"{"kind":"Pod"}"#,
    "{}",
    "17",
    r#""kind""#,
];

#[track_caller]
fn check(outline: &Outline, at: &str) {
    for (slot, pointer) in POINTERS.into_iter().enumerate() {
        let found = outline.value(slot).map(|value| value.raw());
        let want = outline.document().root().pointer(pointer).map(|value| value.raw());
        // A pointer goes through arrays too; a shape does not, and a missing object has no members.
        assert_eq!(found, want, "{pointer} of {} {at}", outline.document());
    }
}

/// G13: the members stand where a walk finds them, however the text was cut.
#[test]
fn members_are_noted_at_every_cut() {
    for text in TEXTS {
        check(&Outline::parse(text, &OUTER).expect(text), "in one piece");
        for first in 0..=text.len() {
            for second in [first, first + 1, text.len()] {
                let second = second.min(text.len());
                let mut cutter = Cutter::default().with_shape(&OUTER);
                let bytes = Bytes::from_static(text.as_bytes());
                cutter.push(bytes.slice(..first));
                cutter.push(bytes.slice(first..second));
                cutter.push(bytes.slice(second..));
                cutter.push(" {}".into());
                check(
                    &cutter.next_outline().expect(text).expect("a document"),
                    &format!("at {first}, {second}"),
                );
                // Nothing of one document is taken for the next one's.
                let next = cutter.next_outline().expect(text).expect("a document");
                assert!((0..POINTERS.len()).all(|slot| next.value(slot).is_none()));
            }
        }
    }
}

#[test]
fn parts_and_copies_know_their_members_too() {
    let outline = Outline::parse(TEXTS[0], &OUTER).expect("a text");
    let metadata = outline.part(0).expect("a member");
    assert_eq!(metadata.document().to_string(), r#"{"name":"a","gone":[1,{"name":"x"}]}"#);
    for metadata in [metadata.clone(), metadata.detach()] {
        assert_eq!(metadata.value(1).map(|name| name.raw()), Some("\"a\""));
        assert!(metadata.value(3).is_none(), "it lies outside");
    }
    assert!(outline.part(4).is_none() && outline.value(99).is_none());
}

/// A member is cut out with its comma, wherever it stands, and the others are still known.
#[test]
fn a_member_is_cut_out() {
    for (text, slot, want) in [
        (r#"{"kind":1,"metadata":{"gone":[2],"name":3}}"#, 2, r#"{"kind":1,"metadata":{"name":3}}"#),
        (r#"{"metadata":{"name":3,"gone":[2]},"kind":1}"#, 2, r#"{"metadata":{"name":3},"kind":1}"#),
        (r#"{"metadata":{"gone":2},"kind":1}"#, 2, r#"{"metadata":{},"kind":1}"#),
        ("{ \"kind\" : 1 ,\n \"metadata\" : {} }", 3, "{ \n \"metadata\" : {} }"),
        ("{ \"metadata\" : {} ,\n \"kind\" : 1 }", 3, "{ \"metadata\" : {}  }"),
        (r#"{"a\\":1,"\u006bind":2,"b":3}"#, 3, r#"{"a\\":1,"b":3}"#),
        (r#"{"é\"k":"x","kind":1}"#, 4, r#"{"kind":1}"#),
        (r#"{"kind":1,"metadata":{"name":3}}"#, 0, r#"{"kind":1}"#),
        (r#"{"other":1}"#, 3, r#"{"other":1}"#),
    ] {
        let outline = Outline::parse(text, &OUTER).expect(text);
        let without = outline.without(slot).expect("no key comes twice");
        assert_eq!(without.document().to_string(), want, "{slot} of {text}");
        check(&without, "cut");
        assert_eq!(without.document(), &outline.document().remove(POINTERS[slot]).expect("a pointer"));
    }
    let twice = Outline::parse(r#"{"kind":1,"kind":2}"#, &OUTER).expect("a text");
    assert!(twice.without(3).is_none(), "the first one would count then");
}

/// A key that is no UTF-8 is looked at before that is known.
#[test]
fn keys_of_any_bytes() {
    for key in [&b"k\xFFi\\n"[..], b"\\u006b\xC3"] {
        let text = [b"{\"", key, b"\":1}"].concat();
        let error = Outline::parse(text, &OUTER).expect_err("no UTF-8");
        assert!(matches!(error, Error::Syntax { expected: Expected::Utf8, .. }), "{error}");
    }
}
