//! Label and field selectors.

use serde_json::json;
use steersman::prelude::*;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a36_several_labels_and_a_loop_of_patches,
    d27_a_field_that_can_not_be_selected_by,
    d27_a_malformed_selector_is_not_sent,
    d27_fields_of_built_in_kinds,
    d27_fields_of_custom_kinds,
    d27_labels_by_every_operator,
    d27_name_and_namespace_of_any_kind,
];

/// A36, B42: each found object is changed by its own name and namespace.
async fn a36_several_labels_and_a_loop_of_patches(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for (name, app, env) in
        [("a", "nginx", "production"), ("b", "nginx", "test"), ("c", "nginx", "production")]
    {
        let labels = json!({"app": app, "env": env});
        config_maps.create(json!({"metadata": {"name": name, "labels": labels}})).await?;
    }
    let all = config_maps.all_namespaces();
    for found in all.list().labels([("app", "nginx"), ("env", "production")]).await? {
        // Other cases may have such objects too.
        if found.namespace() == Some(&*context.namespace) {
            let place = config_maps.namespace(found.namespace().unwrap_or_default());
            place.patch(found.name(), Patch::merge(json!({"data": {"seen": "yes"}}))).await?;
        }
    }
    for (name, seen) in [("a", Some("yes")), ("b", None), ("c", Some("yes"))] {
        same!(config_maps.get(name).await?.at::<String>("/data/seen")?.as_deref(), seen);
    }
    Ok(())
}

/// D27, B54: 400, and the field is named.
async fn d27_a_field_that_can_not_be_selected_by(context: Context) -> Outcome {
    for (resource, field, says) in [
        (context.config_maps().await?, "data.key", "\"data.key\" is not a known field selector"),
        (context.widgets().await?, "spec.color", "field label not supported: spec.color"),
    ] {
        let error = refused!(resource.list().fields(format!("{field}=a")).await);
        same!(error.code(), Some(400));
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        ensure!(message.contains(says), "{message}");
    }
    Ok(())
}

/// D27: a selector that breaks the grammar is an error before anything is sent.
async fn d27_a_malformed_selector_is_not_sent(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for error in [
        refused!(config_maps.list().labels("app in web").await),
        refused!(config_maps.list().fields("metadata.name").await),
        refused!(config_maps.watch().labels("=x").start().await),
        refused!(config_maps.delete_collection().labels("app=we b").await),
    ] {
        ensure!(error.local().is_some(), "{error:?}");
    }
    Ok(())
}

/// D27: a field beyond the name, and two at a time.
async fn d27_fields_of_built_in_kinds(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    for name in ["a", "b"] {
        pods.create(Context::pod(name)).await?;
    }
    for (selector, want) in [
        ("status.phase=Pending", 2),
        ("status.phase!=Pending", 0),
        ("status.phase=Pending,metadata.name!=a", 1),
        ("spec.nodeName=", 2),
        ("spec.restartPolicy=Always,metadata.name=b", 1),
    ] {
        let found = pods.list().fields(selector).await?;
        ensure!(found.len() == want, "{selector}: {}", found.len());
    }
    let secrets = context.resource("v1", "Secret").await?;
    secrets.create(json!({"metadata": {"name": "a"}, "type": "example.com/key"})).await?;
    same!(secrets.list().fields("type=example.com/key").await?.len(), 1);
    Ok(())
}

/// D27: the fields that a definition offers.
async fn d27_fields_of_custom_kinds(context: Context) -> Outcome {
    let mut definition = context.widget_definition();
    definition["spec"]["versions"][0]["selectableFields"] = json!([{"jsonPath": ".spec.color"}]);
    let widgets = context.define(definition).await?;
    for (name, color) in [("a", "red"), ("b", "blue"), ("c", "red")] {
        widgets.create(Context::widget(name, color)).await?;
    }
    for (selector, want) in [
        ("spec.color=red", vec!["a", "c"]),
        ("spec.color!=red", vec!["b"]),
        ("spec.color=red,metadata.name=c", vec!["c"]),
    ] {
        let found = widgets.list().fields(selector).await?;
        same!(found.iter().map(|item| item.name()).collect::<Vec<_>>(), want);
    }
    Ok(())
}

/// D27, A36: every operator, on the server.
async fn d27_labels_by_every_operator(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for (name, labels) in [
        ("a", json!({"app": "web", "weight": "3"})),
        ("b", json!({"app": "db", "weight": "10", "x.io/y": ""})),
        ("c", json!({"tier": "front"})),
    ] {
        widgets.create(json!({"metadata": {"name": name, "labels": labels}})).await?;
    }
    for (selector, want) in [
        ("", "abc"),
        ("app=web", "a"),
        ("app==web", "a"),
        ("app!=web", "bc"),
        ("app", "ab"),
        ("!app", "c"),
        ("app in (web, db)", "ab"),
        ("app notin (web)", "bc"),
        ("weight>3", "b"),
        ("weight<4", "a"),
        ("x.io/y=", "b"),
        ("x.io/y in ()", "b"),
        ("app,app!=web", "b"),
        ("app=web,app=db", ""),
    ] {
        let found = widgets.list().labels(selector).await?;
        let found: String = found.iter().map(|item| item.name()).collect();
        ensure!(found == want, "{selector:?} selects {found:?}, and not {want:?}");
    }
    Ok(())
}

/// D27: two fields that every kind can be selected by.
async fn d27_name_and_namespace_of_any_kind(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        for name in ["a", "b", "c"] {
            resource.create(json!({"metadata": {"name": name, "labels": {"app": "web"}}})).await?;
        }
        for (selector, want) in [
            ("metadata.name=b", "b"),
            ("metadata.name!=b", "ac"),
            ("metadata.name=a,metadata.name=b", ""),
            ("metadata.namespace=elsewhere", ""),
        ] {
            let found = resource.list().labels("app=web").fields(selector).await?;
            same!(found.iter().map(|item| item.name()).collect::<String>(), want);
        }
    }
    Ok(())
}
