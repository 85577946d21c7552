//! Objects that others go with.

use serde_json::json;
use steersman::{LocalError, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a07_a_new_object_with_its_owner,
    a16_an_object_gets_an_owner_and_loses_it,
    a16_an_owner_lives_in_the_same_namespace,
    a16_one_controller_at_most,
    a16_owners_meet_other_changes,
];

/// A07, A16: cluster-scoped ones own anything, namespaced ones what is beside them.
async fn a07_a_new_object_with_its_owner(context: Context) -> Outcome {
    let widget = context.widgets().await?.create(Context::widget("a", "red")).await?;
    let namespace = context.cluster.resource("v1", "Namespace").await?.get(&context.namespace).await?;
    let config_maps = context.config_maps().await?;
    let create = config_maps.create(Context::config_map("a", "web"));
    let created = create.owner(&widget.as_controller()?).owner(&namespace.as_owner()?.blocking()).await?;
    let [first, second] = created.metadata().owner_references.as_slice() else {
        return Err(crate::Failure::new("there are two owners"));
    };
    same!((&*first.kind, &*first.name, Some(&*first.uid)), ("Widget", "a", widget.uid()));
    same!(first.api_version, widget.api_version());
    same!((first.controller, first.block_owner_deletion), (Some(true), Some(true)));
    same!((&*second.kind, second.controller, second.block_owner_deletion), ("Namespace", None, Some(true)));
    Ok(())
}

/// A16: of built-in and of custom kinds, whose lists merge otherwise.
async fn a16_an_object_gets_an_owner_and_loses_it(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let config_maps = context.config_maps().await?;
    let owners = [
        config_maps.create(Context::config_map("one", "web")).await?,
        widgets.create(Context::widget("two", "red")).await?,
    ];
    let owned = [
        config_maps.create(Context::config_map("owned", "web")).await?,
        widgets.create(Context::widget("owned", "red")).await?,
    ];
    for owned in owned {
        let names = |object: &Object| -> Vec<String> {
            object.metadata().owner_references.iter().map(|owner| owner.name.clone()).collect()
        };
        let once = owned.add_owner(&owners[0].as_owner()?).await?;
        let twice = once.add_owner(&owners[1].as_controller()?).await?;
        same!(names(&twice), ["one", "two"]);
        // The same one again takes its own place.
        let again = twice.add_owner(&owners[0].as_owner()?.blocking()).await?;
        same!(names(&again), ["one", "two"]);
        same!(again.metadata().owner_references[0].block_owner_deletion, Some(true));
        let left = again.remove_owner(&owners[0].as_owner()?).await?;
        same!(names(&left), ["two"]);
    }
    Ok(())
}

/// A16, D37: what the garbage collector would take for a lost child is not made.
async fn a16_an_owner_lives_in_the_same_namespace(context: Context) -> Outcome {
    let second = context.second_namespace().await?;
    let owner = context.config_maps().await?.create(Context::config_map("owner", "web")).await?;
    let elsewhere = context.config_maps().await?.namespace(&second);
    let create = elsewhere.create(Context::config_map("owned", "web")).owner(&owner.as_owner()?);
    let error = refused!(create.await);
    ensure!(matches!(error.local(), Some(LocalError::OwnerElsewhere { .. })), "{error:?}");
    same!(elsewhere.get("owned").if_exists().await?, None);
    let there = elsewhere.create(Context::config_map("owned", "web")).await?;
    let error = refused!(there.add_owner(&owner.as_owner()?).await);
    ensure!(matches!(error.local(), Some(LocalError::OwnerElsewhere { .. })), "{error:?}");
    let namespace = context.cluster.resource("v1", "Namespace").await?.get(&second).await?;
    let error = refused!(namespace.add_owner(&owner.as_owner()?).await);
    ensure!(matches!(error.local(), Some(LocalError::OwnerElsewhere { .. })), "{error:?}");
    Ok(())
}

/// A16: the server would refuse a second one, too; here it is refused with the name of the first.
async fn a16_one_controller_at_most(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let [one, two, owned] = [
        config_maps.create(Context::config_map("one", "web")).await?,
        config_maps.create(Context::config_map("two", "web")).await?,
        config_maps.create(Context::config_map("owned", "web")).await?,
    ];
    let owned = owned.add_owner(&one.as_controller()?).await?;
    let error = refused!(owned.add_owner(&two.as_controller()?).await);
    let another = LocalError::AnotherController { kind: "ConfigMap".into(), name: "one".into() };
    same!(error.local(), Some(&another));
    let mut second = two.as_controller()?.reference().clone();
    second.controller = Some(true);
    let owners = [&owned.metadata().owner_references[..], &[second]].concat();
    let error = refused!(owned.patch(Patch::merge(json!({"metadata": {"ownerReferences": owners}}))).await);
    ensure!(error.is_invalid(), "{error:?}");
    Ok(())
}

/// A16: from an old copy, an owner comes to those that are there now.
async fn a16_owners_meet_other_changes(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let [one, two, stale] = [
        config_maps.create(Context::config_map("one", "web")).await?,
        config_maps.create(Context::config_map("two", "web")).await?,
        config_maps.create(Context::config_map("owned", "web")).await?,
    ];
    stale.add_owner(&one.as_owner()?).await?;
    let owned = stale.add_owner(&two.as_owner()?).await?;
    same!(owned.metadata().owner_references.len(), 2);
    Ok(())
}
