//! Waits over the wire: deadlines, deletions that no event tells, connections that break. The clock is paused.

use std::time::Duration;

use serde_json::{Value, json};
use steersman_dynamic::{Error, LastSeen, LocalError, Resource, WaitError, verbs::Wait};
use steersman_meta::Content;
use tokio::time::Instant;

use crate::{
    kinds::Kinds,
    server::{Part, Reply, Server, page, pod, status},
};

async fn pods(server: &Server) -> Resource {
    Kinds::on(server).await.pods.namespace("a")
}

/// A pod whose condition `Ready` has this status.
fn ready(version: u32, status: &str) -> Value {
    let mut pod = pod("p", version);
    pod["status"] = json!({"conditions": [{"type": "Ready", "status": status, "reason": "Because"}]});
    pod
}

fn event(event_type: &str, object: &Value) -> Part {
    json!({"type": event_type, "object": object}).into()
}

fn wait_error(error: &Error) -> &WaitError {
    error.wait().unwrap_or_else(|| panic!("{error:?}"))
}

/// D32: one list and one watch, by name; the object comes back in the state in which it was met.
#[tokio::test(start_paused = true)]
async fn d32_a_condition_comes_true() {
    let server = Server::replying([
        page(9, "", [ready(7, "False")]),
        Reply::stream([
            event("MODIFIED", &ready(10, "Unknown")),
            event("MODIFIED", &ready(11, "True")),
            Part::Silence,
        ]),
    ]);
    let met = pods(&server).await.wait("p").for_condition("Ready").await.unwrap();
    assert_eq!(met.resource_version(), Some("11"));
    let seen = server.seen();
    let by_name = "/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp";
    assert_eq!(seen[0].line(), format!("GET {by_name}&limit=500"));
    assert_eq!(
        seen[1].watch_line(),
        format!("GET {by_name}&resourceVersion=9&watch=true&allowWatchBookmarks=true")
    );
    assert_eq!(seen.len(), 2);
}

/// D32: what is true already needs no watch.
#[tokio::test(start_paused = true)]
async fn d32_true_from_the_start() {
    let server = Server::replying([page(9, "", [ready(7, "True")])]);
    pods(&server).await.wait("p").for_condition("Ready").await.unwrap();
    assert_eq!(server.count(), 1);
}

/// D32, D38: a failure ends it at once, with the condition's message.
#[tokio::test(start_paused = true)]
async fn d32_d38_a_failure() {
    let mut failed = ready(7, "False");
    failed["status"]["conditions"][0]["message"] = "it is broken".into();
    failed["status"]["conditions"][0]["status"] = "True".into();
    let server = Server::replying([page(9, "", [failed])]);
    let wait = pods(&server).await.wait("p").for_condition("Done").fails_on("Ready");
    let error = wait.await.unwrap_err();
    assert_eq!(*wait_error(&error), WaitError::Failed { messages: vec!["it is broken".to_owned()] },);
    assert_eq!(error.to_string(), "could not wait for v1 Pod a/p");
    assert!(!error.is_timeout());
}

/// D33: the deletion of an object without a status is noticed, and named.
#[tokio::test(start_paused = true)]
async fn d33_a_deletion_is_noticed() {
    let server = Server::replying([
        page(9, "", [pod("p", 7)]),
        Reply::stream([event("DELETED", &pod("p", 10)), Part::Silence]),
    ]);
    let error = pods(&server).await.wait("p").for_condition("Ready").await.unwrap_err();
    assert_eq!(wait_error(&error).to_string(), "pods/p was unexpectedly deleted");
}

/// D33, D35: a deletion that happened while the history was lost is noticed too.
#[tokio::test(start_paused = true)]
async fn d33_a_deletion_that_nobody_told() {
    let expired = json!({"type": "ERROR", "object": status(410, "Expired", "too old resource version")});
    let server = Server::replying([
        page(9, "", [pod("p", 7)]),
        Reply::stream([Part::from(expired)]),
        page(30, "", []),
    ]);
    let error = pods(&server).await.wait("p").for_condition("Ready").await.unwrap_err();
    assert!(matches!(wait_error(&error), WaitError::Deleted { .. }), "{error:?}");
    assert_eq!(server.count(), 3);
}

/// D34: a connection that breaks is no end.
#[tokio::test(start_paused = true)]
async fn d34_over_a_broken_connection() {
    let server = Server::replying([
        page(9, "", [ready(7, "False")]),
        Reply::stream([event("MODIFIED", &ready(10, "False")), Part::Break]),
        Reply::stream([event("MODIFIED", &ready(11, "True")), Part::Silence]),
    ]);
    pods(&server).await.wait("p").for_condition("Ready").await.unwrap();
    assert_eq!(server.seen()[2].parameter("resourceVersion"), Some("10"));
}

/// D34: the deadline passes, and the error says what was seen last.
#[tokio::test(start_paused = true)]
async fn d34_the_deadline() {
    for (reply, want) in [
        (page(9, "", [ready(7, "False")]), "its conditions were Ready=False (Because)"),
        (page(9, "", [pod("p", 7)]), "the object had no conditions"),
        (page(9, "", []), "the object was not there"),
    ] {
        let server = Server::replying([reply, Reply::stream([Part::Silence])]);
        let started = Instant::now();
        let error = pods(&server).await.wait("p").for_condition("Ready").await.unwrap_err();
        assert_eq!(started.elapsed(), Duration::from_secs(30), "kubectl's default");
        assert!(error.is_timeout());
        assert_eq!(wait_error(&error).to_string(), format!("it did not happen within 30s; {want}"));
    }
    let server = Server::replying([Reply::stream([Part::Silence])]);
    let wait = pods(&server).await.wait("p").for_deletion().timeout(Duration::from_secs(3));
    let error = wait.await.unwrap_err();
    let want = WaitError::DeadlinePassed { after: Duration::from_secs(3), last: LastSeen::Nothing };
    assert_eq!(*wait_error(&error), want);
}

/// D34: without a timeout, hours are no end.
#[tokio::test(start_paused = true)]
async fn d34_no_timeout() {
    let quiet = || Reply::stream([Part::Wait(Duration::from_secs(110))]);
    let replies = [page(9, "", [ready(7, "False")])].into_iter();
    let replies = replies.chain((0..100).map(|_| quiet()));
    let last = Reply::stream([event("MODIFIED", &ready(11, "True")), Part::Silence]);
    let server = Server::replying(replies.chain([last]));
    let started = Instant::now();
    pods(&server).await.wait("p").for_condition("Ready").without_timeout().await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(10_000));
}

/// D33: of a deletion, the last state comes back, or nothing where there was nothing.
#[tokio::test(start_paused = true)]
async fn d33_until_it_is_gone() {
    let server = Server::replying([
        page(9, "", [pod("p", 7)]),
        Reply::stream([event("DELETED", &pod("p", 10)), Part::Silence]),
        page(12, "", []),
    ]);
    let pods = pods(&server).await;
    let gone = pods.wait("p").for_deletion().await.unwrap().expect("it was there");
    assert_eq!(gone.resource_version(), Some("10"));
    assert_eq!(pods.wait("p").for_deletion().await.unwrap(), None);
}

/// D33: an object that was made anew is another one; the last state is that of the old one.
#[tokio::test(start_paused = true)]
async fn d33_one_of_the_same_name() {
    let with_uid = |uid: &str, version| {
        let mut pod = pod("p", version);
        pod["metadata"]["uid"] = uid.into();
        pod
    };
    let server = Server::replying([
        Reply::json(with_uid("first", 5)),
        page(9, "", [with_uid("second", 9)]),
        page(9, "", [with_uid("second", 9)]),
    ]);
    let first = pods(&server).await.get("p").await.unwrap();
    assert_eq!(first.wait().for_deletion().await.unwrap(), None, "nothing was seen of the first one");
    let error = first.wait().for_path_to_exist("metadata.name").await.unwrap_err();
    assert!(matches!(wait_error(&error), WaitError::Deleted { .. }), "{error:?}");
}

/// D34: all of several, any of several.
#[tokio::test(start_paused = true)]
async fn d34_several_objects() {
    let names = |found: &[steersman_dynamic::ResourceInstance]| -> Vec<String> {
        found.iter().map(|object| object.name().to_owned()).collect()
    };
    let server = Server::replying([page(9, "", [pod("p", 7)]), page(9, "", [pod("q", 7)])]);
    let pods = pods(&server).await;
    let there = |name: &str| pods.wait(name).for_path_to_exist("metadata.name");
    let all = Wait::all(["p", "q"].map(there)).await.unwrap();
    assert_eq!(names(&all), ["p", "q"]);
    assert_eq!(names(&Wait::all([]).await.unwrap()), [""; 0]);

    let server = Server::replying([
        page(9, "", [pod("p", 7)]),
        Reply::stream([Part::Silence]),
        page(9, "", [ready(7, "True")]),
    ]);
    let pods = self::pods(&server).await;
    let any = Wait::any(["never", "p"].map(|name| pods.wait(name).for_condition("Ready"))).await.unwrap();
    assert_eq!(any.resource_version(), Some("7"));
    let error = Wait::any([]).await.unwrap_err();
    assert_eq!(error.local(), Some(&LocalError::NothingToWaitFor));
}

/// D34, D39: what is wrong with the call is said before anything is sent.
#[tokio::test(start_paused = true)]
async fn d34_d39_local_errors() {
    let server = Server::default();
    let kinds = Kinds::on(&server).await;
    let pods = kinds.pods.namespace("a");
    for (wait, want) in [
        (pods.wait("p"), "nothing was said to wait for"),
        (
            pods.wait("p").for_path("{..name}", json!(1)),
            "the path \"{..name}\" does not lead to one place in an object",
        ),
        (pods.wait("p").for_path("a", Content::json("{")), "the content is no JSON"),
        (pods.wait("a/b").for_condition("Ready"), ""),
        (kinds.pods.wait("p").for_condition("Ready"), "the kind is namespaced, and no namespace was given"),
        (
            kinds.pods.all_namespaces().wait("p").for_condition("Ready"),
            "this call works in one namespace, not in all of them",
        ),
        (
            kinds.reviews.namespace("a").wait("p").for_condition("Ready"),
            "the resource does not serve watch, only get",
        ),
    ] {
        let error = wait.await.unwrap_err();
        let local = error.local().unwrap_or_else(|| panic!("{error:?}")).to_string();
        assert!(local.contains(want), "{local}");
    }
    assert_eq!(server.count(), 0);
}
