//! Kinds that come and go with their definitions.

use serde_json::{Value, json};
use steersman::{Scope, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
    context::eventually,
};

cases![
    a29_a_definition_says_when_it_is_served,
    a29_a_new_kind_is_found_by_all_its_names,
    a31_every_version_of_a_kind,
    b28_the_group_decides_between_two,
    b29_a_kind_goes_with_its_definition,
    c06_a_kind_that_came_after_the_first_look,
    d26_a_cluster_scoped_custom_kind,
    d38_a_definition_that_is_none,
];

/// A29, B26, B28: kind, plural, singular, short name, category.
async fn a29_a_new_kind_is_found_by_all_its_names(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let group = context.group();
    for name in ["widgets", "widget", "wd", "Widget", "widgets.v1", "wd.v1"] {
        same!(context.cluster.find(&format!("{name}.{group}")).await?.api(), widgets.api());
    }
    let toys = context.cluster.resources().search().category("toys").group(&group).run().await?;
    same!(toys.len(), 1);
    let names: Vec<&str> = widgets.api().subresources.iter().map(|sub| sub.name.as_str()).collect();
    same!(names, ["status", "scale"]);
    Ok(())
}

/// A31, B24: an object can be read in each; the server prefers the newest.
async fn a31_every_version_of_a_kind(context: Context) -> Outcome {
    let mut definition = context.widget_definition();
    let first = definition["spec"]["versions"][0].clone();
    let mut second = first.clone();
    second["name"] = json!("v2");
    second["storage"] = json!(false);
    definition["spec"]["versions"] = json!([first, second]);
    let first = context.define(definition).await?;
    let group = context.group();
    let search = || context.cluster.resources().search().kind("Widget").group(&group);
    let found: Vec<_> = search().run().await?.iter().map(|found| found.api().version.clone()).collect();
    same!(found, ["v2", "v1"]);
    let preferred = search().preferred().run().await?;
    same!(preferred.iter().map(|found| &*found.api().version).collect::<Vec<_>>(), ["v2"]);
    let created = first.create(Context::widget("a", "red")).await?;
    let second = context.resource(&format!("{group}/v2"), "Widget").await?.get("a").await?;
    same!((second.uid(), second.resource_version()), (created.uid(), created.resource_version()));
    same!(second.api_version(), format!("{group}/v2"));
    same!(second.field::<String>("spec.color")?.as_deref(), Some("red"));
    Ok(())
}

/// B28: one plural name in two groups.
async fn b28_the_group_decides_between_two(context: Context) -> Outcome {
    context.widgets().await?;
    let group = format!("other.{}", context.group());
    let mut definition = context.widget_definition();
    definition["metadata"]["name"] = json!(format!("widgets.{group}"));
    definition["spec"]["group"] = json!(group);
    definition["spec"]["scope"] = json!("Cluster");
    context.define(definition).await?;
    for (group, scope) in [(context.group(), Scope::Namespaced), (group, Scope::Cluster)] {
        let found = context.cluster.find(&format!("widgets.{group}")).await?;
        same!((found.api().group.as_str(), found.api().scope), (group.as_str(), scope));
    }
    Ok(())
}

/// B29, C06: after a refresh nobody finds it any more.
async fn b29_a_kind_goes_with_its_definition(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let definitions = context.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await?;
    let name = widgets.api().qualified_name();
    definitions.delete(&name).await?;
    context.gone(&definitions, &name).await?;
    let group = &context.group();
    eventually("the end of the kind", || async {
        context.cluster.resources().refresh().await?;
        let left = context.cluster.resources().search().group(group).run().await?;
        Ok(left.is_empty().then_some(()))
    })
    .await?;
    let error = refused!(context.cluster.resource(&widgets.api().api_version(), "Widget").await);
    ensure!(error.is_not_found(), "{error:?}");
    ensure!(refused!(widgets.list().await).is_not_found(), "it is still served");
    Ok(())
}

/// C06: what was not there at the first look is looked for again.
async fn c06_a_kind_that_came_after_the_first_look(context: Context) -> Outcome {
    let other = DynamicClient::builder().config(context.config.clone()).connect().await?;
    let group_version = format!("{}/v1", context.group());
    ensure!(refused!(other.resource(&group_version, "Widget").await).is_not_found(), "it is there already");
    context.widgets().await?;
    same!(other.resource(&group_version, "Widget").await?.api().plural, "widgets");
    Ok(())
}

/// D26: no namespace, in the call or in the object.
async fn d26_a_cluster_scoped_custom_kind(context: Context) -> Outcome {
    let mut definition = context.widget_definition();
    definition["spec"]["scope"] = json!("Cluster");
    let widgets = context.define(definition).await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    same!((created.namespace(), widgets.list().await?.len()), (None, 1));
    let error = refused!(widgets.namespace(&context.namespace).get("a").await);
    ensure!(error.local().is_some(), "{error:?}");
    widgets.delete("a").await?;
    Ok(())
}

/// D38, B54: 422, with the fields.
async fn d38_a_definition_that_is_none(context: Context) -> Outcome {
    let definitions = context.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await?;
    let good = context.widget_definition();
    let broken = |pointer: &str, value: Value| {
        let mut bad = good.clone();
        if let Some(place) = bad.pointer_mut(pointer) {
            *place = value;
        }
        bad
    };
    for (bad, field) in [
        (broken("/metadata/name", json!("gadgets.example.com")), "metadata.name"),
        (broken("/spec/scope", json!("Planet")), "spec.scope"),
        (broken("/spec/names/kind", json!("")), "spec.names.kind"),
        (broken("/spec/versions/0/storage", json!(false)), "spec.versions"),
        (
            broken("/spec/versions/0/schema/openAPIV3Schema/type", json!("string")),
            "spec.validation.openAPIV3Schema.type",
        ),
    ] {
        let error = refused!(definitions.create(bad).await);
        ensure!(error.is_invalid(), "{field}: {error:?}");
        let causes = error.status().map(|status| status.causes().to_vec()).unwrap_or_default();
        ensure!(causes.iter().any(|cause| cause.field == field), "{field}: {causes:?}");
    }
    Ok(())
}

/// A29: its conditions, the accepted names, and the versions that are stored.
async fn a29_a_definition_says_when_it_is_served(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let definitions = context.cluster.find("crd").await?;
    let definition = definitions.get(widgets.api().qualified_name()).await?;
    let conditions: Vec<Value> = definition.at("/status/conditions")?.unwrap_or_default();
    for kind in ["Established", "NamesAccepted"] {
        let condition =
            conditions.iter().find(|condition| condition["type"] == kind).cloned().unwrap_or_default();
        same!(condition["status"], "True");
    }
    same!(definition.at::<String>("/status/acceptedNames/kind")?.as_deref(), Some("Widget"));
    same!(definition.at::<String>("/spec/names/listKind")?.as_deref(), Some("WidgetList"));
    same!(definition.at::<Vec<String>>("/status/storedVersions")?, Some(vec!["v1".to_owned()]));
    Ok(())
}
