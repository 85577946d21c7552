//! Random documents, from fixed seeds: the same run finds the same things.

use fastrand::Rng;
use serde::Deserialize as _;
use serde_json::Value;
use steersman_json::Document;

use crate::{
    cutter::outcome,
    random::{cases, damage, pointers, spell, value, white},
};

fn spelled(rng: &mut Rng, value: &Value) -> String {
    let mut text = String::new();
    spell(rng, value, &mut text);
    text
}

/// Whether two values are the same, up to the last bits of a number with a fraction: `serde_json` reads those
/// fast rather than exactly.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (x, y) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            left == right || (x - y).abs() <= 1e-15 * x.abs().max(f64::MIN_POSITIVE)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| left.0 == right.0 && same(left.1, right.1))
        }
        _ => left == right,
    }
}

#[test]
fn the_same_texts_are_json_as_for_serde_json() {
    for seed in cases(4000) {
        let mut rng = Rng::with_seed(seed);
        let model = value(&mut rng, 4);
        let mut text = spelled(&mut rng, &model).into_bytes();
        if seed % 4 > 0 {
            damage(&mut rng, &mut text);
        }
        let shown = String::from_utf8_lossy(&text).into_owned();
        let ours = Document::parse(text.clone());
        match (ours, serde_json::from_slice::<Value>(&text)) {
            (Ok(ours), Ok(theirs)) => {
                let read = serde_json::to_value(&ours).unwrap();
                assert!(same(&read, &theirs), "seed {seed}: {shown}: {read}");
                let typed: Value = ours.root().deserialize().unwrap();
                assert!(same(&typed, &theirs), "seed {seed}: {shown}");
                // Without serde_json's reader.
                let walked = Value::deserialize(ours.root()).unwrap();
                assert!(same(&walked, &theirs), "seed {seed}: {shown}: {walked}");
            }
            (Err(_), Err(_)) => {}
            // Numbers that no f64 holds are a known difference.
            (Ok(_), Err(theirs)) if theirs.to_string().starts_with("number out of range") => {}
            (ours, theirs) => panic!("seed {seed}: {shown}: {ours:?}, but serde_json says {theirs:?}"),
        }
    }
}

/// Where we differ from `serde_json` on purpose: we read duplicate keys into a struct too, and numbers and depths beyond its
/// own into a tree.
#[test]
fn what_differs_from_serde_json() {
    #[derive(serde::Deserialize)]
    struct Named {
        n: u8,
    }
    // Text, whether serde_json reads it as a tree, whether as a struct.
    let deep = format!("{{\"n\":1,\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
    for (text, as_tree, as_struct) in [
        (r#"{"n":0,"n":1}"#, true, false),
        (r#"{"n":0,"\u006e":1}"#, true, false),
        (r#"{"n":1,"x":1e400}"#, false, true),
        (&deep, false, true),
    ] {
        assert_eq!(serde_json::from_str::<Value>(text).is_ok(), as_tree, "{text}");
        assert_eq!(serde_json::from_str::<Named>(text).is_ok(), as_struct, "{text}");
        let ours: Document = text.parse().expect("we read all of them");
        assert_eq!(ours.as_str(), text);
        assert_eq!(ours.root().deserialize::<Named>().map(|named| named.n).ok(), Some(1), "{text}");
        assert!(ours.root().deserialize::<Value>().is_ok(), "{text}");
    }
}

#[test]
fn all_spellings_are_equal_and_all_parts_are_found() {
    for seed in cases(1000) {
        let mut rng = Rng::with_seed(seed);
        let model = value(&mut rng, 4);
        let [one, two] = [(); 2].map(|()| Document::parse(spelled(&mut rng, &model)).unwrap());
        assert_eq!(one, two, "seed {seed}");
        for pointer in pointers(&model) {
            let part =
                one.root().pointer(&pointer).unwrap_or_else(|| panic!("seed {seed}: {pointer} in {one}"));
            let want = Document::from_serialize(model.pointer(&pointer).unwrap()).unwrap();
            assert_eq!(part, want.root(), "seed {seed}: {pointer}");
            assert_eq!(Some(part), two.root().pointer(&pointer));
            assert_eq!(one.share(part).root(), part);
        }
        let other = value(&mut rng, 4);
        let equal = one == Document::parse(spelled(&mut rng, &other)).unwrap();
        assert_eq!(equal, same(&model, &other), "seed {seed}: {one} and {other}");
    }
}

#[test]
fn changes_do_what_they_say() {
    for seed in cases(1000) {
        let mut rng = Rng::with_seed(seed);
        let model = value(&mut rng, 4);
        let document = Document::parse(spelled(&mut rng, &model)).unwrap();
        let pointers = pointers(&model);
        let pointer = &pointers[rng.usize(..pointers.len())];
        let new = value(&mut rng, 2);
        let new_document = Document::parse(spelled(&mut rng, &new)).unwrap();

        let mut want = model.clone();
        *want.pointer_mut(pointer).unwrap() = new.clone();
        let changed = document.set(pointer, &new_document).unwrap();
        assert_eq!(Document::parse(changed.bytes().clone()).as_ref(), Ok(&changed));
        assert_eq!(
            changed,
            Document::from_serialize(&want).unwrap(),
            "seed {seed}: set {pointer} in {document}"
        );

        // A member or element more, and away again.
        let place = model.pointer(pointer).unwrap();
        let inner = match place {
            Value::Object(_) | Value::Null => format!("{pointer}/new"),
            Value::Array(_) => format!("{pointer}/-"),
            _ => continue,
        };
        let grown = document.set(&inner, &new_document).unwrap();
        assert_eq!(Document::parse(grown.bytes().clone()).as_ref(), Ok(&grown));
        let (found, last) = match place {
            Value::Array(elements) => {
                (grown.root().pointer(pointer).unwrap().at(elements.len()), elements.len().to_string())
            }
            _ => (grown.root().pointer(&inner), "new".to_owned()),
        };
        assert_eq!(found, Some(new_document.root()), "seed {seed}: {inner} in {grown}");
        let shrunk = grown.remove(&format!("{pointer}/{last}")).unwrap();
        if !place.is_null() {
            assert_eq!(shrunk, document, "seed {seed}: {inner}");
        }

        if !pointer.is_empty() {
            let removed = document.remove(pointer).unwrap();
            assert_eq!(Document::parse(removed.bytes().clone()).as_ref(), Ok(&removed));
            let (parent, token) = pointer.rsplit_once('/').unwrap();
            let mut want = model.clone();
            match want.pointer_mut(parent).unwrap() {
                Value::Array(elements) => drop(elements.remove(token.parse().unwrap())),
                Value::Object(map) => drop(map.remove(&token.replace("~1", "/").replace("~0", "~"))),
                other => panic!("{other} has no parts"),
            }
            assert_eq!(removed, Document::from_serialize(&want).unwrap(), "seed {seed}: remove {pointer}");
        }
    }
}

#[test]
fn streams_do_not_depend_on_their_chunks() {
    for seed in cases(1000) {
        let mut rng = Rng::with_seed(seed);
        let mut stream = String::new();
        for _ in 0..rng.usize(0..5) {
            white(&mut rng, &mut stream);
            let model = value(&mut rng, 3);
            spell(&mut rng, &model, &mut stream);
            stream.push_str(if model.is_number() || model.is_boolean() || model.is_null() {
                " "
            } else {
                ""
            });
        }
        let mut stream = stream.into_bytes();
        if rng.bool() {
            damage(&mut rng, &mut stream);
        }
        let limit = if rng.bool() { 1000 } else { rng.usize(1..60) };
        let whole = outcome(&[&stream], limit);
        for _ in 0..4 {
            let mut cuts: Vec<_> = (0..rng.usize(0..8)).map(|_| rng.usize(..=stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
            assert_eq!(outcome(&chunks, limit), whole, "seed {seed}: {}", String::from_utf8_lossy(&stream));
        }
        let bytes: Vec<_> = stream.chunks(1).collect();
        assert_eq!(outcome(&bytes, limit), whole, "seed {seed}");
    }
}
