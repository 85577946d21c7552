//! What is wrong with a call itself: known before anything is sent.

use serde_json::json;
use steersman::{LocalError, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    b04_a_namespace_is_required,
    b06_a_name_is_required,
    b34_a_name_leads_nowhere_else,
    d37_namespaces_that_contradict_each_other,
    d39_a_verb_that_is_not_served,
];

/// B04, B03: on every verb that works in one namespace.
async fn b04_a_namespace_is_required(context: Context) -> Outcome {
    let config_maps = context.cluster.resource("v1", "ConfigMap").await?;
    for error in [
        refused!(config_maps.get("a").await),
        refused!(config_maps.create(Context::config_map("a", "web")).await),
        refused!(config_maps.replace(Context::config_map("a", "web")).await),
        refused!(config_maps.patch("a", Patch::merge(json!({}))).await),
        refused!(config_maps.delete("a").await),
        refused!(config_maps.delete_collection().await),
    ] {
        same!(error.local(), Some(&LocalError::MissingNamespace));
        ensure!(error.hint().is_some_and(|hint| hint.contains(".namespace(")), "{error:?}");
    }
    same!(refused!(config_maps.all_namespaces().get("a").await).local(), Some(&LocalError::AllNamespaces));
    Ok(())
}

/// B06, B07, D39: for a replace it is in the content.
async fn b06_a_name_is_required(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let error = refused!(config_maps.replace(json!({"data": {"a": "1"}})).await);
    same!(error.local(), Some(&LocalError::MissingName));
    for error in [
        refused!(config_maps.get("").await),
        refused!(config_maps.patch("", Patch::merge(json!({}))).await),
        refused!(config_maps.delete("").await),
    ] {
        ensure!(matches!(error.local(), Some(LocalError::Name(_))), "{error:?}");
    }
    Ok(())
}

/// B34: no name and no namespace can change the path.
async fn b34_a_name_leads_nowhere_else(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for name in ["../secrets/a", ".", "..", "a/b", "a%2fb"] {
        let error = refused!(config_maps.get(name).await);
        ensure!(matches!(error.local(), Some(LocalError::Name(_))), "{name}: {error:?}");
    }
    let error = refused!(config_maps.namespace("../..").list().await);
    ensure!(matches!(error.local(), Some(LocalError::Name(_))), "{error:?}");
    // What is only odd is the server's to refuse.
    ensure!(refused!(config_maps.get("a?watch=1").await).is_not_found(), "a question mark became a query");
    Ok(())
}

/// D37: the call says one, the content another.
async fn d37_namespaces_that_contradict_each_other(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let content = json!({"metadata": {"name": "a", "namespace": "elsewhere"}});
    for error in [
        refused!(config_maps.create(&content).await),
        refused!(config_maps.replace(&content).await),
        refused!(config_maps.apply(&content).field_manager("me").await),
    ] {
        let want = LocalError::NamespaceMismatch {
            call: context.namespace.clone(),
            content: "elsewhere".to_owned(),
        };
        same!(error.local(), Some(&want));
    }
    Ok(())
}

/// D39: discovery said which verbs there are.
async fn d39_a_verb_that_is_not_served(context: Context) -> Outcome {
    let reviews = context.cluster.resource("authorization.k8s.io/v1", "SelfSubjectAccessReview").await?;
    for error in [
        refused!(reviews.list().await),
        refused!(reviews.get("a").await),
        refused!(reviews.delete("a").await),
    ] {
        ensure!(matches!(error.local(), Some(LocalError::VerbNotServed { .. })), "{error:?}");
        ensure!(error.report().to_string().contains("only create"), "{error:?}");
    }
    let namespaces = context.cluster.resource("v1", "Namespace").await?;
    let error = refused!(namespaces.delete_collection().await);
    ensure!(matches!(error.local(), Some(LocalError::VerbNotServed { .. })), "{error:?}");
    Ok(())
}
