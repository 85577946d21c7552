//! Objects that may be there, and changes that meet others.

use serde_json::json;
use steersman::prelude::*;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a06_a_scale_if_it_is_there,
    a06_an_object_if_it_is_there,
    a16_a_change_meets_another,
    a16_a_change_of_a_scale,
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
