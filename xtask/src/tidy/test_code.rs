//! Tests do not sleep: they wait for a signal, or the clock is paused.

use super::Violation;
use super::source::{code_only, is_test_file, is_word};
use crate::workspace::File;

/// Files whose tests may sleep, with the reason. A row that is not needed fails.
pub(super) const MAY_SLEEP: &[(&str, &str)] = &[
    ("crates/discovery/tests/it/recorded.rs", "its latency is set by tests on a paused clock alone"),
    (
        "crates/envtest/tests/real/servers.rs",
        "the end of another's process can only be asked for again and again",
    ),
    ("tests/conformance/src/context.rs", "that a server serves a new kind can only be asked again and again"),
];

/// Refuses sleeping in test code, outside of the listed files.
pub(super) fn check(files: &[File], may_sleep: &[(&str, &str)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut used = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let lines = sleeping_lines(file);
        if may_sleep.iter().any(|(path, _)| *path == file.path) {
            if !lines.is_empty() {
                used.push(file.path.as_str());
            }
            continue;
        }
        for line in lines {
            violations.push(Violation::at(
                file,
                line,
                "a test sleeps: wait for a signal, or pause the clock",
            ));
        }
    }
    for (path, _) in may_sleep.iter().filter(|(path, _)| !used.contains(path)) {
        violations.push(Violation::new(
            "xtask/src/tidy/test_code.rs",
            format!("no test sleeps in {path} any more"),
        ));
    }
    violations
}

fn sleeping_lines(file: &File) -> Vec<usize> {
    let code = code_only(&file.text);
    let Some(start) = test_code_start(file, &code) else {
        return Vec::new();
    };
    let sleeps = code.match_indices("sleep(").map(|(at, _)| at).filter(|at| *at >= start);
    sleeps
        .filter(|at| is_call(&code[..*at]) && !is_paused(&code[..*at], &code))
        .map(|at| 1 + code[..at].matches('\n').count())
        .collect()
}

/// Where the test code of a file begins, if it has any.
fn test_code_start(file: &File, code: &str) -> Option<usize> {
    if is_test_file(&file.path) { Some(0) } else { code.find("#[cfg(test)]") }
}

/// Not a definition, nor a method of a clock that a test passes in.
fn is_call(before: &str) -> bool {
    let end = before.bytes().next_back();
    !end.is_some_and(|byte| is_word(byte) || byte == b'.') && !before.ends_with("fn ")
}

/// Whether the test around a place runs on a paused clock, where sleeping takes no time. Before the first test, where the
/// helpers of all tests stand, all of them have to.
fn is_paused(before: &str, code: &str) -> bool {
    let is_paused =
        |attribute: &str| attribute.lines().next().is_some_and(|line| line.contains("start_paused"));
    match attributes(before).last() {
        Some(attribute) => is_paused(attribute),
        None => attributes(code).next().is_some() && attributes(code).all(is_paused),
    }
}

/// The text from each attribute on that makes a test.
fn attributes(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices("#[").map(|(at, _)| &code[at..]).filter(|rest| {
        let line = rest.lines().next().unwrap_or_default();
        line.starts_with("#[test]") || line.contains("::test]") || line.contains("::test(")
    })
}

#[cfg(test)]
mod tests {
    //! Sleeping is refused wherever a test could do it.

    use super::*;

    #[track_caller]
    fn check_file(path: &str, text: &str, lines: &[usize]) {
        let found = check(&[File::new(path, text)], &[]);
        let expected: Vec<String> = lines
            .iter()
            .map(|line| format!("{path}:{line}: a test sleeps: wait for a signal, or pause the clock"))
            .collect();
        assert_eq!(found.iter().map(Violation::to_string).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn sleeping_is_refused_in_tests() {
        let sleep = "fn f() { std::thread::sleep(d); }\n";
        check_file("crates/x/tests/it/a.rs", sleep, &[1]);
        check_file("crates/x/src/a/tests.rs", sleep, &[1]);
        check_file(
            "tests/conformance/src/pods.rs",
            "async fn f() {\n    tokio::time::sleep(d).await;\n}\n",
            &[2],
        );
        check_file("crates/x/src/a.rs", sleep, &[]);
        check_file("crates/x/src/a.rs", &format!("{sleep}#[cfg(test)]\nmod tests {{\n{sleep}}}\n"), &[4]);
        check_file("crates/x/tests/a.rs", "use tokio::time::sleep;\nfn f() { sleep(d); }\n", &[2]);
        check_file("crates/x/tests/a.rs", "// sleep(d)\nfn sleep() { clock.sleep(d); no_sleep(); }\n", &[]);
        // A module of tests is no test.
        check_file("crates/x/src/a.rs", &format!("#[cfg(test)]\nmod tests {{\n{sleep}}}\n"), &[3]);
        let paused = "#[tokio::test(start_paused = true)]\nasync fn f() { sleep(d).await; }\n";
        check_file("crates/x/tests/a.rs", paused, &[]);
        check_file("crates/x/tests/a.rs", &format!("{sleep}{paused}"), &[]);
        check_file("crates/x/tests/a.rs", &format!("{sleep}{paused}#[test]\nfn g() {{}}\n"), &[1]);
        check_file(
            "crates/x/tests/a.rs",
            &format!("{paused}#[tokio::test]\nasync fn g() {{ sleep(d).await; }}\n"),
            &[4],
        );
    }

    #[test]
    fn an_exception_is_listed_and_needed() {
        let sleeps = File::new("tests/a.rs", "fn f() { sleep(d); }\n");
        assert!(check(std::slice::from_ref(&sleeps), &[("tests/a.rs", "polls a program")]).is_empty());
        let stale = check(&[sleeps], &[("tests/a.rs", "polls"), ("tests/b.rs", "polls")]);
        assert_eq!(stale.len(), 1);
        assert!(stale[0].message.contains("no test sleeps in tests/b.rs any more"), "{}", stale[0]);
    }
}
