//! Logs over the wire: what is asked for, how the lines come, and what is no end. The clock is paused.

use std::time::Duration;

use bytes::Bytes;
use http::header;
use serde_json::json;
use steersman_dynamic::{LogLines, Resource, verbs::Logs};
use steersman_meta::PodLogOptions;
use steersman_transport::{Client, DeadlineLayer, Timeouts};
use tokio::time::Instant;

use crate::{
    kinds::{Kinds, builder},
    server::{Part, Reply, Server, pod},
};

async fn pods(server: &Server) -> Resource {
    Kinds::on(server).await.pods.namespace("a")
}

fn text(log: &str) -> Reply {
    Reply::text(200, "text/plain", log.to_owned())
}

fn part(text: &str) -> Part {
    Part::Bytes(Bytes::copy_from_slice(text.as_bytes()))
}

/// All lines as text, with the container where one was named.
async fn all(mut lines: LogLines) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(line) = lines.try_next().await.unwrap() {
        let container = line.container().map(|name| format!("{name}: ")).unwrap_or_default();
        let goes_on = if line.goes_on() { "…" } else { "" };
        all.push(format!("{container}{line}{goes_on}"));
    }
    all
}

/// D28: each option, as it is sent.
#[tokio::test(start_paused = true)]
async fn d28_options_on_the_wire() {
    type Set = fn(Logs) -> Logs;
    let raw = PodLogOptions { stream: Some("Stderr".to_owned()), ..PodLogOptions::default() };
    let cases: Vec<(Set, &str)> = vec![
        (|logs| logs, ""),
        (|logs| logs.container("main"), "?container=main"),
        (|logs| logs.previous(), "?previous=true"),
        (|logs| logs.since(Duration::from_secs(90)), "?sinceSeconds=90"),
        (|logs| logs.since(Duration::from_millis(1500)), "?sinceSeconds=2"),
        (|logs| logs.since(Duration::ZERO), "?sinceSeconds=1"),
        (|logs| logs.since(Duration::MAX), "?sinceSeconds=9223372036"),
        (|logs| logs.since_time("2026-11-21T02:00:01Z"), "?sinceTime=2026-11-21T02%3A00%3A01Z"),
        (|logs| logs.since(Duration::from_secs(1)).since_time("x"), "?sinceTime=x"),
        (|logs| logs.since_time("x").since(Duration::from_secs(1)), "?sinceSeconds=1"),
        (|logs| logs.timestamps().tail(0).limit_bytes(7), "?timestamps=true&tailLines=0&limitBytes=7"),
        (|logs| logs.all_containers().container("main"), "?container=main"),
    ];
    let server = Server::replying(cases.iter().map(|_| text("")));
    let pods = pods(&server).await;
    for (set, query) in cases {
        assert_eq!(set(pods.logs("p")).await.unwrap(), "");
        let seen = server.take().remove(0);
        assert_eq!(seen.line(), format!("GET /api/v1/namespaces/a/pods/p/log{query}"));
        assert_eq!(seen.header(&header::ACCEPT), Some("*/*"));
    }
    let server = Server::replying([text("a\n"), text("a\n")]);
    let pods = self::pods(&server).await;
    assert_eq!(all(pods.logs("p").options(raw.clone()).follow().await.unwrap()).await, ["a\n"]);
    assert_eq!(all(pods.logs("p").options(raw).lines().await.unwrap()).await, ["a\n"]);
    let path = "GET /api/v1/namespaces/a/pods/p/log";
    assert_eq!(
        server.lines(),
        [format!("{path}?follow=true&stream=Stderr"), format!("{path}?stream=Stderr")]
    );
}

/// D28: lines keep their newlines or lose them, and the last one need not have one.
#[tokio::test(start_paused = true)]
async fn d28_newlines() {
    let log = "a\n\nb\r\nc";
    let server = Server::replying([text(log), text(log), text(log)]);
    let pods = pods(&server).await;
    assert_eq!(pods.logs("p").await.unwrap(), log);
    assert_eq!(all(pods.logs("p").lines().await.unwrap()).await, ["a\n", "\n", "b\r\n", "c"]);
    assert_eq!(all(pods.logs("p").strip_newlines().lines().await.unwrap()).await, ["a", "", "b", "c"]);
}

/// D28: bytes that are no text are there as they came, and U+FFFD in the text.
#[tokio::test(start_paused = true)]
async fn d28_bytes_that_are_no_text() {
    let log = || Reply::text(200, "text/plain", Bytes::from_static(b"a\xff\nb\n"));
    let server = Server::replying([log(), log()]);
    let pods = pods(&server).await;
    assert_eq!(pods.logs("p").await.unwrap(), "a\u{fffd}\nb\n");
    let mut lines = pods.logs("p").lines().await.unwrap();
    let line = lines.try_next().await.unwrap().unwrap();
    assert_eq!((line.as_bytes(), &*line.text()), (&b"a\xff\n"[..], "a\u{fffd}\n"));
    assert_eq!(format!("{line:?}"), "LogLine { bytes: 3, container: None, goes_on: false }");
}

/// D28: a line beyond the limit comes in parts, and nothing of it is lost.
#[tokio::test(start_paused = true)]
async fn d28_a_line_that_is_too_long() {
    let server = Server::replying([Reply::stream([part("abc"), part("defghij\nk"), part("\n")])]);
    let lines = pods(&server).await.logs("p").max_line_bytes(4).lines().await.unwrap();
    assert_eq!(all(lines).await, ["abcd…", "efgh…", "ij\n", "k\n"]);
}

/// D28: a log that is whole is no `Status`, whatever it says.
#[tokio::test(start_paused = true)]
async fn d28_a_log_that_looks_like_a_refusal() {
    let refusal = crate::server::status(403, "Forbidden", "it was only logged").to_string();
    let server = Server::replying([text(&refusal)]);
    assert_eq!(pods(&server).await.logs("p").await.unwrap(), refusal);
}

/// D28: a follow survives hours of silence, before the first line too, and ends when the log ends.
#[tokio::test(start_paused = true)]
async fn d28_a_quiet_log_is_followed() {
    let hours = Duration::from_secs(20_000);
    let server = Server::replying([Reply::stream([part("a\n"), Part::Wait(hours), part("b\n")])]);
    let inner = server.client();
    let mut timeouts = Timeouts::default();
    timeouts.total = Some(Duration::from_secs(120));
    let slow = tower::ServiceBuilder::new().layer(DeadlineLayer::new(timeouts)).service(tower::service_fn(
        move |request| {
            let inner = inner.clone();
            async move {
                // The server says nothing before the first line.
                tokio::time::sleep(hours).await;
                inner.send(request).await
            }
        },
    ));
    let kinds = Kinds::of(builder(&server).client(Client::from_service(slow))).await;
    let pods = kinds.pods.namespace("a");
    let started = Instant::now();
    let lines = pods.logs("p").follow().await.unwrap();
    assert_eq!(all(lines).await, ["a\n", "b\n"]);
    assert!(started.elapsed() >= 2 * hours);
    let error = pods.logs("p").lines().await.unwrap_err();
    assert!(error.is_timeout(), "what is not followed has deadlines: {error:?}");
}

/// D28, D38: a refusal is an error of the call, typed, for each form.
#[tokio::test(start_paused = true)]
async fn d28_d38_refusals_are_errors_of_the_call() {
    let refusal = || Reply::status(400, "BadRequest", "a container name must be specified for pod p");
    let server = Server::replying([refusal(), refusal(), refusal()]);
    let pods = pods(&server).await;
    for error in [
        pods.logs("p").await.unwrap_err(),
        pods.logs("p").lines().await.unwrap_err(),
        pods.logs("p").follow().await.unwrap_err(),
    ] {
        assert_eq!(error.code(), Some(400));
        assert_eq!(error.to_string(), "could not read v1 Pod a/p (log)");
    }
}

/// D28: a connection that breaks is an error, and then the end; the lines before it are there.
#[tokio::test(start_paused = true)]
async fn d28_a_broken_connection() {
    let server = Server::replying([Reply::stream([part("a\nb"), Part::Break])]);
    let mut lines = pods(&server).await.logs("p").follow().await.unwrap();
    assert_eq!(lines.try_next().await.unwrap().unwrap().text(), "a\n");
    assert!(lines.try_next().await.is_err());
    assert!(lines.try_next().await.unwrap().is_none());
}

fn of_three() -> Reply {
    let mut pod = pod("p", 1);
    pod["spec"] =
        json!({"initContainers": [{"name": "init"}], "containers": [{"name": "main"}, {"name": "side"}]});
    Reply::json(pod)
}

/// D28: all containers, one after the other.
#[tokio::test(start_paused = true)]
async fn d28_all_containers() {
    let logs = || [of_three(), text("1\n2\n"), text("3\n"), text("4")];
    let server = Server::replying(logs().into_iter().chain(logs()));
    let pods = pods(&server).await;
    let lines = pods.logs("p").all_containers().tail(5).lines().await.unwrap();
    assert_eq!(all(lines).await, ["init: 1\n", "init: 2\n", "main: 3\n", "side: 4\n"]);
    // The pod is read whole, even where its metadata is all that is asked for otherwise.
    assert_eq!(pods.metadata_only().logs("p").all_containers().await.unwrap(), "1\n2\n3\n4");
    assert_eq!(server.seen()[4].header(&header::ACCEPT), Some("application/json"));
    let path = "GET /api/v1/namespaces/a/pods/p";
    let want = ["init", "main", "side"].map(|name| format!("{path}/log?container={name}&tailLines=5"));
    assert_eq!(server.lines()[..4], [&[path.to_owned()][..], &want].concat());
}

/// D28: a log without a newline at its end shares no line with the next, and the whole text has no newline of its own.
#[tokio::test(start_paused = true)]
async fn d28_logs_that_do_not_end_with_a_newline() {
    let logs = || [of_three(), text("1\n2"), text(""), text("3")];
    let server = Server::replying(logs().into_iter().chain(logs()).chain(logs()).chain(logs()));
    let pods = pods(&server).await;
    assert_eq!(pods.logs("p").all_containers().await.unwrap(), "1\n2\n3");
    let lines = pods.logs("p").all_containers().lines().await.unwrap();
    assert_eq!(all(lines).await, ["init: 1\n", "init: 2\n", "side: 3\n"]);
    let mut lines = all(pods.logs("p").all_containers().follow().await.unwrap()).await;
    lines.sort();
    assert_eq!(lines, ["init: 1\n", "init: 2\n", "side: 3\n"]);
    let lines = pods.logs("p").all_containers().strip_newlines().max_line_bytes(4).lines().await.unwrap();
    assert_eq!(all(lines).await, ["init: 1", "init: 2", "side: 3"]);
}

/// D28: what is not followed is asked for one container at a time; what a later one is refused is told in its turn.
#[tokio::test(start_paused = true)]
async fn d28_one_container_at_a_time() {
    let refused = Reply::status(400, "BadRequest", "container \"main\" is waiting to start");
    let server = Server::replying([of_three(), text("1\n2\n"), refused]);
    let mut lines = pods(&server).await.logs("p").all_containers().lines().await.unwrap();
    for (requests, line) in [(2, "1\n"), (2, "2\n")] {
        assert_eq!(lines.try_next().await.unwrap().unwrap().text(), line);
        assert_eq!(server.count(), requests);
    }
    assert_eq!(lines.try_next().await.expect_err("the second is refused").code(), Some(400));
    assert!(lines.try_next().await.unwrap().is_none());
    assert_eq!(server.count(), 3, "the third is not asked for");
}

/// D28: all containers at the same time; a quiet one keeps no other back.
#[tokio::test(start_paused = true)]
async fn d28_all_containers_followed() {
    let server = Server::replying([
        of_three(),
        Reply::stream([part("1\n"), Part::Wait(Duration::from_secs(60)), part("4\n")]),
        Reply::stream([Part::Wait(Duration::from_secs(30)), part("3\n")]),
        Reply::stream([part("2\n")]),
    ]);
    let lines = pods(&server).await.logs("p").all_containers().follow().await.unwrap();
    let mut lines = all(lines).await;
    lines[..2].sort();
    assert_eq!(lines, ["init: 1\n", "side: 2\n", "main: 3\n", "init: 4\n"]);
}

/// D28, D39: what has no log says so before anything is sent.
#[tokio::test(start_paused = true)]
async fn d28_d39_what_has_no_log() {
    let server = Server::default();
    let kinds = Kinds::on(&server).await;
    let error = kinds.deployments.namespace("a").logs("web").await.unwrap_err();
    let local = error.local().unwrap().to_string();
    assert_eq!(local, "there is no subresource \"log\": the kind has scale, status");
    let error = kinds.pods.logs("p").follow().await.unwrap_err();
    assert_eq!(error.local().unwrap().to_string(), "the kind is namespaced, and no namespace was given");
    assert_eq!(server.count(), 0);
}
