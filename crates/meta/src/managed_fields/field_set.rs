//! A set of fields, as `FieldsV1` writes it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};
use serde_json::Value;

/// A set of fields: a tree whose edges are names, keys of list entries, values and indices.
///
/// `Display` lists the fields as the server's messages do: `.spec.containers[name="main"].image`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldSet {
    /// Whether the place itself is in the set, and not only what is below it.
    pub(super) itself: bool,
    pub(super) below: BTreeMap<PathElement, FieldSet>,
}

/// One step of a path, in the order in which the server writes them. JSON inside is canonical: no white space, keys sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PathElement {
    /// `f:name`: the member of an object.
    Field(String),
    /// `i:3`: the element at an index.
    Index(usize),
    /// `k:{"name":"main"}`: the element of a list with these members.
    Key(BTreeMap<String, String>),
    /// `v:"a"`: the element of a list with this value.
    Value(String),
}

impl FieldSet {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.itself && self.below.is_empty()
    }

    /// The fields of both.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        self.itself |= other.itself;
        for (element, set) in other.below {
            let mine = self.below.remove(&element).unwrap_or_default();
            self.below.insert(element, mine.union(set));
        }
        self
    }

    /// Each field, as the server's messages name it, in the order of the set.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, here: &str, paths: &mut Vec<String>) {
        if self.itself {
            paths.push(here.to_owned());
        }
        for (element, set) in &self.below {
            set.collect(&format!("{here}{element}"), paths);
        }
    }
}

impl PathElement {
    fn parse(text: &str) -> Option<Self> {
        let json = |text: &str| serde_json::from_str::<Value>(text).ok();
        Some(match text.split_once(':')? {
            ("f", name) => Self::Field(name.to_owned()),
            ("i", index) => Self::Index(index.parse().ok()?),
            ("k", keys) => match json(keys)? {
                Value::Object(keys) => {
                    Self::Key(keys.into_iter().map(|(key, value)| (key, value.to_string())).collect())
                }
                _ => return None,
            },
            ("v", value) => Self::Value(json(value)?.to_string()),
            _ => return None,
        })
    }

    fn written(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Index(index) => format!("i:{index}"),
            Self::Key(keys) => {
                let keys: Vec<String> =
                    keys.iter().map(|(key, value)| format!("{}:{value}", Value::from(&**key))).collect();
                format!("k:{{{}}}", keys.join(","))
            }
            Self::Value(value) => format!("v:{value}"),
        }
    }
}

impl fmt::Display for PathElement {
    /// As `fieldpath.PathElement` writes it: `.name`, `[3]`, `[name="main"]`, `[="a"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(keys) => {
                let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(f, "[{}]", keys.join(","))
            }
            Self::Value(value) => write!(f, "[={value}]"),
        }
    }
}

impl fmt::Display for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.paths().join(", "))
    }
}

impl Serialize for FieldSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        // A place without anything below it is in the set by being named.
        if self.itself && !self.below.is_empty() {
            map.serialize_entry(".", &BTreeMap::<String, ()>::new())?;
        }
        for (element, set) in &self.below {
            map.serialize_entry(&element.written(), set)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for FieldSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut set = Self::below::<D>(BTreeMap::deserialize(deserializer)?)?;
        // The object itself is nobody's.
        set.itself &= !set.below.is_empty();
        Ok(set)
    }
}

impl FieldSet {
    fn below<'de, D: Deserializer<'de>>(members: BTreeMap<String, Tree>) -> Result<Self, D::Error> {
        let mut set = Self { itself: members.is_empty(), ..Self::default() };
        for (text, Tree(members)) in members {
            if text == "." {
                set.itself = true;
                continue;
            }
            // What it holds is named nowhere: it may be a value.
            let element = PathElement::parse(&text)
                .ok_or_else(|| D::Error::custom("a name that is no element of a path"))?;
            set.below.insert(element, Self::below::<D>(members)?);
        }
        Ok(set)
    }
}

#[derive(Deserialize)]
struct Tree(BTreeMap<String, Tree>);

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::FieldSet;

    fn set(value: Value) -> FieldSet {
        serde_json::from_value(value).expect("a set")
    }

    /// B16: each form of an element is read, named and written again.
    #[test]
    fn b16_forms() {
        let value = json!({
            "f:metadata": {"f:labels": {".": {}, "f:app.kubernetes.io/name": {}}, "f:finalizers": {"v:\"a/b\"": {}}},
            "f:spec": {"f:containers": {"k:{\"name\":\"main\"}": {".": {}, "f:image": {}}}, "f:args": {"i:3": {}}},
            "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {}},
        });
        let set = set(value.clone());
        assert_eq!(
            set.paths(),
            [
                ".metadata.finalizers[=\"a/b\"]",
                ".metadata.labels",
                ".metadata.labels.app.kubernetes.io/name",
                ".ports[port=80,protocol=\"TCP\"]",
                ".spec.args[3]",
                ".spec.containers[name=\"main\"]",
                ".spec.containers[name=\"main\"].image",
            ]
        );
        assert_eq!(serde_json::to_value(&set).expect("JSON"), value);
    }

    #[test]
    fn a_union_has_the_fields_of_both() {
        let one = set(json!({"f:a": {}, "f:b": {"f:c": {}}}));
        let other = set(json!({"f:a": {"f:x": {}}, "f:b": {".": {}, "f:d": {}}}));
        let both = json!({"f:a": {".": {}, "f:x": {}}, "f:b": {".": {}, "f:c": {}, "f:d": {}}});
        assert_eq!(serde_json::to_value(one.clone().union(other.clone())).expect("JSON"), both);
        assert_eq!(one.clone().union(other.clone()), other.union(one.clone()));
        assert_eq!(one.clone().union(FieldSet::default()), one);
    }

    #[test]
    fn what_is_no_set() {
        for value in [
            json!({"x": {}}),
            json!({"q:x": {}}),
            json!({"i:x": {}}),
            json!({"k:1": {}}),
            json!({"v:{": {}}),
            json!([]),
        ] {
            assert!(serde_json::from_value::<FieldSet>(value.clone()).is_err(), "{value}");
        }
        assert!(set(json!({})).is_empty());
    }
}
