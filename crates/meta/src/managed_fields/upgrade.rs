//! From applies of the client to applies of the server: apimachinery's rules (`client-go/util/csaupgrade`).

use serde_json::json;

use super::{ManagedFieldsEntry, Operation};
use crate::Patch;

/// The entries after those of `from`, which updated, have become part of the apply of `manager`.
///
/// Where `manager` has applied nothing yet, the newest entry of `from` becomes its apply. Of the others, the fields of one at
/// the same version are joined to it; one at another version names its fields otherwise, and goes.
pub(super) fn upgraded(
    mut entries: Vec<ManagedFieldsEntry>,
    from: &str,
    manager: &str,
) -> Vec<ManagedFieldsEntry> {
    let is = |entry: &ManagedFieldsEntry, name: &str, operation: Operation| {
        entry.manager == name && entry.operation == operation && entry.subresource.is_empty()
    };
    let applied = entries.iter().position(|entry| is(entry, manager, Operation::Apply));
    let updated =
        |entries: &[ManagedFieldsEntry]| entries.iter().position(|entry| is(entry, from, Operation::Update));
    let Some(target) = applied.or_else(|| updated(&entries)) else { return entries };
    entries[target].operation = Operation::Apply;
    entries[target].manager = manager.to_owned();
    let api_version = entries[target].api_version.clone();
    let same_version = entries
        .iter()
        .position(|entry| is(entry, from, Operation::Update) && entry.api_version == api_version);
    if let Some(other) = same_version {
        let fields = entries[other].fields.clone();
        let mine = std::mem::take(&mut entries[target].fields);
        entries[target].fields = mine.union(fields);
    }
    entries.retain(|entry| !is(entry, from, Operation::Update));
    entries
}

/// The patch that puts `entries` in place of those of the object at this version.
pub(super) fn patch(entries: &[ManagedFieldsEntry], resource_version: Option<&str>) -> Patch {
    Patch::json(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
        // Replaced and not tested: a version that has passed is then a conflict, and not an invalid patch.
        {"op": "replace", "path": "/metadata/resourceVersion", "value": resource_version.unwrap_or_default()},
    ]))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{ManagedFields, Object};

    fn entry(manager: &str, operation: &str, version: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": version, "fieldsType": "FieldsV1",
            "time": "2026-01-01T00:00:00Z", "fieldsV1": fields})
    }

    /// The entries after an upgrade from `kubectl` and `old` to `me`; `None` where there is nothing to do.
    fn upgraded(entries: &[Value]) -> Option<Value> {
        let object = json!({"metadata": {"name": "web", "resourceVersion": "7", "managedFields": entries}});
        let fields = ManagedFields::of(&Object::from_content(object).expect("an object")).expect("entries");
        let patch = fields.upgrade_patch(["kubectl", "old"], "me")?;
        let operations =
            Object::from_content(json!({})).expect("an object").set("/all", patch.content().clone());
        let operations = operations.expect("operations").to_value();
        assert_eq!(
            operations["all"][1],
            json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "7"})
        );
        assert_eq!(operations["all"][0]["path"], "/metadata/managedFields");
        Some(operations["all"][0]["value"].clone())
    }

    /// B16: the cases of apimachinery's own rules.
    #[test]
    fn b16_upgrades() {
        let (a, b, both) = (
            json!({"f:data": {"f:a": {}}}),
            json!({"f:data": {"f:b": {}}}),
            json!({"f:data": {"f:a": {}, "f:b": {}}}),
        );
        let mut status = entry("kubectl", "Update", "v1", &a);
        status["subresource"] = "status".into();
        for (name, entries, want) in [
            ("nothing is there", vec![], None),
            ("others only", vec![entry("other", "Update", "v1", &a)], None),
            ("an apply already", vec![entry("me", "Apply", "v1", &a)], None),
            ("of a subresource", vec![status], None),
            (
                "the update becomes an apply",
                vec![entry("kubectl", "Update", "v1", &a)],
                Some(json!([entry("me", "Apply", "v1", &a)])),
            ),
            (
                "it joins the apply",
                vec![entry("kubectl", "Update", "v1", &a), entry("me", "Apply", "v1", &b)],
                Some(json!([entry("me", "Apply", "v1", &both)])),
            ),
            (
                "at another version it goes",
                vec![entry("kubectl", "Update", "v1beta1", &a), entry("me", "Apply", "v1", &b)],
                Some(json!([entry("me", "Apply", "v1", &b)])),
            ),
            (
                "two clients",
                vec![
                    entry("kubectl", "Update", "v1", &a),
                    entry("other", "Update", "v1", &a),
                    entry("old", "Update", "v1", &b),
                ],
                Some(json!([entry("me", "Apply", "v1", &both), entry("other", "Update", "v1", &a)])),
            ),
        ] {
            assert_eq!(upgraded(&entries), want, "{name}");
        }
    }
}
