//! Objects that wait for somebody before they go.

use serde_json::json;
use steersman::{Error, prelude::*};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
    events::told,
};

cases![
    a10_a_finalizer_keeps_the_object,
    a10_a_collection_waits_for_finalizers,
    a10_nothing_new_holds_what_is_going,
    a34_a_watch_sees_the_wait,
];

const HOLD: &str = "conformance.steersman.example/hold";

async fn held(resource: &Resource, name: &str) -> Result<ResourceInstance, Error> {
    resource.create(json!({"metadata": {"name": name, "finalizers": [HOLD]}})).await
}

fn released() -> Patch {
    Patch::merge(json!({"metadata": {"finalizers": null}}))
}

/// A10: it stays, with a time of deletion, until the last finalizer is taken off.
async fn a10_a_finalizer_keeps_the_object(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let created = held(&resource, "a").await?;
        let Deleted::Object(waiting) = created.delete().await? else {
            return Err(Failure::new("a held object is not gone"));
        };
        ensure!(waiting.metadata().deletion_timestamp.is_some(), "{}", waiting.as_json());
        same!(waiting.metadata().deletion_grace_period_seconds, Some(0));
        same!(waiting.metadata().finalizers, [HOLD]);
        let again = created.delete().await?;
        same!(again, Deleted::Object(resource.get("a").await?));
        let last = resource.patch("a", released()).await?;
        ensure!(last.metadata().finalizers.is_empty(), "{}", last.as_json());
        ensure!(refused!(resource.get("a").await).is_not_found(), "it is still there");
    }
    Ok(())
}

/// A10, C12: a collection too.
async fn a10_a_collection_waits_for_finalizers(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    held(&widgets, "a").await?;
    widgets.create(Context::widget("b", "red")).await?;
    same!(widgets.delete_collection().await?.len(), 2);
    let left = widgets.list().await?;
    same!(left.iter().map(|item| item.name()).collect::<Vec<_>>(), ["a"]);
    ensure!(left.items()[0].metadata().deletion_timestamp.is_some(), "{}", left.items()[0].as_json());
    widgets.patch("a", released()).await?;
    same!(widgets.list().await?.len(), 0);
    Ok(())
}

/// A10: while it goes it can be changed, but not held again, and its name is not free.
async fn a10_nothing_new_holds_what_is_going(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    held(&widgets, "a").await?.delete().await?;
    let more = json!({"metadata": {"finalizers": [HOLD, "conformance.steersman.example/more"]}});
    let error = refused!(widgets.patch("a", Patch::merge(more)).await);
    ensure!(error.is_invalid(), "{error:?}");
    let cause = error.status().and_then(|status| status.causes().first().cloned()).unwrap_or_default();
    same!((cause.field.as_str(), cause.reason.as_str()), ("metadata.finalizers", "FieldValueForbidden"));
    let changed = widgets.patch("a", Patch::merge(json!({"spec": {"color": "blue"}}))).await?;
    same!(changed.field::<String>("spec.color")?.as_deref(), Some("blue"));
    let error = refused!(widgets.create(Context::widget("a", "red")).await);
    ensure!(error.is_already_exists(), "{error:?}");
    widgets.patch("a", released()).await?;
    Ok(())
}

/// A34, A10: `Modified` when the wait begins, `Deleted` when it is over.
async fn a34_a_watch_sees_the_wait(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = held(&widgets, "a").await?;
    let mut watch =
        widgets.watch().resource_version(created.resource_version().unwrap_or_default()).start().await?;
    created.delete().await?;
    same!(told(&mut watch, 1).await?, ["Modified a"]);
    widgets.patch("a", released()).await?;
    same!(told(&mut watch, 1).await?, ["Deleted a"]);
    Ok(())
}
