//! Server-side apply: merges a configuration, and keeps for each manager what it set.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    fields::{FieldSet, compare, item_step, path_text},
    kinds::Kind,
    managed::{self, Change, Entry},
    meta,
    schema::{ListKind, Schema, type_fits},
    status::{Failure, Outcome},
    write::{Ownership, Write},
};

/// Applies the configuration in the body; creates the object where it is not there. Gives the code of the answer, too.
pub(crate) fn apply(write: &mut Write<'_>, name: &str) -> Outcome<(u16, Arc<Value>)> {
    let kind = write.kind.clone();
    let config = read(write)?;
    let current = match write.current(name) {
        Ok(current) => Some(current),
        Err(failure) if failure.code() == 404 && write.part == super::write::Part::Main => None,
        Err(failure) => return Err(failure),
    };
    let live = current.clone().map_or_else(|| managed::blank(&config), |current| (*current).clone());
    let applied = work_out(write, &live, &config, current.is_some())?;
    let mut object = applied;
    write.decode_patched(&mut object)?;
    match current {
        None => {
            if !meta::text(&object, "uid").is_empty() {
                let uid = meta::text(&object, "uid");
                return Err(kind.conflict(
                    name,
                    &format!(
                        "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                    ),
                ));
            }
            if meta::name(&object) != name {
                write.check_name(&object, name)?;
            }
            let stored = write.create_object(object, &Ownership::Settled)?;
            Ok((201, stored))
        }
        Some(current) => {
            let stored = write.replace_object(name, &current, object, &Ownership::Settled)?;
            Ok((200, stored))
        }
    }
}

fn read(write: &Write<'_>) -> Outcome<Value> {
    let kind = &write.kind;
    let mut config: Value = serde_yaml::from_slice(&write.request.body)
        .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}")))?;
    if !config.is_object() {
        return Err(Failure::bad_request("error decoding YAML: the document is not an object"));
    }
    let text = |field: &str| config[field].as_str().unwrap_or_default();
    let (api_version, own_kind) = (text("apiVersion"), text("kind"));
    if (api_version, own_kind) != (kind.api_version().as_str(), kind.kind.as_str()) {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        return Err(Failure::bad_request(format!("invalid object type: {group}/{version}, Kind={own_kind}")));
    }
    if !config["metadata"]["managedFields"].is_null() {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    if config["metadata"].is_null() {
        config["metadata"] = json!({});
    }
    if let Some(why) = misfit(&config, Some(&kind.schema), "") {
        let version = if kind.group.is_empty() { format!("/{}", kind.version) } else { kind.api_version() };
        return Err(Failure::unknown(format!(
            "failed to create typed patch object ({}/{}; {version}, Kind={}): {why}",
            meta::text(&config, "namespace"),
            meta::name(&config),
            kind.kind
        )));
    }
    Ok(config)
}

/// The first value that the kind's schema has no place for.
fn misfit(value: &Value, schema: Option<&Schema>, path: &str) -> Option<String> {
    let schema = schema?;
    if !value.is_null() && !type_fits(value, schema) {
        return Some(format!("{path}: expected {}, got {}", smd_type(schema), smd_value(value)));
    }
    match value {
        Value::Object(map) => map.iter().find_map(|(name, value)| {
            let below = format!("{path}.{name}");
            match schema.member(name).0 {
                Some(member) => misfit(value, Some(member), &below),
                None if schema.preserve_unknown || schema.embedded => None,
                None => Some(format!("{below}: field not declared in schema")),
            }
        }),
        Value::Array(list) => list.iter().find_map(|item| {
            misfit(item, schema.items.as_deref(), &format!("{path}{}", shown_step(item, schema)))
        }),
        _ => None,
    }
}

/// A type as the merge library of the real server calls it.
fn smd_type(schema: &Schema) -> &str {
    match schema.kind.as_str() {
        "integer" | "number" => "numeric (int or float)",
        "object" => "map",
        "array" => "list",
        other => other,
    }
}

/// A value as the merge library of the real server prints it.
fn smd_value(value: &Value) -> String {
    match value {
        Value::Object(_) | Value::Array(_) => value.to_string(),
        scalar => format!("&value.valueUnstructured{{Value:{scalar}}}"),
    }
}

fn shown_step(item: &Value, schema: &Schema) -> String {
    match schema.list {
        ListKind::Atomic => "[0]".to_owned(),
        _ => path_text(&[item_step(item, Some(schema))]),
    }
}

/// The object that the apply makes, with its `managedFields`; an error where it takes what others own.
fn work_out(write: &Write<'_>, live: &Value, config: &Value, exists: bool) -> Outcome<Value> {
    let (kind, part) = (&write.kind, write.part);
    let schema = Some(&*kind.schema);
    let change = Change { manager: &write.options.manager, part };
    let mut entries = managed::entries(live);
    if entries.is_empty() && exists {
        entries = managed::before_first_apply(live, kind, part);
    }
    let mut own = Entry::new(change, true, kind);
    own.fields = managed::owned(&FieldSet::of(config, schema), kind, part);
    let last = entries.iter().position(|entry| entry.is_same(&own)).map(|index| entries.remove(index));

    let mut object = live.clone();
    merge(&mut object, config, schema);
    if let Some(last) = &last {
        prune(&mut object, last, &own, &entries, kind);
    }
    if object == *live {
        // Nothing but ownership changed: that alone gets no time of its own.
        own.time = last.map(|last| last.time).unwrap_or_default();
    }

    let mut difference = compare(live, &object, schema);
    for set in [&mut difference.added, &mut difference.modified, &mut difference.removed] {
        *set = managed::owned(set, kind, part);
    }
    let changed = difference.added.union(&difference.modified);
    let conflicts: Vec<(String, Vec<String>)> = entries
        .iter()
        .flat_map(|entry| {
            let taken = entry.fields.intersection(&changed).paths();
            taken.into_iter().map(|path| (entry.shown(), path))
        })
        .collect();
    if !conflicts.is_empty() && !write.options.force {
        return Err(conflict(&conflicts));
    }
    for entry in &mut entries {
        entry.fields = entry.fields.difference(&changed).difference(&difference.removed);
    }
    own.fields = own.fields.difference(&difference.removed);
    entries.push(own);
    managed::set_entries(&mut object, entries);
    Ok(object)
}

fn conflict(conflicts: &[(String, Vec<String>)]) -> Failure {
    let mut sorted: Vec<(&str, String)> =
        conflicts.iter().map(|(manager, path)| (manager.as_str(), path_text(path))).collect();
    // Stable: within a manager the order of its set stays.
    sorted.sort_by_key(|(manager, _)| *manager);
    let causes: Vec<Value> = sorted
        .iter()
        .map(|(manager, path)| {
            json!({"reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": path})
        })
        .collect();
    let message = match sorted.as_slice() {
        [(manager, path)] => format!("Apply failed with 1 conflict: conflict with {manager}: {path}"),
        many => {
            let mut lines: Vec<String> = Vec::new();
            for (index, (manager, path)) in many.iter().enumerate() {
                if index == 0 || many[index - 1].0 != *manager {
                    lines.push(format!("conflicts with {manager}:"));
                }
                lines.push(format!("- {path}"));
            }
            format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
        }
    };
    Failure::new(409, "Conflict", message).with_details(json!({"causes": causes}))
}

/// Lays `config` over `value`: maps member by member, lists by their keys, everything else as a whole.
fn merge(value: &mut Value, config: &Value, schema: Option<&Schema>) {
    if super::fields::is_leaf(config, schema) || value.is_null() {
        *value = config.clone();
        return;
    }
    match (value, config) {
        (Value::Object(map), Value::Object(config)) => {
            for (name, change) in config {
                let member = schema.and_then(|schema| schema.member(name).0);
                merge(map.entry(name.clone()).or_insert(Value::Null), change, member);
            }
        }
        (Value::Array(list), Value::Array(config)) => merge_lists(list, config, schema),
        (value, config) => *value = config.clone(),
    }
}

/// Merges lists by the identity of their items: what only the object has comes before what only the configuration
/// has, and the order of the configuration wins among what both have.
fn merge_lists(list: &mut Vec<Value>, config: &[Value], schema: Option<&Schema>) {
    let items = schema.and_then(|schema| schema.items.as_deref());
    let step = |item: &Value| item_step(item, schema);
    let live: Vec<(String, Value)> = list.drain(..).map(|item| (step(&item), item)).collect();
    let wanted: Vec<(String, &Value)> = config.iter().map(|item| (step(item), item)).collect();
    let in_live = |id: &str| live.iter().find(|(other, _)| other == id).map(|(_, item)| item);
    let is_wanted = |id: &str| wanted.iter().any(|(other, _)| other == id);
    let mut shared = wanted.iter().map(|(id, _)| id.as_str()).filter(|id| in_live(id).is_some()).peekable();
    let mut merged: Vec<&str> = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < live.len() || right < wanted.len() {
        let current = live.get(left).map(|(id, _)| id.as_str());
        let next = wanted.get(right).map(|(id, _)| id.as_str());
        if let (Some(id), Some(next)) = (current, next)
            && id != next
            && is_wanted(id)
            && shared.peek().is_some_and(|shared| *shared != id)
        {
            // It is shared, but its turn comes later.
            left += 1;
            continue;
        }
        if let Some(id) = current.filter(|id| Some(*id) != next) {
            if !is_wanted(id) {
                list.push(live[left].1.clone());
                left += 1;
                continue;
            }
            if merged.contains(&id) {
                left += 1;
            }
        }
        let Some((id, change)) = wanted.get(right) else { continue };
        let mut item = in_live(id).cloned().unwrap_or_default();
        merge(&mut item, change, items);
        list.push(item);
        merged.push(id);
        if shared.peek() == Some(&id.as_str()) {
            shared.next();
        }
        right += 1;
        if current == Some(id.as_str()) {
            left += 1;
        }
    }
}

/// Removes what this manager applied before, does not apply now, and nobody else owns.
fn prune(object: &mut Value, last: &Entry, own: &Entry, others: &[Entry], kind: &Kind) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge_lists;
    use crate::embedded::schema::Schema;

    #[test]
    fn lists_merge_by_identity() {
        let schema = Schema::parse(
            &json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}),
        );
        for (live, config, want) in [
            (json!(["a", "b"]), json!(["b", "a"]), json!(["b", "a"])),
            (json!(["c"]), json!(["d"]), json!(["c", "d"])),
            (json!(["a", "b", "c"]), json!(["b", "x"]), json!(["a", "b", "c", "x"])),
            (json!(["a", "b", "c"]), json!(["c", "x", "a"]), json!(["b", "c", "x", "a"])),
            (json!([]), json!(["x", "y"]), json!(["x", "y"])),
            (json!(["x"]), json!([]), json!(["x"])),
        ] {
            let mut list = live.as_array().cloned().expect("a list");
            merge_lists(&mut list, config.as_array().expect("a list"), Some(&schema));
            assert_eq!(json!(list), want, "{live} + {config}");
        }
    }
}
