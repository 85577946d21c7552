//! Watches.

use std::time::{Duration, Instant};

use serde_json::json;
use steersman::{InitialEvents, OnError, prelude::*};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
    events::{next, told},
};

cases![
    a11_changes_come_in_order,
    a34_events_carry_whole_objects,
    b20_a_watch_of_a_custom_kind,
    b21_a_watch_by_name,
    b22_a_time_limit_ends_it,
    b23_c21_stopped_from_elsewhere,
    c19_a_watch_of_all_namespaces,
    c19_a_watch_by_field,
    c19_objects_enter_and_leave_a_selection,
    c29_a_watch_that_is_forbidden,
    d35_a_watch_from_the_version_of_a_list,
    d35_a_watch_begins_with_what_is_there,
    d35_known_objects_that_are_gone,
    d35_many_changes,
    d35_streamed_and_listed_alike,
    d35_two_watches_see_the_same,
    d36_a_hook_decides,
];

/// A11, A34: added, modified, deleted; each once, and with the right last state.
async fn a11_changes_come_in_order(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let mut watch = config_maps.watch().labels("app=web").start().await?;
    same!(told(&mut watch, 1).await?, ["Listed"]);
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let patched = created.patch(Patch::merge(json!({"data": {"key": "new"}}))).await?;
    created.delete().await?;
    same!(next(&mut watch).await?, WatchEvent::Added(created));
    same!(next(&mut watch).await?, WatchEvent::Modified(patched.clone()));
    let WatchEvent::Deleted(last) = next(&mut watch).await? else { return Err(Failure::new("not deleted")) };
    same!(last.to_value()["data"], patched.to_value()["data"]);
    ensure!(last.resource_version() != patched.resource_version(), "a deletion has a version of its own");
    Ok(())
}

/// A34, B20: the object of an event says what it is, and has the verbs of its kind.
async fn a34_events_carry_whole_objects(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let mut watch = pods.watch().timeout(Duration::from_secs(300)).start().await?;
    same!(told(&mut watch, 1).await?, ["Listed"]);
    pods.create(Context::pod("a")).await?;
    let event = next(&mut watch).await?;
    let Some(pod) = event.object() else { return Err(Failure::new(format!("{event:?}"))) };
    same!((pod.api_version(), pod.kind(), pod.name()), ("v1", "Pod", "a"));
    same!(pod.field::<String>("status.phase")?.as_deref(), Some("Pending"));
    pod.delete().grace_period_seconds(0).await?;
    loop {
        // A pod may be touched once more before it goes.
        match next(&mut watch).await? {
            WatchEvent::Deleted(last) => {
                same!(last.uid(), pod.uid());
                return Ok(());
            }
            WatchEvent::Modified(_) => {}
            other => return Err(Failure::new(format!("{other:?}"))),
        }
    }
}

/// B20: kinds that nobody knew when this was built.
async fn b20_a_watch_of_a_custom_kind(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut watch = widgets.watch().start().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let status = Patch::merge(json!({"status": {"phase": "Ready"}}));
    let ready = widgets.subresource("status")?.patch("a", status).await?;
    created.delete().await?;
    same!(told(&mut watch, 1).await?, ["Listed"]);
    same!(next(&mut watch).await?, WatchEvent::Added(created));
    same!(next(&mut watch).await?, WatchEvent::Modified(ready));
    same!(told(&mut watch, 1).await?, ["Deleted a"]);
    Ok(())
}

/// B21: the name is joined with the other selectors, it does not replace them.
async fn b21_a_watch_by_name(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let mut by_name = config_maps.watch().name("b").start().await?;
    let mut by_both = config_maps.watch().name("b").fields("metadata.name!=b").labels("app").start().await?;
    for name in ["a", "b", "c"] {
        config_maps.create(Context::config_map(name, "web")).await?;
    }
    same!(told(&mut by_name, 2).await?, ["Listed", "Added b"]);
    config_maps.delete("a").await?;
    config_maps.delete("b").await?;
    same!(told(&mut by_name, 1).await?, ["Deleted b"]);
    same!(told(&mut by_both, 1).await?, ["Listed"]);
    let nothing = tokio::time::timeout(Duration::from_millis(300), next(&mut by_both)).await;
    ensure!(nothing.is_err(), "{nothing:?}");
    Ok(())
}

/// B22: the stream ends by itself, without an error.
async fn b22_a_time_limit_ends_it(context: Context) -> Outcome {
    // A built-in kind: with the storage of a new one the server may be busy for longer than the time limit.
    let config_maps = context.config_maps().await?;
    let started = Instant::now();
    let mut watch = config_maps.watch().labels("app=web").timeout(Duration::from_secs(2)).start().await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    same!(told(&mut watch, 2).await?, ["Listed", "Added a"]);
    while let Some(event) = watch.try_next().await? {
        ensure!(matches!(event, WatchEvent::Bookmark(_)), "{event:?}");
    }
    let elapsed = started.elapsed();
    ensure!((1500..10_000).contains(&elapsed.as_millis()), "{elapsed:?}");
    same!(watch.try_next().await?, None);
    Ok(())
}

/// C19, A32: each event says in which namespace.
async fn c19_a_watch_of_all_namespaces(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let second = context.second_namespace().await?;
    let mut watch = widgets.all_namespaces().watch().start().await?;
    widgets.create(Context::widget("a", "red")).await?;
    widgets.namespace(&second).create(Context::widget("a", "red")).await?;
    same!(told(&mut watch, 1).await?, ["Listed"]);
    for namespace in [&context.namespace, &second] {
        let event = next(&mut watch).await?;
        same!(event.object().and_then(|object| object.namespace()), Some(namespace.as_str()));
    }
    Ok(())
}

/// C19, D27: pods by their phase: one that comes into it is added, one that leaves it is deleted.
async fn c19_a_watch_by_field(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let mut watch = pods.watch().fields("status.phase=Running").start().await?;
    pods.create(Context::pod("a")).await?;
    let status = pods.subresource("status")?;
    for phase in ["Running", "Failed"] {
        status.patch("a", Patch::merge(json!({"status": {"phase": phase}}))).await?;
    }
    same!(told(&mut watch, 3).await?, ["Listed", "Added a", "Deleted a"]);
    Ok(())
}

/// C19: by label, with the last state in which it was selected.
async fn c19_objects_enter_and_leave_a_selection(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let widget = widgets.create(Context::widget("a", "red")).await?;
    let mut watch = widgets.watch().labels("app=web").start().await?;
    same!(told(&mut watch, 1).await?, ["Listed"]);
    let entered = widget.set_labels([("app", Some("web"))]).await?;
    same!(next(&mut watch).await?, WatchEvent::Added(entered));
    let left = widget.set_labels([("app", Some("db"))]).await?;
    let WatchEvent::Deleted(last) = next(&mut watch).await? else { return Err(Failure::new("not deleted")) };
    same!((last.labels()["app"].as_str(), last.resource_version()), ("web", left.resource_version()));
    let entered = widget.set_labels([("app", Some("web"))]).await?;
    same!(next(&mut watch).await?, WatchEvent::Added(entered));
    Ok(())
}

/// C29, B54: what can't begin says so at once.
async fn c29_a_watch_that_is_forbidden(context: Context) -> Outcome {
    let cluster = DynamicClient::builder().config(context.stranger_config.clone()).connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let error = refused!(config_maps.watch().start().await);
    ensure!(error.is_forbidden(), "{error:?}");
    let error = refused!(config_maps.watch().resource_version("1").start().await);
    ensure!(error.is_forbidden(), "{error:?}");
    let message = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(message.contains("cannot watch resource \"configmaps\""), "{message}");
    Ok(())
}

/// D35, A18: nothing of what happened after the list is missed, and nothing before it is told.
async fn d35_a_watch_from_the_version_of_a_list(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("before", "red")).await?;
    let version = widgets.list().await?.metadata().resource_version.clone().unwrap_or_default();
    widgets.create(Context::widget("after", "red")).await?;
    widgets.delete("before").await?;
    let mut watch = widgets.watch().resource_version(version).start().await?;
    same!(told(&mut watch, 2).await?, ["Added after", "Deleted before"]);
    Ok(())
}

/// D35: each object as added, then a bookmark that closes the list.
async fn d35_a_watch_begins_with_what_is_there(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for name in ["b", "a"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    let mut watch = widgets.watch().start().await?;
    same!(told(&mut watch, 3).await?, ["Added a", "Added b", "Listed"]);
    widgets.delete("b").await?;
    same!(told(&mut watch, 1).await?, ["Deleted b"]);
    Ok(())
}

/// D35: a hundred changes, none lost, none twice, in the order of their versions.
async fn d35_many_changes(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let mut watch =
        widgets.watch().resource_version(created.resource_version().unwrap_or_default()).start().await?;
    let mut versions = Vec::new();
    for replicas in 2..102 {
        let patched = created.patch(Patch::merge(json!({"spec": {"replicas": replicas}}))).await?;
        versions.push(patched.resource_version().unwrap_or_default().to_owned());
    }
    let mut seen = Vec::new();
    while seen.len() < versions.len() {
        match next(&mut watch).await? {
            WatchEvent::Modified(object) => {
                seen.push(object.resource_version().unwrap_or_default().to_owned())
            }
            other => return Err(Failure::new(format!("{other:?}"))),
        }
    }
    same!(seen, versions);
    Ok(())
}

/// D35: watches do not take events from each other.
async fn d35_two_watches_see_the_same(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut first = widgets.watch().start().await?;
    let mut second = widgets.watch().start().await?;
    for name in ["a", "b"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    let want = ["Listed", "Added a", "Added b"];
    same!(told(&mut first, 3).await?, want);
    drop(first);
    same!(told(&mut second, 3).await?, want);
    Ok(())
}

/// B23, C21: a handle ends a watch that waits, and the end is no error.
async fn b23_c21_stopped_from_elsewhere(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let mut watch = config_maps.watch().labels("app=web").start().await?;
    same!(told(&mut watch, 1).await?, ["Listed"]);
    config_maps.create(Context::config_map("a", "web")).await?;
    let event = next(&mut watch).await?;
    same!(event.to_value()["type"], "ADDED");
    same!(event.to_value()["object"]["metadata"]["name"], "a");
    let stop = watch.stop_handle();
    let (end, ()) = tokio::join!(
        async {
            loop {
                match watch.try_next().await {
                    Ok(Some(WatchEvent::Bookmark(_))) => {}
                    end => return end,
                }
            }
        },
        async { stop.stop() }
    );
    same!(end?, None);
    Ok(())
}

/// D35 (reliability 2.24): both ways to learn what there is tell the same, and go on the same.
async fn d35_streamed_and_listed_alike(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for name in ["a", "b", "c"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    let mut events = Vec::new();
    for way in [InitialEvents::Streamed, InitialEvents::Listed] {
        let mut watch = widgets.watch().initial_events(way).start().await?;
        let mut told = Vec::new();
        for _ in 0..3 {
            told.push(next(&mut watch).await?);
        }
        let WatchEvent::Bookmark(closing) = next(&mut watch).await? else {
            return Err(Failure::new(format!("{way:?} tells more than there is")));
        };
        ensure!(closing.initial_events_end, "{closing:?}");
        let change = Patch::merge(json!({"metadata": {"labels": {"way": format!("{way:?}")}}}));
        let changed = widgets.patch("a", change).await?;
        same!(next(&mut watch).await?, WatchEvent::Modified(changed.clone()));
        told.retain(|event| event.object().is_some_and(|object| object.name() != "a"));
        told.sort_by_key(|event| event.object().map(|object| object.name().to_owned()));
        events.push(told);
    }
    same!(events[0].len(), 2);
    same!(events[0], events[1]);
    Ok(())
}

/// D35 (reliability 2.12): who knows what there was hears of what went while nobody looked, and of nothing that stayed.
async fn d35_known_objects_that_are_gone(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for name in ["gone", "same", "anew"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    let known = widgets.list().await?;
    let gone = widgets.get("gone").await?;
    widgets.delete("gone").await?;
    widgets.delete("anew").await?;
    widgets.create(Context::widget("anew", "blue")).await?;
    for way in [InitialEvents::Streamed, InitialEvents::Listed] {
        let watch = widgets.watch().initial_events(way);
        let known = known.items().iter().cloned().map(ResourceInstance::into_object);
        let mut watch = watch.track_deletions_of(known).start().await?;
        let mut events = Vec::new();
        for _ in 0..4 {
            events.push(next(&mut watch).await?);
        }
        let shown: Vec<_> = events
            .iter()
            .map(|event| {
                format!("{} {}", event.event_type(), event.object().map_or("", |object| object.name()))
            })
            .collect();
        same!(shown, ["DELETED anew", "ADDED anew", "DELETED gone", "BOOKMARK "]);
        ensure!(events[2].is_inferred() && !events[1].is_inferred(), "{events:?}");
        same!(events[2].object().and_then(|object| object.uid()), gone.uid());
    }
    Ok(())
}

/// D36: the caller's function hears of the refusal, and what it says is done.
async fn d36_a_hook_decides(context: Context) -> Outcome {
    let cluster = DynamicClient::builder().config(context.stranger_config.clone()).connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let watch = config_maps.watch().on_error(|error, count| match (error.is_forbidden(), count) {
        (true, 1) => OnError::Retry(Duration::from_millis(1)),
        (true, 2) => OnError::Stop,
        _ => OnError::Raise,
    });
    same!(watch.start().await?.try_next().await?, None);
    let error = refused!(config_maps.watch().on_error(|_, _| OnError::Raise).start().await);
    ensure!(error.is_forbidden(), "{error:?}");
    Ok(())
}
