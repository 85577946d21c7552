//! Strings: from their spelling to their content, and back.

use std::borrow::Cow;

use memchr::memchr;

/// The content of a string that is spelled `inner` between its quotes.
pub(crate) fn unescape(inner: &[u8]) -> Cow<'_, str> {
    if memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(utf8(inner));
    }
    let mut content = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(backslash) = memchr(b'\\', rest) {
        content.push_str(utf8(&rest[..backslash]));
        let (character, used) = escape(&rest[backslash + 1..]);
        content.push(character);
        rest = &rest[backslash + 1 + used..];
    }
    content.push_str(utf8(rest));
    Cow::Owned(content)
}

/// Whether `inner`, between quotes, spells `content`.
pub(crate) fn is_spelled(inner: &[u8], content: &str) -> bool {
    // An escape is never shorter than what it stands for.
    if inner.len() < content.len() {
        return false;
    }
    if memchr(b'\\', inner).is_none() {
        return inner == content.as_bytes();
    }
    unescape(inner) == content
}

/// Appends `content` as a JSON string, quotes included.
pub(crate) fn quote(content: &str, text: &mut Vec<u8>) {
    text.push(b'"');
    for &byte in content.as_bytes() {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', byte]),
            b'\n' => text.extend(b"\\n"),
            b'\r' => text.extend(b"\\r"),
            b'\t' => text.extend(b"\\t"),
            0..=0x1F => text.extend(format!("\\u{byte:04x}").into_bytes()),
            _ => text.push(byte),
        }
    }
    text.push(b'"');
}

/// The character of the escape that goes on with `rest` behind its backslash, and the length of that.
fn escape(rest: &[u8]) -> (char, usize) {
    match rest[0] {
        b'b' => ('\u{8}', 1),
        b'f' => ('\u{c}', 1),
        b'n' => ('\n', 1),
        b'r' => ('\r', 1),
        b't' => ('\t', 1),
        b'u' => match code_unit(&rest[1..5]) {
            high @ 0xD800..=0xDBFF => {
                let low = code_unit(&rest[7..11]);
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                (character(code), 11)
            }
            code => (character(code), 5),
        },
        itself => (char::from(itself), 1),
    }
}

fn code_unit(digits: &[u8]) -> u32 {
    let digit = |&digit: &u8| char::from(digit).to_digit(16).expect("the digits of an escape were checked");
    digits.iter().fold(0, |code, byte| code << 4 | digit(byte))
}

fn character(code: u32) -> char {
    char::from_u32(code).expect("surrogates were checked to come in pairs")
}

fn utf8(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("a document's text was checked to be UTF-8")
}
