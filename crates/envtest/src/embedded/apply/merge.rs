//! Laying an applied configuration over an object.

use serde_json::Value;

use crate::embedded::{
    fields::{is_leaf, item_step},
    schema::Schema,
};

/// Lays `config` over `value`: maps member by member, lists by their keys, everything else as a whole.
pub(super) fn merge(value: &mut Value, config: &Value, schema: Option<&Schema>) {
    if is_leaf(config, schema) || value.is_null() {
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
