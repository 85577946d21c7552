//! Delete: one object, or all that fit.

use serde_json::json;
use steersman::{Reason, meta::PropagationPolicy, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a10_delete_by_name,
    a10_delete_by_field,
    a10_delete_what_is_not_there,
    b03_a_collection_has_one_namespace,
    c10_delete_only_this_very_object,
    c10_delete_only_this_version,
    c12_delete_all_of_an_empty_collection,
    c12_delete_by_label,
    c11_an_option_for_what_can_not_be_read,
    d14_no_grace,
    d15_every_propagation_policy,
    d15_owned_objects_name_their_owner,
];

/// A10, C10, D14: the server says what is gone.
async fn a10_delete_by_name(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let created = resource.create(json!({"metadata": {"name": "a"}})).await?;
        let Deleted::Status(status) = resource.delete("a").await? else {
            return Err(crate::Failure::new("an object comes back, and it is gone"));
        };
        ensure!(!status.is_failure(), "{status:?}");
        let details = status.details.unwrap_or_default();
        same!((details.name.as_str(), Some(details.uid.as_str())), ("a", created.uid()));
        same!(details.kind, resource.api().plural);
        same!(details.group, resource.api().group);
        ensure!(refused!(resource.get("a").await).is_not_found(), "it is still there");
    }
    Ok(())
}

/// A10: several at once, by a field selector.
async fn a10_delete_by_field(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for name in ["a", "b"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    widgets.delete_collection().fields("metadata.name=a").await?;
    let left = widgets.list().await?;
    same!(left.iter().map(|item| item.name()).collect::<Vec<_>>(), ["b"]);
    Ok(())
}

/// A10, D14: 404.
async fn a10_delete_what_is_not_there(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    created.delete().await?;
    for error in [refused!(created.delete().await), refused!(config_maps.delete("missing").await)] {
        ensure!(error.is_not_found(), "{error:?}");
        same!(error.status().map(|status| &status.reason), Some(&Reason::NotFound));
    }
    Ok(())
}

/// B03: never everywhere at once.
async fn b03_a_collection_has_one_namespace(context: Context) -> Outcome {
    let config_maps = context.cluster.resource("v1", "ConfigMap").await?;
    for resource in [config_maps.clone(), config_maps.all_namespaces()] {
        let error = refused!(resource.delete_collection().labels("app=web").await);
        ensure!(error.local().is_some(), "{error:?}");
    }
    Ok(())
}

/// C10: a later object of the same name is another object.
async fn c10_delete_only_this_very_object(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let old = resource.create(json!({"metadata": {"name": "a"}})).await?;
        old.delete().await?;
        let new = resource.create(json!({"metadata": {"name": "a"}})).await?;
        let error = refused!(resource.delete("a").uid(old.uid().unwrap_or_default()).await);
        ensure!(error.is_conflict(), "{error:?}");
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        ensure!(message.contains("UID in"), "{message}");
        resource.delete("a").uid(new.uid().unwrap_or_default()).await?;
    }
    Ok(())
}

/// C10: what has changed meanwhile stays.
async fn c10_delete_only_this_version(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let old = resource.create(json!({"metadata": {"name": "a"}})).await?;
        let new = old.set_labels([("app", Some("web"))]).await?;
        let error = refused!(old.delete().resource_version(old.resource_version().unwrap_or_default()).await);
        ensure!(error.is_conflict(), "{error:?}");
        same!(resource.get("a").await?, new);
        new.delete().resource_version(new.resource_version().unwrap_or_default()).await?;
    }
    Ok(())
}

/// C12: nothing to do is no error.
async fn c12_delete_all_of_an_empty_collection(context: Context) -> Outcome {
    same!(context.widgets().await?.delete_collection().await?.len(), 0);
    same!(context.config_maps().await?.delete_collection().labels("app=nobody").await?.len(), 0);
    Ok(())
}

/// C12, D16: what fits goes, and comes back as it was; the rest stays.
async fn c12_delete_by_label(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        for (name, app) in [("a", "web"), ("b", "db"), ("c", "web")] {
            resource.create(json!({"metadata": {"name": name, "labels": {"app": app}}})).await?;
        }
        let deleted = resource.delete_collection().labels([("app", "web")]).await?;
        same!(deleted.iter().map(|item| item.name()).collect::<Vec<_>>(), ["a", "c"]);
        let left = resource.list().labels("app").await?;
        same!(left.iter().map(|item| item.name()).collect::<Vec<_>>(), ["b"]);
    }
    Ok(())
}

/// C11: an object that can be read is deleted as always.
async fn c11_an_option_for_what_can_not_be_read(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    created.delete().ignore_store_read_error_with_cluster_breaking_potential().await?;
    ensure!(!created.exists().await?, "it is still there");
    Ok(())
}

/// D14: a grace period of 0 is sent, and means at once.
async fn d14_no_grace(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("a")).await?;
    let Deleted::Object(last) = pods.delete("a").grace_period_seconds(0).await? else {
        return Err(crate::Failure::new("a pod's delete answers with the pod"));
    };
    same!((last.kind(), last.name()), ("Pod", "a"));
    ensure!(refused!(pods.get("a").await).is_not_found(), "it is still there");
    Ok(())
}

/// D15: whatever becomes of what it owns, the object goes.
async fn d15_every_propagation_policy(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    for policy in [PropagationPolicy::Background, PropagationPolicy::Foreground, PropagationPolicy::Orphan] {
        let name = format!("{policy:?}").to_lowercase();
        deployments.create(Context::deployment(&name, 0)).await?;
        deployments.delete(&name).propagation_policy(policy).await?;
        context.gone(&deployments, &name).await?;
    }
    Ok(())
}

/// D15: the references are what collects them, and whoever writes one must say it right.
async fn d15_owned_objects_name_their_owner(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let owner = config_maps.create(Context::config_map("owner", "web")).await?;
    let reference = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.uid(), "blockOwnerDeletion": true,
    });
    let content = json!({"metadata": {"name": "owned", "ownerReferences": [reference]}});
    let owned = config_maps.create(content).await?;
    let read = &owned.metadata().owner_references[0];
    same!(
        (read.kind.as_str(), read.name.as_str(), Some(read.uid.as_str())),
        ("ConfigMap", "owner", owner.uid())
    );
    same!((read.controller, read.block_owner_deletion), (None, Some(true)));
    let nobody = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "owner"});
    let content = json!({"metadata": {"name": "other", "ownerReferences": [nobody]}});
    let error = refused!(config_maps.create(content).await);
    ensure!(error.is_invalid(), "{error:?}");
    let cause = error.status().and_then(|status| status.causes().first().cloned()).unwrap_or_default();
    same!(cause.field, "metadata.ownerReferences.uid");
    Ok(())
}
