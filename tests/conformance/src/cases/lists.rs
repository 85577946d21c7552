//! Lists.

use serde_json::json;
use steersman::{meta::ResourceVersionMatch, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a17_items_of_a_list,
    a18_metadata_of_a_list,
    a19_a_list_as_a_tree,
    a32_all_namespaces_and_one,
    a32_no_namespace_is_never_all_of_them,
    b42_items_know_their_kind,
    c14_an_empty_list,
    c14_a_list_at_a_resource_version,
    c14_a_list_not_older_than_a_version,
    d24_three_hundred_objects,
    d26_a_cluster_scoped_list,
];

/// A17, A06: items, in the order of their names, with the verbs of their own.
async fn a17_items_of_a_list(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for name in ["c", "a", "b"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    let list = widgets.list().await?;
    let names: Vec<&str> = list.items().iter().map(|item| item.name()).collect();
    same!((list.len(), names), (3, vec!["a", "b", "c"]));
    same!(list.items()[1].resource(), widgets);
    same!(list.items()[1], widgets.get("b").await?);
    Ok(())
}

/// A18: the version of the whole list, not older than that of any item.
async fn a18_metadata_of_a_list(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let list = widgets.list().await?;
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    let (whole, item) =
        (number(list.metadata().resource_version.as_deref()), number(created.resource_version()));
    ensure!(item > 0 && whole >= item, "{whole} and {item}");
    same!((list.metadata().next_page(), list.metadata().remaining_item_count), (None, None));
    Ok(())
}

/// A19: kind, metadata and items.
async fn a19_a_list_as_a_tree(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let tree = widgets.list().await?.to_value();
    same!(
        (&tree["kind"], &tree["apiVersion"]),
        (&json!("WidgetList"), &json!(format!("{}/v1", context.group())))
    );
    ensure!(tree["metadata"]["resourceVersion"].is_string(), "{tree}");
    same!(tree["items"][0]["spec"], json!({"replicas": 1, "color": "red"}));
    Ok(())
}

/// A32, D26: in one namespace, and in all, where each item says in which it is.
async fn a32_all_namespaces_and_one(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let second = context.second_namespace().await?;
    widgets.create(Context::widget("a", "red")).await?;
    widgets.namespace(&second).create(Context::widget("b", "red")).await?;
    same!(widgets.list().await?.len(), 1);
    same!(widgets.namespace(&second).list().await?.len(), 1);
    let all = widgets.all_namespaces().list().await?;
    // Their order is that of their paths: `a-b/x` comes before `a/x`.
    let mut found: Vec<_> =
        all.iter().map(|item| (item.namespace().unwrap_or_default(), item.name())).collect();
    found.sort_unstable();
    same!(found, [(context.namespace.as_str(), "a"), (second.as_str(), "b")]);
    // An item of such a list knows its way home.
    for item in &all {
        let patched = item.patch(Patch::merge(json!({"spec": {"color": "blue"}}))).await?;
        same!((patched.namespace(), patched.uid()), (item.namespace(), item.uid()));
    }
    Ok(())
}

/// A32, B05: who says no namespace gets an error, and not everything.
async fn a32_no_namespace_is_never_all_of_them(context: Context) -> Outcome {
    let config_maps = context.cluster.resource("v1", "ConfigMap").await?;
    for error in [refused!(config_maps.list().await), refused!(config_maps.watch().start().await)] {
        ensure!(error.local().is_some(), "{error:?}");
        ensure!(error.hint().is_some_and(|hint| hint.contains("all_namespaces")), "{error:?}");
    }
    Ok(())
}

/// B42, D40: the server leaves kind and apiVersion out of the items of built-in kinds.
async fn b42_items_know_their_kind(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        resource.create(json!({"metadata": {"name": "a", "labels": {"app": "web"}}})).await?;
        let list = resource.list().labels("app=web").await?;
        let item = &list.items()[0];
        same!((item.api_version(), item.kind()), (&*resource.api().api_version(), &*resource.api().kind));
        same!(item.to_value()["kind"], json!(resource.api().kind));
        same!(*item, resource.get("a").await?);
    }
    Ok(())
}

/// C14: no items, and still a version to watch from.
async fn c14_an_empty_list(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for list in [widgets.list().await?, widgets.namespace("not-there").list().await?] {
        ensure!(list.is_empty() && list.metadata().resource_version.is_some(), "{:?}", list.metadata());
        same!(list.to_value()["items"], json!([]));
    }
    Ok(())
}

/// C14: what there was, and not what there is.
async fn c14_a_list_at_a_resource_version(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let first = widgets.create(Context::widget("a", "red")).await?;
    let version = widgets.list().await?.metadata().resource_version.clone().unwrap_or_default();
    widgets.create(Context::widget("b", "red")).await?;
    first.patch(Patch::merge(json!({"spec": {"color": "blue"}}))).await?;
    let list = widgets.list().resource_version(&*version).resource_version_match(ResourceVersionMatch::Exact);
    let list = list.await?;
    same!(list.metadata().resource_version.as_deref(), Some(version.as_str()));
    same!(list.items(), [first]);
    Ok(())
}

/// C14: that version or a newer one; a version alone means the same.
async fn c14_a_list_not_older_than_a_version(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let second = widgets.create(Context::widget("b", "red")).await?;
    let version = second.resource_version().unwrap_or_default();
    let at = || widgets.list().resource_version(version);
    same!(at().resource_version_match(ResourceVersionMatch::NotOlderThan).await?.len(), 2);
    same!(at().await?.len(), 2);
    same!(
        widgets
            .list()
            .resource_version("0")
            .resource_version_match(ResourceVersionMatch::Exact)
            .await
            .is_err(),
        true
    );
    Ok(())
}

/// D24: many objects, each once.
async fn d24_three_hundred_objects(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let names: Vec<String> = (0..300).map(|number| format!("object-{number:03}")).collect();
    for some in names.chunks(20) {
        let created =
            some.iter().map(|name| config_maps.create(Context::config_map(name, "many")).into_future());
        futures::future::try_join_all(created).await?;
    }
    let list = config_maps.list().labels("app=many").await?;
    same!(list.iter().map(|item| item.name()).collect::<Vec<_>>(), names);
    let mut stream = config_maps.list().labels("app=many").limit(70).stream();
    let mut streamed = Vec::new();
    while let Some(object) = stream.try_next().await? {
        streamed.push(object.name().to_owned());
    }
    same!(streamed, names);
    let deleted = config_maps.delete_collection().labels("app=many").await?;
    same!(deleted.len(), 300);
    same!(config_maps.list().labels("app=many").await?.len(), 0);
    Ok(())
}

/// D26: a kind without namespaces needs none, and `all_namespaces` says nothing wrong about it.
async fn d26_a_cluster_scoped_list(context: Context) -> Outcome {
    let namespaces = context.cluster.resource("v1", "Namespace").await?;
    for list in [namespaces.list(), namespaces.all_namespaces().list()] {
        let list = list.labels([("conformance", &context.namespace)]).await?;
        same!(list.iter().map(|item| item.name()).collect::<Vec<_>>(), [&*context.namespace]);
    }
    let error = refused!(namespaces.namespace("default").list().await);
    ensure!(error.local().is_some(), "{error:?}");
    Ok(())
}
