//! Server-side apply: who owns which field.

use serde_json::{Value, json};
use steersman::{Error, Object, Patch};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    b16_a_list_of_plain_values_has_one_owner,
    b16_entries_of_a_keyed_list_have_owners,
    b16_updates_own_what_they_set,
    c07_an_update_takes_a_field_from_an_apply,
    c07_managers_share_an_object,
    c07_managers_share_a_value,
];

/// The owners: manager, operation, and the fields they own below `section`.
fn owners(object: &Object, section: &str) -> Result<Vec<(String, String, Value)>, Error> {
    let entries: Vec<Value> = object.at("/metadata/managedFields")?.unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut owners: Vec<_> = entries
        .iter()
        .map(|entry| (text(&entry["manager"]), text(&entry["operation"]), entry["fieldsV1"][section].clone()))
        .collect();
    owners.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(owners)
}

fn owner(manager: &str, operation: &str, fields: Value) -> (String, String, Value) {
    (manager.to_owned(), operation.to_owned(), fields)
}

/// B16: such a list is atomic unless its schema says otherwise.
async fn b16_a_list_of_plain_values_has_one_owner(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let content = |parts| json!({"metadata": {"name": "a"}, "spec": {"parts": parts}});
    let first = widgets.apply(content(json!(["one", "two"]))).field_manager("first").await?;
    same!(owners(&first, "f:spec")?, [owner("first", "Apply", json!({"f:parts": {}}))]);
    let error = refused!(widgets.apply(content(json!(["three"]))).field_manager("second").await);
    let cause = error.status().and_then(|status| status.causes().first().cloned()).unwrap_or_default();
    same!(cause.field, ".spec.parts");
    let taken = widgets.apply(content(json!(["three"]))).field_manager("second").force().await?;
    same!(taken.to_value()["spec"]["parts"], json!(["three"]));
    Ok(())
}

/// B16: the containers of a pod template, each by its name.
async fn b16_entries_of_a_keyed_list_have_owners(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.apply(Context::deployment("web", 0)).field_manager("first").await?;
    let containers = json!([{"name": "third", "image": "example.com/third:1"}]);
    let more =
        json!({"metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": containers}}}});
    let applied = deployments.apply(more).field_manager("second").await?;
    let names = |object: &Object| -> Result<Vec<Value>, Error> {
        let containers: Vec<Value> = object.at("/spec/template/spec/containers")?.unwrap_or_default();
        Ok(containers.iter().map(|one| one["name"].clone()).collect())
    };
    same!(names(&applied)?, ["main", "side", "third"]);
    let containers = json!([{"name": "side", "image": "example.com/side:2"}]);
    let other =
        json!({"metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": containers}}}});
    let error = refused!(deployments.apply(other).field_manager("second").await);
    let cause = error.status().and_then(|status| status.causes().first().cloned()).unwrap_or_default();
    same!(cause.field, ".spec.template.spec.containers[name=\"side\"].image");
    let less = deployments.apply(json!({"metadata": {"name": "web"}})).field_manager("second").await?;
    same!(names(&less)?, ["main", "side"]);
    Ok(())
}

/// B16, D06: creates, replaces and patches own fields as well, by the operation `Update`.
async fn b16_updates_own_what_they_set(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.create(Context::config_map("a", "web")).field_manager("creator").await?;
    let patch = Patch::merge(json!({"data": {"more": "1"}}));
    let patched = config_maps.patch("a", patch).field_manager("patcher").await?;
    same!(
        owners(&patched, "f:data")?,
        [
            owner("creator", "Update", json!({".": {}, "f:key": {}})),
            owner("patcher", "Update", json!({"f:more": {}})),
        ]
    );
    let time = patched.at::<String>("/metadata/managedFields/0/time")?.unwrap_or_default();
    ensure!(time.ends_with('Z'), "{time}");
    same!(patched.at::<String>("/metadata/managedFields/0/fieldsType")?.as_deref(), Some("FieldsV1"));
    Ok(())
}

/// C07: an update never conflicts; it takes what it changes.
async fn c07_an_update_takes_a_field_from_an_apply(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.apply(Context::widget("a", "red")).field_manager("applier").await?;
    let patch = Patch::merge(json!({"spec": {"color": "blue"}}));
    let patched = widgets.patch("a", patch).field_manager("patcher").await?;
    same!(
        owners(&patched, "f:spec")?,
        [
            owner("applier", "Apply", json!({"f:replicas": {}})),
            owner("patcher", "Update", json!({"f:color": {}}))
        ]
    );
    let error = refused!(widgets.apply(Context::widget("a", "red")).field_manager("applier").await);
    let message = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(message.contains("conflict with \"patcher\" using"), "{message}");
    Ok(())
}

/// C07: fields of one object, each with an owner of its own, and no conflict.
async fn c07_managers_share_an_object(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for (manager, key) in [("first", "one"), ("second", "two"), ("third", "three")] {
        let content = json!({"metadata": {"name": "a", "labels": {key: "1"}}, "data": {key: "1"}});
        config_maps.apply(content).field_manager(manager).await?;
    }
    let object = config_maps.get("a").await?;
    same!(object.to_value()["data"], json!({"one": "1", "two": "1", "three": "1"}));
    same!(object.labels().len(), 3);
    same!(
        owners(&object, "f:data")?,
        [
            owner("first", "Apply", json!({"f:one": {}})),
            owner("second", "Apply", json!({"f:two": {}})),
            owner("third", "Apply", json!({"f:three": {}})),
        ]
    );
    Ok(())
}

/// C07: who applies the value that is there already becomes an owner beside the other.
async fn c07_managers_share_a_value(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let content = |value: &str| json!({"metadata": {"name": "a"}, "data": {"key": value}});
    config_maps.apply(content("1")).field_manager("first").await?;
    let shared = config_maps.apply(content("1")).field_manager("second").await?;
    let key = json!({"f:key": {}});
    same!(owners(&shared, "f:data")?, [owner("first", "Apply", key.clone()), owner("second", "Apply", key)]);
    let error = refused!(config_maps.apply(content("2")).field_manager("first").await);
    ensure!(error.is_conflict(), "{error:?}");
    Ok(())
}
