//! Lists whose items are handled one by one.

use serde_json::{Value, json};
use steersman::meta::PatchType;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    b44_a_list_of_one_kind_is_created,
    b45_the_resource_of_a_list,
    b47_a_list_is_read_anew,
    b48_a_list_is_deleted,
    b49_a_list_is_patched,
    b49_a_list_is_replaced,
    b49_a_list_is_applied,
    b49_each_item_has_its_own_namespace,
    b49_an_item_that_fails_stops_no_other,
    b50_what_is_no_list_of_this_kind,
    b51_a_mixed_list,
    b51_a_kind_that_is_not_served,
    b51_what_was_listed_is_created_elsewhere,
];

const NAMES: [&str; 3] = ["a", "b", "c"];

fn config_maps(contents: impl IntoIterator<Item = Value>) -> Value {
    let items: Vec<Value> = contents.into_iter().collect();
    json!({"apiVersion": "v1", "kind": "ConfigMapList", "items": items})
}

fn three() -> Value {
    config_maps(NAMES.map(|name| Context::config_map(name, "bulk")))
}

/// B44, B46, B49: each item is created.
async fn b44_a_list_of_one_kind_is_created(context: Context) -> Outcome {
    let resource = context.config_maps().await?;
    let created = resource.bulk().create(three()).await?.into_all()?;
    let names: Vec<&str> = created.iter().map(|object| object.name()).collect();
    same!(names, NAMES);
    same!(resource.list().labels("app=bulk").await?.len(), 3);
    Ok(())
}

/// B45, B52: a list of one kind knows its resource, and a mixed one has none.
async fn b45_the_resource_of_a_list(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let bulk = config_maps.bulk();
    same!(bulk.base_resource(), Some(&config_maps));
    same!((bulk.api_version(), bulk.kind()), ("v1".to_owned(), "ConfigMapList".to_owned()));
    let mixed = context.cluster.bulk();
    same!((mixed.base_resource(), mixed.kind()), (None, "List".to_owned()));
    Ok(())
}

/// B47, B52: the list comes back with what is there now.
async fn b47_a_list_is_read_anew(context: Context) -> Outcome {
    let resource = context.config_maps().await?;
    resource.bulk().create(three()).await?.into_all()?;
    let read = resource.bulk().get(three()).await?.to_value();
    same!((&read["kind"], &read["items"][2]["data"]["key"]), (&json!("ConfigMapList"), &json!("c")));
    ensure!(read["items"][0]["metadata"]["uid"].is_string(), "{read}");
    Ok(())
}

/// B48: what was listed is deleted, item by item.
async fn b48_a_list_is_deleted(context: Context) -> Outcome {
    let resource = context.config_maps().await?;
    resource.bulk().create(three()).await?.into_all()?;
    resource.bulk().delete(three()).dry_run().await?.into_all()?;
    let listed = resource.list().labels("app=bulk").await?;
    same!(listed.len(), 3);
    resource.bulk().delete(listed.to_value()).await?.into_all()?;
    same!(resource.list().labels("app=bulk").await?.len(), 0);
    Ok(())
}

/// B49: each item is a patch of its own object.
async fn b49_a_list_is_patched(context: Context) -> Outcome {
    let resource = context.config_maps().await?;
    resource.bulk().create(three()).await?.into_all()?;
    let patches =
        || config_maps(NAMES.map(|name| json!({"metadata": {"name": name}, "data": {"more": name}})));
    for patch_type in [PatchType::Strategic, PatchType::Merge] {
        for object in resource.bulk().patch(patches()).patch_type(patch_type).await?.into_all()? {
            same!(object.to_value()["data"], json!({"key": object.name(), "more": object.name()}));
        }
    }
    Ok(())
}

/// B49: each item replaces its own object.
async fn b49_a_list_is_replaced(context: Context) -> Outcome {
    let resource = context.config_maps().await?;
    let created = resource.bulk().create(three()).await?.to_value();
    resource.get("b").await?.set_labels([("changed", Some("1"))]).await?;
    let outcomes = resource.bulk().replace(created).await?;
    let failed: Vec<_> = outcomes.failed().map(|outcome| outcome.name.as_str()).collect();
    same!(failed, ["b"]);
    let conflict = outcomes.into_all();
    ensure!(refused!(conflict).is_conflict(), "the list has the old version of it");
    Ok(())
}

/// B49: each item is applied.
async fn b49_a_list_is_applied(context: Context) -> Outcome {
    let resource = context.config_maps().await?;
    for data in ["1", "2"] {
        let list = config_maps(NAMES.map(|name| json!({"metadata": {"name": name}, "data": {"key": data}})));
        for object in resource.bulk().apply(list).field_manager("me").await?.into_all()? {
            same!(object.at::<String>("/data/key")?.as_deref(), Some(data));
        }
    }
    let nobody = resource.bulk().apply(three()).await?;
    same!(nobody.failed().count(), 3);
    Ok(())
}

/// B49: each in its own namespace, and those that name none in that of the resource.
async fn b49_each_item_has_its_own_namespace(context: Context) -> Outcome {
    let second = context.second_namespace().await?;
    let resource = context.config_maps().await?;
    let mut list = three();
    list["items"][1]["metadata"]["namespace"] = second.as_str().into();
    let created = resource.bulk().create(list).await?.into_all()?;
    let namespaces: Vec<_> = created.iter().map(|object| object.namespace()).collect();
    let first = Some(&*context.namespace);
    same!(namespaces, [first, Some(&*second), first]);
    Ok(())
}

/// B49: the others are done.
async fn b49_an_item_that_fails_stops_no_other(context: Context) -> Outcome {
    let resource = context.config_maps().await?;
    resource.create(Context::config_map("b", "bulk")).await?;
    let outcomes = resource.bulk().create(three()).at_a_time(1).await?;
    let told: Vec<_> = outcomes.iter().map(|outcome| (outcome.index, outcome.result.is_ok())).collect();
    same!(told, [(0, true), (1, false), (2, true)]);
    let errors: Vec<_> = outcomes.into_iter().filter_map(|outcome| outcome.result.err()).collect();
    ensure!(errors[0].is_already_exists(), "{errors:?}");
    Ok(())
}

/// B50: local errors, before anything is sent.
async fn b50_what_is_no_list_of_this_kind(context: Context) -> Outcome {
    let bulk = context.config_maps().await?.bulk();
    for list in
        [Value::Null, config_maps([]), json!({"kind": "List", "items": [{}]}), Context::config_map("a", "b")]
    {
        ensure!(refused!(bulk.create(list.clone()).await).local().is_some(), "{list}");
    }
    Ok(())
}

/// B51: each item of a mixed list says what it is; one after the other, a namespace comes before what is in it.
async fn b51_a_mixed_list(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let api_version = widgets.api().api_version();
    let namespace = format!("{}-mixed", context.namespace);
    let in_it = |api_version: &str, kind: &str, mut content: Value| {
        content["apiVersion"] = api_version.into();
        content["kind"] = kind.into();
        content["metadata"]["namespace"] = namespace.as_str().into();
        content
    };
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": namespace, "labels": {"conformance": context.namespace}}},
        in_it("v1", "ConfigMap", Context::config_map("a", "bulk")),
        in_it("apps/v1", "Deployment", Context::deployment("web", 0)),
        in_it(&api_version, "Widget", Context::widget("left", "red")),
    ]});
    let created = context.cluster.bulk().create(list.clone()).at_a_time(1).await?.into_all()?;
    let kinds: Vec<&str> = created.iter().map(|object| object.kind()).collect();
    same!(kinds, ["Namespace", "ConfigMap", "Deployment", "Widget"]);
    same!(widgets.namespace(&*namespace).get("left").await?.uid(), created[3].uid());
    let read = context.cluster.bulk().get(list).await?.to_value();
    same!((&read["kind"], read["items"].as_array().map(Vec::len)), (&json!("List"), Some(4)));
    Ok(())
}

/// B51: its items fail, and no others.
async fn b51_a_kind_that_is_not_served(context: Context) -> Outcome {
    let unknown =
        |name: &str| json!({"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": name}});
    let mut known = Context::config_map("a", "bulk");
    known["apiVersion"] = "v1".into();
    known["kind"] = "ConfigMap".into();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [unknown("x"), known, unknown("y")]});
    let outcomes = context.cluster.bulk().namespace(&context.namespace).create(list).await?;
    let failed: Vec<usize> = outcomes.failed().map(|outcome| outcome.index).collect();
    same!(failed, [0, 2]);
    Ok(())
}

/// B51: a list that a server gave is content for another place, without what only the server sets.
async fn b51_what_was_listed_is_created_elsewhere(context: Context) -> Outcome {
    let second = context.second_namespace().await?;
    let resource = context.config_maps().await?;
    resource.bulk().create(three()).await?.into_all()?;
    let mut listed = resource.list().labels("app=bulk").await?.to_value();
    for item in listed["items"].as_array_mut().into_iter().flatten() {
        item["metadata"] = json!({"name": item["metadata"]["name"], "namespace": second});
    }
    let copied = resource.bulk().create(listed).await?.into_all()?;
    ensure!(copied.iter().all(|object| object.namespace() == Some(&*second)), "{copied:?}");
    Ok(())
}
