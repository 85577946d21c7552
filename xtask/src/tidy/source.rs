//! Rust files: module docs, attributes and macros that are not used here, and the small reader that tells code from
//! comments and literals.

use std::ops::Range;

use super::Violation;
use crate::workspace::File;

/// What stands in no code of ours, with what to do about it.
const REFUSED: &[(&str, &str)] = &[
    ("#[ignore", "a test runs or is not there; what needs a cluster lives in its own crate"),
    ("#[should_panic", "return the error, and compare it"),
    ("#[allow(", "an exception is `#[expect(lint, reason = \"…\")]`"),
    ("#![allow(", "an exception is `#[expect(lint, reason = \"…\")]`"),
    (", allow(", "an exception is `#[expect(lint, reason = \"…\")]`"),
    ("todo!(", "what is not done returns an error that says so, or is not there"),
    ("unimplemented!(", "what is not done returns an error that says so, or is not there"),
    ("dbg!(", "left over from a search"),
    ("fn get_", "a getter has the name of what it gives"),
];

/// What a file may have of lines before its tests. Most have less than half of it.
const MAX_LINES: usize = 500;

/// Rules on one Rust file.
pub(super) fn check(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    let lines = file.text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    if lines > MAX_LINES && !is_test_file(&file.path) {
        let message = format!("{lines} lines without the tests, and {MAX_LINES} are the most: two concepts?");
        violations.push(Violation::at(file, 1, message));
    }
    if !file.text.starts_with("//!") {
        violations.push(Violation::at(file, 1, "no module docs: a file opens with `//!`"));
    }
    for (index, line) in code_only(&file.text).lines().enumerate() {
        for (needle, advice) in REFUSED {
            // `, allow(` is an attribute only inside of `cfg_attr`.
            let attribute = *needle != ", allow(" || line.contains("cfg_attr(");
            // The names that the standard library has for these.
            let borrows =
                *needle == "fn get_" && ["get_ref(", "get_mut("].iter().any(|name| line.contains(name));
            if attribute && !borrows && starts_word(line, needle) {
                let shown = needle.trim_start_matches(", ").trim_end_matches('(');
                violations.push(Violation::at(file, index + 1, format!("`{shown}`: {advice}")));
            }
        }
    }
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim_start();
        let fence = line.strip_prefix("//!").or_else(|| line.strip_prefix("///")).map(str::trim_start);
        if fence.is_some_and(|fence| fence.starts_with("```") && fence.contains("ignore")) {
            let message =
                "an example that is never compiled: `no_run` if it needs a cluster, else let it run";
            violations.push(Violation::at(file, index + 1, message));
        }
    }
    violations
}

/// The code of a Rust file: comments and literals are blanked, so that offsets, lines and columns stay.
pub(crate) fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment(bytes, at);
        if end == at {
            at += 1;
            continue;
        }
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // A literal starts and ends with an ASCII character, so whole characters were blanked.
    String::from_utf8(code).unwrap_or_default()
}

/// Where the comment or literal ends that starts at a place, or the place itself if none does.
fn literal_or_comment(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let word_before = at > 0 && is_word(bytes[at - 1]);
    match rest[0] {
        b'/' if rest.starts_with(b"//") => {
            at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
        }
        b'/' if rest.starts_with(b"/*") => at + block_comment(rest),
        b'"' => at + string(rest, 1),
        b'r' | b'b' | b'c' if !word_before => {
            let prefix = rest.iter().take_while(|byte| matches!(byte, b'r' | b'b' | b'c')).count();
            let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
            let raw = prefix <= 2 && rest[..prefix].contains(&b'r');
            match rest.get(prefix + hashes) {
                Some(b'"') if raw => at + raw_string(rest, prefix + hashes + 1, hashes),
                Some(b'"') if hashes == 0 && prefix == 1 => at + string(rest, prefix + 1),
                _ => at,
            }
        }
        b'\'' => at + character(rest),
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a string whose text starts at `from`.
fn string(rest: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[u8], from: usize, hashes: usize) -> usize {
    let mut end = vec![b'"'];
    end.resize(hashes + 1, b'#');
    rest[from..]
        .windows(end.len())
        .position(|window| window == end)
        .map_or(rest.len(), |at| from + at + end.len())
}

/// The length of a character literal, or 0 for a lifetime.
fn character(rest: &[u8]) -> usize {
    let Some(text) = rest.get(1..).and_then(|text| {
        std::str::from_utf8(&text[..text.len().min(16)]).ok().or_else(|| {
            // The cut may fall inside a character; what is before it decides.
            let valid = std::str::from_utf8(&text[..text.len().min(16)]).err()?.valid_up_to();
            std::str::from_utf8(&text[..valid]).ok()
        })
    }) else {
        return 0;
    };
    if text.starts_with('\\') {
        return text.get(2..).and_then(|text| text.find('\'')).map_or(0, |at| at + 4);
    }
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), Some('\'')) => one.len_utf8() + 2,
        _ => 0,
    }
}

/// A function found in a Rust file.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    /// Comments, attributes, signature and body.
    pub(crate) text: &'a str,
    /// The same as code alone.
    pub(crate) code: String,
}

impl Function<'_> {
    /// Whether it is run by `cargo test`.
    pub(crate) fn is_test(&self) -> bool {
        self.code.contains("#[test]") || self.code.contains("test]") || self.code.contains("::test(")
    }
}

/// The functions of a name in a Rust file.
pub(crate) fn functions<'a>(text: &'a str, name: &str) -> Vec<Function<'a>> {
    let code = code_only(text);
    let needle = format!("fn {name}");
    let found = code.match_indices(&needle).filter(|(at, _)| {
        let before = at.checked_sub(1).map(|at| code.as_bytes()[at]);
        let after = code.as_bytes().get(at + needle.len());
        !before.is_some_and(is_word) && matches!(after, Some(b'(' | b'<'))
    });
    found
        .map(|(at, _)| {
            let range = opening(text, at)..body_end(&code, at);
            Function { text: &text[range.clone()], code: code[range].to_owned() }
        })
        .collect()
}

/// Where the comments and attributes above a function begin.
fn opening(text: &str, at: usize) -> usize {
    let mut start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[above..start].trim();
        let ends_something = line.is_empty() || line.ends_with(['}', ';', '{', ',']);
        if line.starts_with("//!") || (ends_something && !line.starts_with("//")) {
            break;
        }
        start = above;
    }
    start
}

fn body_end(code: &str, at: usize) -> usize {
    let Some(open) = code[at..].find('{') else {
        return code.len();
    };
    at + open + matching(&code[at + open..])
}

/// The length of the text up to the bracket that closes the one at its start.
pub(super) fn matching(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Whether a text has a word, such as the id of a feature.
pub(crate) fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let Range { start, end } = at..at + word.len();
        let before = start.checked_sub(1).map(|at| text.as_bytes()[at]);
        let after = text.as_bytes().get(end).copied();
        // An id may be part of a test's name: `a_page_A17_B42`. So `_` does not belong to the word here.
        !before.is_some_and(|byte| byte.is_ascii_alphanumeric())
            && !after.is_some_and(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whether a needle stands in a line and is not the tail of a longer word.
pub(super) fn starts_word(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = at.checked_sub(1).map(|at| line.as_bytes()[at]);
        !needle.bytes().next().is_some_and(is_word) || !before.is_some_and(is_word)
    })
}

/// Whether a file holds tests alone.
pub(super) fn is_test_file(path: &str) -> bool {
    format!("/{path}").contains("/tests/") || path.ends_with("/tests.rs")
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    //! What is refused is refused in code, and only there.

    use super::*;

    #[track_caller]
    fn check_text(text: &str, expected: &[&str]) {
        let found = check(&File::new("crates/x/src/a.rs", text));
        let found: Vec<String> = found.iter().map(Violation::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{text:?}: {found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{text:?}: {found} does not say {expected}");
        }
    }

    #[test]
    fn a_file_opens_with_module_docs() {
        check_text("//! A.\nfn f() {}\n", &[]);
        check_text("fn f() {}\n", &["a.rs:1: no module docs"]);
        check_text("\n//! A.\n", &["no module docs"]);
        check_text("", &["no module docs"]);
    }

    #[test]
    fn attributes_and_macros_are_refused_in_code() {
        for (code, name) in [
            ("#[ignore]", "#[ignore"),
            ("#[ignore = \"slow\"]", "#[ignore"),
            ("#[should_panic]", "#[should_panic"),
            ("#[should_panic(expected = \"x\")]", "#[should_panic"),
            ("#[allow(dead_code)]", "#[allow"),
            ("#![allow(dead_code)]", "#![allow"),
            ("#[cfg_attr(test, allow(dead_code))]", "allow"),
            ("fn f() { todo!() }", "todo!"),
            ("fn f() { unimplemented!(\"x\") }", "unimplemented!"),
            ("fn f() { dbg!(1); }", "dbg!"),
            ("fn get_name(&self) -> &str { \"\" }", "fn get_"),
        ] {
            check_text(&format!("//! A.\n{code}\n"), &[&format!("a.rs:2: `{name}")]);
            check_text(&format!("//! A.\n// {code}\n"), &[]);
            check_text(&format!("//! A.\n/* {code} */\n"), &[]);
            check_text(&format!("//! A.\nconst T: &str = r#\"{code}\"#;\n"), &[]);
        }
        check_text(
            "//! A.\nfn get_ref(&self) {}\nfn get_mut(&mut self) {}\nfn get() { self.get_x() }\n",
            &[],
        );
        check_text("//! A.\nfn f() { my_dbg!(1); allow(2); g(1, allow(2)); }\n", &[]);
    }

    #[test]
    fn a_file_holds_one_concept() {
        let code = "//! A.\n".to_owned() + &"x\n".repeat(MAX_LINES - 1);
        check_text(&code, &[]);
        check_text(&(code.clone() + "#[cfg(test)]\ny\n"), &[]);
        check_text(&(code.clone() + "y\n"), &["a.rs:1: 501 lines without the tests"]);
        assert!(check(&File::new("crates/x/src/a/tests.rs", &(code.clone() + "y\n"))).is_empty());
        assert!(check(&File::new("crates/x/tests/it/a.rs", &(code + "y\n"))).is_empty());
    }

    #[test]
    fn an_example_is_compiled() {
        check_text("//! A.\n/// ```ignore\n/// x\n/// ```\n", &["a.rs:2: an example that is never compiled"]);
        check_text("//! ```rust,ignore\n", &["never compiled"]);
        check_text("//! ```no_run\n//! let ignore = 1;\n//! ```\n", &[]);
    }

    #[test]
    fn code_is_told_from_comments_and_literals() {
        for (text, words) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            ("f(\"a\\\"b\") g", "f( ) g"),
            ("r#\"a\"b\"# c", "c"),
            ("br\"a\" b\"c\" c\"d\" e", "e"),
            ("r#fn bar\"x\"", "r#fn bar"),
            ("'a' '\\'' '\\u{1F600}' 'é' '\"' b'x' y", "b y"),
            ("fn f<'a>(x: &'a str) -> &'static str", "fn f<'a>(x: &'a str) -> &'static str"),
            ("\"é\nü\" x", "x"),
            ("\"not closed", ""),
        ] {
            let found = code_only(text);
            assert_eq!(found.split_whitespace().collect::<Vec<_>>().join(" "), words, "{text}");
            assert_eq!(found.len(), text.len(), "{text}");
            assert_eq!(found.matches('\n').count(), text.matches('\n').count(), "{text}");
        }
    }

    #[test]
    fn a_function_is_found_with_what_stands_above_it() {
        let text = "//! M.\n\nfn one() {}\n\n/// A01.\n#[test]\n// B02\nfn two() {\n    if a { b(\"}\") } // C03\n}\n\
                    fn two_more() {}\n";
        let two = functions(text, "two");
        assert_eq!(two.len(), 1);
        assert!(two[0].text.starts_with("/// A01.") && two[0].text.ends_with("// C03\n}"), "{:?}", two[0]);
        assert!(two[0].is_test());
        assert!(!functions(text, "one")[0].is_test());
        assert!(functions(text, "three").is_empty());
        assert!(functions("// fn two() {}\n", "two").is_empty());
        for attribute in ["#[tokio::test]", "#[tokio::test(start_paused = true)]"] {
            assert!(functions(&format!("{attribute}\nasync fn f() {{}}\n"), "f")[0].is_test(), "{attribute}");
        }
    }

    #[test]
    fn an_id_is_a_word_of_its_own() {
        assert!(names("// A01, B02", "A01") && names("fn reads_A01_twice", "A01"));
        assert!(!names("A011", "A01") && !names("XA01", "A01") && !names("a01", "A01"));
    }
}
