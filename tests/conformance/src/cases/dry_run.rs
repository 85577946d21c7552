//! Writes that are only tried.

use serde_json::json;
use steersman::{
    meta::{CreateOptions, DryRun},
    prelude::*,
};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    d08_a_client_that_only_tries,
    d08_a_call_can_be_real_after_all,
    d08_create_and_apply_store_nothing,
    d08_deletes_remove_nothing,
    d08_replace_and_patch_change_nothing,
    d08_the_server_checks_as_if_it_were_real,
];

/// D08, D14: every write, and the deletes above all.
async fn d08_a_client_that_only_tries(context: Context) -> Outcome {
    let real = context.config_maps().await?;
    let there = real.create(Context::config_map("there", "web")).await?;
    let cluster = DynamicClient::builder().config(context.config.clone()).dry_run().connect().await?;
    let tried = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    tried.create(Context::config_map("new", "web")).await?;
    tried.patch("there", Patch::merge(json!({"data": {"key": "2"}}))).await?;
    tried.replace(Context::config_map("there", "db")).await?;
    tried.apply(Context::config_map("applied", "web")).field_manager("me").await?;
    tried.delete("there").await?;
    same!(tried.delete_collection().labels("app").await?.len(), 1);
    let left = real.list().labels("app").await?;
    same!(left.items(), [there]);
    Ok(())
}

/// D08: the call's own options win over the client's.
async fn d08_a_call_can_be_real_after_all(context: Context) -> Outcome {
    let cluster = DynamicClient::builder().config(context.config.clone()).dry_run().connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let options = CreateOptions { dry_run: Some(DryRun::Off), ..CreateOptions::default() };
    let created = config_maps.create(Context::config_map("a", "web")).options(options).await?;
    same!(config_maps.get("a").await?, created);
    Ok(())
}

/// D08: they give the object that would be.
async fn d08_create_and_apply_store_nothing(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let content = json!({"metadata": {"name": "a", "labels": {"app": "web"}}});
        let created = resource.create(&content).dry_run().await?;
        ensure!(created.uid().is_some(), "{}", created.as_json());
        let applied = resource.apply(&content).field_manager("me").dry_run().await?;
        same!(applied.labels(), created.labels());
        ensure!(refused!(resource.get("a").await).is_not_found(), "it was stored");
    }
    Ok(())
}

/// D08, C10, C12: neither one nor many; not even the finalizers' wait begins.
async fn d08_deletes_remove_nothing(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let finalizers = json!(["conformance.steersman.example/hold"]);
    let held = widgets.create(json!({"metadata": {"name": "held", "finalizers": finalizers}})).await?;
    let free = widgets.create(Context::widget("free", "red")).await?;
    widgets.delete("free").dry_run().await?;
    widgets.delete("held").dry_run().await?;
    widgets.delete_collection().dry_run().await?;
    same!(widgets.list().await?.items(), [free, held.clone()]);
    held.patch(Patch::merge(json!({"metadata": {"finalizers": null}}))).await?;
    Ok(())
}

/// D08: the answer has the change, the server does not.
async fn d08_replace_and_patch_change_nothing(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let blue = json!("blue");
    let status = json!({"status": {"phase": "Ready"}});
    for tried in [
        created.replace(created.set("/spec/color", blue.clone())?).dry_run().await?,
        created.patch(Patch::merge(json!({"spec": {"color": blue}}))).dry_run().await?,
        widgets.apply(Context::widget("a", "blue")).field_manager("me").force().dry_run().await?,
    ] {
        same!(tried.field::<String>("spec.color")?.as_deref(), Some("blue"));
    }
    widgets.subresource("status")?.patch("a", Patch::merge(status)).dry_run().await?;
    widgets
        .subresource("scale")?
        .patch("a", Patch::merge(json!({"spec": {"replicas": 7}})))
        .dry_run()
        .await?;
    same!(widgets.get("a").await?, created);
    Ok(())
}

/// D08: conflicts and faults are found.
async fn d08_the_server_checks_as_if_it_were_real(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let error = refused!(widgets.create(Context::widget("a", "red")).dry_run().await);
    ensure!(error.is_already_exists(), "{error:?}");
    let bad = Patch::merge(json!({"spec": {"replicas": -1}}));
    ensure!(refused!(created.patch(bad).dry_run().await).is_invalid(), "a bad value was taken");
    let error = refused!(widgets.delete("missing").dry_run().await);
    ensure!(error.is_not_found(), "{error:?}");
    Ok(())
}
