//! A `lib.rs` is a table of contents: what the crate is, what it deliberately does not know, then `mod` and `use`.

use super::Violation;
use super::source::{code_only, matching};
use crate::workspace::File;

/// Rules on the `lib.rs` of a package.
pub(super) fn check(file: &File) -> Vec<Violation> {
    if !file.path.ends_with("src/lib.rs") {
        return Vec::new();
    }
    let mut violations = Vec::new();
    let has_invariant = file.text.lines().any(|line| line.starts_with("//! **Invariant.**"));
    if file.path.starts_with("crates/") && !has_invariant {
        let message = "no `//! **Invariant.**` paragraph: what does this crate deliberately not know?";
        violations.push(Violation::at(file, 1, message));
    }
    let code = code_only(&file.text);
    let mut at = 0;
    while let Some(skipped) = code[at..].find(|character: char| !character.is_whitespace()) {
        at += skipped;
        let rest = &code[at..];
        if rest.starts_with('#') {
            at += rest.find('[').map_or(rest.len(), |open| open + matching(&rest[open..]));
            continue;
        }
        let end = item_end(rest);
        let item = &rest[..end];
        if !is_contents(item) {
            let line = 1 + code[..at].matches('\n').count();
            let shown = item.lines().next().unwrap_or_default().trim_end_matches('{').trim_end();
            let message = format!("only `mod` and `use` stand in a lib.rs, not `{shown}`");
            violations.push(Violation::at(file, line, message));
        }
        at += end;
    }
    violations
}

/// The length of the item that a text starts with.
fn item_end(rest: &str) -> usize {
    let is_use = rest.starts_with("use ") || rest.contains(" use ") && rest.starts_with("pub");
    match (rest.find(';'), rest.find('{')) {
        (Some(semicolon), Some(brace)) if semicolon < brace || is_use => semicolon + 1,
        (_, Some(brace)) => brace + matching(&rest[brace..]),
        (Some(semicolon), None) => semicolon + 1,
        (None, None) => rest.len(),
    }
}

fn is_contents(item: &str) -> bool {
    let bare = match item.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.find(')').map_or(rest, |close| &rest[close + 1..]),
        Some(rest) => rest,
        None => item,
    };
    let bare = bare.trim_start();
    bare.starts_with("use ") || (bare.starts_with("mod ") && bare.ends_with(';'))
}

#[cfg(test)]
mod tests {
    //! Whatever is more than contents is refused.

    use super::*;

    #[track_caller]
    fn check_lib(path: &str, body: &str, expected: &[&str]) {
        let found = check(&File::new(path, body));
        let found: Vec<String> = found.iter().map(Violation::to_string).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn a_lib_file_holds_contents_only() {
        const LIB: &str = "crates/x/src/lib.rs";
        let docs = "//! X.\n//!\n//! **Invariant.** Knows nothing; fn x() {}\n";
        let contents = "#![doc = \"{[\"]\n\nmod a;\n/// B {\npub mod b;\n#[cfg(test)]\nmod tests;\n\npub use a::{\n    A,\n    \
                        B as C,\n};\npub(crate) use b::*;\nuse std::fmt;\n";
        check_lib(LIB, &format!("{docs}{contents}"), &[]);
        for (code, shown) in [
            ("fn f() {}", "fn f() {}"),
            ("pub struct S {\n    a: u8,\n}", "pub struct S"),
            ("struct Unit;", "struct Unit;"),
            ("impl S {}", "impl S {}"),
            ("pub const fn f() {}", "pub const fn f() {}"),
            ("const N: usize = 1;", "const N: usize = 1;"),
            ("mod inline { fn f() {} }", "mod inline { fn f() {} }"),
            ("macro_rules! m { () => {} }", "macro_rules! m { () => {} }"),
        ] {
            let text = format!("{docs}mod a;\n{code}\nuse a::A;\n");
            let message = format!("{LIB}:5: only `mod` and `use` stand in a lib.rs, not `{shown}`");
            check_lib(LIB, &text, &[&message]);
            check_lib("crates/x/src/other.rs", &text, &[]);
        }
    }

    #[test]
    fn a_lib_file_says_what_it_does_not_know() {
        let message = "crates/x/src/lib.rs:1: no `//! **Invariant.**` paragraph: what does this crate deliberately not \
                       know?";
        check_lib("crates/x/src/lib.rs", "//! X.\n", &[message]);
        check_lib("crates/x/src/lib.rs", "//! X.\n// **Invariant.** None.\n", &[message]);
        check_lib("tests/x/src/lib.rs", "//! X.\n", &[]);
    }
}
