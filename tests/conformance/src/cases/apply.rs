//! Server-side apply: what it does to the object.

use serde_json::json;
use steersman::{Patch, Reason};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    b16_a_conflict_names_manager_and_field,
    b16_a_patch_of_type_apply,
    b16_force_takes_fields_over,
    c07_apply_creates_and_updates,
    c07_an_apply_that_says_the_same_again,
    c08_apply_to_the_status,
    d11_fields_that_are_left_out_go,
    d11_an_apply_needs_a_manager_and_a_name,
];

/// B16, C29: 409, and the causes say who owns what.
async fn b16_a_conflict_names_manager_and_field(context: Context) -> Outcome {
    for (resource, section, field) in
        [(context.config_maps().await?, "data", "key"), (context.widgets().await?, "spec", "color")]
    {
        let content = |value: &str| json!({"metadata": {"name": "a"}, section: {field: value}});
        resource.apply(content("1")).field_manager("first").await?;
        let error = refused!(resource.apply(content("2")).field_manager("second").await);
        ensure!(error.is_conflict(), "{error:?}");
        let status = error.status().cloned().unwrap_or_default();
        same!(status.reason, Reason::Conflict);
        same!(
            status.message.as_deref(),
            Some(&*format!("Apply failed with 1 conflict: conflict with \"first\": .{section}.{field}"))
        );
        let [cause] = status.causes() else { return Err(crate::Failure::new(format!("{status:?}"))) };
        same!((&*cause.reason, &*cause.field), ("FieldManagerConflict", &*format!(".{section}.{field}")));
        ensure!(cause.message.contains("conflict with \"first\""), "{cause:?}");
    }
    Ok(())
}

/// B16, C16: the generic patch verb takes an apply too.
async fn b16_a_patch_of_type_apply(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let content =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"key": "1"}});
    let created = config_maps.patch("a", Patch::apply(&content)).field_manager("me").await?;
    same!(created.at::<String>("/metadata/managedFields/0/operation")?, Some("Apply".to_owned()));
    let content =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"key": "2"}});
    let error = refused!(config_maps.patch("a", Patch::apply(&content)).field_manager("other").await);
    ensure!(error.is_conflict(), "{error:?}");
    config_maps.patch("a", Patch::apply(&content)).field_manager("other").force().await?;
    Ok(())
}

/// B16: with force the other manager loses the field, and only that.
async fn b16_force_takes_fields_over(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let first = json!({"metadata": {"name": "a"}, "data": {"key": "1", "other": "1"}});
    config_maps.apply(first).field_manager("first").await?;
    let second = json!({"metadata": {"name": "a"}, "data": {"key": "2"}});
    let taken = config_maps.apply(second).field_manager("second").force().await?;
    same!(taken.to_value()["data"], json!({"key": "2", "other": "1"}));
    let fields: Vec<serde_json::Value> = taken.at("/metadata/managedFields")?.unwrap_or_default();
    let of = |manager: &str| {
        fields
            .iter()
            .find(|entry| entry["manager"] == manager)
            .map(|entry| entry["fieldsV1"]["f:data"].clone())
    };
    same!(of("first"), Some(json!({"f:other": {}})));
    same!(of("second"), Some(json!({"f:key": {}})));
    Ok(())
}

/// C07, D11: name and namespace come from the content, the object need not be there.
async fn c07_apply_creates_and_updates(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.apply(Context::widget("a", "red")).field_manager("me").await?;
    same!((created.name(), created.metadata().generation), ("a", Some(1)));
    let updated = widgets.apply(Context::widget("a", "blue")).field_manager("me").await?;
    same!(updated.at::<String>("/spec/color")?, Some("blue".to_owned()));
    same!((updated.uid(), updated.metadata().generation), (created.uid(), Some(2)));
    let mut content = Context::widget("b", "red");
    content["metadata"]["namespace"] = json!(context.namespace);
    let anywhere = context.cluster.resource(&widgets.api().api_version(), "Widget").await?;
    same!(anywhere.apply(content).field_manager("me").await?.namespace(), Some(&*context.namespace));
    Ok(())
}

/// C07: nothing changes, and there is no new version.
async fn c07_an_apply_that_says_the_same_again(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let content = json!({"metadata": {"name": "a", "labels": {"app": "web"}}});
        let first = resource.apply(&content).field_manager("me").await?;
        let again = resource.apply(&content).field_manager("me").await?;
        same!(again, first);
    }
    Ok(())
}

/// C08: the status has owners of its own, and its apply leaves the rest alone.
async fn c08_apply_to_the_status(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.apply(Context::widget("a", "red")).field_manager("me").await?;
    let content = json!({"metadata": {"name": "a"}, "spec": {"color": "blue"}, "status": {"phase": "Ready"}});
    let status = widgets.subresource("status")?;
    let applied = status.apply("a", content).field_manager("controller").await?;
    same!(applied.at::<String>("/status/phase")?, Some("Ready".to_owned()));
    same!(applied.at::<String>("/spec/color")?, Some("red".to_owned()));
    let fields: Vec<serde_json::Value> = applied.at("/metadata/managedFields")?.unwrap_or_default();
    let entry = fields.iter().find(|entry| entry["manager"] == "controller").cloned().unwrap_or_default();
    same!((&entry["subresource"], &entry["operation"]), (&json!("status"), &json!("Apply")));
    same!(entry["fieldsV1"], json!({"f:status": {"f:phase": {}}}));
    Ok(())
}

/// D11: what a manager applied before and leaves out now is removed, unless somebody else owns it too.
async fn d11_fields_that_are_left_out_go(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let content = |data| json!({"metadata": {"name": "a"}, "data": data});
    config_maps
        .apply(content(json!({"mine": "1", "shared": "1", "stays": "1"})))
        .field_manager("first")
        .await?;
    config_maps.apply(content(json!({"shared": "1"}))).field_manager("second").await?;
    let applied = config_maps.apply(content(json!({"stays": "1"}))).field_manager("first").await?;
    same!(applied.to_value()["data"], json!({"shared": "1", "stays": "1"}));
    let applied = config_maps.apply(json!({"metadata": {"name": "a"}})).field_manager("first").await?;
    same!(applied.to_value()["data"], json!({"shared": "1"}));
    Ok(())
}

/// D11: what is missing is said before anything is sent.
async fn d11_an_apply_needs_a_manager_and_a_name(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let error = refused!(config_maps.apply(Context::config_map("a", "web")).await);
    ensure!(error.hint().is_some_and(|hint| hint.contains("field_manager")), "{error:?}");
    let error = refused!(config_maps.apply(json!({"data": {"a": "1"}})).field_manager("me").await);
    ensure!(error.local().is_some(), "{error:?}");
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let error = refused!(config_maps.apply(&created).field_manager("me").await);
    ensure!(error.hint().is_some_and(|hint| hint.contains("managedFields")), "{error:?}");
    let error = refused!(config_maps.patch("a", Patch::apply(json!({}))).await);
    ensure!(error.local().is_some(), "{error:?}");
    Ok(())
}
