//! Server-side apply: merges a configuration, and keeps for each manager what it set.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    fields::{FieldSet, compare, item_step, path_text},
    kinds::Kind,
    managed::{self, Change, Entry},
    meta,
    schema::{ListKind, Schema},
    status::{Failure, Outcome},
    write::{Ownership, Write},
};

/// Applies the configuration in the body; creates the object where it is not there. Gives the code of the answer, too.
pub(crate) fn apply(write: &mut Write<'_>, name: &str) -> Outcome<(u16, Arc<Value>)> {
    let kind = write.kind.clone();
    let config = read(write, name)?;
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
            if object["metadata"]["name"].is_null() {
                object["metadata"]["name"] = name.into();
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

fn read(write: &Write<'_>, name: &str) -> Outcome<Value> {
    let kind = &write.kind;
    let mut config: Value = serde_yaml::from_slice(&write.request.body)
        .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}")))?;
    if !config.is_object() {
        return Err(Failure::bad_request("error decoding YAML: the document is not an object"));
    }
    let api_version = config["apiVersion"].as_str().unwrap_or_default();
    if api_version != kind.api_version() {
        return Err(Failure::bad_request(format!(
            "Incorrect version specified in apply patch. Specified patch version: {}, expected: {}",
            if api_version.is_empty() { "/" } else { api_version },
            kind.api_version()
        )));
    }
    if !config["metadata"]["managedFields"].is_null() {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    if config["kind"] != kind.kind.as_str() {
        return Err(Failure::bad_request(format!(
            "the kind in the data ({}) does not match the expected kind ({})",
            config["kind"].as_str().unwrap_or_default(),
            kind.kind
        )));
    }
    if config["metadata"].is_null() {
        config["metadata"] = json!({});
    }
    if let Some(path) = undeclared(&config, Some(&kind.schema), "") {
        let (namespace, own) = (write.namespace.as_deref().unwrap_or_default(), meta::name(&config));
        let own = if own.is_empty() { name } else { own };
        let version = if kind.group.is_empty() { format!("/{}", kind.version) } else { kind.api_version() };
        return Err(Failure::unknown(format!(
            "failed to create typed patch object ({namespace}/{own}; {version}, Kind={}): {path}: field not declared in \
             schema",
            kind.kind
        )));
    }
    Ok(config)
}

/// The first field that the kind does not have.
fn undeclared(value: &Value, schema: Option<&Schema>, path: &str) -> Option<String> {
    let schema = schema?;
    match value {
        Value::Object(map) => map.iter().find_map(|(name, value)| {
            let below = format!("{path}.{name}");
            match schema.member(name).0 {
                Some(member) => undeclared(value, Some(member), &below),
                None if schema.preserve_unknown || schema.embedded => None,
                None => Some(below),
            }
        }),
        Value::Array(list) => list.iter().find_map(|item| {
            undeclared(item, schema.items.as_deref(), &format!("{path}{}", shown_step(item, schema)))
        }),
        _ => None,
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
        if last.fields == own.fields && last.api_version == own.api_version {
            own.time.clone_from(&last.time);
        }
        prune(&mut object, last, &own, &entries, kind);
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
    sorted.sort();
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

/// The applied order wins among the applied items; the others keep their places before the item they preceded.
fn merge_lists(list: &mut Vec<Value>, config: &[Value], schema: Option<&Schema>) {
    let items = schema.and_then(|schema| schema.items.as_deref());
    let step = |item: &Value| item_step(item, schema);
    let applied: Vec<String> = config.iter().map(step).collect();
    let mut old: Vec<(String, Value)> = list.drain(..).map(|item| (step(&item), item)).collect();
    for change in config {
        let id = step(change);
        if let Some(index) = old.iter().position(|(other, _)| *other == id) {
            let before: Vec<(String, Value)> = old.drain(..=index).collect();
            let mut kept = Vec::new();
            let mut found = Value::Null;
            for (other, item) in before {
                if other == id {
                    found = item;
                } else if applied.contains(&other) {
                    kept.push((other, item));
                } else {
                    list.push(item);
                }
            }
            old.splice(0..0, kept);
            merge(&mut found, change, items);
            list.push(found);
        } else {
            list.push(change.clone());
        }
    }
    list.extend(old.into_iter().map(|(_, item)| item));
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
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
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
