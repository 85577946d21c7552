//! Streams of events at random, from fixed seeds: whatever the chunks, the same comes out, and it is what `serde_json`
//! reads from the whole text.

use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};
use steersman_watch::{DecodeError, Decoder, Frame};

use crate::cases;

const LIMIT: usize = 1 << 20;

/// What comes out: a line for each frame and each error. How a body begins that is no JSON is left out: it is shown as
/// far as it is there.
fn outcome<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut decoder = Decoder::new(LIMIT);
    let mut lines = Vec::new();
    for chunk in chunks {
        decoder.push(Bytes::copy_from_slice(chunk));
        if drain(&mut lines, || decoder.next()) {
            return lines;
        }
    }
    drain(&mut lines, || decoder.finish());
    lines
}

/// Whether nothing can come any more.
fn drain(lines: &mut Vec<String>, mut next: impl FnMut() -> Result<Option<Frame>, DecodeError>) -> bool {
    loop {
        match next() {
            Ok(Some(frame)) => lines.push(show(&frame)),
            Ok(None) => return false,
            Err(DecodeError::Json(_) | DecodeError::NotJson { .. }) => {
                lines.push("no JSON".to_owned());
                return true;
            }
            Err(error) => lines.push(error.to_string()),
        }
    }
}

fn show(frame: &Frame) -> String {
    match frame {
        Frame::Added(object) => format!("ADDED {}", object.to_value()),
        Frame::Modified(object) => format!("MODIFIED {}", object.to_value()),
        Frame::Deleted(object) => format!("DELETED {}", object.to_value()),
        Frame::Bookmark { resource_version, .. } => format!("BOOKMARK {resource_version:?}"),
        frame => format!("{frame:?}"),
    }
}

fn object(rng: &mut Rng) -> Value {
    let texts = ["", "web", "é😀", "a\"b\\c\n", "{}[],:", "\u{1}"];
    let text = texts[rng.usize(..texts.len())];
    let mut fields = json!({});
    for _ in 0..rng.usize(..12) {
        fields = match rng.u8(..4) {
            0 => json!({ format!("f:{text}"): fields, ".": {} }),
            1 => json!({ "list": [fields, text, rng.i32(..), null, []] }),
            2 => json!({ text: f64::from(rng.i16(..)) / 4.0, "in": fields, "on": rng.bool() }),
            _ => json!([fields]),
        };
    }
    json!({ "kind": "Pod", "metadata": { "name": format!("web-{}", rng.u16(..)), "managedFields": fields, "uid": text },
        "spec": { "x": text } })
}

/// A stream of events, of which each is one object of a type that changes something.
fn stream(rng: &mut Rng) -> Vec<u8> {
    let mut text = String::new();
    for _ in 0..rng.usize(..5) {
        let kind = ["ADDED", "MODIFIED", "DELETED"][rng.usize(..3)];
        let event = json!({ "type": kind, "object": object(rng) });
        text += &if rng.u8(..4) == 0 { format!("{event:#}") } else { event.to_string() };
        text += ["", "\n", "\r\n", "\n\n \n"][rng.usize(..4)];
    }
    text.into_bytes()
}

fn damage(rng: &mut Rng, text: &mut Vec<u8>) {
    const BYTES: &[u8] = b"{}[]\",:\\ \n0-.eEutrnfalsd\0\x7f\x80\xC3\xFF";
    let at = rng.usize(..=text.len());
    match rng.u8(..3) {
        0 => text.truncate(at),
        1 if at < text.len() => text[at] = BYTES[rng.usize(..BYTES.len())],
        _ => text.insert(at, BYTES[rng.usize(..BYTES.len())]),
    }
}

#[test]
fn events_are_what_serde_json_reads() {
    for seed in 0..cases(400, 1) {
        let mut rng = Rng::with_seed(seed);
        let text = stream(&mut rng);
        let events = serde_json::Deserializer::from_slice(&text).into_iter::<Value>();
        let want: Vec<String> = events
            .map(|event| event.expect("an event"))
            .map(|event| format!("{} {}", event["type"].as_str().expect("a text"), event["object"]))
            .collect();
        assert_eq!(outcome([text.as_slice()]), want, "seed {seed}: {}", String::from_utf8_lossy(&text));
    }
}

/// Sound streams and damaged ones.
#[test]
fn events_do_not_depend_on_the_chunks() {
    for seed in 0..cases(40, 100) {
        let mut rng = Rng::with_seed(seed);
        let mut text = stream(&mut rng);
        if seed % 3 > 0 {
            damage(&mut rng, &mut text);
        }
        let whole = outcome([text.as_slice()]);
        let shown = String::from_utf8_lossy(&text);
        for at in 0..text.len() {
            let (head, tail) = text.split_at(at);
            assert_eq!(outcome([head, tail]), whole, "seed {seed}, cut at {at}: {shown}");
        }
        for size in [1, 7, 63, 64, 65, 128] {
            assert_eq!(outcome(text.chunks(size)), whole, "seed {seed}, in chunks of {size}: {shown}");
        }
    }
}
