//! What the schema of a custom kind does to its objects.

use serde_json::json;
use steersman::{
    Error, Reason,
    meta::{FieldValidation, StatusCause},
    prelude::*,
};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a07_defaults_are_filled_in,
    a07_fields_that_are_kept_unseen,
    c09_a_strict_write_refuses_unknown_fields,
    c09_other_writes_drop_unknown_fields,
    c09_strict_on_every_write,
    d38_a_value_of_the_wrong_type,
    d38_every_broken_rule_is_named,
    d38_values_are_checked_on_every_write,
];

fn causes(error: &Error) -> Vec<StatusCause> {
    error.status().map(|status| status.causes().to_vec()).unwrap_or_default()
}

/// C09: 400, and the field is named.
async fn c09_a_strict_write_refuses_unknown_fields(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut content = Context::widget("a", "red");
    content["spec"]["colour"] = json!("red");
    let error = refused!(widgets.create(&content).field_validation(FieldValidation::Strict).await);
    let reason = error.status().map(|status| status.reason.clone());
    same!((error.code(), reason), (Some(400), Some(Reason::BadRequest)));
    let message = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(message.contains("strict decoding error: unknown field \"spec.colour\""), "{message}");
    let text = r#"{"metadata": {"name": "a"}, "spec": {"color": "red", "color": "blue"}}"#;
    let error = refused!(widgets.create(Content::json(text)).field_validation(FieldValidation::Strict).await);
    let message = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(message.contains("duplicate field \"spec.color\""), "{message}");
    same!(widgets.list().await?.len(), 0);
    Ok(())
}

/// C09: with a warning, or without a word.
async fn c09_other_writes_drop_unknown_fields(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut content = Context::widget("a", "red");
    content["spec"]["colour"] = json!("red");
    content["other"] = json!({"a": 1});
    for (name, validation) in [("warn", FieldValidation::Warn), ("ignore", FieldValidation::Ignore)] {
        content["metadata"]["name"] = json!(name);
        let created = widgets.create(&content).field_validation(validation).await?;
        same!(created.to_value()["spec"], json!({"replicas": 1, "color": "red"}));
        ensure!(created.value("/other").is_none(), "{}", created.as_json());
    }
    Ok(())
}

/// C09, C16, C17: create is not the only write that can be strict.
async fn c09_strict_on_every_write(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let strict = FieldValidation::Strict;
    let unknown = || json!({"spec": {"colour": "red"}});
    let applied = json!({"metadata": {"name": "a"}, "spec": {"colour": "red"}});
    for error in [
        refused!(created.replace(created.set("/spec/colour", json!("red"))?).field_validation(strict).await),
        refused!(created.patch(Patch::merge(unknown())).field_validation(strict).await),
        refused!(widgets.apply(applied).field_manager("me").field_validation(strict).await),
    ] {
        ensure!(matches!(error.code(), Some(400 | 422 | 500)), "{error:?}");
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        ensure!(message.contains("colour"), "{message}");
    }
    same!(widgets.get("a").await?, created);
    Ok(())
}

/// A07: on the way in, also inside of what is there.
async fn a07_defaults_are_filled_in(context: Context) -> Outcome {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "default": {}, "properties": {
        "size": {"type": "integer", "default": 3},
        "ports": {"type": "array", "items": {"type": "object", "properties": {
            "port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"},
        }}},
    }}}});
    let defaulted = context.define(context.definition("Defaulted", "defaulteds", schema)).await?;
    let created = defaulted.create(json!({"metadata": {"name": "a"}})).await?;
    same!(created.to_value()["spec"], json!({"size": 3}));
    let ports = json!({"spec": {"size": 5, "ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}});
    let patched = defaulted.patch("a", Patch::merge(ports)).await?;
    let ports = json!([{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]);
    same!(patched.to_value()["spec"], json!({"size": 5, "ports": ports}));
    Ok(())
}

/// A07: where the schema says so, and only there.
async fn a07_fields_that_are_kept_unseen(context: Context) -> Outcome {
    let schema = json!({"type": "object", "properties": {
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        "either": {"x-kubernetes-int-or-string": true},
        "none": {"type": "string", "nullable": true},
    }});
    let open = context.define(context.definition("Open", "opens", schema)).await?;
    let kept = json!({"free": {"a": [1, {"b": null}]}, "map": {"x": 1}, "either": "50%", "none": null});
    let mut content = kept.clone();
    content["metadata"] = json!({"name": "a"});
    content["unknown"] = json!(true);
    let mut created = open.create(content).await?.to_value();
    for field in ["apiVersion", "kind", "metadata"] {
        created.as_object_mut().map(|object| object.remove(field));
    }
    same!(created, kept);
    let error = refused!(open.create(json!({"metadata": {"name": "b"}, "map": {"x": "1"}})).await);
    same!(causes(&error).first().map(|cause| cause.field.clone()), Some("map.x".to_owned()));
    Ok(())
}

/// D38, B54, C29: 422 with the field and the kind of fault.
async fn d38_a_value_of_the_wrong_type(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let content = json!({"metadata": {"name": "a"}, "spec": {"color": 5}});
    let error = refused!(widgets.create(content).await);
    ensure!(error.is_invalid(), "{error:?}");
    let status = error.status().cloned().unwrap_or_default();
    let details = status.details.clone().unwrap_or_default();
    same!((details.kind.as_str(), details.name.as_str(), details.group), ("Widget", "a", context.group()));
    same!(
        status.causes().iter().map(|cause| (&*cause.field, &*cause.reason)).collect::<Vec<_>>(),
        [("spec.color", "FieldValueTypeInvalid")]
    );
    let message =
        "spec.color: Invalid value: \"integer\": spec.color in body must be of type string: \"integer\"";
    ensure!(status.to_string().ends_with(message), "{status}");
    Ok(())
}

/// D38: each with its own reason, all at once.
async fn d38_every_broken_rule_is_named(context: Context) -> Outcome {
    let schema = json!({"type": "object", "required": ["must"], "properties": {
        "must": {"type": "string"},
        "low": {"type": "integer", "minimum": 3},
        "high": {"type": "integer", "maximum": 3},
        "word": {"type": "string", "pattern": "^[a-z]+$"},
        "long": {"type": "string", "maxLength": 3},
        "one": {"type": "string", "enum": ["a", "b"]},
        "few": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
    }});
    let strict = context.define(context.definition("Strict", "stricts", schema)).await?;
    let content = json!({
        "metadata": {"name": "a"}, "low": 2, "high": 4, "word": "A1", "long": "abcd", "one": "c", "few": ["a", "b"],
    });
    let error = refused!(strict.create(content).await);
    let mut found: Vec<(String, String)> =
        causes(&error).into_iter().map(|cause| (cause.field, cause.reason)).collect();
    found.sort();
    let want = [
        ("few", "FieldValueTooMany"),
        ("high", "FieldValueInvalid"),
        ("long", "FieldValueTooLong"),
        ("low", "FieldValueInvalid"),
        ("must", "FieldValueRequired"),
        ("one", "FieldValueNotSupported"),
        ("word", "FieldValueInvalid"),
    ];
    same!(found, want.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    Ok(())
}

/// D38: replace, patch and apply too; what was there stays.
async fn d38_values_are_checked_on_every_write(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let bad = json!({"metadata": {"name": "a"}, "spec": {"replicas": -1}});
    for error in [
        refused!(created.replace(created.set("/spec/replicas", json!(-1))?).await),
        refused!(created.patch(Patch::merge(json!({"spec": {"replicas": -1}}))).await),
        refused!(widgets.apply(bad).field_manager("me").force().await),
    ] {
        ensure!(error.is_invalid(), "{error:?}");
        same!(causes(&error).first().map(|cause| cause.field.clone()), Some("spec.replicas".to_owned()));
    }
    same!(widgets.get("a").await?, created);
    Ok(())
}
