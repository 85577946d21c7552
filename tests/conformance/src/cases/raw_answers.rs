//! Answers that the caller reads.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use steersman::{
    meta::{ListOptions, ResourceVersionMatch},
    prelude::*,
};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![b12_a_refusal_as_an_answer, b12_a_type_of_ones_own, b12_a_watch_as_it_comes, b12_bytes_and_headers,];

#[derive(Deserialize)]
struct Widget {
    spec: Spec,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Spec {
    color: String,
    replicas: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    resource_version: String,
}

/// B12, B15: each verb, read into the caller's type.
async fn b12_a_type_of_ones_own(context: Context) -> Outcome {
    #[derive(Deserialize)]
    struct Widgets {
        items: Vec<Widget>,
    }
    let widgets = context.widgets().await?;
    let created: Widget = widgets.create(Context::widget("a", "red")).raw().value().await?;
    same!((&*created.spec.color, created.spec.replicas), ("red", Some(1)));
    let read: Widget = widgets.get("a").raw().value().await?;
    same!(read.metadata.resource_version, created.metadata.resource_version);
    let patch = Patch::merge(json!({"spec": {"replicas": 2}}));
    let patched: Widget = widgets.patch("a", patch).raw().value().await?;
    same!(patched.spec.replicas, Some(2));
    let scale: Value = widgets.subresource("scale")?.get("a").raw().value().await?;
    same!(scale["spec"]["replicas"], json!(2));
    let applied = json!({"metadata": {"name": "b"}, "spec": {"color": "blue"}});
    let applied: Widget = widgets.apply(applied).field_manager("me").raw().value().await?;
    same!(applied.spec.color, "blue");
    let list: Widgets = widgets.list().raw().value().await?;
    same!(list.items.iter().map(|one| &*one.metadata.name).collect::<Vec<_>>(), ["a", "b"]);
    let error = refused!(widgets.get("a").raw().value::<Vec<u8>>().await.map(|bytes| bytes.len()));
    let report = error.report().to_string();
    ensure!(report.contains("does not read as") && error.status().is_none(), "{report}");
    let deleted: Value = widgets.delete("a").raw().value().await?;
    same!(deleted["status"], json!("Success"));
    Ok(())
}

/// B12, B10: what the verb gives is in the bytes, and the head says who answered.
async fn b12_bytes_and_headers(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let answer = config_maps.create(Context::config_map("a", "web")).raw().await?;
    same!(answer.status().as_u16(), 201);
    let content_type = answer.headers().get("content-type").map(http::HeaderValue::as_bytes);
    same!(content_type, Some(&b"application/json"[..]));
    let created = Object::parse(answer.into_body())?;
    same!(created, *config_maps.get("a").await?.object());
    let yaml = config_maps.get("a").header("accept", "application/yaml").raw().text().await?;
    ensure!(yaml.contains("name: a\n"), "{yaml}");
    let length = config_maps.list().raw().decode(|_, body| Ok::<_, std::io::Error>(body.len())).await?;
    ensure!(length > yaml.len(), "{length}");
    Ok(())
}

/// B12, E07: a refusal is an error, or an answer where that is asked for.
async fn b12_a_refusal_as_an_answer(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let error = refused!(config_maps.get("missing").raw().await);
    ensure!(error.is_not_found(), "{error:?}");
    let answer = config_maps.get("missing").raw().any_status().await?;
    same!(answer.status().as_u16(), 404);
    let status: Value = config_maps.delete("missing").raw().any_status().value().await?;
    same!(status["reason"], json!("NotFound"));
    Ok(())
}

/// B12, A11: one watch request with its options as they are said: the initial events, closed by a bookmark.
async fn b12_a_watch_as_it_comes(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let options = ListOptions {
        send_initial_events: Some(true),
        resource_version_match: Some(ResourceVersionMatch::NotOlderThan),
        allow_watch_bookmarks: Some(true),
        timeout_seconds: Some(60),
        ..Default::default()
    };
    let mut body = widgets.watch().options(options.clone()).raw().stream().await?.into_body();
    let mut text = String::new();
    while !text.contains("k8s.io/initial-events-end") {
        let chunk = tokio::time::timeout(Duration::from_secs(30), body.next_chunk()).await;
        match chunk {
            Ok(Some(chunk)) => text.push_str(&String::from_utf8_lossy(&chunk?)),
            Ok(None) => return Err(Failure::new(format!("the watch ended after {text}"))),
            Err(_) => return Err(Failure::new(format!("the watch said nothing more after {text}"))),
        }
    }
    let first = text.lines().next().unwrap_or_default();
    let event: Value = serde_json::from_str(first)?;
    same!((&event["type"], &event["object"]["metadata"]["name"]), (&json!("ADDED"), &json!("a")));
    // The server says what does not go together, and a list takes none of it.
    let alone = ListOptions { send_initial_events: Some(true), ..Default::default() };
    for error in [
        refused!(widgets.watch().options(alone.clone()).raw().await),
        refused!(widgets.list().options(alone).await),
    ] {
        ensure!(error.is_invalid(), "{error:?}");
    }
    Ok(())
}
