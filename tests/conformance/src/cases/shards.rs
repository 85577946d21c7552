//! Parts of all objects, by hash. The real server runs with its feature gate `ShardedListAndWatch`, which is off in 1.36 if nothing
//! is said; without it the server leaves the selector aside, even one that it could not read, and sends everything without an
//! echo.
//!
//! The objects are secrets, as the real server puts a config map of its own into each namespace.

use std::collections::BTreeSet;

use serde_json::json;
use steersman::{
    meta::{ListOptions, ShardKey, ShardSelector},
    prelude::*,
};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
    events::told,
};

cases![
    a06_a_part_is_watched,
    a06_a_shard_selector_that_is_none,
    a06_nobody_deletes_a_part,
    a06_parts_are_everything,
    a06_parts_without_an_echo,
];

fn names<'a>(objects: impl IntoIterator<Item = &'a ResourceInstance>) -> BTreeSet<String> {
    objects.into_iter().map(|one| one.name().to_owned()).collect()
}

/// Objects `w0`, `w1` and so on; gives them as they are stored.
async fn some(resource: &Resource, count: usize) -> Result<Vec<ResourceInstance>, Failure> {
    let mut created = Vec::new();
    for number in 0..count {
        created.push(resource.create(json!({"metadata": {"name": format!("w{number}")}})).await?);
    }
    Ok(created)
}

/// Those of `all` that are in the part, by our own hash.
fn chosen(all: &[ResourceInstance], part: &ShardSelector) -> BTreeSet<String> {
    names(all.iter().filter(|one| part.matches(one) == Ok(true)))
}

/// A06 (`shardSelector`), C15: the parts are disjoint and are everything, whole and page by page, and the list says which it is.
async fn a06_parts_are_everything(context: Context) -> Outcome {
    let secrets = context.resource("v1", "Secret").await?;
    let all = some(&secrets, 12).await?;
    let mut seen = BTreeSet::new();
    for index in 0..3 {
        let part = ShardSelector::one_of(ShardKey::Uid, index, 3);
        let list = secrets.list().shard(part.clone()).await?;
        let echo = list.metadata().shard_info.clone();
        ensure!(echo.as_ref().is_some_and(|echo| part.is_echoed_by(echo)), "{part}: {echo:?}");
        let found: BTreeSet<String> = names(&list);
        same!(found, chosen(&all, &part));
        let mut stream = secrets.list().shard(part).limit(2).stream();
        let mut streamed = BTreeSet::new();
        while let Some(object) = stream.try_next().await? {
            streamed.insert(object.name().to_owned());
        }
        same!(streamed, found);
        for name in found {
            ensure!(seen.insert(name.clone()), "{name} is in two parts");
        }
    }
    same!(seen, names(&all));
    // By namespace, all of it is in one part.
    let halves = [0, 1].map(|index| ShardSelector::one_of(ShardKey::Namespace, index, 2));
    let [first, second] = halves.map(|part| secrets.list().shard(part));
    let mut counts = [first.await?.len(), second.await?.len()];
    counts.sort_unstable();
    same!(counts, [0, 12]);
    Ok(())
}

/// A06, B42: custom kinds, metadata alone and tables have no echo on the real server, and the part is right all the same.
async fn a06_parts_without_an_echo(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let all = some(&widgets, 8).await?;
    let part = ShardSelector::one_of(ShardKey::Uid, 0, 2);
    let want = chosen(&all, &part);
    let list = widgets.list().shard(part.clone()).await?;
    same!((names(&list), list.metadata().shard_info.is_some()), (want.clone(), false));
    same!(names(&widgets.metadata_only().list().shard(part.clone()).await?), want);
    same!(widgets.list().shard(part).as_table().await?.rows.len(), want.len());
    Ok(())
}

/// A06, A11: a watch of a part tells what is there of it, and what comes to it.
async fn a06_a_part_is_watched(context: Context) -> Outcome {
    let secrets = context.resource("v1", "Secret").await?;
    let part = ShardSelector::one_of(ShardKey::Uid, 1, 2);
    let before = some(&secrets, 6).await?;
    let mut watch = secrets.watch().shard(part.clone()).start().await?;
    let there = chosen(&before, &part);
    let mut first = told(&mut watch, there.len() + 1).await?;
    same!(first.pop().as_deref(), Some("Listed"));
    let first: BTreeSet<String> = first.into_iter().collect();
    same!(first, there.iter().map(|name| format!("Added {name}")).collect::<BTreeSet<_>>());
    // The last one is in the part, so that nothing has to be waited for in vain.
    let mut want = Vec::new();
    for number in 0..100 {
        let created = secrets.create(json!({"metadata": {"name": format!("x{number}")}})).await?;
        if part.matches(&created) == Ok(true) {
            want.push(format!("Added {}", created.name()));
        }
        if number > 5 && want.last().is_some_and(|last| last.ends_with(created.name())) {
            break;
        }
    }
    same!(told(&mut watch, want.len()).await?, want);
    Ok(())
}

/// A06: what is no selector is refused here, and by the server, which takes it for its own fault.
async fn a06_a_shard_selector_that_is_none(context: Context) -> Outcome {
    let secrets = context.resource("v1", "Secret").await?;
    for text in ["nonsense", "shardRange(object.metadata.name, '0x0000000000000000', '0x8000000000000000')"] {
        let error = refused!(secrets.list().shard(text).await);
        ensure!(error.local().is_some(), "{error:?}");
        let request = context.cluster.request(http::Method::GET).namespace(&context.namespace).url("secrets");
        let error = refused!(request.query("shardSelector", text).await);
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        ensure!(error.code() == Some(500) && message.contains("invalid shard selector"), "{error:?}");
    }
    Ok(())
}

/// A06, A10: a server without the gate would delete everything, so no part is deleted.
async fn a06_nobody_deletes_a_part(context: Context) -> Outcome {
    let secrets = context.resource("v1", "Secret").await?;
    let all = some(&secrets, 2).await?;
    let part = ShardSelector::one_of(ShardKey::Uid, 0, 2);
    let options = ListOptions { shard_selector: part, ..Default::default() };
    let error = refused!(secrets.delete_collection().list_options(options).await);
    ensure!(error.local().is_some(), "{error:?}");
    for object in all {
        secrets.get(object.name()).await?;
    }
    Ok(())
}
