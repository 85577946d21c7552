//! The patch kinds.

use serde_json::json;
use steersman::{Reason, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a08_a_merge_patch_sets_and_removes,
    a08_a_patch_without_a_change,
    b06_a_patch_of_what_is_not_there,
    b06_a_strategic_patch_merges_lists_by_name,
    b06_directives_of_a_strategic_patch,
    c16_a_json_patch_does_each_operation,
    c16_a_json_patch_that_does_not_fit,
    c16_a_malformed_patch,
    c16_custom_kinds_take_no_strategic_patch,
    d29_a_merge_patch_replaces_lists,
    d29_a_patch_can_demand_a_version,
    d29_a_patch_does_not_rename,
    d31_labels_and_annotations,
];

/// A08, D29: null removes, what is not named stays.
async fn a08_a_merge_patch_sets_and_removes(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let content = json!({"metadata": {"name": "a"}, "data": {"keep": "1", "change": "1", "drop": "1"}});
    let created = config_maps.create(content).await?;
    let changes = json!({"data": {"change": "2", "drop": null, "add": "2"}});
    let patched = config_maps.patch("a", Patch::merge(changes)).await?;
    same!(patched.to_value()["data"], json!({"keep": "1", "change": "2", "add": "2"}));
    ensure!(patched.resource_version() != created.resource_version(), "{patched:?}");
    same!(config_maps.get("a").await?, patched);
    Ok(())
}

/// A08: what changes nothing makes no new version.
async fn a08_a_patch_without_a_change(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let created = resource.create(json!({"metadata": {"name": "a", "labels": {"app": "web"}}})).await?;
        let patched = created.set_labels([("app", Some("web"))]).await?;
        same!(patched, created);
        let replaced = created.replace(&created).await?;
        same!(replaced, created);
    }
    Ok(())
}

/// B06: only an apply creates.
async fn b06_a_patch_of_what_is_not_there(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for patch in [Patch::merge(json!({})), Patch::strategic(json!({})), Patch::json(json!([]))] {
        let error = refused!(config_maps.patch("missing", patch).await);
        ensure!(error.is_not_found(), "{error:?}");
    }
    Ok(())
}

/// B06, C16, D29: the containers of a pod template merge by their names.
async fn b06_a_strategic_patch_merges_lists_by_name(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let containers = json!([{"name": "side", "image": "example.com/side:2"}, {"name": "third", "image": "example.com/3:1"}]);
    let changes = json!({"spec": {"template": {"spec": {"containers": containers}}}});
    let patched = deployments.patch("web", Patch::strategic(changes)).await?;
    let containers: Vec<serde_json::Value> =
        patched.at("/spec/template/spec/containers")?.unwrap_or_default();
    let mut images: Vec<(&str, &str)> = containers
        .iter()
        .map(|one| (one["name"].as_str().unwrap_or_default(), one["image"].as_str().unwrap_or_default()))
        .collect();
    images.sort_unstable();
    same!(
        images,
        [("main", "example.com/main:1"), ("side", "example.com/side:2"), ("third", "example.com/3:1")]
    );
    Ok(())
}

/// B06: `$patch: delete` takes an entry out, `$patch: replace` replaces the list, null removes a member.
async fn b06_directives_of_a_strategic_patch(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let names = |object: &ResourceInstance| -> Result<Vec<String>, steersman::Error> {
        let containers: Vec<serde_json::Value> =
            object.at("/spec/template/spec/containers")?.unwrap_or_default();
        Ok(containers.iter().map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect())
    };
    let patch =
        |containers| Patch::strategic(json!({"spec": {"template": {"spec": {"containers": containers}}}}));
    let gone = deployments.patch("web", patch(json!([{"name": "side", "$patch": "delete"}]))).await?;
    same!(names(&gone)?, ["main"]);
    let list = json!([{"$patch": "replace"}, {"name": "new", "image": "example.com/new:1"}]);
    let replaced = deployments.patch("web", patch(list)).await?;
    same!(names(&replaced)?, ["new"]);
    let labels = deployments
        .patch("web", Patch::strategic(json!({"metadata": {"labels": {"a": "1", "b": "1"}}})))
        .await?;
    let labels = labels.patch(Patch::strategic(json!({"metadata": {"labels": {"a": null}}}))).await?;
    same!(labels.labels().keys().collect::<Vec<_>>(), ["b"]);
    Ok(())
}

/// C16, D29: RFC 6902, with a list at the top.
async fn c16_a_json_patch_does_each_operation(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let content =
        json!({"metadata": {"name": "a"}, "spec": {"color": "red", "replicas": 1, "parts": ["one", "two"]}});
    widgets.create(content).await?;
    let operations = json!([
        {"op": "test", "path": "/spec/color", "value": "red"},
        {"op": "replace", "path": "/spec/color", "value": "blue"},
        {"op": "remove", "path": "/spec/replicas"},
        {"op": "add", "path": "/spec/parts/-", "value": "three"},
        {"op": "add", "path": "/spec/parts/0", "value": "zero"},
        {"op": "copy", "from": "/spec/color", "path": "/spec/parts/-"},
        {"op": "move", "from": "/spec/parts/1", "path": "/spec/parts/0"},
        {"op": "add", "path": "/metadata/annotations", "value": {"a/b": "1"}},
        {"op": "replace", "path": "/metadata/annotations/a~1b", "value": "2"},
    ]);
    let patched = widgets.patch("a", Patch::json(operations)).await?;
    let parts = json!(["one", "zero", "two", "three", "blue"]);
    same!(patched.to_value()["spec"], json!({"color": "blue", "parts": parts}));
    same!(patched.annotations()["a/b"], "2");
    Ok(())
}

/// C16, B54: a test that fails, or a path that leads nowhere, is 422, and nothing is changed.
async fn c16_a_json_patch_that_does_not_fit(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    for last in [
        json!({"op": "test", "path": "/spec/color", "value": "blue"}),
        json!({"op": "remove", "path": "/spec/nothing"}),
        json!({"op": "replace", "path": "/spec/nothing/here", "value": 1}),
    ] {
        let operations = json!([{"op": "replace", "path": "/spec/color", "value": "green"}, last]);
        let error = refused!(widgets.patch("a", Patch::json(operations)).await);
        ensure!(error.is_invalid(), "{last}: {error:?}");
        same!(error.status().map(|status| &status.reason), Some(&Reason::Invalid));
    }
    same!(widgets.get("a").await?, created);
    Ok(())
}

/// C16: 400 where the patch is none of its kind, 422 where its content makes no sense.
async fn c16_a_malformed_patch(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    for (patch, code) in [
        (Patch::json(json!({"op": "add"})), 400),
        (Patch::merge(json!(["a"])), 400),
        (Patch::strategic(json!(3)), 400),
        (Patch::json(json!([{"op": "fly"}])), 422),
        (Patch::json(json!([{"op": "add", "path": "data"}])), 422),
        (Patch::merge(json!({"data": ["a"]})), 422),
    ] {
        let error = refused!(config_maps.patch("a", patch.clone()).await);
        ensure!(error.code() == Some(code), "{patch:?}: {error:?}");
    }
    Ok(())
}

/// C16, C29: 415, since nobody knows the merge keys of a custom kind.
async fn c16_custom_kinds_take_no_strategic_patch(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let error = refused!(widgets.patch("a", Patch::strategic(json!({"spec": {"color": "blue"}}))).await);
    let reason = error.status().map(|status| status.reason.clone());
    same!((error.code(), reason), (Some(415), Some(Reason::UnsupportedMediaType)));
    Ok(())
}

/// D29: a list is replaced as a whole, in built-in kinds too.
async fn d29_a_merge_patch_replaces_lists(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let containers = json!([{"name": "only", "image": "example.com/only:1"}]);
    let changes = json!({"spec": {"template": {"spec": {"containers": containers}}}});
    let patched = deployments.patch("web", Patch::merge(changes)).await?;
    same!(patched.at::<String>("/spec/template/spec/containers/0/name")?, Some("only".to_owned()));
    ensure!(patched.value("/spec/template/spec/containers/1").is_none(), "{}", patched.as_json());
    Ok(())
}

/// D29: with a resource version in it, a patch is a conflict on any other version.
async fn d29_a_patch_can_demand_a_version(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let old = resource.create(json!({"metadata": {"name": "a"}})).await?;
        let new = old.set_labels([("n", Some("1"))]).await?;
        let demand = |version: Option<&str>| {
            Patch::merge(json!({"metadata": {"resourceVersion": version, "labels": {"n": "2"}}}))
        };
        let error = refused!(resource.patch("a", demand(old.resource_version())).await);
        ensure!(error.is_conflict(), "{error:?}");
        same!(resource.patch("a", demand(new.resource_version())).await?.labels()["n"], "2");
    }
    Ok(())
}

/// D29: name and namespace are part of the path.
async fn d29_a_patch_does_not_rename(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        resource.create(json!({"metadata": {"name": "a"}})).await?;
        let error = refused!(resource.patch("a", Patch::merge(json!({"metadata": {"name": "b"}}))).await);
        ensure!(matches!(error.code(), Some(400 | 422)), "{error:?}");
    }
    Ok(())
}

/// D31: labels and annotations are set one by one; none removes.
async fn d31_labels_and_annotations(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let labelled = created.set_labels([("tier", Some("front")), ("app", None)]).await?;
    same!(labelled.labels().iter().collect::<Vec<_>>(), [(&"tier".to_owned(), &"front".to_owned())]);
    let annotated = labelled.set_annotations([("note", Some("a, b = c")), ("other", Some("x"))]).await?;
    let annotated = annotated.set_annotations([("other", None::<&str>)]).await?;
    same!(annotated.annotations().iter().collect::<Vec<_>>(), [(&"note".to_owned(), &"a, b = c".to_owned())]);
    same!(annotated.labels(), labelled.labels());
    let error = refused!(created.set_labels([("bad label", Some("x"))]).await);
    ensure!(error.is_invalid(), "{error:?}");
    Ok(())
}
