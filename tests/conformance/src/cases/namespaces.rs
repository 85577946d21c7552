//! Namespaces, and what becomes of what is in them.

use serde_json::json;
use steersman::prelude::*;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a10_a_namespace_takes_its_objects_along,
    b34_the_same_name_in_two_namespaces,
    b54_nothing_is_created_in_a_namespace_that_goes,
    d26_a_namespace_is_in_none,
];

/// A10: it is there until all that was in it is gone.
async fn a10_a_namespace_takes_its_objects_along(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let second = context.second_namespace().await?;
    let (widgets, config_maps) =
        (widgets.namespace(&second), context.config_maps().await?.namespace(&second));
    widgets.create(Context::widget("a", "red")).await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    let namespaces = context.cluster.resource("v1", "Namespace").await?;
    same!(namespaces.get(&*second).await?.field::<String>("status.phase")?.as_deref(), Some("Active"));
    let deleted = namespaces.delete(&*second).await?;
    ensure!(matches!(deleted, Deleted::Object(_)), "{deleted:?}");
    context.gone(&namespaces, &second).await?;
    same!((widgets.list().await?.len(), config_maps.list().await?.len()), (0, 0));
    Ok(())
}

/// B34: two objects, one name.
async fn b34_the_same_name_in_two_namespaces(context: Context) -> Outcome {
    let second = context.second_namespace().await?;
    let here = context.config_maps().await?;
    let there = here.namespace(&second);
    let one = here.create(Context::config_map("a", "web")).await?;
    let other = there.create(Context::config_map("a", "web")).await?;
    ensure!(one.uid() != other.uid(), "{one:?}");
    one.delete().await?;
    same!(there.get("a").await?, other);
    Ok(())
}

/// B54, C29: 403, with a cause that says why.
async fn b54_nothing_is_created_in_a_namespace_that_goes(context: Context) -> Outcome {
    let second = context.second_namespace().await?;
    let config_maps = context.config_maps().await?.namespace(&second);
    let hold = json!(["conformance.steersman.example/hold"]);
    let holder = config_maps.create(json!({"metadata": {"name": "a", "finalizers": hold}})).await?;
    let namespaces = context.cluster.resource("v1", "Namespace").await?;
    namespaces.delete(&*second).await?;
    let terminating = namespaces.get(&*second).await?;
    same!(terminating.field::<String>("status.phase")?.as_deref(), Some("Terminating"));
    let error = refused!(config_maps.create(Context::config_map("b", "web")).await);
    ensure!(error.is_forbidden(), "{error:?}");
    let causes = error.status().map(|status| status.causes().to_vec()).unwrap_or_default();
    ensure!(causes.iter().any(|cause| cause.reason == "NamespaceTerminating"), "{causes:?}");
    holder.patch(Patch::merge(json!({"metadata": {"finalizers": null}}))).await?;
    context.gone(&namespaces, &second).await
}

/// D26, D37: a namespace on a kind that has none.
async fn d26_a_namespace_is_in_none(context: Context) -> Outcome {
    let namespaces = context.cluster.resource("v1", "Namespace").await?;
    same!(namespaces.get(&*context.namespace).await?.namespace(), None);
    let error = refused!(namespaces.namespace("default").get(&*context.namespace).await);
    ensure!(error.local().is_some(), "{error:?}");
    let content = json!({"metadata": {"name": "a", "namespace": "default"}});
    ensure!(refused!(namespaces.create(content).await).local().is_some(), "it was sent");
    Ok(())
}
