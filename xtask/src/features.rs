//! `features`: the rows of `docs/features.md`, which of them tests show, and which tests could.
//!
//! A row is `| id | feature | served by | shown by |`. What shows a row is a test that names its id: as
//! `` `crates/x/tests/it/foo.rs::test_name` `` or, for a case of the conformance suite, `` `conformance::case_name` ``.

use std::collections::BTreeMap;

use crate::run::Failure;
use crate::tidy::{Violation, functions, names};
use crate::workspace::{self, File};

const PATH: &str = "docs/features.md";

/// The folder of the conformance suite, whose cases are plain functions.
const SUITE: &str = "tests/conformance/";

/// The groups of rows: the letter of the ids and the number of the last.
const GROUPS: &[(char, u32)] = &[('A', 37), ('B', 55), ('C', 29), ('D', 40), ('E', 15)];

const NOT_YET: &str = "not yet";

/// What a row says that has nothing to be served, and why: there is nothing to show then.
const NO_COUNTERPART: &str = "no counterpart";

/// Prints the tests that name each row, and how many rows are shown.
pub(crate) fn run() -> Result<(), Failure> {
    let files = workspace::files()?;
    let text = files.iter().find(|file| file.path == PATH).map_or("", |file| file.text.as_str());
    let found = tests_by_id(&files);
    let mut shown = 0;
    for row in rows(text) {
        let is_shown = row.shown_by != NOT_YET;
        shown += usize::from(is_shown);
        let tests = found.get(row.id).map_or_else(|| "no test names it".to_owned(), |tests| tests.join(", "));
        println!("{} {} {tests}", row.id, if is_shown { "shown  " } else { "not yet" });
    }
    println!("{shown} of {} rows are shown", ids().count());
    Ok(())
}

/// A row of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Row<'a> {
    line: usize,
    id: &'a str,
    served_by: &'a str,
    shown_by: &'a str,
}

/// The ids in their order.
fn ids() -> impl Iterator<Item = String> {
    GROUPS.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number:02}")))
}

/// Rules on the table: each id once and in order, and each test that it names exists and names the id.
pub(crate) fn check(files: &[File]) -> Vec<Violation> {
    let Some(file) = files.iter().find(|file| file.path == PATH) else {
        return vec![Violation::new(PATH, "docs/features.md is missing")];
    };
    let rows = rows(&file.text);
    let mut violations = Vec::new();
    let mut expected = ids().peekable();
    for row in &rows {
        if expected.peek().is_some_and(|id| id == row.id) {
            expected.next();
        } else {
            violations.push(Violation::at(file, row.line, format!("{} is not the next id", row.id)));
        }
        violations.extend(check_row(file, row, files));
    }
    for id in expected.filter(|id| !rows.iter().any(|row| row.id == *id)) {
        violations.push(Violation::new(PATH, format!("{id} has no row")));
    }
    violations
}

fn check_row(file: &File, row: &Row<'_>, files: &[File]) -> Vec<Violation> {
    let violation = |message: String| Violation::at(file, row.line, format!("{}: {message}", row.id));
    if row.shown_by == NOT_YET {
        return Vec::new();
    }
    let reason = row.served_by.strip_prefix(NO_COUNTERPART).and_then(|rest| rest.strip_prefix(": "));
    match (reason, row.shown_by == NO_COUNTERPART) {
        (Some(_), true) => return Vec::new(),
        (None, false) => {}
        _ => return vec![violation(format!("`{NO_COUNTERPART}: why` is shown by `{NO_COUNTERPART}`"))],
    }
    if row.served_by == NOT_YET || row.served_by.is_empty() {
        return vec![violation("shown by a test, but served by nothing".to_owned())];
    }
    let tests: Vec<&str> = row.shown_by.split('`').skip(1).step_by(2).collect();
    if tests.is_empty() {
        return vec![violation(format!("neither a test in backquotes nor `{NOT_YET}`"))];
    }
    tests.into_iter().filter_map(|test| check_test(row.id, test, files).err()).map(violation).collect()
}

/// Whether a test exists and names an id; else what is wrong.
fn check_test(id: &str, test: &str, files: &[File]) -> Result<(), String> {
    let (path, name) = test.rsplit_once("::").ok_or_else(|| format!("`{test}` is not `file::test`"))?;
    let is_case = path == "conformance" || path.starts_with("conformance::");
    let in_place = files.iter().filter(|file| {
        if is_case { file.path.starts_with(SUITE) && file.path.ends_with(".rs") } else { file.path == path }
    });
    let found: Vec<_> = in_place
        .flat_map(|file| functions(&file.text, name))
        .filter(|function| is_case || function.is_test())
        .collect();
    if found.is_empty() {
        return Err(format!("there is no test `{test}`"));
    }
    if !found.iter().any(|function| names(function.text, id)) {
        return Err(format!("`{test}` does not name {id}"));
    }
    Ok(())
}

/// The rows of the table that begin with an id.
fn rows(text: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cells = cells(line);
        if let [id, _, served_by, shown_by] = cells[..]
            && is_id(id)
        {
            rows.push(Row { line: index + 1, id, served_by, shown_by });
        } else if cells.first().is_some_and(|id| is_id(id)) {
            rows.push(Row { line: index + 1, id: cells[0], served_by: "", shown_by: "a row has four cells" });
        }
    }
    rows
}

/// The cells of a row of a table; `\|` is no border.
fn cells(line: &str) -> Vec<&str> {
    let Some(inner) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
        return Vec::new();
    };
    let borders = inner.match_indices('|').map(|(at, _)| at).filter(|at| !inner[..*at].ends_with('\\'));
    let (mut cells, mut start) = (Vec::new(), 0);
    for border in borders {
        cells.push(inner[start..border].trim());
        start = border + 1;
    }
    cells.push(inner[start..].trim());
    cells
}

fn is_id(cell: &str) -> bool {
    let mut characters = cell.chars();
    let letter = characters.next().is_some_and(|letter| ('A'..='E').contains(&letter));
    letter && cell.len() == 3 && characters.all(|digit| digit.is_ascii_digit())
}

/// The tests of the workspace that name an id, in the form of the table.
fn tests_by_id(files: &[File]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let ids: Vec<String> = ids().collect();
    let sources = files.iter().filter(|file| file.path.ends_with(".rs") && !file.path.starts_with("xtask/"));
    for file in sources {
        let is_case = file.path.starts_with(SUITE);
        let names_any: Vec<&String> = ids.iter().filter(|id| names(&file.text, id)).collect();
        if names_any.is_empty() {
            continue;
        }
        for name in function_names(&file.text) {
            for function in
                functions(&file.text, name).into_iter().filter(|function| is_case || function.is_test())
            {
                for id in names_any.iter().filter(|id| names(function.text, id)) {
                    let place = if is_case { "conformance" } else { file.path.as_str() };
                    found.entry((*id).clone()).or_default().push(format!("`{place}::{name}`"));
                }
            }
        }
    }
    found
}

fn function_names(text: &str) -> Vec<&str> {
    let name = |rest: &str| rest.find(|character: char| !character.is_alphanumeric() && character != '_');
    let mut found: Vec<&str> = text
        .match_indices("fn ")
        .map(|(at, word)| &text[at + word.len()..])
        .filter_map(|rest| Some(&rest[..name(rest)?]))
        .filter(|name| !name.is_empty())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    //! The table is refused when it lacks an id, and when it names a test that does not show one.

    use super::*;

    const TEST: &str =
        "//! T.\n\n/// A01 and A02.\n#[test]\nfn shows() { // B07\n}\n\n// A01\nfn helps() {}\n";
    const CASE: &str = "//! C.\n\n/// A01.\npub async fn lists_pages(client: &Client) {}\n";

    fn table(change: impl Fn(&str, &mut Vec<String>)) -> Vec<File> {
        let mut text = String::from("| id | feature | served by | shown by |\n|---|---|---|---|\n");
        for id in ids() {
            let mut cells = vec![id.clone(), "a\\|b".to_owned(), NOT_YET.to_owned(), NOT_YET.to_owned()];
            change(&id, &mut cells);
            if !cells.is_empty() {
                text += &format!("| {} |\n", cells.join(" | "));
            }
        }
        vec![
            File::new(PATH, &text),
            File::new("crates/x/tests/it/a.rs", TEST),
            File::new("tests/conformance/src/lists.rs", CASE),
        ]
    }

    #[track_caller]
    fn check_a01(served_by: &str, shown_by: &str, expected: &[&str]) {
        let files = table(|id, cells| {
            if id == "A01" {
                cells[2] = served_by.to_owned();
                cells[3] = shown_by.to_owned();
            }
        });
        let found: Vec<String> = check(&files).into_iter().map(|violation| violation.message).collect();
        assert_eq!(found, expected, "{shown_by}");
    }

    #[test]
    fn a_row_is_shown_by_a_test_that_names_it() {
        check_a01(NOT_YET, NOT_YET, &[]);
        check_a01("`get`", NOT_YET, &[]);
        check_a01("`get`", "`crates/x/tests/it/a.rs::shows`", &[]);
        check_a01("`get`", "`crates/x/tests/it/a.rs::shows`, `conformance::lists_pages`", &[]);
        check_a01("`get`", "`conformance::lists::lists_pages`", &[]);
        check_a01(NOT_YET, "`conformance::lists_pages`", &["A01: shown by a test, but served by nothing"]);
        check_a01("`get`", "soon", &["A01: neither a test in backquotes nor `not yet`"]);
        check_a01("`get`", "`shows`", &["A01: `shows` is not `file::test`"]);
        check_a01("`get`", "`conformance::gone`", &["A01: there is no test `conformance::gone`"]);
        check_a01("`get`", "`crates/y.rs::shows`", &["A01: there is no test `crates/y.rs::shows`"]);
        check_a01("no counterpart: as there are no sheep", NO_COUNTERPART, &[]);
        let alone = "A01: `no counterpart: why` is shown by `no counterpart`";
        check_a01(NO_COUNTERPART, NO_COUNTERPART, &[alone]);
        check_a01("`get`", NO_COUNTERPART, &[alone]);
        check_a01("no counterpart: as there are no sheep", "`conformance::lists_pages`", &[alone]);
        let helper = "`crates/x/tests/it/a.rs::helps`";
        check_a01("`get`", helper, &[&format!("A01: there is no test {helper}")]);
    }

    #[test]
    fn a_test_that_does_not_name_the_id_shows_nothing() {
        let files = table(|id, cells| {
            if id == "B08" || id == "B07" {
                cells[2] = "`get`".to_owned();
                cells[3] = "`crates/x/tests/it/a.rs::shows`".to_owned();
            }
        });
        let found: Vec<String> = check(&files).into_iter().map(|violation| violation.message).collect();
        assert_eq!(found, ["B08: `crates/x/tests/it/a.rs::shows` does not name B08"]);
    }

    #[test]
    fn each_id_stands_once_and_in_order() {
        assert_eq!(ids().count(), 176);
        let messages = |files: Vec<File>| {
            check(&files).into_iter().map(|violation| violation.message).collect::<Vec<_>>()
        };
        let without = messages(table(|id, cells| {
            if id == "C29" {
                cells.clear()
            }
        }));
        assert_eq!(without[0], "D01 is not the next id");
        assert!(without.contains(&"C29 has no row".to_owned()), "{without:?}");
        let twice = messages(table(|id, cells| {
            if id == "E15" {
                cells[0] = "E14".to_owned()
            }
        }));
        assert_eq!(twice, ["E14 is not the next id", "E15 has no row"]);
        let narrow = messages(table(|id, cells| {
            if id == "A01" {
                cells.truncate(3)
            }
        }));
        assert_eq!(narrow, ["A01: shown by a test, but served by nothing"]);
        assert_eq!(messages(Vec::new()), ["docs/features.md is missing"]);
    }

    #[test]
    fn the_tests_that_name_a_row_are_found() {
        let found = tests_by_id(&table(|_, _| {}));
        assert_eq!(found["A01"], ["`crates/x/tests/it/a.rs::shows`", "`conformance::lists_pages`"]);
        assert_eq!(found["B07"], ["`crates/x/tests/it/a.rs::shows`"]);
        assert!(!found.contains_key("A03"));
    }
}
