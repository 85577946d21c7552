//! One document, cut into the elements of its array.

use bytes::Bytes;
use fastrand::Rng;
use serde_json::Value;
use steersman_json::{Cut, Document, ElementCutter, Error, Expected, MAX_DEPTH, Outline, Shape, Wanted};

use crate::{
    campaign::same,
    random::{cases, damage, spell, value, white},
};

static LIST: Shape = Shape::new(&[Wanted::new("items", 0), Wanted::new("kind", 1)]);
static ITEM: Shape = Shape::new(&[Wanted::new("kind", 0), Wanted::new("name", 1), Wanted::new("a", 2)]);

/// What comes out of a document: its start, its elements, its end, and how that went.
type Outcome = (Option<String>, Vec<String>, Option<String>, Result<(), Error>);

/// The text of an element, whose outline says what its text does.
fn text(outline: &Outline) -> String {
    let document = outline.document();
    let found = Outline::parse(document.bytes().clone(), &ITEM).expect("a document");
    for slot in 0..3 {
        assert_eq!(outline.value(slot), found.value(slot), "slot {slot} of {document}");
    }
    document.as_str().to_owned()
}

fn outcome(chunks: &[&[u8]], limit: usize, fill: &[(usize, &str, &str)]) -> Outcome {
    let mut cutter = ElementCutter::new(&LIST, 0, &ITEM, limit);
    let (mut start, mut elements, mut end) = (None, Vec::new(), None);
    let mut take = |cut: Cut, cutter: &mut ElementCutter| match cut {
        Cut::Start(outline) => {
            assert!(start.is_none() && elements.is_empty());
            cutter.fill(fill);
            start = Some(outline.document().as_str().to_owned());
        }
        Cut::Element(outline) => elements.push(text(&outline)),
        Cut::End(outline) => end = Some(outline.document().as_str().to_owned()),
    };
    let mut how = || {
        for chunk in chunks {
            cutter.push(Bytes::copy_from_slice(chunk));
            while let Some(cut) = cutter.next()? {
                take(cut, &mut cutter);
            }
            assert!(cutter.buffered() <= 2 * limit + 40, "what is filled in comes on top");
        }
        while let Some(cut) = cutter.finish()? {
            take(cut, &mut cutter);
        }
        Ok(())
    };
    let how: Result<(), Error> = how();
    if let Err(error) = &how {
        assert_eq!(cutter.next().map(drop), Err(error.clone()), "a fault stays");
        assert_eq!(cutter.finish().map(drop), Err(error.clone()), "a fault stays");
        assert_eq!(cutter.buffered(), 0);
    }
    (start, elements, end, how)
}

#[track_caller]
fn check(document: &str, want: (Option<&str>, &[&str], Option<&str>, Result<(), Error>)) {
    check_within(document.as_bytes(), 1000, &[], want);
}

/// Cuts the document at every byte, at every two bytes, and into single bytes.
#[track_caller]
fn check_within(
    document: &[u8],
    limit: usize,
    fill: &[(usize, &str, &str)],
    (start, elements, end, how): (Option<&str>, &[&str], Option<&str>, Result<(), Error>),
) {
    let elements = elements.iter().map(|&element| element.to_owned()).collect();
    let want = (start.map(str::to_owned), elements, end.map(str::to_owned), how);
    let shown = String::from_utf8_lossy(document);
    assert_eq!(outcome(&[document], limit, fill), want, "{shown}");
    for first in 0..=document.len() {
        for second in first..=document.len() {
            let chunks = [&document[..first], &document[first..second], &document[second..]];
            assert_eq!(outcome(&chunks, limit, fill), want, "{shown} at {first} and {second}");
        }
    }
    let bytes: Vec<_> = document.chunks(1).collect();
    assert_eq!(outcome(&bytes, limit, fill), want, "{shown} byte by byte");
}

#[test]
fn elements_come_out_whatever_the_chunks_and_the_order() {
    check(
        r#" {"kind":"L","metadata":{"items":[1]},"items":[{"a":1}, {"b":[{}]} ],"x":[2]} "#,
        (
            Some(r#"{"kind":"L","metadata":{"items":[1]},"items":[]}"#),
            &[r#"{"a":1}"#, r#"{"b":[{}]}"#],
            Some(r#"{"kind":"L","metadata":{"items":[1]},"items":[],"x":[2]}"#),
            Ok(()),
        ),
    );
    check(
        r#"{"items":[{"é":"\u00e9\"]}"}],"kind":"L"}"#,
        (Some(r#"{"items":[]}"#), &[r#"{"é":"\u00e9\"]}"}"#], Some(r#"{"items":[],"kind":"L"}"#), Ok(())),
    );
    check(
        r#"{"it\u0065ms":[{}]}"#,
        (Some(r#"{"it\u0065ms":[]}"#), &["{}"], Some(r#"{"it\u0065ms":[]}"#), Ok(())),
    );
    check(r#"{"items":[ ]}"#, (Some(r#"{"items":[]}"#), &[], Some(r#"{"items":[]}"#), Ok(())));
    for text in [
        r#"{"items":null}"#,
        r#"{"items":{"items":[1]}}"#,
        r#"{"rows":[{}]}"#,
        "{}",
        "[{}]",
        "3 ",
        "-3",
        "true",
    ] {
        check(text, (None, &[], Some(text.trim()), Ok(())));
    }
    check(
        r#"{"items":null,"items":[{}]}"#,
        (Some(r#"{"items":null,"items":[]}"#), &["{}"], Some(r#"{"items":null,"items":[]}"#), Ok(())),
    );
}

#[test]
fn faults_do_not_depend_on_the_chunks() {
    let syntax = |offset, expected| Err(Error::Syntax { offset, expected });
    let start = Some(r#"{"items":[]}"#);
    let end = start;
    for (document, elements, ends, how) in [
        (r#"{"items":[{},]}"#, &["{}"][..], None, syntax(13, Expected::Value)),
        (r#"{"items":[,]}"#, &[], None, syntax(10, Expected::ValueOrArrayEnd)),
        (r#"{"items":[{} {}]}"#, &["{}"], None, syntax(13, Expected::CommaOrArrayEnd)),
        (r#"{"items":[{}}]}"#, &["{}"], None, syntax(12, Expected::CommaOrArrayEnd)),
        (r#"{"items":[{"a"}]}"#, &[], None, syntax(14, Expected::Colon)),
        (r#"{"items":[{}]]"#, &["{}"], None, syntax(13, Expected::CommaOrObjectEnd)),
        (r#"{"items":[{}]} x"#, &["{}"], end, syntax(15, Expected::End)),
        (r#"{"items":[{}, 1]}"#, &["{}"], None, Err(Error::Element { offset: 14 })),
        (r#"{"items":[null]}"#, &[], None, Err(Error::Element { offset: 10 })),
        (r#"{"items":[{}],"items":[{}]}"#, &["{}"], None, Err(Error::Repeated { offset: 23 })),
        (r#"{"items":[{}],"items":null}"#, &["{}"], None, Err(Error::Repeated { offset: 27 })),
        (r#"{"items":[{}"#, &["{}"], None, Err(Error::Incomplete { offset: 12 })),
        (r#"{"items":[{"#, &[], None, Err(Error::Incomplete { offset: 11 })),
        (r#"{"items":[{}]"#, &["{}"], None, Err(Error::Incomplete { offset: 13 })),
    ] {
        check(document, (start, elements, ends, how));
    }
    check("", (None, &[], None, Err(Error::Incomplete { offset: 0 })));
    check("<html>", (None, &[], None, syntax(0, Expected::Value)));
    for (document, elements, how) in [
        (&b" {\"items\":[{\"\xC3\":1}]}"[..], 0, syntax(13, Expected::Utf8)),
        (b" {\"items\":[{}, {}],\"\xC3\":1}", 2, syntax(20, Expected::Utf8)),
    ] {
        let filled = vec![r#"{"kind":"Pod"}"#; elements];
        check_within(document, 1000, &[(0, "kind", "Pod")], (start, &filled, None, how));
    }
    check_within(b" {\"\xC3\":1,\"items\":[]}", 1000, &[], (None, &[], None, syntax(3, Expected::Utf8)));
}

#[test]
fn members_are_filled_in_where_none_of_them_is() {
    check_within(
        br#"{"items":[{"name":"a"},{},{ },{"name":"b","kind":"Node"},{"kind":null},{"k\u0069nd":1},{ "a":2}]}"#,
        1000,
        &[(0, "kind", "Pod"), (1, "name", "\"")],
        (
            Some(r#"{"items":[]}"#),
            &[
                r#"{"name":"a"}"#,
                r#"{"kind":"Pod","name":"\""}"#,
                r#"{"kind":"Pod","name":"\"" }"#,
                r#"{"name":"b","kind":"Node"}"#,
                r#"{"kind":null}"#,
                r#"{"k\u0069nd":1}"#,
                r#"{"kind":"Pod","name":"\"", "a":2}"#,
            ],
            Some(r#"{"items":[]}"#),
            Ok(()),
        ),
    );
}

#[test]
fn the_limit_is_on_each_element_and_on_what_is_around() {
    let (start, too_long) = (Some(r#"{"items":[]}"#), Err(Error::TooLong { limit: 14 }));
    for (document, elements, end, how) in [
        (r#"{"items":[{"a":"567890"},  {"a":"567890"}]}"#, &[r#"{"a":"567890"}"#; 2][..], start, Ok(())),
        (r#"{"items":[{"a":"5678901"}]}"#, &[], None, too_long.clone()),
        (r#"{"items":[{"a":"56789012345"#, &[], None, too_long.clone()),
        (r#"{"items":[],"more":1}"#, &[], None, too_long.clone()),
    ] {
        check_within(document.as_bytes(), 14, &[(0, "kind", "0123456789")][..0], (start, elements, end, how));
    }
    check_within(br#"{"metadata":"long","items":[]}"#, 14, &[], (None, &[], None, too_long));
    let deep = format!("{{\"items\":[{{\"a\":{}", "[".repeat(MAX_DEPTH));
    assert_eq!(outcome(&[deep.as_bytes()], 1000, &[]).3, Err(Error::TooDeep { limit: MAX_DEPTH }));
}

/// Elements share their memory, and what is dropped is used again.
#[test]
fn g8_memory_is_what_is_kept() {
    let element = format!("{{\"name\":\"{}\"}},", "x".repeat(5000));
    let mut cutter = ElementCutter::new(&LIST, 0, &ITEM, 1 << 20);
    cutter.push("{\"items\":[".into());
    let mut places = std::collections::BTreeSet::new();
    for _ in 0..1000 {
        cutter.push(element.clone().into());
        while let Some(cut) = cutter.next().unwrap() {
            if let Cut::Element(outline) = cut {
                places.insert(outline.document().bytes().as_ptr().addr());
            }
        }
    }
    let (first, last) = (places.first().unwrap(), places.last().unwrap());
    assert!(last - first < 256 << 10, "all were put together in one segment");

    let mut kept = Vec::new();
    for _ in 0..40 {
        cutter.push(element.clone().into());
        while let Some(cut) = cutter.next().unwrap() {
            kept.push(cut);
        }
    }
    let starts = kept.iter().filter_map(|cut| match cut {
        Cut::Element(outline) => Some(outline.document().bytes().as_ptr().addr()),
        _ => None,
    });
    let starts: Vec<_> = starts.collect();
    let apart = starts.windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) == element.len() - 1).count();
    assert!(apart >= starts.len() - 3, "one lies behind the other: {apart} of {}", starts.len());
}

/// G13: against the whole text, read by `serde_json`.
#[test]
fn g13_the_same_elements_as_for_serde_json() {
    for seed in cases(1000) {
        let mut rng = Rng::with_seed(seed);
        let items: Vec<Value> = (0..rng.usize(0..5))
            .map(|_| {
                loop {
                    let item = value(&mut rng, 3);
                    if item.is_object() {
                        break item;
                    }
                }
            })
            .collect();
        let mut members = vec![("items", Value::from(items.clone()))];
        for key in ["kind", "metadata", "a"] {
            if rng.bool() {
                members.push((key, value(&mut rng, 3)));
            }
        }
        rng.shuffle(&mut members);
        let mut document = String::from("{");
        for (index, (key, value)) in members.iter().enumerate() {
            document.push_str(if index > 0 { "," } else { "" });
            white(&mut rng, &mut document);
            document += &format!("{key:?}:");
            spell(&mut rng, value, &mut document);
        }
        document.push('}');
        white(&mut rng, &mut document);
        let mut document = document.into_bytes();
        let damaged = rng.u8(..3) == 0;
        if damaged {
            damage(&mut rng, &mut document);
        }
        let shown = String::from_utf8_lossy(&document).into_owned();

        let limit = if rng.bool() { 1000 } else { rng.usize(1..60) };
        let fill = [(0, "kind", "Pod")];
        let whole = outcome(&[&document], limit, &fill);
        for _ in 0..4 {
            let mut cuts: Vec<_> = (0..rng.usize(0..8)).map(|_| rng.usize(..=document.len())).collect();
            cuts.extend([0, document.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|cut| &document[cut[0]..cut[1]]).collect();
            assert_eq!(outcome(&chunks, limit, &fill), whole, "seed {seed}: {shown}");
        }
        let bytes: Vec<_> = document.chunks(1).collect();
        assert_eq!(outcome(&bytes, limit, &fill), whole, "seed {seed}: {shown}");

        let (_, elements, end, how) = outcome(&[&document], 1 << 20, &[]);
        match (how, serde_json::from_slice::<Value>(&document)) {
            (Ok(()), Ok(theirs)) => {
                let mut ours = Document::parse(end.unwrap()).unwrap();
                for element in elements {
                    ours = ours.set("/items/-", &Document::parse(element).unwrap()).unwrap();
                }
                let read = serde_json::to_value(&ours).unwrap();
                assert!(same(&read, &theirs), "seed {seed}: {shown}: {read}");
                if !damaged {
                    assert_eq!(ours.root().get("items").unwrap().elements().count(), items.len());
                }
            }
            (Err(Error::Element { .. } | Error::Repeated { .. }), _) => {
                assert!(damaged, "seed {seed}: {shown}")
            }
            // Numbers that no f64 holds are a known difference.
            (Ok(()), Err(theirs)) if theirs.to_string().starts_with("number out of range") => {}
            (Err(_), Err(_)) => assert!(damaged, "seed {seed}: {shown}"),
            (ours, theirs) => panic!("seed {seed}: {shown}: {ours:?}, but serde_json says {theirs:?}"),
        }
    }
}

/// What is said in the middle of an element holds from the next one on.
#[test]
fn filling_begins_with_the_next_element() {
    let mut cutter = ElementCutter::new(&LIST, 0, &ITEM, 1 << 10);
    cutter.push(Bytes::from_static(br#"{"items":[{"name":"a","#));
    while let Some(cut) = cutter.next().expect("well formed") {
        assert!(matches!(cut, Cut::Start(_)));
    }
    cutter.fill(&[(0, "kind", "Pod")]);
    cutter.push(Bytes::from_static(br#""a":1},{"name":"b"}]}"#));
    let mut elements = Vec::new();
    while let Some(cut) = cutter.next().expect("well formed") {
        if let Cut::Element(outline) = cut {
            elements.push(text(&outline));
        }
    }
    assert_eq!(elements, [r#"{"name":"a","a":1}"#, r#"{"kind":"Pod","name":"b"}"#]);
}
