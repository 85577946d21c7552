//! Objects that may be there, and changes that meet others.

use serde_json::json;
use steersman::{LocalError, prelude::*, verbs::Obtained};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a06_a_scale_if_it_is_there,
    a06_an_object_if_it_is_there,
    a06_an_object_whoever_makes_it,
    a16_a_change_meets_another,
    a16_a_change_of_a_scale,
    a16_a_change_needs_a_version,
    a16_the_status_of_an_instance,
    a16_an_object_made_anew_is_another,
    b11_a_parameter_of_ones_own,
    c09_strict_for_the_whole_client,
    c20_yaml_by_hand,
    d08_a_call_for_real,
];

/// A06: none, and no error; the object where it is there.
async fn a06_an_object_if_it_is_there(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        same!(resource.get("a").if_exists().await?, None);
        let created = resource.create(json!({"metadata": {"name": "a"}})).await?;
        same!(resource.get("a").if_exists().await?, Some(created));
    }
    Ok(())
}

/// A06, A21: what lies below an object that is not there, is not there.
async fn a06_a_scale_if_it_is_there(context: Context) -> Outcome {
    let scale = context.resource("apps/v1", "Deployment").await?.subresource("scale")?;
    same!(scale.get("web").if_exists().await?, None);
    Ok(())
}

/// A06, A07: ten at the same time get one object, and one of them has made it.
async fn a06_an_object_whoever_makes_it(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let all = (0..10).map(|_| config_maps.create_or_get(Context::config_map("a", "web")).into_future());
    let all: Vec<Obtained> = futures::future::try_join_all(all).await?;
    let created = all.iter().filter(|one| matches!(one, Obtained::Created(_))).count();
    same!(created, 1);
    same!(all.iter().filter(|one| one.uid() != all[0].uid()).count(), 0);
    // What is there is left as it is.
    let found =
        config_maps.create_or_get(json!({"metadata": {"name": "a"}, "data": {"key": "other"}})).await?;
    same!(found.into_instance().at::<String>("/data/key")?.as_deref(), Some("a"));
    Ok(())
}

/// A16: what was only tried has none, and is not written over what may be there.
async fn a16_a_change_needs_a_version(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let tried = config_maps.create(Context::config_map("a", "web")).dry_run().await?;
    config_maps.create(json!({"metadata": {"name": "a"}, "data": {"key": "somebody's"}})).await?;
    let error = refused!(tried.change(|object| object.set("/data/key", json!("mine"))).await);
    same!(error.local(), Some(&LocalError::MissingResourceVersion));
    same!(config_maps.get("a").await?.at::<String>("/data/key")?.as_deref(), Some("somebody's"));
    Ok(())
}

/// A16, C08, C18: each gives the object, whose verbs are its own; the spec stays as it is.
async fn a16_the_status_of_an_instance(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let phase = |phase: &str| json!({"status": {"phase": phase}});
    let patched = created.patch_status(Patch::merge(phase("patched"))).await?;
    let replaced = patched.set("/status/phase", json!("replaced"))?.set("/spec/color", json!("blue"))?;
    let replaced = patched.replace_status(replaced).await?;
    same!(replaced.to_value()["spec"], created.to_value()["spec"]);
    ensure!(refused!(patched.replace_status(&patched).await).is_conflict(), "it has changed");
    let changed = patched.change_status(|widget| widget.set("/status/phase", json!("changed"))).await?;
    same!(changed.at::<String>("/status/phase")?.as_deref(), Some("changed"));
    let content = json!({"metadata": {"name": "a"}, "status": {"phase": "applied"}});
    let applied = changed.apply_status(content).field_manager("me").force().await?;
    same!(applied.at::<String>("/status/phase")?.as_deref(), Some("applied"));
    let labelled = applied.set_labels([("a", Some("b"))]).await?;
    same!((labelled.labels().get("a").map(String::as_str), labelled.kind()), (Some("b"), "Widget"));
    labelled.delete().await?;
    let config_map = context.config_maps().await?.create(Context::config_map("a", "web")).await?;
    let error = refused!(config_map.patch_status(Patch::merge(phase("x"))).await);
    ensure!(matches!(error.local(), Some(LocalError::UnknownSubresource { .. })), "{error:?}");
    Ok(())
}

/// A16: neither change is lost.
async fn a16_a_change_meets_another(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let stale = config_maps.create(json!({"metadata": {"name": "a"}, "data": {"n": "1"}})).await?;
    stale.patch(Patch::merge(json!({"data": {"other": "x"}}))).await?;
    let mut calls = 0;
    let change = |object: &Object| {
        calls += 1;
        object.set("/data/n", json!("2"))
    };
    let stored = stale.change(change).await?;
    same!(calls, 2);
    same!(stored.at::<serde_json::Value>("/data")?, Some(json!({"n": "2", "other": "x"})));
    same!(config_maps.get("a").await?, stored);
    Ok(())
}

/// A16, A20, A35: what came from a subresource is changed there.
async fn a16_a_change_of_a_scale(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let scale = deployments.subresource("scale")?.get("web").await?;
    deployments.patch("web", Patch::merge(json!({"metadata": {"labels": {"a": "b"}}}))).await?;
    let scale = scale.change(|scale| scale.set("/spec/replicas", json!(0))).await?;
    same!(scale.at::<i64>("/spec/replicas")?.unwrap_or_default(), 0);
    same!(scale.kind(), "Scale");
    Ok(())
}

/// A16: it has the name, and is another object: it is not changed.
async fn a16_an_object_made_anew_is_another(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let first = config_maps.create(Context::config_map("a", "web")).await?;
    ensure!(first.exists().await?, "it is there");
    first.delete().await?;
    ensure!(!first.exists().await?, "it is gone");
    let second = config_maps.create(Context::config_map("a", "web")).await?;
    ensure!(!first.exists().await? && second.exists().await?, "the second is not the first");
    let error = refused!(first.change(|object| object.set("/data/key", json!("2"))).await);
    ensure!(error.is_conflict(), "{error:?}");
    same!(config_maps.get("a").await?, second);
    Ok(())
}

/// B09, B11: what no option covers is the server's to understand.
async fn b11_a_parameter_of_ones_own(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let content = Context::config_map("a", "web");
    config_maps.create(&content).query("dryRun", "All").await?;
    same!(config_maps.get("a").if_exists().await?, None);
    config_maps.create(&content).header("X-Of-My-Own", "x").await?;
    same!(config_maps.list().query("labelSelector", "app=db").await?.len(), 0);
    same!(config_maps.list().query("labelSelector", "app=web").await?.len(), 1);
    Ok(())
}

/// C20: a manifest as it is written by hand.
async fn c20_yaml_by_hand(context: Context) -> Outcome {
    let text = "
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
data:
  plain: yes
  lines: |
    one
    two
";
    let created = context.config_maps().await?.create(Content::yaml(text)).await?;
    same!(created.at::<serde_json::Value>("/data")?, Some(json!({"plain": "yes", "lines": "one\ntwo\n"})));
    Ok(())
}

/// D08: the call wins over a client that only tries, for a create and for a delete.
async fn d08_a_call_for_real(context: Context) -> Outcome {
    let cluster = DynamicClient::builder().config(context.config.clone()).dry_run().connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let created = config_maps.create(Context::config_map("a", "web")).for_real().await?;
    created.delete().await?;
    ensure!(created.exists().await?, "that was only tried");
    created.delete().for_real().await?;
    ensure!(!created.exists().await?, "that was meant");
    Ok(())
}

/// C09: what a client says about unknown fields holds for its writes, and each can say otherwise.
async fn c09_strict_for_the_whole_client(context: Context) -> Outcome {
    use steersman::meta::FieldValidation::{Ignore, Strict};
    let builder = DynamicClient::builder().config(context.config.clone());
    let cluster = builder.field_validation(Strict).connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let content = json!({"metadata": {"name": "a"}, "unknown": true});
    ensure!(refused!(config_maps.create(&content).await).is_bad_request(), "it was taken");
    config_maps.create(&content).field_validation(Ignore).await?;
    Ok(())
}
