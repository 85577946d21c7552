//! How a watch learns what there is, what it makes of lost history, and who may decide about it: streamed lists,
//! derived deletions, the hook for errors, and the handle that stops it.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::channel::mpsc;
use http::header;
use serde_json::{Value, json};
use steersman_dynamic::{InitialEvents, OnError, StopHandle, Watch, WatchEvent, verbs::WatchObjects};
use steersman_meta::Object;
use tokio::time::{Instant, timeout};

use crate::{
    kinds::Kinds,
    server::{Part, Reply, Server, page, pod},
    watch::{
        LIST, added, between, bookmark, deleted, event, expired, from, lines, modified, next, poll_and_drop,
        tell, wait,
    },
};

/// The pods of the namespace `a`, in the way that a watch has by itself.
async fn pods(server: &Server) -> WatchObjects {
    Kinds::on(server).await.pods.namespace("a").watch()
}

const STREAMED: &str = "GET /api/v1/namespaces/a/pods?resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true&allowWatchBookmarks=true";

/// The bookmark that closes what there is.
fn closing(version: u32) -> Part {
    let annotations = json!({"k8s.io/initial-events-end": "true"});
    let metadata = json!({"resourceVersion": version.to_string(), "annotations": annotations});
    event("BOOKMARK", &json!({"kind": "Pod", "metadata": metadata})).into()
}

/// A pod with a uid, as servers send it.
fn uid(name: &str, uid: &str, version: u32) -> Value {
    let mut pod = pod(name, version);
    pod["metadata"]["uid"] = uid.into();
    pod
}

/// A34, D35 (KEP-3157): what there is comes on the watch itself, in one request; and the same connection goes on.
#[tokio::test(start_paused = true)]
async fn d35_a_streamed_list() {
    let server = Server::replying([
        Reply::stream([added("p", 3), added("q", 8), closing(9), modified("p", 10), wait(60)]),
        Reply::stream([added("r", 11), Part::Silence]),
    ]);
    let mut watch = pods(&server).await.start().await.unwrap();
    assert_eq!(
        next(&mut watch).await,
        ["added p 3", "added q 8", "bookmark 9 end", "modified p 10", "added r 11"]
    );
    assert_eq!(lines(&server), [STREAMED.to_owned(), from(10)], "no list");
}

/// D35 (reliability 2.23): whoever can't stream, or never closes what it streams, is asked for lists at once, the caller is told
/// where objects were told twice, and the client remembers it for all watches of the kind.
#[tokio::test(start_paused = true)]
async fn d35_a_server_without_streamed_lists() {
    let again = "restarted: the list broke off";
    for (reply, told, seconds) in [
        (Reply::status(400, "BadRequest", "no such parameter"), vec![], 0.0..0.1),
        (Reply::status(403, "Forbidden", "sendInitialEvents is forbidden"), vec![], 0.0..0.1),
        (Reply::status(422, "Invalid", "sendInitialEvents is forbidden"), vec![], 0.0..0.1),
        // It ignores the parameter: an ordinary watch from now on.
        (Reply::stream([Part::Silence]), vec![], 10.0..10.1),
        (Reply::stream([added("p", 3), Part::Silence]), vec!["added p 3", again], 10.0..10.1),
        (Reply::stream([added("p", 3), bookmark(5), Part::Silence]), vec!["added p 3", again], 0.0..0.1),
    ] {
        let server = Server::replying([
            reply,
            page(9, "", [pod("p", 3)]),
            Reply::stream([Part::Silence]),
            page(10, "", []),
            Reply::stream([Part::Silence]),
        ]);
        let kinds = Kinds::on(&server).await;
        let mut watch = kinds.pods.namespace("a").watch().start().await.unwrap();
        for told in told {
            assert_eq!(next(&mut watch).await, [told]);
        }
        assert_eq!(next(&mut watch).await, ["added p 3", "bookmark 9 end"]);
        poll_and_drop(&mut watch).await;
        assert_eq!(lines(&server), [STREAMED.to_owned(), LIST.to_owned(), from(9)]);
        let waited = between(&server, 0);
        assert!(seconds.contains(&waited), "{waited} s: {seconds:?}");
        let mut other = kinds.pods.namespace("a").watch().start().await.unwrap();
        assert_eq!(next(&mut other).await, ["bookmark 10 end"]);
        poll_and_drop(&mut other).await;
        assert_eq!(lines(&server)[3..], [LIST.to_owned(), from(10)], "it is remembered");
        let others = kinds.deployments.namespace("a").watch().start().await.expect_err("the script is over");
        assert!(others.is_forbidden());
        assert!(server.seen()[5].target.contains("sendInitialEvents"), "of another kind nothing is known");
    }
}

/// A kind that was made a moment ago: the server says 429 until its storage is there, and the watch that starts comes back
/// when it may. A server that stays busy is the caller's to know.
#[tokio::test(start_paused = true)]
async fn a_start_on_a_busy_server() {
    let busy = || {
        let reply = Reply::status(429, "TooManyRequests", "storage is (re)initializing");
        reply.with_header(header::RETRY_AFTER, "1")
    };
    let server = Server::replying([busy(), Reply::stream([closing(9), Part::Silence])]);
    let mut watch = pods(&server).await.start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["bookmark 9 end"]);
    assert_eq!(lines(&server), [STREAMED, STREAMED], "no list: a busy server would have to say more");
    let waited = between(&server, 0);
    assert!((1.0..1.7).contains(&waited), "{waited} s");

    let server = Server::replying((0..9).map(|_| busy()));
    let error = pods(&server).await.start().await.expect_err("it stays busy");
    assert!(error.is_too_many_requests());
    assert_eq!(server.count(), 5);
}

/// Streamed lists that break off are asked for again with a wait between, and given up after three.
#[tokio::test(start_paused = true)]
async fn a_streamed_list_that_breaks_off() {
    let broken = || Reply::stream([added("p", 3), Part::Break]);
    let list = page(9, "", [pod("p", 3)]);
    let server = Server::replying([broken(), broken(), broken(), list, Reply::stream([Part::Silence])]);
    let mut watch = pods(&server).await.start().await.unwrap();
    let again = "restarted: the list broke off";
    for _ in 0..3 {
        assert_eq!(next(&mut watch).await, ["added p 3", again]);
    }
    assert_eq!(next(&mut watch).await, ["added p 3", "bookmark 9 end"]);
    poll_and_drop(&mut watch).await;
    assert_eq!(lines(&server), [STREAMED, STREAMED, STREAMED, LIST, &from(9)]);
    for (request, bounds) in [(0, 0.8..1.7), (1, 1.6..3.3), (2, 3.2..6.5)] {
        let waited = between(&server, request);
        assert!(bounds.contains(&waited), "{waited} s behind request {request}: {bounds:?}");
    }
}

/// Behind lost history a streamed list tells what there is, too: with the wish, and without a list.
#[tokio::test(start_paused = true)]
async fn d35_lost_history_is_streamed() {
    let server = Server::replying([
        Reply::stream([added("p", 10), expired()]),
        Reply::stream([added("q", 18), closing(20), added("r", 21), Part::Silence]),
    ]);
    let mut watch = pods(&server).await.resource_version("5").start().await.unwrap();
    let restarted = "restarted: the server has forgotten the version to go on from";
    assert_eq!(
        next(&mut watch).await,
        ["added p 10", restarted, "added q 18", "bookmark 20 end", "added r 21"]
    );
    assert_eq!(lines(&server), [from(5), STREAMED.to_owned()]);
}

/// Reliability 2.12, 2.13: who lets the watch keep what it has told hears only of differences behind lost history: deletions
/// in the shape of deletions, and nothing about what is as it was.
#[tokio::test(start_paused = true)]
async fn deletions_behind_lost_history() {
    let again = || {
        let there = [uid("same", "1", 3), uid("changed", "2", 17), uid("anew", "9", 18)];
        let there = there.map(|pod| Part::from(event("ADDED", &pod)));
        Reply::stream(there.into_iter().chain([closing(20), deleted("same", 21), Part::Silence]))
    };
    let before = [uid("same", "1", 3), uid("changed", "2", 4), uid("anew", "3", 5), uid("gone", "4", 6)];
    let told = before.clone().map(|pod| Part::from(event("ADDED", &pod)));
    let first = Reply::stream(told.into_iter().chain([closing(9), expired()]));
    let server = Server::replying([first, again()]);
    let differences = [
        "restarted: the server has forgotten the version to go on from",
        "modified changed 17",
        "deleted anew 5",
        "added anew 18",
        "deleted gone 6",
        "bookmark 20 end",
        "deleted same 21",
    ];
    let mut watch = pods(&server).await.track_deletions().start().await.unwrap();
    assert_eq!(
        next(&mut watch).await,
        ["added same 3", "added changed 4", "added anew 5", "added gone 6", "bookmark 9 end"]
    );
    assert_eq!(next(&mut watch).await, differences);

    // The same for one who has stored what there was, and comes back.
    let server = Server::replying([Reply::stream([expired()]), again()]);
    let known = before.map(|pod| Object::parse(pod.to_string()).unwrap());
    let watch = pods(&server).await.resource_version("9").track_deletions_of(known);
    let mut watch = watch.start().await.unwrap();
    assert_eq!(next::<4>(&mut watch).await, differences[..4]);
    let gone = watch.try_next().await.unwrap().unwrap();
    assert!(gone.is_inferred());
    let gone = gone.into_object().expect("a deletion has an object");
    assert!(gone.is_inferred());
    assert_eq!(
        gone.to_value(),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata":
            {"name": "gone", "namespace": "a", "uid": "4", "resourceVersion": "6"}})
    );
    let [_, seen] = [watch.try_next().await, watch.try_next().await].map(|event| event.unwrap().unwrap());
    assert!(matches!(&seen, WatchEvent::Deleted(_)) && !seen.is_inferred(), "this one was seen: {seen:?}");
}

/// Each error that a hook was asked about: how it reads, and its count.
type Asked = Arc<Mutex<Vec<(String, u32)>>>;

/// D36: the hook is asked about each error, with how many there were in a row since the server last said 200; what it
/// leaves to the watch, the watch decides.
#[tokio::test(start_paused = true)]
async fn d36_is_asked_about_each_error() {
    let server = Server::replying([
        Reply::stream([added("p", 10), Part::Break]),
        Reply::status(500, "InternalError", "first"),
        Reply::status(500, "InternalError", "second"),
        Reply::stream([added("q", 11), wait(300)]),
        Reply::status(503, "ServiceUnavailable", "third"),
        Reply::stream([added("r", 12), Part::Silence]),
    ]);
    let asked = Asked::default();
    let noted = Arc::clone(&asked);
    let watch = pods(&server).await.resource_version("5").on_error(move |error, count| {
        noted.lock().unwrap().push((error.report().to_string(), count));
        OnError::Default
    });
    let mut watch = watch.start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["added p 10", "added q 11", "added r 12"]);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 2, 3, 1]);
    for ((report, _), want) in asked.iter().zip(["", "first", "second", "third"]) {
        assert!(report.contains(want), "{want}: {report}");
    }
}

/// D36: what would end the watch is tried again if the hook says so, as slowly as it says; at the start, too.
#[tokio::test(start_paused = true)]
async fn d36_retry() {
    let refused = || Reply::status(403, "Forbidden", "not yet");
    let minute = Duration::from_secs(60);
    // At the start, where what there is is asked for with a list behind the refusal of a streamed one.
    let server = Server::replying([
        refused(),
        refused(),
        page(9, "", [pod("p", 3)]),
        Reply::stream([added("q", 10), wait(300)]),
        refused(),
        refused(),
        Reply::stream([added("r", 11), Part::Silence]),
    ]);
    let watch = pods(&server).await.on_error(move |error, _| {
        assert!(error.is_forbidden());
        OnError::Retry(minute)
    });
    let mut watch = watch.start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["added p 3", "bookmark 9 end", "added q 10", "added r 11"]);
    assert_eq!(lines(&server), [STREAMED, LIST, LIST, &from(9), &from(10), &from(10), &from(10)]);
    for request in [0, 1, 4, 5] {
        let waited = between(&server, request);
        assert!((60.0..60.1).contains(&waited), "{waited} s behind request {request}");
    }
    // An error that heals by itself, and a server that wants more time than the hook.
    let busy = Reply::status(429, "TooManyRequests", "busy").with_header(header::RETRY_AFTER, "90");
    let server = Server::replying([
        Reply::status(500, "InternalError", "no"),
        busy,
        Reply::stream([added("r", 11), Part::Silence]),
    ]);
    let watch = pods(&server).await.resource_version("5").on_error(move |_, _| OnError::Retry(minute));
    let mut watch = watch.start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["added r 11"]);
    for (request, bounds) in [(0, 60.0..60.1), (1, 90.0..90.1)] {
        let waited = between(&server, request);
        assert!(bounds.contains(&waited), "{waited} s behind request {request}");
    }
}

/// D36: an error that would be tried again ends the watch if the hook says so: with the error, or in silence.
#[tokio::test(start_paused = true)]
async fn d36_raise_and_stop() {
    for (decision, ends_well) in [(OnError::Raise, false), (OnError::Stop, true)] {
        for before in [vec![], vec![added("p", 10)]] {
            let at_start = before.is_empty();
            let mut script = vec![Reply::status(503, "ServiceUnavailable", "away")];
            if !at_start {
                script.insert(0, Reply::stream(before.into_iter().chain([wait(2)])));
            }
            let requests = script.len();
            let server = Server::replying(script);
            let watch =
                pods(&server).await.resource_version("5").on_error(move |_, _| decision).start().await;
            let end = match watch {
                Err(error) => Err(error),
                Ok(mut watch) if at_start => watch.try_next().await,
                Ok(mut watch) => {
                    assert_eq!(next(&mut watch).await, ["added p 10"]);
                    watch.try_next().await
                }
            };
            match end {
                Ok(None) => assert!(ends_well),
                Err(error) => assert!(!ends_well && error.report().to_string().contains("away")),
                Ok(Some(event)) => panic!("{event:?}"),
            }
            assert_eq!(server.count(), requests);
        }
    }
}

/// B23, C21: a handle ends watches from elsewhere: one that waits for an event, one that waits behind a failure, one that
/// is yet to be started; the connection is closed, and what comes behind the end is the end.
#[tokio::test(start_paused = true)]
async fn b23_c21_stopped_from_elsewhere() {
    let (events, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let server = Server::replying([Reply::body(body)]);
    let mut watch = pods(&server).await.resource_version("5").start().await.unwrap();
    events.unbounded_send(Ok(event("ADDED", &pod("p", 10)).to_string().into())).unwrap();
    assert_eq!(next(&mut watch).await, ["added p 10"]);
    let stop = watch.stop_handle();
    let (event, ()) = tokio::join!(watch.try_next(), async {
        tokio::task::yield_now().await;
        stop.stop();
    });
    assert_eq!(event.unwrap(), None);
    assert_eq!(watch.try_next().await.unwrap(), None, "it stays ended");
    assert!(events.is_closed(), "the connection is closed");

    // What came before and was not read is not told.
    let server = Server::replying([Reply::stream([added("p", 10), added("q", 11), Part::Silence])]);
    let stop = StopHandle::new();
    let watch = pods(&server).await.resource_version("5").stop_with(&stop);
    let mut watch: Watch = watch.start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["added p 10"]);
    assert!(!stop.is_stopped());
    stop.clone().stop();
    assert!(stop.is_stopped());
    assert_eq!(watch.try_next().await.unwrap(), None);

    // While it waits behind a failure: now, and not when the wait is over.
    let busy = Reply::status(429, "TooManyRequests", "busy").with_header(header::RETRY_AFTER, "300");
    let server = Server::replying([Reply::stream([added("p", 10), wait(2)]), busy]);
    let mut watch = pods(&server).await.resource_version("5").start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["added p 10"]);
    assert!(timeout(Duration::from_secs(10), watch.try_next()).await.is_err(), "it waits");
    let stopped = Instant::now();
    watch.stop_handle().stop();
    assert_eq!(watch.try_next().await.unwrap(), None);
    assert_eq!(stopped.elapsed(), Duration::ZERO);

    // Whoever is stopped before the start asks nobody.
    let watch = pods(&server).await.stop_with(&stop).start().await;
    assert_eq!(watch.unwrap().try_next().await.unwrap(), None);
    assert_eq!(server.count(), 2);
}

/// Reliability 2.9, 2.11: a server that went back to a backup and keeps silent is found out: behind a failure, when
/// nothing has come for two minutes, its newest version is looked at; and a look that takes too long is no look.
#[tokio::test(start_paused = true)]
async fn a_server_that_went_back() {
    let server = Server::replying([
        Reply::stream([added("p", 1200), Part::Break]),
        Reply::stream([Part::Silence]),
        page(1000, "", [pod("p", 900)]),
        Reply::stream([added("p", 900), closing(1000), modified("p", 1001), Part::Silence]),
    ]);
    let mut watch = pods(&server).await.resource_version("1100").start().await.unwrap();
    assert_eq!(
        next(&mut watch).await,
        [
            "added p 1200",
            "restarted: the server is behind what it has sent before",
            "added p 900",
            "bookmark 1000 end",
            "modified p 1001"
        ]
    );
    let look = "GET /api/v1/namespaces/a/pods?limit=1";
    assert_eq!(lines(&server), [&from(1100), &from(1200), look, STREAMED]);
    let waited = between(&server, 1);
    assert!((120.0..120.1).contains(&waited), "{waited} s");

    let server = Server::replying([
        Reply::stream([added("p", 1200), Part::Break]),
        Reply::stream([wait(125), modified("p", 1201), Part::Silence]),
        Reply::body(futures::stream::pending()),
    ]);
    let mut watch = pods(&server).await.resource_version("1100").start().await.unwrap();
    let started = Instant::now();
    assert_eq!(next(&mut watch).await, ["added p 1200", "modified p 1201"]);
    assert!(started.elapsed() < Duration::from_secs(135), "{:?}", started.elapsed());
    assert_eq!(lines(&server), [&from(1100), &from(1200), look]);
}

/// Changes that were told before, and bookmarks that are older, are not told, and move nothing back.
#[tokio::test(start_paused = true)]
async fn what_was_told_is_not_told_again() {
    let server = Server::replying([
        Reply::stream([added("p", 10), added("p", 10), modified("p", 12), bookmark(11), wait(2)]),
        Reply::stream([modified("p", 12), modified("q", 12), modified("p", 13), Part::Silence]),
    ]);
    let mut watch = pods(&server).await.resource_version("5").start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["added p 10", "modified p 12", "modified q 12", "modified p 13"]);
    assert_eq!(lines(&server), [from(5), from(12)]);
}

/// Reliability G6: watches of one client that are cut together come back one by one.
#[tokio::test(start_paused = true)]
async fn a_herd_comes_back_one_by_one() {
    const WATCHES: usize = 1000;
    let open = (0..WATCHES).map(|_| Reply::stream([added("p", 10), wait(60), Part::Break]));
    let silent = (0..WATCHES).map(|_| Reply::stream([Part::Silence]));
    let server = Server::replying(open.chain(silent));
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let mut watches = Vec::new();
    for _ in 0..WATCHES {
        let mut watch = pods.watch().resource_version("5").start().await.unwrap();
        assert_eq!(next(&mut watch).await, ["added p 10"]);
        watches.push(watch);
    }
    let cut = Instant::now() + Duration::from_secs(60);
    let waits = watches.iter_mut().map(|watch| timeout(Duration::from_secs(150), watch.try_next()));
    for outcome in futures::future::join_all(waits).await {
        assert!(outcome.is_err(), "nothing happens on the second connection");
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 2 * WATCHES, "each comes back once");
    let mut buckets = std::collections::BTreeMap::<u64, usize>::new();
    for again in &seen[WATCHES..] {
        *buckets.entry(again.at.duration_since(cut).as_secs()).or_default() += 1;
    }
    let most = buckets.values().max().copied().unwrap_or_default();
    assert!(most <= WATCHES * 15 / 100, "at most 15 % in a second: {buckets:?}");
    assert!(buckets.len() >= 20, "over 20 s at least: {buckets:?}");
}

/// A version that is forgotten again and again is no storm, whatever comes in between: each list waits longer.
#[tokio::test(start_paused = true)]
async fn forgotten_again_and_again() {
    let replies =
        (0..1000).flat_map(|_| [Reply::stream([added("p", 3), closing(9), modified("p", 10), expired()])]);
    let server = Server::replying(replies);
    let mut watch = pods(&server).await.start().await.unwrap();
    let reading = async { while watch.try_next().await.expect("no error").is_some() {} };
    assert!(timeout(Duration::from_secs(600), reading).await.is_err(), "it goes on");
    assert!((10..40).contains(&server.count()), "{} requests", server.count());
}

/// Whoever reads slowly is not taken for a silent server: silence counts while somebody waits.
#[tokio::test(start_paused = true)]
async fn a_slow_consumer() {
    let (events, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let server = Server::replying([Reply::body(body)]);
    let mut watch = pods(&server).await.start().await.unwrap();
    let closing = json!({"k8s.io/initial-events-end": "true"});
    let closing = json!({"metadata": {"resourceVersion": "9", "annotations": closing}});
    for (line, told) in [
        (event("ADDED", &pod("p", 3)), "added p 3"),
        (event("ADDED", &pod("q", 4)), "added q 4"),
        (event("BOOKMARK", &closing), "bookmark 9 end"),
        (event("MODIFIED", &pod("q", 10)), "modified q 10"),
    ] {
        tokio::time::advance(Duration::from_secs(200)).await;
        let line = Bytes::from(line.to_string());
        // In two parts: the read begins, and what is missing comes within its time.
        events.unbounded_send(Ok(line.slice(..20))).unwrap();
        poll_and_drop(&mut watch).await;
        tokio::time::advance(Duration::from_secs(9)).await;
        events.unbounded_send(Ok(line.slice(20..))).unwrap();
        assert_eq!(next(&mut watch).await, [told]);
    }
    assert_eq!(server.count(), 1);
}

/// What is refused may be something else than the streamed list: only a list that works shows that, and only then is it
/// remembered.
#[tokio::test(start_paused = true)]
async fn a_wrong_request_teaches_nothing() {
    let wrong = || Reply::status(400, "BadRequest", "field label not supported: x");
    let server = Server::replying([wrong(), wrong(), Reply::stream([closing(9), Part::Silence])]);
    let kinds = Kinds::on(&server).await;
    let pods = kinds.pods.namespace("a");
    let error = pods.watch().fields("x=y").start().await.expect_err("it is wrong");
    assert!(error.report().to_string().contains("field label not supported"));
    let mut watch = pods.watch().start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["bookmark 9 end"]);
    assert_eq!(lines(&server)[2], STREAMED);
}

/// Where another watch could go on: at what was handed out, and not at what has come.
#[tokio::test(start_paused = true)]
async fn the_version_of_what_was_handed_out() {
    let server = Server::replying([
        page(9, "", [pod("p", 3), pod("q", 4)]),
        Reply::stream([modified("p", 10), modified("q", 11), expired()]),
        page(20, "", [pod("q", 11)]),
        Reply::stream([Part::Silence]),
    ]);
    let watch = pods(&server).await.initial_events(InitialEvents::Listed);
    let mut watch = watch.timeout(Duration::from_secs(60)).start().await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..8 {
        let event = watch.try_next().await.unwrap().expect("an event");
        seen.push((tell(&event), watch.resource_version().map(ToString::to_string)));
    }
    let want = [
        ("added p 3", None),
        ("added q 4", None),
        ("bookmark 9 end", Some("9")),
        ("modified p 10", Some("10")),
        ("modified q 11", Some("11")),
        ("restarted: the server has forgotten the version to go on from", None),
        ("added q 11", None),
        ("bookmark 20 end", Some("20")),
    ];
    assert_eq!(seen, want.map(|(event, version)| (event.to_owned(), version.map(str::to_owned))));
    poll_and_drop(&mut watch).await;
    assert_eq!(watch.resource_version().map(|version| version.as_str()), Some("20"), "while it waits");
    assert_eq!(watch.try_next().await.unwrap(), None);
    assert_eq!(watch.resource_version().map(|version| version.as_str()), Some("20"), "behind its end");
}

/// A time limit binds before the watch is open, too.
#[tokio::test(start_paused = true)]
async fn a_time_limit_at_the_start() {
    let server = Server::replying((0..50).map(|_| Reply::status(503, "ServiceUnavailable", "away")));
    let watch = pods(&server).await.initial_events(InitialEvents::Listed).timeout(Duration::from_secs(10));
    let started = Instant::now();
    let watch = watch.on_error(|_, _| OnError::Retry(Duration::ZERO)).start().await;
    assert_eq!(watch.unwrap().try_next().await.unwrap(), None);
    assert_eq!(started.elapsed(), Duration::from_secs(10));
}

/// D36: a list that names no version to go on from is an error like others, and the longest wait is no panic.
#[tokio::test(start_paused = true)]
async fn d36_a_list_without_a_version() {
    let nameless =
        || Reply::json(json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": []}));
    let server = Server::replying([nameless(), page(9, "", []), Reply::stream([Part::Silence])]);
    let watch = pods(&server).await.initial_events(InitialEvents::Listed);
    let watch = watch.on_error(|error, _| {
        assert!(error.report().to_string().contains("no resourceVersion"));
        OnError::Retry(Duration::ZERO)
    });
    assert_eq!(next(&mut watch.start().await.unwrap()).await, ["bookmark 9 end"]);

    let server = Server::replying([nameless()]);
    let watch = pods(&server).await.initial_events(InitialEvents::Listed);
    let watch = watch.on_error(|_, _| OnError::Retry(Duration::MAX)).start();
    assert!(timeout(Duration::from_secs(1 << 29), watch).await.is_err(), "it waits for years");
}
