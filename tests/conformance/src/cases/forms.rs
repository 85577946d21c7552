//! The forms in which a server answers: metadata only, and tables.

use futures::TryStreamExt;
use serde_json::{Value, json};
use steersman::prelude::*;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
    events::next,
};

cases![
    b10_only_the_metadata_of_one,
    b10_only_the_metadata_of_many,
    b10_only_the_metadata_of_what_changes,
    b10_what_came_in_part_can_be_changed_and_not_replaced,
    b10_a_table_of_a_built_in_kind,
    b10_a_table_of_a_custom_kind,
    b10_a_table_in_pages,
];

/// B10: of one object.
async fn b10_only_the_metadata_of_one(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let partial = config_maps.metadata_only().get("a").await?;
    same!((partial.api_version(), partial.kind()), ("meta.k8s.io/v1", "PartialObjectMetadata"));
    same!((partial.uid(), partial.resource_version()), (created.uid(), created.resource_version()));
    same!(partial.to_value()["data"], Value::Null);
    same!(partial.labels().get("app").map(String::as_str), Some("web"));
    Ok(())
}

/// B10: of a list, whole and page by page.
async fn b10_only_the_metadata_of_many(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for name in ["a", "b", "c"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    let partial = widgets.metadata_only();
    let list = partial.list().await?;
    let paged: Vec<_> = partial.list().limit(2).stream().try_collect().await?;
    same!(list.items(), paged.as_slice());
    for object in &paged {
        same!(object.kind(), "PartialObjectMetadata");
        same!(object.to_value()["spec"], Value::Null);
    }
    ensure!(list.metadata().resource_version.is_some(), "{:?}", list.metadata());
    Ok(())
}

/// B10: of events.
async fn b10_only_the_metadata_of_what_changes(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let mut watch = config_maps.metadata_only().watch().start().await?;
    let first = config_maps.create(Context::config_map("a", "web")).await?;
    loop {
        if let WatchEvent::Added(object) = next(&mut watch).await? {
            if object.name() != "a" {
                continue;
            }
            same!((object.kind(), object.uid()), ("PartialObjectMetadata", first.uid()));
            same!(object.to_value()["data"], Value::Null);
            return Ok(());
        }
    }
}

/// B10: its verbs are those of its kind; to replace the whole by the part is refused before anything is sent.
async fn b10_what_came_in_part_can_be_changed_and_not_replaced(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    let partial = config_maps.metadata_only().get("a").await?;
    let labelled = partial.set_labels([("new", Some("1"))]).await?;
    same!(labelled.kind(), "PartialObjectMetadata");
    ensure!(refused!(partial.replace(&partial).await).local().is_some(), "a part is no whole");
    let whole = config_maps.get("a").await?;
    same!(whole.to_value()["data"], json!({"key": "a"}));
    same!(whole.labels().get("new").map(String::as_str), Some("1"));
    labelled.delete().await?;
    Ok(())
}

/// B10: as kubectl prints it.
async fn b10_a_table_of_a_built_in_kind(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("a")).await?;
    let table = pods.list().as_table().await?;
    // The age is of the moment.
    let lines: Vec<String> = table.to_string().lines().map(str::to_owned).collect();
    same!(lines[0], "NAME   READY   STATUS    RESTARTS   AGE");
    ensure!(lines.len() == 2 && lines[1].starts_with("a      0/1     Pending   0          "), "{lines:?}");
    let wide = table.text().wide().with_namespaces().to_string();
    ensure!(wide.starts_with("NAMESPACE ") && wide.contains("NOMINATED NODE"), "{wide}");
    let row = table.rows[0].object.as_ref().map(|object| (object.name(), object.namespace()));
    same!(row, Some(("a", Some(&*context.namespace))));
    let one = pods.get("a").as_table().await?;
    same!(one.rows.len(), 1);
    same!(pods.list().labels("app=none").as_table().await?.to_string(), "");
    Ok(())
}

/// B10: a custom kind without columns of its own has two.
async fn b10_a_table_of_a_custom_kind(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("left", "red")).await?;
    let table = widgets.list().as_table().await?;
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    same!(names.first(), Some(&"Name"));
    same!(table.rows[0].cells[0], json!("left"));
    Ok(())
}

/// B10: a page of a table says how to go on.
async fn b10_a_table_in_pages(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for name in ["a", "b", "c"] {
        config_maps.create(Context::config_map(name, "paged")).await?;
    }
    let first = config_maps.list().labels("app=paged").limit(2).as_table().await?;
    same!(first.rows.len(), 2);
    let token = first.metadata.next_page().unwrap_or_default();
    let rest = config_maps.list().labels("app=paged").limit(2).continue_from(token).as_table().await?;
    same!((rest.rows.len(), rest.metadata.next_page()), (1, None));
    Ok(())
}
