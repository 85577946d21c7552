//! Steps through text that has been checked, by position.
//!
//! Each function takes checked text, so that what it looks for is there; an index is always within the text.

use crate::scan::{is_white, plain_run};

/// The first position at or behind `at` that is no white space.
pub(crate) fn skip_white(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(|&byte| is_white(byte)) {
        at += 1;
    }
    at
}

/// The position behind the string whose opening quote stands at `at`.
pub(crate) fn skip_string(text: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        at += plain_run(&text[at..]);
        if text[at] == b'"' {
            return at + 1;
        }
        // A backslash, and what it escapes.
        at += 2;
    }
}

/// The position behind the value that starts at `at`.
pub(crate) fn skip_value(text: &[u8], at: usize) -> usize {
    match text[at] {
        b'"' => skip_string(text, at),
        b'{' | b'[' => skip_container(text, at),
        _ => {
            let ends = |&byte: &u8| is_white(byte) || matches!(byte, b',' | b']' | b'}');
            text[at..].iter().position(ends).map_or(text.len(), |length| at + length)
        }
    }
}

fn skip_container(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = skip_string(text, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// How deep the arrays and objects of `text` are nested: 0 for a number.
pub(crate) fn depth(text: &[u8]) -> usize {
    let (mut at, mut depth, mut deepest) = (0, 0_usize, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = skip_string(text, at);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    deepest
}
