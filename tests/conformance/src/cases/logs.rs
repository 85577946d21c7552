//! The logs of pods.

use std::time::Duration;

use futures::TryStreamExt;
use steersman::{meta::PodLogOptions, prelude::*};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
    pod_logs::LogWriter,
};

cases![
    d28_a_whole_log,
    d28_the_last_lines,
    d28_lines_since_a_time,
    d28_lines_with_their_times,
    d28_so_many_bytes,
    d28_a_log_that_is_followed,
    d28_a_followed_log_ends,
    d28_one_of_several_containers,
    d28_all_containers,
    d28_all_containers_followed,
    d28_the_container_before,
    d28_a_pod_without_a_node_has_an_empty_log,
    d28_a_pod_that_is_not_there,
    d28_options_that_are_refused,
    d28_a_stranger_reads_no_log,
];

/// Five lines, a second apart.
fn write_five(log: &LogWriter) -> Outcome {
    (1..=5).try_for_each(|n| log.line_at(&format!("2026-01-01T00:00:0{n}.5Z"), &format!("line {n}")))
}

fn said(error: &steersman::Error) -> String {
    error.status().and_then(|status| status.message.clone()).unwrap_or_default()
}

async fn texts(lines: steersman::LogLines) -> Result<Vec<String>, Failure> {
    Ok(lines.map_ok(|line| line.to_string()).try_collect().await?)
}

/// D28: as one text, and line by line, with newlines or without.
async fn d28_a_whole_log(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("whole").await?;
    write_five(&logs[0])?;
    logs[0].line("")?;
    logs[0].line("ü, and no end")?;
    let whole = pods.logs("whole").await?;
    same!(whole, "line 1\nline 2\nline 3\nline 4\nline 5\n\nü, and no end\n");
    let lines = texts(pods.logs("whole").lines().await?).await?;
    same!(lines.concat(), whole);
    let stripped = texts(pods.logs("whole").strip_newlines().lines().await?).await?;
    same!(stripped.join("\n") + "\n", whole);
    let parts = texts(pods.logs("whole").max_line_bytes(5).lines().await?).await?;
    same!(parts.concat(), whole);
    ensure!(parts.iter().all(|part| part.len() <= 6), "{parts:?}");
    Ok(())
}

/// D28: so many of the last lines; none; more than there are.
async fn d28_the_last_lines(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("tail").await?;
    write_five(&logs[0])?;
    same!(pods.logs("tail").tail(2).await?, "line 4\nline 5\n");
    same!(pods.logs("tail").tail(0).await?, "");
    same!(texts(pods.logs("tail").tail(99).lines().await?).await?.len(), 5);
    Ok(())
}

/// D28: since a time, and since so long ago.
async fn d28_lines_since_a_time(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("since").await?;
    write_five(&logs[0])?;
    logs[0].line("now")?;
    same!(pods.logs("since").since_time("2026-01-01T00:00:04Z").await?, "line 4\nline 5\nnow\n");
    same!(pods.logs("since").since_time("2026-01-01T02:00:04+02:00").await?, "line 4\nline 5\nnow\n");
    same!(pods.logs("since").since(Duration::from_secs(3600)).await?, "now\n");
    // The last lines are counted first.
    same!(pods.logs("since").since_time("2026-01-01T00:00:05Z").tail(4).await?, "line 5\nnow\n");
    Ok(())
}

/// D28: each line begins with its time.
async fn d28_lines_with_their_times(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("stamps").await?;
    write_five(&logs[0])?;
    same!(
        pods.logs("stamps").timestamps().tail(2).await?,
        "2026-01-01T00:00:04.500000000Z line 4\n2026-01-01T00:00:05.500000000Z line 5\n"
    );
    Ok(())
}

/// D28: at most so many bytes, the times among them.
async fn d28_so_many_bytes(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("limit").await?;
    write_five(&logs[0])?;
    same!(pods.logs("limit").limit_bytes(10).await?, "line 1\nlin");
    same!(pods.logs("limit").limit_bytes(13).timestamps().await?, "2026-01-01T00");
    same!(pods.logs("limit").limit_bytes(1000).await?.len(), 35);
    Ok(())
}

/// D28: what is written later comes too.
async fn d28_a_log_that_is_followed(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("follow").await?;
    write_five(&logs[0])?;
    let mut lines = pods.logs("follow").tail(1).strip_newlines().follow().await?;
    same!(lines.try_next().await?.map(|line| line.to_string()).as_deref(), Some("line 5"));
    for text in ["six", "seven"] {
        logs[0].line(text)?;
        same!(lines.try_next().await?.map(|line| line.to_string()).as_deref(), Some(text));
    }
    Ok(())
}

/// D28: a followed log that can go no further is at its end.
async fn d28_a_followed_log_ends(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("ends").await?;
    write_five(&logs[0])?;
    let lines = pods.logs("ends").limit_bytes(16).follow().await?;
    same!(texts(lines).await?, ["line 1\n", "line 2\n", "li"]);
    Ok(())
}

/// D28: of several containers one must be named, and the refusal names them.
async fn d28_one_of_several_containers(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("chosen").await?;
    logs[0].line("of main")?;
    logs[1].line("of side")?;
    for (container, want) in [("main", "of main\n"), ("side", "of side\n")] {
        same!(pods.logs("chosen").container(container).await?, want);
    }
    let error = refused!(pods.logs("chosen").follow().await);
    same!(error.code(), Some(400));
    let message = said(&error);
    same!(message, "a container name must be specified for pod chosen, choose one of: [main side]");
    let error = refused!(pods.logs("chosen").container("other").await);
    let message = said(&error);
    same!((error.code(), &*message), (Some(400), "container other is not valid for pod chosen"));
    Ok(())
}

/// D28: all containers, one log after the other, each line with its container's name.
async fn d28_all_containers(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("all").await?;
    write_five(&logs[0])?;
    logs[1].line("of side")?;
    let lines: Vec<_> = pods.logs("all").all_containers().tail(2).lines().await?.try_collect().await?;
    let lines: Vec<_> =
        lines.iter().map(|line| format!("{}: {line}", line.container().unwrap_or_default())).collect();
    same!(lines, ["main: line 4\n", "main: line 5\n", "side: of side\n"]);
    same!(pods.logs("all").all_containers().tail(1).await?, "line 5\nof side\n");
    Ok(())
}

/// D28: all containers at the same time, of which one is silent.
async fn d28_all_containers_followed(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("every").await?;
    logs[0].line("one")?;
    let mut lines = pods.logs("every").all_containers().strip_newlines().follow().await?;
    same!(lines.try_next().await?.map(|line| line.to_string()).as_deref(), Some("one"));
    logs[1].line("two")?;
    let line = lines.try_next().await?;
    same!(line.as_ref().and_then(|line| line.container()), Some("side"));
    logs[0].line("three")?;
    same!(lines.try_next().await?.map(|line| line.to_string()).as_deref(), Some("three"));
    Ok(())
}

/// D28: the log of the container before the last restart.
async fn d28_the_container_before(context: Context) -> Outcome {
    let (pods, logs) = context.logging_pod("before").await?;
    logs[0].line_of_previous("2026-01-01T00:00:00Z", "first life")?;
    logs[0].line("second life")?;
    same!(pods.logs("before").previous().await?, "first life\n");
    same!(pods.logs("before").await?, "second life\n");
    Ok(())
}

/// D28: what runs nowhere has written nothing.
async fn d28_a_pod_without_a_node_has_an_empty_log(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("nowhere")).await?;
    same!(pods.logs("nowhere").await?, "");
    same!(texts(pods.logs("nowhere").follow().await?).await?.len(), 0);
    Ok(())
}

/// D28, D38: a refusal is an error of the call, for what is followed too.
async fn d28_a_pod_that_is_not_there(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    ensure!(refused!(pods.logs("missing").await).is_not_found(), "of a whole log");
    ensure!(refused!(pods.logs("missing").follow().await).is_not_found(), "of a followed one");
    ensure!(refused!(pods.logs("missing").all_containers().lines().await).is_not_found(), "of all");
    Ok(())
}

/// D28: options that mean nothing, or contradict each other.
async fn d28_options_that_are_refused(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("a")).await?;
    let both = PodLogOptions {
        since_seconds: Some(1),
        since_time: Some("2026-01-01T00:00:00Z".to_owned()),
        ..PodLogOptions::default()
    };
    for (logs, want) in [
        (pods.logs("a").options(both), "at most one of `sinceTime` or `sinceSeconds` may be specified"),
        (pods.logs("a").limit_bytes(0), "limitBytes: Invalid value: 0: must be greater than 0"),
    ] {
        let error = refused!(logs.await);
        ensure!(error.is_invalid(), "{error:?}");
        let message = said(&error);
        ensure!(message.contains(want), "{message}");
        ensure!(message.starts_with("PodLogOptions \"a\" is invalid"), "{message}");
    }
    let error = refused!(pods.logs("a").since_time("yesterday").await);
    same!(error.code(), Some(400));
    Ok(())
}

/// D28: a log is read by whom it is allowed.
async fn d28_a_stranger_reads_no_log(context: Context) -> Outcome {
    let (_, logs) = context.logging_pod("hidden").await?;
    logs[0].line("secret")?;
    let stranger = DynamicClient::builder().config(context.stranger_config.clone()).connect().await?;
    let pods = stranger.resource("v1", "Pod").await?.namespace(&context.namespace);
    let error = refused!(pods.logs("hidden").await);
    ensure!(error.is_forbidden(), "{error:?}");
    let message = said(&error);
    ensure!(message.contains("pods/log"), "{message}");
    Ok(())
}
