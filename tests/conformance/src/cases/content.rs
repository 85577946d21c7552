//! What is written is what is read.

use serde_json::json;
use steersman::prelude::*;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, same},
};

cases![
    a07_secrets_take_text,
    a14_sections_of_an_object,
    a15_an_object_as_a_tree,
    b15_content_of_every_make,
    c20_a_large_object,
    c20_empty_values_stay,
    c20_numbers_keep_their_digits,
    c20_text_of_every_script,
];

/// A13, A14, B39: metadata, spec and status, by pointer and by dotted path.
async fn a14_sections_of_an_object(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    let web = deployments.create(Context::deployment("web", 0)).await?;
    same!(web.field::<i64>("spec.replicas")?, Some(0));
    same!(web.at::<String>("/spec/template/spec/containers/1/name")?, Some("side".to_owned()));
    same!(web.field::<String>("spec.nothing.here")?, None);
    same!(web.metadata().generation, Some(1));
    ensure!(
        web.metadata().creation_timestamp.is_some() && web.metadata().deletion_timestamp.is_none(),
        "{web:?}"
    );
    ensure!(web.value("/status").is_some(), "{}", web.as_json());
    Ok(())
}

/// A15: the whole object, and a part of it.
async fn a15_an_object_as_a_tree(context: Context) -> Outcome {
    let created = context.config_maps().await?.create(Context::config_map("a", "web")).await?;
    let tree = created.to_value();
    same!(tree["data"], json!({"key": "a"}));
    same!(tree["metadata"]["labels"], json!({"app": "web"}));
    same!(serde_json::to_value(&created)?, tree);
    same!(created.at::<serde_json::Value>("/metadata/labels")?, Some(json!({"app": "web"})));
    Ok(())
}

/// B15, C20: a tree, a text, a type of the caller's, and an object that came from the server.
async fn b15_content_of_every_make(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let tree = json!({"metadata": {"name": "tree"}, "data": {"a": "1"}});
    let first = config_maps.create(&tree).await?;
    let text = r#"{"metadata": {"name": "text"}, "data": {"a": "1"}}"#;
    config_maps.create(Content::json(text)).await?;
    let typed = std::collections::BTreeMap::from([
        ("metadata", json!({"name": "typed"})),
        ("data", json!({"a": "1"})),
    ]);
    config_maps.create(Content::of(&typed)).await?;
    let copy = first.set("/metadata", json!({"name": "copy"}))?;
    config_maps.create(copy).await?;
    for name in ["tree", "text", "typed", "copy"] {
        same!(config_maps.get(name).await?.at::<String>("/data/a")?, Some("1".to_owned()));
    }
    Ok(())
}

/// C20: empty texts, maps and lists are values; null is none.
async fn c20_empty_values_stay(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let content = json!({"metadata": {"name": "a"}, "spec": {"color": "", "parts": []}});
    let created = widgets.create(content).await?;
    same!(created.to_value()["spec"], json!({"color": "", "parts": []}));
    let config_maps = context.config_maps().await?;
    let content = json!({"metadata": {"name": "a"}, "data": {"empty": ""}, "binaryData": null});
    let created = config_maps.create(content).await?;
    same!(created.to_value()["data"], json!({"empty": ""}));
    ensure!(created.value("/binaryData").is_none(), "{}", created.as_json());
    Ok(())
}

/// C20: no number goes through a float on its way.
async fn c20_numbers_keep_their_digits(context: Context) -> Outcome {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let numbers = context.define(context.definition("Number", "numbers", schema)).await?;
    let text =
        r#"{"metadata": {"name": "a"}, "big": 9007199254740993, "low": -9223372036854775808, "half": 0.5}"#;
    numbers.create(Content::json(text)).await?;
    let read = numbers.get("a").await?;
    same!(read.at::<i64>("/big")?, Some(9_007_199_254_740_993));
    same!(read.at::<i64>("/low")?, Some(i64::MIN));
    same!(read.at::<f64>("/half")?, Some(0.5));
    let patched = numbers.patch("a", Patch::merge(json!({"other": true}))).await?;
    same!(patched.at::<i64>("/big")?, Some(9_007_199_254_740_993));
    Ok(())
}

/// C20: text is text, whatever is in it.
async fn c20_text_of_every_script(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let text = "κυβερνήτης 舵手 🚢 \u{1F468}\u{200D}\u{1F469} e\u{301} <&> \"quoted\" back\\slash \u{2028} tab\t\r\nline \u{1}";
    let content = json!({"metadata": {"name": "a", "annotations": {"text": text}}, "data": {"text": text}});
    let created = config_maps.create(content).await?;
    same!(created.at::<String>("/data/text")?, Some(text.to_owned()));
    let read = config_maps.get("a").await?;
    same!(read.annotations().get("text").map(String::as_str), Some(text));
    same!(read.at::<String>("/data/text")?, Some(text.to_owned()));
    Ok(())
}

/// C20: nearly as much as the server takes, there and back.
async fn c20_a_large_object(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let line = "0123456789abcdef";
    let data: serde_json::Map<String, serde_json::Value> = (0..9)
        .map(|number| (format!("part-{number}"), json!(line.repeat(100 * 1024 / line.len()))))
        .collect();
    let content = json!({"metadata": {"name": "large", "labels": {"app": "large"}}, "data": data});
    let created = config_maps.create(&content).await?;
    ensure!(created.as_json().len() > 900 * 1024, "{} bytes", created.as_json().len());
    same!(config_maps.get("large").await?, created);
    let listed = config_maps.list().labels("app=large").await?;
    same!(listed.items()[0].to_value()["data"], content["data"]);
    Ok(())
}

/// A07: `stringData` is text on the way in and base64 in `data` from then on.
async fn a07_secrets_take_text(context: Context) -> Outcome {
    let secrets = context.resource("v1", "Secret").await?;
    let content =
        json!({"metadata": {"name": "a"}, "stringData": {"user": "admin"}, "data": {"raw": "AAE="}});
    let created = secrets.create(content).await?;
    same!(created.to_value()["data"], json!({"raw": "AAE=", "user": "YWRtaW4="}));
    ensure!(created.value("/stringData").is_none(), "it is write-only");
    same!(created.at::<String>("/type")?, Some("Opaque".to_owned()));
    let patched = secrets.patch("a", Patch::merge(json!({"stringData": {"user": "root"}}))).await?;
    same!(patched.to_value()["data"], json!({"raw": "AAE=", "user": "cm9vdA=="}));
    Ok(())
}
