//! The cases, a file for each area.

mod discovery;

mod clients;
mod connect;
mod forms;
mod identity;
mod instances;

mod answers;
mod raw;
mod raw_answers;
mod built_in;
mod bulk;
mod content;
mod objects;
mod replace;
mod reviews;

mod lists;
mod expired;
mod pages;
mod selectors;
mod shards;

mod patches;

mod apply;
mod owners;
mod ownership;

mod scale;
mod status;
mod subresources;

mod delete;
mod finalizers;
mod namespaces;

mod waits;
mod watches;

mod definitions;
mod schemas;

mod dry_run;
mod errors;
mod fields;
mod local;
mod logs;

use crate::Case;

/// Every case, in the order of the areas.
#[must_use]
pub fn all() -> Vec<Case> {
    [
        discovery::CASES,
        clients::CASES,
        connect::CASES,
        identity::CASES,
        instances::CASES,
        reviews::CASES,
        answers::CASES,
        raw::CASES,
        raw_answers::CASES,
        built_in::CASES,
        content::CASES,
        objects::CASES,
        bulk::CASES,
        replace::CASES,
        lists::CASES,
        forms::CASES,
        expired::CASES,
        pages::CASES,
        selectors::CASES,
        shards::CASES,
        patches::CASES,
        apply::CASES,
        owners::CASES,
        ownership::CASES,
        fields::CASES,
        scale::CASES,
        status::CASES,
        subresources::CASES,
        delete::CASES,
        finalizers::CASES,
        namespaces::CASES,
        watches::CASES,
        waits::CASES,
        logs::CASES,
        definitions::CASES,
        schemas::CASES,
        dry_run::CASES,
        errors::CASES,
        local::CASES,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;

    #[test]
    fn each_name_is_unique_and_begins_with_the_id_of_a_row() {
        let mut names = BTreeSet::new();
        for case in all() {
            let (id, rest) = case.name.split_once('_').expect("a name of several words");
            let (letter, number) = id.split_at(1);
            let last = match letter {
                "a" => 37,
                "b" => 55,
                "c" => 29,
                "d" => 40,
                "e" => 15,
                _ => panic!("{}: no group of rows is called {letter:?}", case.name),
            };
            let number: u32 = number.parse().expect("a number after the letter");
            assert!((1..=last).contains(&number) && !rest.is_empty(), "{}", case.name);
            assert!(names.insert(case.name), "{} is there twice", case.name);
        }
    }
}
