//! Server-side apply: merges a configuration, and keeps for each manager what it set.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    fields::{FieldSet, compare, item_step, path_text},
    managed::{self, Change, Entry},
    meta,
    schema::{ListKind, Schema, type_fits},
    status::{Failure, Outcome},
    write::{Ownership, Write},
};

mod merge;
mod prune;

use merge::merge;
use prune::prune;

/// Applies the configuration in the body; creates the object where it is not there. Gives the code of the answer, too.
pub(crate) fn apply(write: &mut Write<'_>, name: &str) -> Outcome<(u16, Arc<Value>)> {
    let kind = write.kind.clone();
    let config = read(&write.request.body, &kind.api_version(), &kind.kind, &kind.schema)?;
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

/// Reads a configuration, which must be what its path says.
pub(super) fn read(body: &[u8], wanted: &str, kind: &str, schema: &Schema) -> Outcome<Value> {
    let mut config: Value = serde_yaml::from_slice(body)
        .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}")))?;
    if !config.is_object() {
        return Err(Failure::bad_request("error decoding YAML: the document is not an object"));
    }
    let text = |field: &str| config[field].as_str().unwrap_or_default();
    let (api_version, own_kind) = (text("apiVersion"), text("kind"));
    if (api_version, own_kind) != (wanted, kind) {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        return Err(Failure::bad_request(format!("invalid object type: {group}/{version}, Kind={own_kind}")));
    }
    if !config["metadata"]["managedFields"].is_null() {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    if config["metadata"].is_null() {
        config["metadata"] = json!({});
    }
    if let Some(why) = misfit(&config, Some(schema), "") {
        let version = if wanted.contains('/') { wanted.to_owned() } else { format!("/{wanted}") };
        return Err(Failure::unknown(format!(
            "failed to create typed patch object ({}/{}; {version}, Kind={kind}): {why}",
            meta::text(&config, "namespace"),
            meta::name(&config),
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
pub(super) fn work_out(write: &Write<'_>, live: &Value, config: &Value, exists: bool) -> Outcome<Value> {
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
    if part == super::write::Part::Scale {
        // The real server loses it on the way from the scale to the object.
        own.time.clear();
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
            taken.into_iter().map(|path| (entry.shown(part), path))
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
