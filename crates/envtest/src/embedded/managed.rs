//! `metadata.managedFields`: who set which field. An update takes what it changes; the entries keep the form and the
//! order of the real server.

use serde_json::{Value, json};

use super::{
    fields::{FieldSet, compare},
    kinds::Kind,
    meta,
    write::Part,
};

/// Who changes an object, and through which endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'a> {
    pub(crate) manager: &'a str,
    pub(crate) part: Part,
}

/// One entry of `managedFields`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) manager: String,
    pub(crate) is_apply: bool,
    pub(crate) api_version: String,
    pub(crate) subresource: String,
    pub(crate) time: String,
    pub(crate) fields: FieldSet,
}

impl Entry {
    pub(crate) fn new(change: Change<'_>, is_apply: bool, kind: &Kind) -> Self {
        Self {
            manager: change.manager.to_owned(),
            is_apply,
            api_version: kind.api_version(),
            subresource: change.part.subresource().to_owned(),
            time: meta::now(),
            fields: FieldSet::default(),
        }
    }

    /// Whether both are entries of the same manager: an applier is one whatever version it applies.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.is_apply == other.is_apply
            && self.subresource == other.subresource
            && (self.is_apply || self.api_version == other.api_version)
    }

    /// As the conflict messages of an endpoint name the manager: who applies a scale sees updates as ones of a scale.
    pub(crate) fn shown(&self, part: Part) -> String {
        let subresource = match self.subresource.as_str() {
            "" => String::new(),
            name => format!(" with subresource {name:?}"),
        };
        let version = if part == Part::Scale { "autoscaling/v1" } else { &self.api_version };
        let using = if self.is_apply { String::new() } else { format!(" using {version}") };
        format!("{:?}{subresource}{using}", self.manager)
    }

    fn read(value: &Value) -> Self {
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        Self {
            manager: text("manager"),
            is_apply: value["operation"] == "Apply",
            api_version: text("apiVersion"),
            subresource: text("subresource"),
            time: text("time"),
            fields: FieldSet::from_json(&value["fieldsV1"]),
        }
    }

    fn write(&self) -> Value {
        let mut value = json!({
            "manager": self.manager,
            "operation": if self.is_apply { "Apply" } else { "Update" },
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.to_json(),
        });
        if !self.time.is_empty() {
            value["time"] = self.time.as_str().into();
        }
        if !self.subresource.is_empty() {
            value["subresource"] = self.subresource.as_str().into();
        }
        value
    }
}

/// The entries of an object.
pub(crate) fn entries(object: &Value) -> Vec<Entry> {
    object["metadata"]["managedFields"].as_array().into_iter().flatten().map(Entry::read).collect()
}

/// Writes the entries that own anything, in order.
pub(crate) fn set_entries(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    let order = |entry: &Entry| {
        (
            !entry.is_apply,
            entry.time.clone(),
            entry.manager.clone(),
            entry.api_version.clone(),
            entry.subresource.clone(),
        )
    };
    entries.sort_by_key(order);
    if entries.is_empty() {
        meta::remove(object, "managedFields");
    } else {
        object["metadata"]["managedFields"] = entries.iter().map(Entry::write).collect();
    }
}

/// The object that a new one is compared with: it says what it is, and nothing else.
pub(crate) fn blank(object: &Value) -> Value {
    json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": {}})
}

/// Records a write that is no apply: what differs from `live` belongs to the writer from now on.
pub(crate) fn update(live: &Value, object: &mut Value, kind: &Kind, change: Change<'_>) {
    let mut all = match &object["metadata"]["managedFields"] {
        // The documented way to give up all ownership.
        Value::Array(list) if *list == [json!({})] => {
            meta::remove(object, "managedFields");
            return;
        }
        Value::Array(list) if !list.is_empty() && change.part == Part::Main => entries(object),
        _ => entries(live),
    };
    let is_new = meta::text(live, "uid").is_empty();
    if all.is_empty() && !is_new {
        meta::remove(object, "managedFields");
        return;
    }
    take(&mut all, live, object, kind, change);
    set_entries(object, all);
}

/// Moves what differs between two objects to the entry of `change`.
fn take(all: &mut Vec<Entry>, live: &Value, object: &Value, kind: &Kind, change: Change<'_>) {
    let mut difference = compare(live, object, Some(&kind.schema));
    for set in [&mut difference.added, &mut difference.modified, &mut difference.removed] {
        *set = owned(set, kind, change.part);
    }
    let changed = difference.added.union(&difference.modified);
    let mut own = Entry::new(change, false, kind);
    if let Some(index) = all.iter().position(|entry| entry.is_same(&own)) {
        let before = all.remove(index);
        own.fields = before.fields.difference(&difference.removed).union(&changed);
        if changed.is_empty() {
            own.time = before.time;
        }
    } else {
        own.fields = changed.clone();
    }
    if let (Part::Scale, Some(paths)) = (change.part, &kind.scale) {
        // Go leaves a zero out of a Scale, so nobody owns it.
        let replicas: Vec<String> = paths.spec_replicas.split('.').map(|part| format!("f:{part}")).collect();
        let value = paths.spec_replicas.split('.').fold(object, |value, part| &value[part]);
        if value == 0 {
            own.fields = own.fields.filtered(|path| path != replicas);
        }
    }
    for other in all.iter_mut() {
        other.fields = other.fields.difference(&changed).difference(&difference.removed);
    }
    all.push(own);
}

/// Gives the names and conditions in a CRD's status to the server itself, whose controllers write them.
pub(crate) fn own_crd_status(object: &mut Value, kind: &Kind) {
    let written = json!({"status": {
        "acceptedNames": object["status"]["acceptedNames"],
        "conditions": object["status"]["conditions"],
    }});
    let change = Change { manager: "kube-apiserver", part: Part::Status };
    let mut own = Entry::new(change, false, kind);
    own.fields = FieldSet::of(&written, Some(&kind.schema));
    let mut all = entries(object);
    if !all.iter().any(|entry| entry.is_same(&own)) {
        all.push(own);
        set_entries(object, all);
    }
}

/// Marks everything that an object holds as set by somebody who wrote before the first apply.
pub(crate) fn before_first_apply(object: &Value, kind: &Kind, part: Part) -> Vec<Entry> {
    let mut all = Vec::new();
    let change = Change { manager: "before-first-apply", part };
    take(&mut all, &blank(object), object, kind, change);
    all.retain(|entry| !entry.fields.is_empty());
    all
}

/// The part of a set that a writer can own: not what the server sets, and only the endpoint's own part of the object.
pub(crate) fn owned(set: &FieldSet, kind: &Kind, part: Part) -> FieldSet {
    set.filtered(|path| {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        let server = match steps.as_slice() {
            [] | ["f:apiVersion" | "f:kind" | "f:metadata"] => true,
            ["f:metadata", field, ..] => SERVER_FIELDS.contains(field),
            _ => false,
        };
        let status = steps.first() == Some(&"f:status");
        let outside = match part {
            Part::Main => kind.status && status,
            Part::Status => !status,
            Part::Scale => false,
            // What they write is entered for nobody.
            Part::EphemeralContainers | Part::Resize => true,
            Part::Approval => !status,
        };
        !server && !outside
    })
}

/// A write that changed nothing but the times of its entries changed nothing.
pub(crate) fn keep_times(object: &mut Value, current: &Value) {
    let timeless = |object: &Value| {
        let mut list = object["metadata"]["managedFields"].clone();
        for entry in list.as_array_mut().into_iter().flatten() {
            entry["time"] = Value::Null;
        }
        list
    };
    let (mut new, mut old) = (object.clone(), current.clone());
    new["metadata"]["managedFields"] = timeless(object);
    old["metadata"]["managedFields"] = timeless(current);
    if new == old {
        object["metadata"]["managedFields"] = current["metadata"]["managedFields"].clone();
        if object["metadata"]["managedFields"].is_null() {
            meta::remove(object, "managedFields");
        }
    }
}

const SERVER_FIELDS: [&str; 9] = [
    "f:name",
    "f:namespace",
    "f:uid",
    "f:resourceVersion",
    "f:generation",
    "f:creationTimestamp",
    "f:selfLink",
    "f:managedFields",
    "f:clusterName",
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Change, blank, entries, update};
    use crate::embedded::{kinds::built_ins, write::Part};

    fn shown(object: &Value) -> Vec<(String, Value)> {
        entries(object).iter().map(|entry| (entry.shown(Part::Main), entry.fields.to_json())).collect()
    }

    #[test]
    fn writers_take_what_they_change() {
        let kind = built_ins()[0].clone();
        let change = |manager| Change { manager, part: Part::Main };
        let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "x", "uid": "1"}, "data": {"a": "1", "b": "2"}});
        let empty = blank(&object);
        update(&empty, &mut object, &kind, change("one"));
        assert_eq!(
            shown(&object),
            [("\"one\" using v1".to_owned(), json!({"f:data": {".": {}, "f:a": {}, "f:b": {}}}))]
        );
        let live = object.clone();
        object["data"] = json!({"a": "9"});
        update(&live, &mut object, &kind, change("two"));
        assert_eq!(
            shown(&object),
            [
                ("\"one\" using v1".to_owned(), json!({"f:data": {}})),
                ("\"two\" using v1".to_owned(), json!({"f:data": {"f:a": {}}})),
            ]
        );
    }
}
