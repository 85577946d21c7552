//! The subresource `scale`.

use serde_json::json;
use steersman::{GroupVersionKind, Patch};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a12_there_is_no_such_subresource,
    a20_scale_of_a_custom_kind,
    a21_scale_of_a_deployment,
    a21_scale_of_what_is_not_there,
    a22_a_scale_below_zero,
    a22_patch_of_a_scale,
    a23_a_stale_scale_is_a_conflict,
    a35_read_change_and_replace_a_scale,
];

/// A12, A20: known from discovery, so nothing is sent.
async fn a12_there_is_no_such_subresource(context: Context) -> Outcome {
    let error = refused!(context.config_maps().await?.subresource("scale"));
    ensure!(error.local().is_some(), "{error:?}");
    let error = refused!(context.resource("apps/v1", "Deployment").await?.subresource("scales"));
    ensure!(format!("{error:?}").contains("scale, status"), "{error:?}");
    Ok(())
}

/// A21: a `Scale`, with the selector of its pods as text.
async fn a21_scale_of_a_deployment(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    let web = deployments.create(Context::deployment("web", 0)).await?;
    let scale = deployments.subresource("scale")?.get("web").await?;
    same!(scale.gvk(), Some(GroupVersionKind::new("autoscaling", "v1", "Scale")));
    same!((scale.name(), scale.namespace(), scale.uid()), ("web", Some(&*context.namespace), web.uid()));
    same!(scale.at::<String>("/status/selector")?, Some("app=web".to_owned()));
    same!(web.subresource("scale")?.get(web.name()).await?.uid(), web.uid());
    Ok(())
}

/// A22: only the number changes.
async fn a22_patch_of_a_scale(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let scale = deployments.subresource("scale")?;
    for (patch, want) in [
        (Patch::merge(json!({"spec": {"replicas": 2}})), 2),
        (Patch::strategic(json!({"spec": {"replicas": 3}})), 3),
        (Patch::json(json!([{"op": "replace", "path": "/spec/replicas", "value": 1}])), 1),
    ] {
        let patched = scale.patch("web", patch).await?;
        same!((patched.kind(), patched.field::<i64>("spec.replicas")?), ("Scale", Some(want)));
        same!(deployments.get("web").await?.field::<i64>("spec.replicas")?, Some(want));
    }
    Ok(())
}

/// A23: the version in the metadata is a precondition.
async fn a23_a_stale_scale_is_a_conflict(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let scale = widgets.subresource("scale")?;
    let old = scale.get("a").await?;
    scale.patch("a", Patch::merge(json!({"spec": {"replicas": 2}}))).await?;
    let error = refused!(scale.replace("a", old.set("/spec/replicas", json!(5))?).await);
    ensure!(error.is_conflict(), "{error:?}");
    same!(widgets.get("a").await?.field::<i64>("spec.replicas")?, Some(2));
    Ok(())
}

/// A35, A12, A20, A21, A23: the body is built from what was read.
async fn a35_read_change_and_replace_a_scale(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let scale = deployments.subresource("scale")?;
    for _ in 0..20 {
        let current = scale.get("web").await?;
        let metadata: serde_json::Value = current.at("/metadata")?.unwrap_or_default();
        let body = json!({
            "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata, "spec": {"replicas": 3},
        });
        match scale.replace("web", body).await {
            // The controller writes the status meanwhile.
            Err(error) if error.is_conflict() => continue,
            replaced => same!(replaced?.field::<i64>("spec.replicas")?, Some(3)),
        }
        same!(deployments.get("web").await?.field::<i64>("spec.replicas")?, Some(3));
        return Ok(());
    }
    Err(crate::Failure::new("20 conflicts in a row"))
}

/// A20, A21, A23: the paths that the definition names.
async fn a20_scale_of_a_custom_kind(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let status = json!({"status": {"replicas": 1, "selector": "app=a"}});
    widgets.subresource("status")?.patch("a", Patch::merge(status)).await?;
    let scale = widgets.subresource("scale")?;
    let read = scale.get("a").await?;
    same!((read.api_version(), read.kind()), ("autoscaling/v1", "Scale"));
    same!(read.to_value()["spec"], json!({"replicas": 1}));
    same!(read.to_value()["status"], json!({"replicas": 1, "selector": "app=a"}));
    let replaced = scale.replace("a", read.set("/spec/replicas", json!(4))?).await?;
    same!(replaced.field::<i64>("spec.replicas")?, Some(4));
    let widget = widgets.get("a").await?;
    same!(widget.to_value()["spec"], json!({"replicas": 4, "color": "red"}));
    same!(widget.metadata().generation, Some(2));
    Ok(())
}

/// A21, A22: the object itself is what is not found.
async fn a21_scale_of_what_is_not_there(context: Context) -> Outcome {
    for resource in [context.resource("apps/v1", "Deployment").await?, context.widgets().await?] {
        let scale = resource.subresource("scale")?;
        for error in [
            refused!(scale.get("missing").await),
            refused!(scale.patch("missing", Patch::merge(json!({"spec": {"replicas": 1}}))).await),
        ] {
            ensure!(error.is_not_found(), "{error:?}");
            let name = resource.api().qualified_name();
            same!(error.status().map(ToString::to_string), Some(format!("{name} \"missing\" not found")));
        }
    }
    Ok(())
}

/// A22: refused, and nothing is changed.
async fn a22_a_scale_below_zero(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("web", "red")).await?;
    for (resource, was) in [(deployments, 0), (widgets, 1)] {
        let patch = Patch::merge(json!({"spec": {"replicas": -1}}));
        let error = refused!(resource.subresource("scale")?.patch("web", patch).await);
        ensure!(error.is_invalid(), "{error:?}");
        same!(resource.get("web").await?.field::<i64>("spec.replicas")?, Some(was));
    }
    Ok(())
}
