//! What is JSON and what is not, beside `serde_json`'s opinion.

use steersman_json::{Document, Error, Expected, MAX_DEPTH};

/// What both accept.
const GOOD: &[&str] = &[
    "{}",
    "[]",
    " [ ] ",
    "{ }",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "10",
    "-1.5e+10",
    "1E5",
    "1e-5",
    "0.10",
    "0e0",
    "123456789012345678901234567890",
    "\"\"",
    "\"é😀\u{7f}\u{2028}\"",
    r#""\"\\\/\b\f\n\r\t""#,
    r#""\u0000\u00e9\uD83D\uDE00\uFFFF""#,
    r#"{"a":{"a":[1,[2,[]],{}]},"a":null}"#,
    "\r\n\t {\"a\" : [ 1 , 2 ] }\r\n",
    r#"{"":""}"#,
];

/// What neither accepts, with our reason.
const BAD: &[(&[u8], u64, Expected)] = &[
    (b"\xEF\xBB\xBF{}", 0, Expected::Value),
    (b"nulL", 3, Expected::Word),
    (b"nullx", 4, Expected::Word),
    (b"True", 0, Expected::Value),
    (b"NaN", 0, Expected::Value),
    (b"Infinity", 0, Expected::Value),
    (b"-Infinity", 1, Expected::Digit),
    (b"+1", 0, Expected::Value),
    (b"01", 1, Expected::WhiteSpace),
    (b"[01]", 2, Expected::CommaOrArrayEnd),
    (b"[-01]", 3, Expected::CommaOrArrayEnd),
    (b"1.x", 2, Expected::Digit),
    (b"[1.]", 3, Expected::Digit),
    (b".5", 0, Expected::Value),
    (b"[1e]", 3, Expected::Digit),
    (b"[1e+]", 4, Expected::Digit),
    (b"[1e5.5]", 4, Expected::CommaOrArrayEnd),
    (b"0x10", 1, Expected::WhiteSpace),
    (b"1_000", 1, Expected::WhiteSpace),
    (b"[1,]", 3, Expected::Value),
    (b"[,1]", 1, Expected::ValueOrArrayEnd),
    (b"[1 2]", 3, Expected::CommaOrArrayEnd),
    (b"[1}", 2, Expected::CommaOrArrayEnd),
    (b"{\"a\":1]", 6, Expected::CommaOrObjectEnd),
    (b"{\"a\":1,}", 7, Expected::Key),
    (b"{,}", 1, Expected::KeyOrObjectEnd),
    (b"{a:1}", 1, Expected::KeyOrObjectEnd),
    (b"{'a':1}", 1, Expected::KeyOrObjectEnd),
    (b"{\"a\" 1}", 5, Expected::Colon),
    (b"{\"a\"}", 4, Expected::Colon),
    (b"{\"a\":}", 5, Expected::Value),
    (b"{\"a\"::1}", 5, Expected::Value),
    (b"{1:1}", 1, Expected::KeyOrObjectEnd),
    (b"]", 0, Expected::Value),
    (b"}", 0, Expected::Value),
    (b"\"a\nb\"", 2, Expected::StringCharacter),
    (b"\"a\0\"", 2, Expected::StringCharacter),
    (b"\"\x1f\"", 1, Expected::StringCharacter),
    (b"\"\\x41\"", 2, Expected::Escape),
    (b"\"\\U0041\"", 2, Expected::Escape),
    (b"\"\\'\"", 2, Expected::Escape),
    (b"\"\\u12G4\"", 5, Expected::HexDigit),
    (b"\"\\u12\"", 5, Expected::HexDigit),
    (b"\"\\ud800\"", 7, Expected::LowSurrogate),
    (b"\"\\ud800x\"", 7, Expected::LowSurrogate),
    (b"\"\\ud800\\n\"", 8, Expected::LowSurrogate),
    (b"\"\\ud800\\u0041\"", 12, Expected::LowSurrogate),
    (b"\"\\ud800\\ud800\"", 12, Expected::LowSurrogate),
    (b"\"\\udc00\"", 6, Expected::LowSurrogate),
    (b"{} {}", 3, Expected::End),
    (b"1 2", 2, Expected::End),
    (b"{}x", 2, Expected::End),
    (b"{}\0", 2, Expected::End),
    (b"// a\n{}", 0, Expected::Value),
    (b"[1/**/]", 2, Expected::CommaOrArrayEnd),
    (b"<html>", 0, Expected::Value),
    (b"\xC2\xA0{}", 0, Expected::Value),
    (b"{}\xC2\xA0", 2, Expected::End),
    (b"\"\xFF\"", 1, Expected::Utf8),
    (b"\"a\xC3\"", 2, Expected::Utf8),
    (b"\"\xC0\x80\"", 1, Expected::Utf8),
    (b"\"\xED\xA0\x80\"", 1, Expected::Utf8),
    (b"\"\xF4\x90\x80\x80\"", 1, Expected::Utf8),
    (b"  {\"\xE2\x82\":1}", 4, Expected::Utf8),
    ("\u{feff}1".as_bytes(), 0, Expected::Value),
];

/// What ends too early; every start of a longer text that is not a text itself does.
const SHORT: &[&str] = &[
    "",
    " \n",
    "{",
    "{\"",
    "{\"a",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "[",
    "[1",
    "[1,",
    "\"",
    "\"\\",
    "\"\\u",
    "\"\\ud800",
    "\"\\ud800\\",
    "\"\\ud800\\u",
    "-",
    "1.",
    "1e",
    "1e+",
    "t",
    "nul",
    "[nul",
];

#[test]
fn accepts_what_is_json() {
    for text in GOOD {
        let document = Document::parse(*text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(document.as_str(), text.trim_ascii(), "the text is kept as it is");
        assert_eq!(document.len(), document.as_str().len());
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
    }
}

#[test]
fn refuses_what_is_not() {
    for &(text, offset, expected) in BAD {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(Document::parse(text), Err(Error::Syntax { offset, expected }), "{shown}");
        assert!(serde_json::from_slice::<serde_json::Value>(text).is_err(), "{shown}");
    }
}

#[test]
fn refuses_what_ends_too_early() {
    for &text in SHORT {
        assert_eq!(Document::parse(text), Err(Error::Incomplete { offset: text.len() as u64 }), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
    }
}

#[test]
fn every_start_of_a_document_is_incomplete() {
    for text in GOOD.iter().map(|text| text.trim_ascii()).filter(|text| text.starts_with(['{', '[', '"'])) {
        for end in 0..text.len() {
            let start = text.as_bytes()[..end].to_vec();
            assert_eq!(
                Document::parse(start),
                Err(Error::Incomplete { offset: end as u64 }),
                "{text} at {end}"
            );
        }
    }
}

#[test]
fn depth_is_limited() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let levels = open.matches(['[', '{']).count();
        let nested =
            |depth: usize| format!("{}1{}", open.repeat(depth / levels), close.repeat(depth / levels));
        let deepest = Document::parse(nested(MAX_DEPTH)).unwrap();
        assert_eq!(deepest, Document::parse(nested(MAX_DEPTH).replace('1', "1.0")).unwrap());
        let too_deep = Document::parse(nested(MAX_DEPTH + levels));
        assert_eq!(too_deep, Err(Error::TooDeep { limit: MAX_DEPTH }));
        // Text that never closes is refused as early.
        let bomb = Document::parse(open.repeat(1 << 20));
        assert_eq!(bomb, Err(Error::TooDeep { limit: MAX_DEPTH }));
    }
}

#[test]
fn numbers_beyond_any_type_are_json() {
    // Here serde_json differs: it refuses what no f64 can hold.
    for text in ["1e400", "-1e999999999999999999999", "1e-999999999999999999999"] {
        assert_eq!(Document::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn errors_say_what_and_where() {
    for (text, want) in [
        ("{\"a\" 1}", "not JSON at byte 5: expected a colon"),
        ("[1", "the JSON text ends too early, at byte 2"),
    ] {
        assert_eq!(Document::parse(text).unwrap_err().to_string(), want);
    }
    let error = Error::TooLong { limit: 10 };
    assert_eq!(error.to_string(), "a JSON document is longer than 10 bytes");
    assert!(error.hint().is_some());
}
