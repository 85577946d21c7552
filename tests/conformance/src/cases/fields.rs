//! Who owns which fields: typed conflicts, one's own configuration, and the way from client-side applies.

use serde_json::{Value, json};
use steersman::{ApplyConflict, ManagedFields, meta::Operation, prelude::*};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    b16_a_conflict_with_an_update_is_typed,
    b16_a_conflict_with_an_apply_is_typed,
    b16_conflicts_with_several_managers,
    b16_a_conflict_in_a_keyed_list,
    c07_what_i_applied,
    c07_what_i_applied_of_a_custom_kind,
    c07_what_others_took_over,
    c08_what_i_applied_to_the_status,
    b16_applies_of_the_client_become_the_servers,
    b16_an_upgrade_of_an_old_version_is_a_conflict,
    b16_an_upgrade_meets_other_changes,
    b16_a_conflict_with_a_scale,
    b16_there_is_nothing_to_upgrade,
];

fn config_map(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})
}

/// The only conflict of an error.
fn only(error: &steersman::Error) -> Result<ApplyConflict, Failure> {
    let mut conflicts = error.apply_conflicts();
    match (conflicts.pop(), conflicts.is_empty()) {
        (Some(conflict), true) => Ok(conflict),
        other => Err(Failure::new(format!("{other:?} of {error:?}"))),
    }
}

/// B16, C29: who updated the field, at which version of the API.
async fn b16_a_conflict_with_an_update_is_typed(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.create(config_map(&json!({"key": "1"}))).field_manager("a \"creator\"").await?;
    let error = refused!(config_maps.apply(config_map(&json!({"key": "2"}))).field_manager("me").await);
    ensure!(error.is_conflict(), "{error:?}");
    let conflict = only(&error)?;
    same!((&*conflict.field, &*conflict.manager), (".data.key", "a \"creator\""));
    same!((conflict.operation, conflict.api_version.as_deref()), (Operation::Update, Some("v1")));
    same!(conflict.subresource, None);
    Ok(())
}

/// B16: who applied the field.
async fn b16_a_conflict_with_an_apply_is_typed(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.apply(config_map(&json!({"key": "1"}))).field_manager("first").await?;
    let conflict =
        only(&refused!(config_maps.apply(config_map(&json!({"key": "2"}))).field_manager("me").await))?;
    same!((&*conflict.field, &*conflict.manager), (".data.key", "first"));
    same!((conflict.operation, conflict.api_version), (Operation::Apply, None));
    Ok(())
}

/// B16: each field with its own owner.
async fn b16_conflicts_with_several_managers(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.apply(config_map(&json!({"a": "1", "b": "1"}))).field_manager("first").await?;
    config_maps.apply(config_map(&json!({"c": "1"}))).field_manager("second").await?;
    let wanted = config_map(&json!({"a": "2", "b": "2", "c": "2"}));
    let error = refused!(config_maps.apply(wanted).field_manager("me").await);
    let conflicts = error.apply_conflicts();
    let mut seen: Vec<_> = conflicts.iter().map(|one| (&*one.manager, &*one.field)).collect();
    seen.sort_unstable();
    same!(seen, [("first", ".data.a"), ("first", ".data.b"), ("second", ".data.c")]);
    Ok(())
}

/// B16: a field inside the entry of a keyed list, as messages name it.
async fn b16_a_conflict_in_a_keyed_list(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.apply(Context::deployment("web", 0)).field_manager("first").await?;
    let mut wanted = Context::deployment("web", 0);
    wanted["spec"]["template"]["spec"]["containers"][1]["image"] = "example.com/other:1".into();
    let conflict = only(&refused!(deployments.apply(wanted).field_manager("me").await))?;
    same!(&*conflict.field, ".spec.template.spec.containers[name=\"side\"].image");
    Ok(())
}

/// C07: my own configuration, as I applied it; applied again, it changes nothing.
async fn c07_what_i_applied(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    let mut mine = Context::deployment("web", 0);
    mine["spec"]["paused"] = true.into();
    mine["metadata"]["finalizers"] = json!(["conformance.steersman.example/mine"]);
    let ports = json!([{"containerPort": 80, "name": "http", "protocol": "TCP"}]);
    mine["spec"]["template"]["spec"]["containers"][0]["ports"] = ports;
    let applied = deployments.apply(mine.clone()).field_manager("me").await?;
    applied.set_labels([("theirs", Some("1"))]).field_manager("they").await?;
    let now = deployments.get("web").await?;
    let extracted = ManagedFields::of(&now)?.extract("me")?;
    let extracted = extracted.ok_or_else(|| Failure::new("nothing is mine"))?;
    mine["apiVersion"] = "apps/v1".into();
    mine["kind"] = "Deployment".into();
    mine["metadata"]["namespace"] = context.namespace.as_str().into();
    same!(extracted.to_value(), mine);
    let again = deployments.apply(&extracted).field_manager("me").await?;
    same!(again.to_value()["spec"], now.to_value()["spec"]);
    same!(again.labels().get("theirs").map(String::as_str), Some("1"));
    again.patch(Patch::merge(json!({"metadata": {"finalizers": null}}))).await?;
    Ok(())
}

/// C07: the same of a custom kind, whose lists are atomic.
async fn c07_what_i_applied_of_a_custom_kind(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut widget = Context::widget("left", "red");
    widget["spec"]["parts"] = json!(["b", "a"]);
    let applied = widgets.apply(widget.clone()).field_manager("me").await?;
    let extracted = ManagedFields::of(&applied)?.extract("me")?;
    let extracted = extracted.ok_or_else(|| Failure::new("nothing is mine"))?.to_value();
    same!(extracted["spec"], widget["spec"]);
    same!(extracted["metadata"], json!({"name": "left", "namespace": context.namespace}));
    Ok(())
}

/// C07: what others took over is not mine any more.
async fn c07_what_others_took_over(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.apply(config_map(&json!({"a": "1", "b": "1"}))).field_manager("me").await?;
    config_maps.apply(config_map(&json!({"a": "2"}))).field_manager("they").force().await?;
    let now = config_maps.get("a").await?;
    let fields = ManagedFields::of(&now)?;
    let data = |manager: &str| -> Result<Option<Value>, Failure> {
        Ok(fields.extract(manager)?.map(|mine| mine.to_value()["data"].clone()))
    };
    same!(data("me")?, Some(json!({"b": "1"})));
    same!(data("they")?, Some(json!({"a": "2"})));
    same!(data("nobody")?, None);
    Ok(())
}

/// C08: what I applied to the status is kept apart.
async fn c08_what_i_applied_to_the_status(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.apply(Context::widget("left", "red")).field_manager("me").await?;
    let status = json!({"metadata": {"name": "left"}, "status": {"replicas": 2}});
    let applied = widgets.subresource("status")?.apply("left", status).field_manager("me").await?;
    let fields = ManagedFields::of(&applied)?;
    let of_status = fields.extract_of("me", "status")?.map(|mine| mine.to_value());
    same!(of_status.as_ref().map(|mine| &mine["status"]), Some(&json!({"replicas": 2})));
    same!(of_status.as_ref().map(|mine| &mine["spec"]), Some(&Value::Null));
    let of_spec = fields.extract("me")?.map(|mine| mine.to_value());
    same!(of_spec.as_ref().map(|mine| &mine["status"]), Some(&Value::Null));
    Ok(())
}

/// B16: what `kubectl apply` wrote becomes the apply's, which can then remove it.
async fn b16_applies_of_the_client_become_the_servers(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let kubectl = "kubectl-client-side-apply";
    let created = config_maps.create(config_map(&json!({"a": "1", "b": "1"}))).field_manager(kubectl).await?;
    // Without it, what the client wrote stays for good.
    let kept = config_maps.apply(config_map(&json!({"a": "1"}))).field_manager("me").dry_run().await?;
    same!(kept.to_value()["data"], json!({"a": "1", "b": "1"}));
    let patch = ManagedFields::of(&created)?.upgrade_patch([kubectl], "me");
    let patch = patch.ok_or_else(|| Failure::new("nothing to upgrade"))?;
    let upgraded = created.patch(patch).field_manager("me").await?;
    let fields = ManagedFields::of(&upgraded)?;
    let owners: Vec<_> = fields.entries().iter().map(|one| (one.manager.as_str(), one.operation)).collect();
    same!(owners, [("me", Operation::Apply)]);
    same!(
        fields.extract("me")?.map(|mine| mine.to_value()["data"].clone()),
        Some(json!({"a": "1", "b": "1"}))
    );
    let applied = config_maps.apply(config_map(&json!({"a": "1"}))).field_manager("me").await?;
    same!(applied.to_value()["data"], json!({"a": "1"}));
    Ok(())
}

/// B16: an upgrade of what has changed meanwhile is a conflict.
async fn b16_an_upgrade_of_an_old_version_is_a_conflict(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(config_map(&json!({"a": "1"}))).field_manager("kubectl").await?;
    let patch = ManagedFields::of(&created)?.upgrade_patch(["kubectl"], "me");
    created.set_labels([("new", Some("1"))]).await?;
    let patch = patch.ok_or_else(|| Failure::new("nothing to upgrade"))?;
    let error = refused!(created.patch(patch).await);
    ensure!(error.is_conflict() && error.apply_conflicts().is_empty(), "{error:?}");
    Ok(())
}

/// B16: by itself, it is made again of what is there now.
async fn b16_an_upgrade_meets_other_changes(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let kubectl = "kubectl-client-side-apply";
    let stale = config_maps.create(config_map(&json!({"a": "1", "b": "1"}))).field_manager(kubectl).await?;
    stale.set_labels([("new", Some("1"))]).field_manager("somebody").await?;
    let upgraded = stale.upgrade_applies([kubectl, "older"], "me").await?;
    let fields = ManagedFields::of(&upgraded)?;
    let owners: Vec<_> = fields.entries().iter().map(|one| (one.manager.as_str(), one.operation)).collect();
    same!(owners, [("me", Operation::Apply), ("somebody", Operation::Update)]);
    let applied = upgraded.apply(config_map(&json!({"a": "1"}))).field_manager("me").await?;
    same!(applied.to_value()["data"], json!({"a": "1"}));
    same!(applied.labels().get("new").map(String::as_str), Some("1"));
    // A second time there is nothing to do.
    let again = applied.upgrade_applies([kubectl], "me").await?;
    same!(again.resource_version(), applied.resource_version());
    Ok(())
}

/// B16, A22: what was written through a subresource says so.
async fn b16_a_conflict_with_a_scale(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.apply(Context::deployment("web", 0)).field_manager("me").await?;
    let scale = Patch::merge(json!({"spec": {"replicas": 1}}));
    deployments.subresource("scale")?.patch("web", scale).field_manager("scaler").await?;
    let conflict =
        only(&refused!(deployments.apply(Context::deployment("web", 2)).field_manager("me").await))?;
    same!((&*conflict.field, &*conflict.manager), (".spec.replicas", "scaler"));
    same!((conflict.subresource.as_deref(), conflict.operation), (Some("scale"), Operation::Update));
    same!(conflict.api_version.as_deref(), Some("apps/v1"));
    Ok(())
}

/// B16: without entries of such managers there is nothing to do.
async fn b16_there_is_nothing_to_upgrade(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let applied = config_maps.apply(config_map(&json!({"a": "1"}))).field_manager("me").await?;
    let patch = ManagedFields::of(&applied)?.upgrade_patch(["kubectl-client-side-apply"], "me");
    ensure!(patch.is_none(), "{patch:?}");
    Ok(())
}
