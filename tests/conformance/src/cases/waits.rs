//! Waits: until something is true of an object, or until it is gone.

use std::time::Duration;

use serde_json::{Value, json};
use steersman::{Condition, WaitError, prelude::*, verbs::Wait};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    d32_a_condition_comes_true,
    d32_a_condition_that_is_true_already,
    d32_a_condition_that_means_failure,
    d32_success_counts_before_failure,
    d33_a_deletion_ends_a_wait,
    d33_until_an_object_with_a_finalizer_is_gone,
    d33_until_nothing_is_there,
    d34_an_object_that_comes_later,
    d34_a_place_in_an_object,
    d34_a_predicate,
    d34_all_of_several_kinds,
    d34_any_of_several_objects,
    d32_all_of_several_conditions,
    d33_a_name_that_another_has,
    d34_the_deadline_says_what_was_seen,
];

/// How long a wait that is to succeed may take.
const SOON: Duration = Duration::from_secs(30);

fn conditions(conditions: &[(&str, &str, &str)]) -> Patch {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status, message)| {
            json!({"type": kind, "status": status, "message": message, "reason": "Said",
                "lastTransitionTime": "2026-01-01T00:00:00Z"})
        })
        .collect();
    Patch::merge(json!({"status": {"conditions": conditions}}))
}

/// A deployment whose conditions a case sets.
async fn deployment(context: &Context, name: &str) -> Result<(Resource, Subresource), Failure> {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    let mut paused = Context::deployment(name, 0);
    // Its controller has nothing to say of a paused one without replicas that would be waited for here.
    paused["spec"]["paused"] = true.into();
    deployments.create(paused).await?;
    let status = deployments.subresource("status")?;
    Ok((deployments, status))
}

/// Polls a wait and a change side by side.
async fn while_waiting<T, W, C>(wait: W, change: C) -> Result<T, Failure>
where
    W: IntoFuture<Output = Result<T, steersman::Error>>,
    C: Future<Output = Result<(), steersman::Error>>,
{
    let (met, changed) = futures::future::join(wait.into_future(), change).await;
    changed?;
    Ok(met?)
}

/// D32: the object comes back in the state in which the condition was true.
async fn d32_a_condition_comes_true(context: Context) -> Outcome {
    let (deployments, status) = deployment(&context, "web").await?;
    let wait = deployments.wait("web").for_condition("Chosen").timeout(SOON);
    let met = while_waiting(wait, async {
        status.patch("web", conditions(&[("Chosen", "False", "")])).await?;
        status.patch("web", conditions(&[("Chosen", "True", "")])).await?;
        Ok(())
    })
    .await?;
    let all = Condition::all_of(&met);
    ensure!(all.iter().any(|one| one.condition_type == "Chosen" && one.is_true()), "{all:?}");
    Ok(())
}

/// D32: what is true already is not waited for.
async fn d32_a_condition_that_is_true_already(context: Context) -> Outcome {
    let (deployments, status) = deployment(&context, "web").await?;
    let patched = status.patch("web", conditions(&[("Chosen", "Unknown", "")])).await?;
    let met = deployments.wait("web").for_condition_status("Chosen", "Unknown").timeout(SOON).await?;
    same!(met.uid(), patched.uid());
    Ok(())
}

/// D32, D38: a failure ends the wait, with the condition's message.
async fn d32_a_condition_that_means_failure(context: Context) -> Outcome {
    let (deployments, status) = deployment(&context, "web").await?;
    status.patch("web", conditions(&[("Broken", "True", "no disk")])).await?;
    let wait = deployments.wait("web").for_condition("Chosen").fails_on("Broken").timeout(SOON);
    let error = refused!(wait.await);
    same!(error.wait(), Some(&WaitError::Failed { messages: vec!["no disk".to_owned()] }));
    Ok(())
}

/// D32: of both in one state, success counts.
async fn d32_success_counts_before_failure(context: Context) -> Outcome {
    let (deployments, status) = deployment(&context, "web").await?;
    status.patch("web", conditions(&[("Broken", "True", "x"), ("Chosen", "True", "")])).await?;
    deployments.wait("web").for_condition("Chosen").fails_on("Broken").timeout(SOON).await?;
    Ok(())
}

/// D33: a deletion ends a wait, of an object that has no status too.
async fn d33_a_deletion_ends_a_wait(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    // Whether the wait begins before the deletion or after it.
    let wait = created.wait().for_condition("Ready").timeout(SOON).into_future();
    let (met, deleted) = futures::future::join(wait, created.delete().into_future()).await;
    deleted?;
    same!(refused!(met).wait(), Some(&WaitError::Deleted { object: "configmaps/a".to_owned() }));
    Ok(())
}

/// D33: an object that is marked for deletion is there until its finalizers are gone.
async fn d33_until_an_object_with_a_finalizer_is_gone(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let mut content = Context::config_map("a", "web");
    content["metadata"]["finalizers"] = json!(["conformance.steersman.example/wait"]);
    let created = config_maps.create(content).await?;
    created.delete().await?;
    let short = config_maps.wait("a").for_deletion().timeout(Duration::from_millis(200));
    ensure!(refused!(short.await).is_timeout(), "it is not gone yet");
    let wait = created.wait().for_deletion().timeout(SOON);
    let gone = while_waiting(wait, async {
        created.patch(Patch::merge(json!({"metadata": {"finalizers": null}}))).await?;
        Ok(())
    })
    .await?;
    ensure!(gone.is_none_or(|last| last.uid() == created.uid()), "it is the last state of this object");
    Ok(())
}

/// D33: what is not there is gone.
async fn d33_until_nothing_is_there(context: Context) -> Outcome {
    same!(context.config_maps().await?.wait("missing").for_deletion().timeout(SOON).await?, None);
    Ok(())
}

/// D34: an object that is not there yet is waited for.
async fn d34_an_object_that_comes_later(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let wait = config_maps.wait("later").for_path("{.data.key}", json!("later")).timeout(SOON);
    let met = while_waiting(wait, async {
        config_maps.create(Context::config_map("other", "web")).await?;
        config_maps.create(Context::config_map("later", "web")).await?;
        Ok(())
    })
    .await?;
    same!(met.name(), "later");
    Ok(())
}

/// D34: a value at a place, written as kubectl writes it.
async fn d34_a_place_in_an_object(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut widget = Context::widget("left", "red");
    widget["spec"]["parts"] = json!(["a", "b"]);
    let created = widgets.create(widget).await?;
    for path in ["{.spec.parts[1]}", "spec.parts[1]", "/spec/parts/1"] {
        let met = widgets.wait("left").for_path(path, json!("b")).timeout(SOON).await?;
        same!(met.uid(), created.uid());
    }
    let grown = widgets.wait("left").for_path("{.spec.replicas}", json!(5)).timeout(SOON);
    let grown = while_waiting(grown, async {
        created.patch(Patch::merge(json!({"spec": {"replicas": 5}}))).await?;
        Ok(())
    })
    .await?;
    same!(grown.at::<i64>("/spec/replicas")?, Some(5));
    Ok(())
}

/// D34: whatever the caller says.
async fn d34_a_predicate(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    let wait = created.wait().until(|object| object.labels().len() == 3).timeout(SOON);
    let met = while_waiting(wait, async {
        created.set_labels([("two", Some("2"))]).await?;
        created.set_labels([("three", Some("3"))]).await?;
        Ok(())
    })
    .await?;
    same!(met.labels().get("three").map(String::as_str), Some("3"));
    Ok(())
}

/// D34: several objects of several kinds at the same time, in the order of the waits.
async fn d34_all_of_several_kinds(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let secrets = context.resource("v1", "Secret").await?;
    let waits = [
        secrets.wait("s").for_path_to_exist("metadata.uid").timeout(SOON),
        config_maps.wait("c").for_path_to_exist("metadata.uid").timeout(SOON),
    ];
    let met = while_waiting(Box::pin(Wait::all(waits)), async {
        config_maps.create(Context::config_map("c", "web")).await?;
        secrets.create(json!({"metadata": {"name": "s"}})).await?;
        Ok(())
    })
    .await?;
    let kinds: Vec<&str> = met.iter().map(|object| object.kind()).collect();
    same!(kinds, ["Secret", "ConfigMap"]);
    Ok(())
}

/// D34: a deadline that passes says what the conditions were.
async fn d34_the_deadline_says_what_was_seen(context: Context) -> Outcome {
    let (deployments, status) = deployment(&context, "web").await?;
    status.patch("web", conditions(&[("Chosen", "False", "")])).await?;
    let wait = deployments.wait("web").for_condition("Chosen").timeout(Duration::from_secs(1));
    let error = refused!(wait.await);
    ensure!(error.is_timeout(), "{error:?}");
    let shown = error.report().to_string();
    ensure!(shown.contains("Chosen=False (Said)"), "{shown}");
    Ok(())
}

/// D34: the first that is met, whichever it is.
async fn d34_any_of_several_objects(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let waits =
        ["a", "b", "c"].map(|name| config_maps.wait(name).for_path("data.key", json!("b")).timeout(SOON));
    let change = async {
        config_maps.create(Context::config_map("a", "web")).await?;
        config_maps.create(Context::config_map("b", "web")).await?;
        Ok(())
    };
    let any = while_waiting(Wait::any(waits), change).await?;
    same!(any.name(), "b");
    Ok(())
}

/// D32: any one of several, or all of them in one state.
async fn d32_all_of_several_conditions(context: Context) -> Outcome {
    let (deployments, status) = deployment(&context, "web").await?;
    let both = || deployments.wait("web").for_condition("First").for_condition("Second").timeout(SOON);
    status.patch("web", conditions(&[("First", "True", "")])).await?;
    let held = |object: &Object| -> Vec<String> {
        let list: Vec<Value> = object.at("/status/conditions").ok().flatten().unwrap_or_default();
        let held = list.iter().filter(|one| one["status"] == "True");
        held.filter_map(|one| one["type"].as_str().map(str::to_owned)).collect()
    };
    let any = both().await?;
    ensure!(held(&any).contains(&"First".to_owned()), "{any:?}");
    let change = async {
        status.patch("web", conditions(&[("Second", "True", ""), ("First", "False", "")])).await?;
        status.patch("web", conditions(&[("First", "True", ""), ("Second", "True", "")])).await?;
        Ok(())
    };
    let all = while_waiting(both().all_of_these(), change).await?;
    for wanted in ["First", "Second"] {
        ensure!(held(&all).contains(&wanted.to_owned()), "{all:?}");
    }
    Ok(())
}

/// D33: who waits for this very object hears that it is gone, whoever has its name now.
async fn d33_a_name_that_another_has(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let first = config_maps.create(Context::config_map("a", "web")).await?;
    first.delete().await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    let error = refused!(first.wait().for_path("data.key", json!("never")).timeout(SOON).await);
    ensure!(matches!(error.wait(), Some(WaitError::Deleted { .. })), "{error:?}");
    same!(first.wait().for_deletion().timeout(SOON).await?, None);
    Ok(())
}
