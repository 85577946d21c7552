//! Short names, of which nobody sees to it that each is taken once.

use std::collections::HashSet;

use super::{Group, Reading, by_name, matching};
use crate::{
    Candidate, Discovery,
    names::{Form, Name},
};

/// The resource that has the short name, of the highest priority, in the versions that are asked for.
///
/// A name of a resource in the group that is asked for is no short name, even if its version is another.
pub(super) fn by_short_name(discovery: &Discovery, reading: &Reading<'_>) -> Vec<u32> {
    let Some(first) = having(discovery, reading).next() else { return Vec::new() };
    let meant = first.of(discovery.resources());
    let full = Reading { group: Group::Exactly(&meant.group), ..*reading };
    matching(discovery, &full, &meant.plural, |name| name.form == Form::Plural)
}

/// See [`Discovery::could_also_mean`]: the first of each resource that has the short name too, in the order of priority.
pub(crate) fn could_also_mean(discovery: &Discovery, text: &str) -> Vec<Candidate> {
    for reading in Reading::all(text).iter().flatten() {
        if !by_name(discovery, reading).is_empty() {
            return Vec::new();
        }
        if !by_short_name(discovery, reading).is_empty() {
            let resources = having(discovery, reading).map(|name| name.of(discovery.resources()));
            let mut seen = HashSet::new();
            // Versions of one resource are one resource, and the first of all is the one that is meant.
            let others = resources.filter(|it| seen.insert((&it.group, &it.plural))).skip(1);
            return others.map(Candidate::of).collect();
        }
    }
    Vec::new()
}

/// The short names that read so, in the group that is asked for; if it has none, in those whose names begin so.
fn having<'a>(discovery: &'a Discovery, reading: &'a Reading<'_>) -> impl Iterator<Item = &'a Name> {
    let resources = discovery.resources();
    let names = discovery.names().named(reading.name, resources);
    let in_group = |name: &Name| reading.names_group(&name.of(resources).group);
    let is_taken = names.iter().any(|name| name.is_resource_name(resources) && in_group(name));
    let is_short = |name: &Name| !is_taken && matches!(name.form, Form::Short(_));
    let is_there = names.iter().any(|name| is_short(name) && in_group(name));
    names.iter().filter(move |name| {
        let group = &name.of(resources).group;
        let fits = if is_there { reading.names_group(group) } else { reading.may_mean_group(group) };
        !is_taken && matches!(name.form, Form::Short(_)) && fits
    })
}
