//! Sets of fields, in the form of `fieldsV1`: who owns what, and what differs between two objects.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::schema::{ListKind, Schema};

/// A set of paths into an object, as a tree.
///
/// The steps are written as in `fieldsV1`: `f:name`, `k:{"name":"x"}`, `v:"x"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSet {
    /// The path that leads here is itself in the set.
    member: bool,
    children: BTreeMap<String, FieldSet>,
}

/// What differs between an old and a new object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Difference {
    pub(crate) added: FieldSet,
    pub(crate) modified: FieldSet,
    pub(crate) removed: FieldSet,
}

impl FieldSet {
    pub(crate) fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Self::is_empty)
    }

    pub(crate) fn insert(&mut self, path: &[String]) {
        match path {
            [] => self.member = true,
            [step, rest @ ..] => self.children.entry(step.clone()).or_default().insert(rest),
        }
    }

    pub(crate) fn contains(&self, path: &[String]) -> bool {
        match path {
            [] => self.member,
            [step, rest @ ..] => self.children.get(step).is_some_and(|child| child.contains(rest)),
        }
    }

    /// Whether the path or anything below it is in the set.
    pub(crate) fn touches(&self, path: &[String]) -> bool {
        match path {
            [] => !self.is_empty(),
            [step, rest @ ..] => self.children.get(step).is_some_and(|child| child.touches(rest)),
        }
    }

    /// All paths of the set, in order.
    pub(crate) fn paths(&self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        self.collect(&mut Vec::new(), &mut all);
        all
    }

    fn collect(&self, prefix: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
        // All members of one level come before what is below them, as the real server lists them.
        for (step, _) in self.children.iter().filter(|(_, child)| child.member) {
            all.push(prefix.iter().chain([step]).cloned().collect());
        }
        for (step, child) in &self.children {
            prefix.push(step.clone());
            child.collect(prefix, all);
            prefix.pop();
        }
    }

    /// The paths that are in both sets.
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        self.filtered(|path| other.contains(path))
    }

    /// The paths that are not in `other`.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        self.filtered(|path| !other.contains(path))
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        other.paths().iter().for_each(|path| all.insert(path));
        all
    }

    pub(crate) fn filtered(&self, keep: impl Fn(&[String]) -> bool) -> Self {
        let mut rest = Self::default();
        self.paths().iter().filter(|path| keep(path)).for_each(|path| rest.insert(path));
        rest
    }

    /// The `fieldsV1` document.
    pub(crate) fn to_json(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".to_owned(), Value::Object(Map::new()));
        }
        map.extend(self.children.iter().map(|(step, child)| (step.clone(), child.to_json())));
        Value::Object(map)
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let mut set = Self::read(value);
        // The root is never a member: an empty document is the empty set.
        set.member = false;
        set
    }

    fn read(value: &Value) -> Self {
        let Some(map) = value.as_object() else { return Self::default() };
        let children: BTreeMap<_, _> = map
            .iter()
            .filter(|(step, _)| *step != ".")
            .map(|(step, child)| (step.clone(), Self::read(child)))
            .collect();
        Self { member: map.is_empty() || map.contains_key("."), children }
    }

    /// Every field that an object sets, as apply counts them.
    pub(crate) fn of(value: &Value, schema: Option<&Schema>) -> Self {
        let mut set = Self::default();
        set.add_all(value, schema);
        set.member = false;
        set
    }

    fn add_all(&mut self, value: &Value, schema: Option<&Schema>) {
        if is_leaf(value, schema) {
            self.member = true;
            return;
        }
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    let (member, declared) = schema.map_or((None, false), |schema| schema.member(name));
                    let child = self.children.entry(format!("f:{name}")).or_default();
                    child.add_all(value, member);
                    let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
                    child.member |= empty || !declared;
                }
            }
            Value::Array(items) => {
                let item_schema = schema.and_then(|schema| schema.items.as_deref());
                for item in items {
                    let child = self.children.entry(item_step(item, schema)).or_default();
                    child.add_all(item, item_schema);
                    child.member = true;
                }
            }
            _ => self.member = true,
        }
    }
}

/// A path as messages show it: `.spec.containers[name="x"].image`.
pub(crate) fn path_text(path: &[String]) -> String {
    path.iter().map(|step| step_text(step)).collect()
}

fn step_text(step: &str) -> String {
    match step.split_once(':') {
        Some(("f", name)) => format!(".{name}"),
        Some(("k", keys)) => {
            let keys: Value = serde_json::from_str(keys).unwrap_or_default();
            let pairs: Vec<String> =
                keys.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", pairs.join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        _ => format!("[{step}]"),
    }
}

/// Whether ownership does not look into a value: scalars, atomic lists and maps.
pub(crate) fn is_leaf(value: &Value, schema: Option<&Schema>) -> bool {
    match value {
        Value::Object(_) => schema.is_some_and(|schema| schema.atomic_map),
        Value::Array(_) => schema.is_none_or(|schema| schema.list == ListKind::Atomic),
        _ => true,
    }
}

/// The step that leads to an item of a list that is a set or a map.
pub(crate) fn item_step(item: &Value, schema: Option<&Schema>) -> String {
    match schema.map(|schema| &schema.list) {
        Some(ListKind::Map(keys)) => {
            let item_schema = schema.and_then(|schema| schema.items.as_deref());
            let key: Map<String, Value> = keys
                .iter()
                .filter_map(|key| {
                    let default = || item_schema?.properties.get(key)?.default.clone();
                    let value = item.get(key).cloned().or_else(default)?;
                    Some((key.clone(), value))
                })
                .collect();
            format!("k:{}", Value::Object(key))
        }
        _ => format!("v:{item}"),
    }
}

/// Compares two states of an object.
pub(crate) fn compare(old: &Value, new: &Value, schema: Option<&Schema>) -> Difference {
    let mut difference = Difference::default();
    node((Some(old), Some(new)), schema, true, &mut Vec::new(), &mut difference);
    difference
}

fn node(
    (old, new): (Option<&Value>, Option<&Value>),
    schema: Option<&Schema>,
    parent_is_old: bool,
    path: &mut Vec<String>,
    difference: &mut Difference,
) {
    let leaf = |value: Option<&Value>| value.is_none_or(|value| is_leaf(value, schema));
    let hollow = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    // A Go struct that is held by value is there as soon as what holds it is.
    let by_value = parent_is_old && schema.is_some_and(|schema| schema.by_value);
    if (leaf(old) && leaf(new)) || (hollow(old) && hollow(new)) {
        match (old, new) {
            // Empty is the same as none then.
            _ if by_value && hollow(old) && hollow(new) => {}
            (None, Some(_)) => difference.added.insert(path),
            (Some(_), None) => difference.removed.insert(path),
            (Some(old), Some(new)) if old != new => difference.modified.insert(path),
            _ => {}
        }
        return;
    }
    let old_map = members(old, schema);
    let new_map = members(new, schema);
    let mut steps: Vec<&String> = old_map.keys().chain(new_map.keys()).collect();
    steps.sort();
    steps.dedup();
    for step in steps {
        let member = match step.strip_prefix("f:") {
            Some(name) => schema.and_then(|schema| schema.member(name).0),
            None => schema.and_then(|schema| schema.items.as_deref()),
        };
        path.push(step.clone());
        let pair = (old_map.get(step).copied(), new_map.get(step).copied());
        node(pair, member, old.is_some() || by_value, path, difference);
        path.pop();
    }
    match (old, new) {
        (None, Some(_)) if !by_value => difference.added.insert(path),
        (Some(_), None) if !by_value => difference.removed.insert(path),
        _ => {}
    }
}

/// The members of an object or a list, by their steps.
fn members<'a>(value: Option<&'a Value>, schema: Option<&Schema>) -> BTreeMap<String, &'a Value> {
    match value {
        Some(Value::Object(map)) => map.iter().map(|(name, value)| (format!("f:{name}"), value)).collect(),
        Some(Value::Array(list)) => list.iter().map(|item| (item_step(item, schema), item)).collect(),
        _ => BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FieldSet, compare, path_text};
    use crate::embedded::kinds::built_ins;

    #[track_caller]
    fn schema(kind: &str) -> std::sync::Arc<crate::embedded::schema::Schema> {
        built_ins().iter().find(|one| one.kind == kind).expect("a built-in kind").schema.clone()
    }

    #[test]
    fn json_form_round_trips() {
        for document in [
            json!({}),
            json!({"f:data": {"f:a": {}}}),
            json!({"f:data": {".": {}, "f:a": {}}}),
            json!({"f:spec": {"f:containers": {"k:{\"name\":\"x\"}": {".": {}, "f:image": {}}}}}),
        ] {
            assert_eq!(FieldSet::from_json(&document).to_json(), document);
        }
    }

    #[test]
    fn applied_fields() {
        let check = |kind: &str, object: Value, want: Value| {
            assert_eq!(FieldSet::of(&object, Some(&schema(kind))).to_json(), want);
        };
        check("ConfigMap", json!({"data": {"a": "1"}}), json!({"f:data": {"f:a": {}}}));
        check("ConfigMap", json!({"data": {}}), json!({"f:data": {}}));
        check(
            "Pod",
            json!({"spec": {"containers": [{"name": "x", "image": "i", "args": ["1"]}]}}),
            json!({"f:spec": {"f:containers": {"k:{\"name\":\"x\"}":
                {".": {}, "f:name": {}, "f:image": {}, "f:args": {}}}}}),
        );
    }

    #[test]
    fn differences() {
        let old = json!({"data": {"a": "1", "b": "2"}});
        let new = json!({"data": {"a": "1", "b": "3", "c": "4"}, "metadata": {"labels": {"x": "y"}}});
        let difference = compare(&old, &new, Some(&schema("ConfigMap")));
        assert_eq!(difference.modified.to_json(), json!({"f:data": {"f:b": {}}}));
        assert_eq!(
            difference.added.to_json(),
            json!({"f:data": {"f:c": {}}, "f:metadata": {"f:labels": {".": {}, "f:x": {}}}})
        );
        let back = compare(&new, &old, Some(&schema("ConfigMap")));
        assert_eq!(back.removed.to_json(), difference.added.to_json());
    }

    #[test]
    fn paths_as_text() {
        let set = FieldSet::from_json(&json!({"f:spec": {"f:ports": {"k:{\"port\":80}": {"f:name": {}}}}}));
        assert_eq!(path_text(&set.paths()[0]), ".spec.ports[port=80].name");
    }
}
