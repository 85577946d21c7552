//! Strategic merge patch, for built-in kinds: lists are merged by the keys that their schema names.

use serde_json::{Map, Value};

use super::{
    schema::Schema,
    status::{Failure, Outcome},
};

/// Merges `patch` into `value`.
pub(crate) fn merge(value: &mut Value, patch: &Value, schema: Option<&Schema>) -> Outcome<()> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match (value.as_object_mut(), patch.as_object()) {
        (Some(map), Some(patch)) => merge_maps(map, patch, schema),
        _ => Ok(()),
    }
}

fn merge_maps(
    map: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    schema: Option<&Schema>,
) -> Outcome<()> {
    match directive(patch)? {
        Some("replace") => {
            *map = without_directives(patch);
            return Ok(());
        }
        Some("delete") => {
            map.clear();
            return Ok(());
        }
        _ => {}
    }
    for (key, value) in patch {
        if let Some(field) = key.strip_prefix("$deleteFromPrimitiveList/") {
            delete_from(map, field, value);
        }
    }
    for (name, change) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        let member = schema.and_then(|schema| schema.member(name).0);
        match change {
            Value::Null => {
                map.remove(name);
            }
            Value::Object(change) if change.get("$patch").is_some_and(|one| one == "delete") => {
                map.remove(name);
            }
            Value::Object(_) => merge(map.entry(name.clone()).or_insert(Value::Null), change, member)?,
            Value::Array(list) => {
                let entry = map.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                merge_lists(entry, list, member, patch.get(&format!("$setElementOrder/{name}")))?;
            }
            other => {
                map.insert(name.clone(), other.clone());
            }
        }
    }
    for (key, order) in patch {
        let field = key.strip_prefix("$setElementOrder/").filter(|field| !patch.contains_key(*field));
        if let Some(field) = field {
            let merge_key = schema.and_then(|schema| schema.member(field).0?.merge_key.as_deref());
            if let (Some(list), Some(order)) =
                (map.get_mut(field).and_then(Value::as_array_mut), order.as_array())
            {
                let before = list.clone();
                reorder(list, &before, order, merge_key.unwrap_or_default());
            }
        }
    }
    if let Some(keep) = patch.get("$retainKeys").and_then(Value::as_array) {
        map.retain(|name, _| keep.iter().any(|one| one == name.as_str()));
    }
    Ok(())
}

fn merge_lists(
    value: &mut Value,
    changes: &[Value],
    schema: Option<&Schema>,
    order: Option<&Value>,
) -> Outcome<()> {
    let merge_key = schema.and_then(|schema| schema.merge_key.as_deref());
    let replaces =
        |one: &Value| one["$patch"] == "replace" && one.as_object().is_some_and(|map| map.len() == 1);
    let (Some(key), false, Some(list)) = (merge_key, changes.iter().any(replaces), value.as_array_mut())
    else {
        *value = changes.iter().filter(|one| !replaces(one)).cloned().collect();
        return Ok(());
    };
    let before = list.clone();
    let items = schema.and_then(|schema| schema.items.as_deref());
    for change in changes {
        if key.is_empty() {
            if !list.contains(change) {
                list.push(change.clone());
            }
            continue;
        }
        let Some(id) = change.get(key).filter(|id| !id.is_null()) else {
            let message = format!("map: {} does not contain declared merge key: {key}", go(change));
            return Err(Failure::unknown(message));
        };
        let found = list.iter().position(|item| item.get(key) == Some(id));
        match (change["$patch"].as_str(), found) {
            (Some("delete"), Some(index)) => {
                list.remove(index);
            }
            (Some("delete"), None) => {}
            (_, Some(index)) => merge(&mut list[index], change, items)?,
            (_, None) => {
                let mut item = Value::Null;
                merge(&mut item, change, items)?;
                list.push(item);
            }
        }
    }
    let order = order.and_then(Value::as_array).map_or(changes, Vec::as_slice);
    reorder(list, &before, order, key);
    Ok(())
}

/// Puts the items that `order` names into that order. The others keep theirs, and go before a named one only where
/// they stood before it already.
fn reorder(list: &mut Vec<Value>, before: &[Value], order: &[Value], key: &str) {
    let id = |item: &Value| if key.is_empty() { item.clone() } else { item[key].clone() };
    let place = |list: &[Value], item: &Value| list.iter().position(|one| id(one) == id(item));
    let (mut named, others): (Vec<Value>, Vec<Value>) =
        list.drain(..).partition(|item| place(order, item).is_some());
    named.sort_by_key(|item| place(order, item));
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let other_first = match (others.peek(), named.peek()) {
            (None, None) => return,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(one)) => {
                place(before, other).zip(place(before, one)).is_some_and(|(other, one)| other < one)
            }
        };
        list.extend(if other_first { others.next() } else { named.next() });
    }
}

/// A value as Go prints it.
fn go(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let members: Vec<String> =
                map.iter().map(|(name, value)| format!("{name}:{}", go(value))).collect();
            format!("map[{}]", members.join(" "))
        }
        other => other.to_string(),
    }
}

fn directive(patch: &Map<String, Value>) -> Outcome<Option<&str>> {
    match patch.get("$patch").and_then(Value::as_str) {
        None => Ok(None),
        Some(known @ ("replace" | "delete" | "merge")) => Ok(Some(known)),
        Some(other) => {
            let shown = go(&Value::Object(patch.clone()));
            Err(Failure::unknown(format!("unknown patch type: {other} in map: {shown}")))
        }
    }
}

fn without_directives(patch: &Map<String, Value>) -> Map<String, Value> {
    patch
        .iter()
        .filter(|(name, value)| !name.starts_with('$') && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn delete_from(map: &mut Map<String, Value>, field: &str, values: &Value) {
    let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(list) = map.get_mut(field).and_then(Value::as_array_mut) {
        list.retain(|item| !values.contains(item));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::kinds::built_ins, merge};

    #[track_caller]
    fn check(kind: &str, mut object: Value, patch: &Value, want: &Value) {
        let kind = built_ins().iter().find(|one| one.kind == kind).expect("a built-in kind");
        merge(&mut object, patch, Some(&kind.schema)).expect("a good patch");
        assert_eq!(object, *want, "{patch}");
    }

    #[test]
    fn merges() {
        let pod = |containers: Value| json!({"spec": {"containers": containers}});
        check(
            "ConfigMap",
            json!({"data": {"a": "1", "b": "2"}}),
            &json!({"data": {"a": null, "c": "3"}}),
            &json!({"data": {"b": "2", "c": "3"}}),
        );
        check(
            "ConfigMap",
            json!({"data": {"a": "1"}}),
            &json!({"data": {"$patch": "replace", "c": "3"}}),
            &json!({"data": {"c": "3"}}),
        );
        check(
            "Pod",
            pod(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "2"}])),
            &pod(json!([{"name": "b", "image": "3"}, {"name": "c", "image": "4"}])),
            &pod(
                json!([{"name": "a", "image": "1"}, {"name": "b", "image": "3"}, {"name": "c", "image": "4"}]),
            ),
        );
        check(
            "Pod",
            pod(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "2"}])),
            &pod(json!([{"name": "a", "$patch": "delete"}])),
            &pod(json!([{"name": "b", "image": "2"}])),
        );
        check(
            "Pod",
            pod(json!([{"name": "a", "image": "1"}])),
            &pod(json!([{"$patch": "replace"}, {"name": "b"}])),
            &pod(json!([{"name": "b"}])),
        );
        check(
            "Pod",
            json!({"metadata": {"finalizers": ["a", "b"]}}),
            &json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}}),
            &json!({"metadata": {"finalizers": ["c", "b"]}}),
        );
        check(
            "Pod",
            pod(json!([{"name": "a"}, {"name": "b"}])),
            &json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}),
            &pod(json!([{"name": "b"}, {"name": "a"}])),
        );
        check(
            "Deployment",
            json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}),
            &json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
            &json!({"spec": {"strategy": {"type": "Recreate"}}}),
        );
        check(
            "Pod",
            json!({"spec": {"tolerations": [{"key": "a"}]}}),
            &json!({"spec": {"tolerations": [{"key": "b"}]}}),
            &json!({"spec": {"tolerations": [{"key": "b"}]}}),
        );
    }
}
