//! Streams, however they are cut into chunks.

use bytes::Bytes;
use steersman_json::{Cutter, Document, Error, Expected, MAX_DEPTH};

/// All that comes out of a stream: the documents, and how it ended.
pub(crate) fn outcome(chunks: &[&[u8]], limit: usize) -> (Vec<String>, Result<(), Error>) {
    let mut cutter = Cutter::new(limit);
    let mut texts = Vec::new();
    let mut read = |document: Document| {
        assert_eq!(document.as_str().trim_ascii(), document.as_str());
        assert!(document.len() <= limit);
        texts.push(document.as_str().to_owned());
    };
    for chunk in chunks {
        cutter.push(Bytes::copy_from_slice(chunk));
        loop {
            match cutter.next() {
                Ok(Some(document)) => read(document),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(cutter.next(), Err(error.clone()), "a fault stays");
                    assert_eq!(cutter.finish(), Err(error.clone()));
                    assert_eq!(cutter.buffered(), 0);
                    return (texts, Err(error));
                }
            }
        }
        assert!(cutter.buffered() <= limit);
    }
    loop {
        match cutter.finish() {
            Ok(Some(document)) => read(document),
            Ok(None) => return (texts, Ok(())),
            Err(error) => return (texts, Err(error)),
        }
    }
}

/// Cuts the stream at every byte, at every two bytes, and into single bytes.
#[track_caller]
fn check(stream: &[u8], limit: usize, texts: &[&str], end: Result<(), Error>) {
    let want = (texts.iter().map(|&text| text.to_owned()).collect(), end);
    let shown = String::from_utf8_lossy(stream);
    assert_eq!(outcome(&[stream], limit), want, "{shown}");
    for first in 0..=stream.len() {
        assert_eq!(outcome(&[&stream[..first], &stream[first..]], limit), want, "{shown} at {first}");
        for second in first..=stream.len() {
            let chunks = [&stream[..first], &stream[first..second], &stream[second..]];
            assert_eq!(outcome(&chunks, limit), want, "{shown} at {first} and {second}");
        }
    }
    let bytes: Vec<_> = stream.chunks(1).collect();
    assert_eq!(outcome(&bytes, limit), want, "{shown} byte by byte");
}

#[test]
fn documents_come_out_whatever_the_chunks() {
    for (stream, texts) in [
        ("", &[][..]),
        (" \r\n\n", &[]),
        (r#"{"a":1}"#, &[r#"{"a":1}"#]),
        ("{\"a\":1}\n{\"b\":2}\n", &[r#"{"a":1}"#, r#"{"b":2}"#]),
        ("\r\n{\"a\":1}\r\n\r\n{\"b\":2}\r\n", &[r#"{"a":1}"#, r#"{"b":2}"#]),
        (r#"{"a":1}{"b":[{}]}[]"x"{}"#, &[r#"{"a":1}"#, r#"{"b":[{}]}"#, "[]", "\"x\"", "{}"]),
        ("{\n  \"a\": [\n    1,\n    2\n  ]\n}\n{\n}", &["{\n  \"a\": [\n    1,\n    2\n  ]\n}", "{\n}"]),
        (r#"{"}\"{":"\\"}{"é😀":"\ud83d\ude00"}"#, &[r#"{"}\"{":"\\"}"#, r#"{"é😀":"\ud83d\ude00"}"#]),
        ("1 -2.5e3\ntrue null[1]", &["1", "-2.5e3", "true", "null", "[1]"]),
        ("12", &["12"]),
        ("false", &["false"]),
    ] {
        check(stream.as_bytes(), 1000, texts, Ok(()));
    }
}

#[test]
fn faults_do_not_depend_on_the_chunks() {
    let syntax = |offset, expected| Err(Error::Syntax { offset, expected });
    for (stream, texts, end) in [
        (&b"{}\n{\"a\""[..], &["{}"][..], Err(Error::Incomplete { offset: 7 })),
        (b" [1,", &[], Err(Error::Incomplete { offset: 4 })),
        (b"-", &[], Err(Error::Incomplete { offset: 1 })),
        (b"{} \"\xC3", &["{}"], Err(Error::Incomplete { offset: 5 })),
        (b"{}\nError: x", &["{}"], syntax(3, Expected::Value)),
        (b"{}}{}", &["{}"], syntax(2, Expected::Value)),
        (b"{},{}", &["{}"], syntax(2, Expected::Value)),
        (b"1,2", &[], syntax(1, Expected::WhiteSpace)),
        (b"truefalse", &[], syntax(4, Expected::Word)),
        (b"{}\n {\"a\":\"\xC3x\"} {}", &["{}"], syntax(10, Expected::Utf8)),
        (b"{}\0{}", &["{}"], syntax(2, Expected::Value)),
    ] {
        check(stream, 1000, texts, end);
    }
}

#[test]
fn the_limit_is_on_a_document() {
    let too_long = Err(Error::TooLong { limit: 7 });
    for (stream, texts, end) in [
        ("        {\"a\":1}         [1,2,3]", &[r#"{"a":1}"#, "[1,2,3]"][..], Ok(())),
        ("{\"a\":10}", &[], too_long.clone()),
        ("{}[1,2,345", &["{}"], too_long.clone()),
        ("1234567 ", &["1234567"], Ok(())),
        ("1234567", &["1234567"], Ok(())),
        ("1234567[]", &["1234567", "[]"], Ok(())),
        ("12345678", &[], too_long.clone()),
        ("\"12345\"", &["\"12345\""], Ok(())),
        ("\"123456\"", &[], too_long),
        ("\"123456", &[], Err(Error::Incomplete { offset: 7 })),
    ] {
        check(stream.as_bytes(), 7, texts, end);
    }
}

#[test]
fn an_endless_document_is_refused_in_time() {
    let mut cutter = Cutter::new(1 << 20);
    cutter.push("[\"".into());
    let chunk = Bytes::from(vec![b'x'; 1000]);
    let mut pushed = 2;
    let error = loop {
        cutter.push(chunk.clone());
        pushed += chunk.len();
        match cutter.next() {
            Ok(None) => assert!(pushed <= 1 << 20),
            other => break other,
        }
    };
    assert_eq!(error, Err(Error::TooLong { limit: 1 << 20 }));
    assert!(pushed <= (1 << 20) + 1000);
    assert_eq!(cutter.buffered(), 0);

    let mut cutter = Cutter::default();
    cutter.push("[".repeat(1 << 20).into());
    assert_eq!(cutter.next(), Err(Error::TooDeep { limit: MAX_DEPTH }));
}

#[test]
fn a_document_inside_a_chunk_is_not_copied() {
    let chunk = Bytes::from(" {\"a\":1}\n{\"b\":2}\n{\"c\"");
    let mut cutter = Cutter::default();
    cutter.push(chunk.clone());
    for offset in [1, 9] {
        let document = cutter.next().unwrap().unwrap();
        assert_eq!(document.bytes().as_ptr(), chunk[offset..].as_ptr());
    }
    assert_eq!(cutter.next(), Ok(None));
    assert_eq!(cutter.buffered(), 4);
    cutter.push(":3}".into());
    assert_eq!(cutter.next().unwrap().unwrap().as_str(), "{\"c\":3}");
    assert_eq!(cutter.buffered(), 0);
}

#[test]
fn small_chunks_of_a_large_document_cost_linear_time() {
    // Quadratic work would be 2^40 steps here, which no test machine does in the time this suite takes.
    let large = Document::from_serialize(&vec!["é\"\\\u{1}"; 1 << 17]).unwrap();
    let mut cutter = Cutter::default();
    for at in 0..large.len() {
        cutter.push(large.bytes().slice(at..at + 1));
        let cut = cutter.next().unwrap();
        assert_eq!(cut.is_some(), at + 1 == large.len());
        if let Some(document) = cut {
            assert_eq!(document.bytes(), large.bytes());
        }
    }
}
