//! The subresource `status`.

use serde_json::json;
use steersman::Patch;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    c18_a_create_drops_the_status,
    c18_each_leaves_the_other_alone,
    c18_generation_counts_what_is_wanted,
    c18_replace_of_a_status,
    c18_status_of_a_built_in_kind,
    d39_a_kind_without_the_subresource_has_its_status_inside,
];

/// C18: the status is not the creator's to say.
async fn c18_a_create_drops_the_status(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut content = Context::widget("a", "red");
    content["status"] = json!({"phase": "Ready"});
    let created = widgets.create(content).await?;
    ensure!(created.value("/status").is_none(), "{}", created.as_json());
    Ok(())
}

/// C18, A20: the main path ignores the status, the status ignores all else.
async fn c18_each_leaves_the_other_alone(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let changes = || {
        Patch::merge(json!({
            "metadata": {"labels": {"app": "web"}}, "spec": {"color": "blue"}, "status": {"phase": "Ready"},
        }))
    };
    let patched = widgets.subresource("status")?.patch("a", changes()).await?;
    same!(patched.to_value()["status"], json!({"phase": "Ready"}));
    same!((patched.field::<String>("spec.color")?.as_deref(), patched.labels().len()), (Some("red"), 0));
    let reset = Patch::merge(json!({"spec": {"color": "green"}, "status": {"phase": "Lost"}}));
    let patched = widgets.patch("a", reset).await?;
    same!(patched.field::<String>("spec.color")?.as_deref(), Some("green"));
    same!(patched.to_value()["status"], json!({"phase": "Ready"}));
    Ok(())
}

/// C18: neither status nor metadata make a new generation.
async fn c18_generation_counts_what_is_wanted(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let widget = widgets.create(Context::widget("a", "red")).await?;
    same!(widget.metadata().generation, Some(1));
    let status = Patch::merge(json!({"status": {"phase": "Ready"}}));
    let widget = widgets.subresource("status")?.patch("a", status).await?;
    same!(widget.metadata().generation, Some(1));
    same!(widget.set_labels([("app", Some("web"))]).await?.metadata().generation, Some(1));
    let widget = widgets.patch("a", Patch::merge(json!({"spec": {"color": "blue"}}))).await?;
    same!(widget.metadata().generation, Some(2));
    Ok(())
}

/// C18: a whole object goes in and comes out; a stale version is a conflict.
async fn c18_replace_of_a_status(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let status = widgets.subresource("status")?;
    let content = created.set("/status", json!({"phase": "Ready"}))?.set("/spec/color", json!("blue"))?;
    let replaced = status.replace("a", &content).await?;
    same!((replaced.kind(), replaced.name()), ("Widget", "a"));
    same!(replaced.to_value()["status"], json!({"phase": "Ready"}));
    same!(replaced.field::<String>("spec.color")?.as_deref(), Some("red"));
    same!(status.get("a").await?, replaced);
    let error = refused!(status.replace("a", content.set("/status/phase", json!("Lost"))?).await);
    ensure!(error.is_conflict(), "{error:?}");
    Ok(())
}

/// C18: a pod's phase, which pods can be selected by.
async fn c18_status_of_a_built_in_kind(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let created = pods.create(Context::pod("a")).await?;
    same!(created.field::<String>("status.phase")?.as_deref(), Some("Pending"));
    pods.subresource("status")?.patch("a", Patch::merge(json!({"status": {"phase": "Running"}}))).await?;
    same!(pods.list().fields("status.phase=Running").await?.len(), 1);
    let patched = pods.patch("a", Patch::merge(json!({"status": {"phase": "Failed"}}))).await?;
    same!(patched.field::<String>("status.phase")?.as_deref(), Some("Running"));
    Ok(())
}

/// D39, C18: without the subresource, the status is a field like any other.
async fn d39_a_kind_without_the_subresource_has_its_status_inside(context: Context) -> Outcome {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let plain = context.define(context.definition("Plain", "plains", schema)).await?;
    let error = refused!(plain.subresource("status"));
    ensure!(error.local().is_some(), "{error:?}");
    let created = plain.create(json!({"metadata": {"name": "a"}, "status": {"phase": "Ready"}})).await?;
    same!(created.to_value()["status"], json!({"phase": "Ready"}));
    Ok(())
}
