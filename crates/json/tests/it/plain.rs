//! Text that is read fast, as it is plain, is what it is byte by byte, wherever its blocks begin.

use fastrand::Rng;
use serde_json::Value;
use steersman_json::{Cutter, Document, Outline, Shape, Wanted};

use crate::{
    campaign::same,
    cutter::outcome,
    random::{cases, damage, value},
};

/// Holds what comes of the text in one piece to what comes of it in single bytes, which never are.
#[track_caller]
fn check(text: &[u8]) {
    let bytes: Vec<_> = text.chunks(1).collect();
    assert_eq!(outcome(&[text], 10_000), outcome(&bytes, 10_000), "{}", String::from_utf8_lossy(text));
}

const TOKENS: &str =
    r#"{"b\"":"\\","é":[],"":{"x":{},"y":[[1,{}],-2.5e0,10]},"z":true,"n":[null,"\u00e9",false]}"#;

/// Each token at each place of a block.
#[test]
fn tokens_anywhere() {
    for length in 0..130 {
        check(format!(r#"[{{"{}":{TOKENS}}},{TOKENS}]"#, "k".repeat(length)).as_bytes());
        check(format!(r#"["{}",{TOKENS},{TOKENS}{TOKENS}]"#, "\\n".repeat(length)).as_bytes());
    }
}

/// Each byte of a text in place of another one: what is wrong is found where it is.
#[test]
fn faults_anywhere() {
    let text = format!(r#"[{{"":{TOKENS}}}]"#);
    for (at, byte) in (0..text.len()).flat_map(|at| b"{}[]:,\"\\x1 \n\x80".map(|byte| (at, byte))) {
        let start = at % 64;
        let mut text = format!(r#"["{}",{text},{}]"#, "s".repeat(start), "8".repeat(80)).into_bytes();
        let begins = start + 4;
        text[begins + at] = byte;
        check(&text);
        text.remove(begins + at);
        check(&text);
    }
}

static INSIDE: Shape = Shape::new(&[Wanted::new("a", 2), Wanted::new("z", 3)]);
static WATCHED: Shape =
    Shape::new(&[Wanted::new("a", 0), Wanted::new("in", 1).with(&INSIDE), Wanted::new("z", 4)]);

/// What is watched is found around what is not.
#[test]
fn wanted_members_anywhere() {
    for length in 0..130 {
        let pad = "k".repeat(length);
        let text = format!(
            r#"{{"a":["{pad}",{TOKENS}],"x":{TOKENS},"in":{{"a":{TOKENS},"y":["{pad}",1],"z":{TOKENS}}},"z":{TOKENS}}}"#
        );
        let whole = Outline::parse(text.clone(), &WATCHED).unwrap();
        let mut cutter = Cutter::new(10_000).with_shape(&WATCHED);
        for byte in text.bytes() {
            cutter.push(vec![byte].into());
        }
        let bytewise = cutter.next_outline().unwrap().unwrap();
        for slot in 0..5 {
            assert_eq!(
                whole.value(slot).unwrap().raw(),
                bytewise.value(slot).unwrap().raw(),
                "{slot}, {length}"
            );
        }
        assert_eq!(whole.value(3).unwrap().raw(), TOKENS);
    }
}

/// Deeper than plain text is read, and back.
#[test]
fn nested_deeply() {
    for depth in [60, 61, 62, 63, 64, 65, 66, 130, 511, 512, 513] {
        let (open, close) = (r#"{"a":[{},"#.repeat(depth / 2), "]}".repeat(depth / 2));
        check(format!("{open}1{close}").as_bytes());
        check(format!("{open}[]{close}").as_bytes());
        check(format!("{open}1{}", close.replacen(']', "}", 1)).as_bytes());
    }
}

#[test]
fn random_texts_without_white_space() {
    for seed in cases(1500) {
        let mut rng = Rng::with_seed(seed);
        let model: Value = (0..rng.usize(1..9)).map(|_| value(&mut rng, 5)).collect();
        let mut text = model.to_string().into_bytes();
        if seed % 4 > 0 {
            damage(&mut rng, &mut text);
        }
        check(&text);
        let shown = String::from_utf8_lossy(&text);
        let theirs = serde_json::from_slice::<Value>(&text);
        match (Document::parse(text.clone()), theirs) {
            (Ok(ours), Ok(theirs)) => {
                let ours: Value = ours.root().deserialize().unwrap();
                assert!(same(&ours, &theirs), "seed {seed}: {shown}");
            }
            (Err(_), Err(_)) => {}
            (Ok(_), Err(theirs)) if theirs.to_string().starts_with("number out of range") => {}
            (ours, theirs) => panic!("seed {seed}: {shown}: {ours:?}, but serde_json says {theirs:?}"),
        }
    }
}
