//! Replace: an object as a whole.

use serde_json::json;
use steersman::Reason;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a09_replace_gives_the_new_object,
    a09_replace_what_is_not_there,
    b07_replace_with_a_stale_version,
    b07_replace_without_a_version,
    c17_replace_does_not_rename,
    d30_replace_leaves_nothing_of_the_old,
];

/// A09, B07, C17, D30: read, change, write back.
async fn a09_replace_gives_the_new_object(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let replaced = config_maps.replace(created.set("/data/key", json!("new"))?).await?;
    same!(replaced.at::<String>("/data/key")?, Some("new".to_owned()));
    same!(replaced.uid(), created.uid());
    ensure!(replaced.resource_version() != created.resource_version(), "{replaced:?}");
    same!(config_maps.get("a").await?, replaced);
    Ok(())
}

/// A09: a replace does not create.
async fn a09_replace_what_is_not_there(context: Context) -> Outcome {
    let error = refused!(context.config_maps().await?.replace(Context::config_map("a", "web")).await);
    ensure!(error.is_not_found(), "{error:?}");
    let widgets = context.widgets().await?;
    let mut content = Context::widget("a", "red");
    content["metadata"]["resourceVersion"] = json!("1");
    let error = refused!(widgets.replace(content).await);
    ensure!(error.is_not_found(), "{error:?}");
    Ok(())
}

/// B07, C29: somebody was faster; nothing is written.
async fn b07_replace_with_a_stale_version(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let created = resource.create(json!({"metadata": {"name": "a"}})).await?;
        let winner = resource.replace(created.set("/metadata/labels", json!({"who": "first"}))?).await?;
        let error =
            refused!(resource.replace(created.set("/metadata/labels", json!({"who": "second"}))?).await);
        ensure!(error.is_conflict() && !error.is_already_exists(), "{error:?}");
        same!(error.status().map(|status| &status.reason), Some(&Reason::Conflict));
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        let name = resource.api().qualified_name();
        let start = format!("Operation cannot be fulfilled on {name} \"a\": the object has been modified");
        ensure!(message.starts_with(&start), "{message}");
        same!(resource.get("a").await?, winner);
    }
    Ok(())
}

/// B07: built-in kinds mostly take it, custom ones never do.
async fn b07_replace_without_a_version(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    let replaced = config_maps.replace(Context::config_map("a", "db")).await?;
    same!(replaced.labels()["app"], "db");
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let error = refused!(widgets.replace(Context::widget("a", "blue")).await);
    ensure!(error.is_invalid(), "{error:?}");
    let cause = error.status().and_then(|status| status.causes().first().cloned()).unwrap_or_default();
    same!((cause.field.as_str(), cause.reason.as_str()), ("metadata.resourceVersion", "FieldValueInvalid"));
    Ok(())
}

/// C17: the name in the content must be the object's own; uid too.
async fn c17_replace_does_not_rename(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let error = refused!(created.replace(created.set("/metadata/name", json!("b"))?).await);
    same!(
        (error.code(), error.status().map(|status| &status.reason)),
        (Some(400), Some(&Reason::BadRequest))
    );
    let other = "00000000-0000-0000-0000-000000000000";
    let error = refused!(created.replace(created.set("/metadata/uid", json!(other))?).await);
    ensure!(error.is_conflict(), "{error:?}");
    Ok(())
}

/// D30: what the content does not have is gone, except what only the server sets.
async fn d30_replace_leaves_nothing_of_the_old(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let replaced = config_maps.replace(json!({"metadata": {"name": "a"}, "data": {"other": "1"}})).await?;
    same!(replaced.to_value()["data"], json!({"other": "1"}));
    ensure!(replaced.labels().is_empty(), "{:?}", replaced.labels());
    same!(replaced.uid(), created.uid());
    same!(replaced.metadata().creation_timestamp, created.metadata().creation_timestamp);
    Ok(())
}
