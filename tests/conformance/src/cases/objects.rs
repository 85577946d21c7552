//! Create and get.

use serde_json::json;
use steersman::{Reason, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a06_get_what_is_not_there,
    a07_create_gives_the_stored_object,
    b40_fields_of_any_name,
    a16_an_instance_has_verbs,
    a33_namespace_in_the_call_and_in_the_body,
    b04_namespace_in_the_body_alone,
    c09_the_server_makes_the_name,
    c13_get_at_a_resource_version,
    d13_create_what_is_there,
    d13_create_in_a_namespace_that_is_not_there,
    d40_kind_and_api_version_are_filled_in,
];

/// A06, B13, B54, D23: an error, and not a Status that looks like an object.
async fn a06_get_what_is_not_there(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let error = refused!(config_maps.get("missing").await);
    ensure!(error.is_not_found(), "{error:?}");
    same!(error.status().map(ToString::to_string), Some("configmaps \"missing\" not found".to_owned()));
    Ok(())
}

/// B39, B40, B41, B43, D05: what is written into an object is what is stored, whatever its fields are called.
async fn b40_fields_of_any_name(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let mut object = Object::from_content(json!({"metadata": {"name": "a"}, "data": {}}))?;
    let names = ["items", "get", "keys", "metadata", "a.b", "to_dict"];
    for name in names {
        object = object.set(&format!("/data/{name}"), json!(name))?;
    }
    let created = config_maps.create(&object).await?;
    for name in names {
        same!(created.at::<String>(&format!("/data/{name}"))?.as_deref(), Some(name));
    }
    same!(created.field::<String>("data.items")?.as_deref(), Some("items"));
    same!(created.field::<String>("data.missing")?, None);
    let text = created.to_yaml()?;
    ensure!(text.contains("kind: ConfigMap") && text.contains("to_dict: to_dict"), "{text}");
    let again = config_maps.replace(Content::yaml(&text)).await?;
    same!(again.to_value(), created.to_value());
    Ok(())
}

/// A07, B02, C09, D13: what comes back is the object as it was stored.
async fn a07_create_gives_the_stored_object(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    same!((created.api_version(), created.kind(), created.name()), ("v1", "ConfigMap", "a"));
    same!(created.namespace(), Some(context.namespace.as_str()));
    ensure!(created.uid().is_some() && created.resource_version().is_some(), "{}", created.as_json());
    same!(created.at::<String>("/data/key")?, Some("a".to_owned()));
    same!(config_maps.get("a").await?, created);
    Ok(())
}

/// A16, A13: patch, replace, refresh and delete act on the object itself.
async fn a16_an_instance_has_verbs(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let mut known = created.clone();
    let patched = created.patch(Patch::merge(json!({"data": {"key": "patched"}}))).await?;
    let replaced = patched.replace(patched.set("/data/key", json!("replaced"))?).await?;
    same!(replaced.at::<String>("/data/key")?, Some("replaced".to_owned()));
    same!(known.at::<String>("/data/key")?, Some("a".to_owned()));
    known.refresh().await?;
    same!(known, replaced);
    known.delete().await?;
    ensure!(refused!(known.refresh().await).is_not_found(), "it is still there");
    Ok(())
}

/// A33, D37: both may be said, if they agree.
async fn a33_namespace_in_the_call_and_in_the_body(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut content = Context::widget("a", "red");
    content["metadata"]["namespace"] = json!(context.namespace);
    same!(widgets.create(&content).await?.namespace(), Some(context.namespace.as_str()));
    content["metadata"]["namespace"] = json!("elsewhere");
    content["metadata"]["name"] = json!("b");
    let error = refused!(widgets.create(content).await);
    ensure!(error.local().is_some(), "{error:?}");
    same!(widgets.list().await?.len(), 1);
    Ok(())
}

/// B04: a namespace in the body is enough.
async fn b04_namespace_in_the_body_alone(context: Context) -> Outcome {
    let config_maps = context.cluster.resource("v1", "ConfigMap").await?;
    let mut content = Context::config_map("a", "web");
    content["metadata"]["namespace"] = json!(context.namespace);
    let created = config_maps.create(content).await?;
    same!(created.namespace(), Some(context.namespace.as_str()));
    same!(context.config_maps().await?.get("a").await?, created);
    Ok(())
}

/// C09: `generateName` makes a new name each time.
async fn c09_the_server_makes_the_name(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let content = json!({"metadata": {"generateName": "web-"}});
    let (one, other) = (config_maps.create(&content).await?, config_maps.create(&content).await?);
    for created in [&one, &other] {
        ensure!(created.name().starts_with("web-") && created.name().len() == 9, "{}", created.name());
        same!(created.metadata().generate_name.as_deref(), Some("web-"));
    }
    ensure!(one.name() != other.name(), "{} twice", one.name());
    Ok(())
}

/// C13: the data may be older than the newest, but not older than this.
async fn c13_get_at_a_resource_version(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let version = created.resource_version().unwrap_or_default();
    same!(config_maps.get("a").resource_version(version).await?, created);
    let error = refused!(config_maps.get("a").resource_version("not-a-number").await);
    // The one place where the server takes the caller's fault for its own.
    same!(error.code(), Some(500));
    Ok(())
}

/// D13, C29: 409 `AlreadyExists`, which is no conflict of versions.
async fn d13_create_what_is_there(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    let error = refused!(config_maps.create(Context::config_map("a", "web")).await);
    ensure!(error.is_already_exists() && !error.is_conflict(), "{error:?}");
    same!(
        (error.code(), error.status().map(|status| &status.reason)),
        (Some(409), Some(&Reason::AlreadyExists))
    );
    same!(error.status().map(ToString::to_string), Some("configmaps \"a\" already exists".to_owned()));
    Ok(())
}

/// D13: the namespace is what is not found.
async fn d13_create_in_a_namespace_that_is_not_there(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?.namespace("not-there");
    let error = refused!(config_maps.create(Context::config_map("a", "web")).await);
    ensure!(error.is_not_found(), "{error:?}");
    same!(error.status().map(ToString::to_string), Some("namespaces \"not-there\" not found".to_owned()));
    same!(config_maps.list().await?.len(), 0);
    Ok(())
}

/// D40: what is missing of kind and apiVersion is filled in; what contradicts them is not sent.
async fn d40_kind_and_api_version_are_filled_in(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for (name, head) in
        [("a", json!({})), ("b", json!({"kind": "ConfigMap"})), ("c", json!({"apiVersion": "v1"}))]
    {
        let mut content = head;
        content["metadata"] = json!({"name": name});
        let created = config_maps.create(content).await?;
        same!((created.api_version(), created.kind()), ("v1", "ConfigMap"));
    }
    let error = refused!(config_maps.create(json!({"kind": "Secret", "metadata": {"name": "d"}})).await);
    ensure!(error.local().is_some(), "{error:?}");
    Ok(())
}
