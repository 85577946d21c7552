//! Taking out of an object what its manager no longer applies.

use serde_json::{Map, Value};

use crate::embedded::{fields::item_step, kinds::Kind, managed::Entry, schema::Schema};

/// Removes what this manager applied before, does not apply now, and nobody else owns.
pub(super) fn prune(object: &mut Value, last: &Entry, own: &Entry, others: &[Entry], kind: &Kind) {
    let mut paths = last.fields.paths();
    // The fields on the way are members too, so that a map whose last entry goes, goes with it.
    for path in last.fields.paths() {
        for end in 1..path.len() {
            if path[end - 1].starts_with("f:") {
                paths.push(path[..end].to_vec());
            }
        }
    }
    // From the outside in: what goes as a whole is not taken apart first.
    paths.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    paths.dedup();
    let is_owned =
        |path: &[String]| own.fields.touches(path) || others.iter().any(|entry| entry.fields.touches(path));
    for path in paths {
        if !is_owned(&path) && path.first().is_none_or(|first| first != "f:metadata" || path.len() > 1) {
            remove(object, &path, Some(&kind.schema));
        }
    }
}

fn remove(value: &mut Value, path: &[String], schema: Option<&Schema>) {
    let Some((step, rest)) = path.split_first() else { return };
    match value {
        Value::Object(map) => remove_member(map, step, rest, schema),
        Value::Array(list) => {
            let items = schema.and_then(|schema| schema.items.as_deref());
            let Some(index) = list.iter().position(|item| item_step(item, schema) == *step) else { return };
            if rest.is_empty() {
                list.remove(index);
            } else {
                remove(&mut list[index], rest, items);
            }
        }
        _ => {}
    }
}

fn remove_member(map: &mut Map<String, Value>, step: &str, rest: &[String], schema: Option<&Schema>) {
    let Some(name) = step.strip_prefix("f:") else { return };
    if rest.is_empty() {
        map.remove(name);
    } else if let Some(value) = map.get_mut(name) {
        remove(value, rest, schema.and_then(|schema| schema.member(name).0));
    }
}
