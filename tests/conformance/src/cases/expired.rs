//! What was begun before the server forgot its history. These cases run alone, as others go on from old versions too.

use serde_json::json;
use steersman::prelude::*;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
    events::next,
};

cases![alone:
    c15_a_token_that_expires,
    d24_a_stream_whose_token_expires,
    d24_going_on_when_expired,
    d35_a_version_that_is_forgotten,
];

/// An event about nothing, with the label `app`: of events, a server keeps no history in memory.
async fn create(context: &Context, name: &str) -> Outcome {
    let involved = json!({"kind": "ConfigMap", "name": "none", "namespace": context.namespace});
    let content = json!({"metadata": {"name": name, "labels": {"app": "web"}}, "involvedObject": involved});
    context.resource("v1", "Event").await?.create(content).await?;
    Ok(())
}

async fn some(context: &Context) -> Outcome {
    for name in ["a", "b", "c", "d", "e"] {
        create(context, name).await?;
    }
    Ok(())
}

/// C15, C29: 410, with a token that goes on in the newest version of the data.
async fn c15_a_token_that_expires(context: Context) -> Outcome {
    let events = context.resource("v1", "Event").await?;
    some(&context).await?;
    let first = events.list().labels("app").limit(2).await?;
    create(&context, "bb").await?;
    context.forget_history().await?;
    let token = first.metadata().next_page().unwrap_or_default().to_owned();
    let error = refused!(events.list().labels("app").limit(2).continue_from(token).await);
    ensure!(error.is_expired(), "{error:?}");
    same!(error.code(), Some(410));
    let offered = error.status().and_then(|status| status.inconsistent_continue().map(str::to_owned));
    let offered = offered.unwrap_or_default();
    let rest = events.list().labels("app").limit(10).continue_from(offered).await?;
    same!(rest.iter().map(|one| one.name()).collect::<Vec<_>>(), ["bb", "c", "d", "e"]);
    Ok(())
}

/// D24: the stream says so, after all that it had.
async fn d24_a_stream_whose_token_expires(context: Context) -> Outcome {
    let events = context.resource("v1", "Event").await?;
    some(&context).await?;
    let mut stream = events.list().labels("app").limit(2).stream();
    let mut names = Vec::new();
    names.extend(stream.try_next().await?.map(|one| one.name().to_owned()));
    create(&context, "bb").await?;
    context.forget_history().await?;
    names.extend(stream.try_next().await?.map(|one| one.name().to_owned()));
    same!(names, ["a", "b"]);
    let error = refused!(stream.try_next().await);
    ensure!(error.is_expired(), "{error:?}");
    same!(stream.try_next().await?, None);
    Ok(())
}

/// D24, D25, C15: where it is allowed to, it goes on with what is there now, and tells so.
async fn d24_going_on_when_expired(context: Context) -> Outcome {
    let events = context.resource("v1", "Event").await?;
    some(&context).await?;
    let mut stream = events.list().labels("app").limit(2).stream().going_on_when_expired();
    let mut names = Vec::new();
    names.extend(stream.try_next().await?.map(|one| one.name().to_owned()));
    let version = stream.metadata().and_then(|metadata| metadata.resource_version.clone());
    create(&context, "bb").await?;
    context.forget_history().await?;
    same!(stream.is_inconsistent(), false);
    while let Some(one) = stream.try_next().await? {
        names.push(one.name().to_owned());
    }
    same!(names, ["a", "b", "bb", "c", "d", "e"]);
    same!(stream.is_inconsistent(), true);
    // Known after the first page, and that of the newer data then.
    let newer = stream.metadata().and_then(|metadata| metadata.resource_version.clone());
    ensure!(version.is_some() && newer.is_some() && newer != version, "{version:?}, then {newer:?}");
    Ok(())
}

/// D35, A11: a watch from there is told once that history is lost, and then everything that is there.
async fn d35_a_version_that_is_forgotten(context: Context) -> Outcome {
    let events = context.resource("v1", "Event").await?;
    some(&context).await?;
    let version = events.list().await?.metadata().resource_version.clone().unwrap_or_default();
    // Of two, the last one is still known.
    create(&context, "f").await?;
    create(&context, "g").await?;
    context.forget_history().await?;
    let mut watch = events.watch().labels("app").resource_version(version).start().await?;
    let mut names = Vec::new();
    let first = next(&mut watch).await?;
    ensure!(matches!(first, WatchEvent::Restarted(_)), "history is lost, and that is told: {first:?}");
    while let WatchEvent::Added(object) = next(&mut watch).await? {
        names.push(object.name().to_owned());
    }
    same!(names, ["a", "b", "c", "d", "e", "f", "g"]);
    Ok(())
}
