//! Watches that go on: over closed connections, forgotten versions, and servers that fail. The clock is paused: what takes
//! minutes here takes none.

use std::{future, io, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, channel::mpsc, stream};
use http::header;
use serde_json::{Value, json};
use steersman_dynamic::{Error, InitialEvents, Watch, WatchEvent, verbs};
use steersman_meta::{ListOptions, ResourceVersion};
use tokio::time::{Instant, timeout};

use crate::{
    kinds::Kinds,
    server::{Part, Reply, Server, page, pod, status},
};

pub(crate) fn event(event_type: &str, object: &Value) -> Value {
    json!({"type": event_type, "object": object})
}

pub(crate) fn added(name: &str, version: u32) -> Part {
    event("ADDED", &pod(name, version)).into()
}

pub(crate) fn modified(name: &str, version: u32) -> Part {
    event("MODIFIED", &pod(name, version)).into()
}

pub(crate) fn deleted(name: &str, version: u32) -> Part {
    event("DELETED", &pod(name, version)).into()
}

pub(crate) fn bookmark(version: u32) -> Part {
    event("BOOKMARK", &json!({"kind": "Pod", "metadata": {"resourceVersion": version.to_string()}})).into()
}

pub(crate) fn expired() -> Part {
    event("ERROR", &status(410, "Expired", "too old resource version")).into()
}

pub(crate) fn wait(seconds: u64) -> Part {
    Part::Wait(Duration::from_secs(seconds))
}

/// An event in short: `added p 7`.
pub(crate) fn tell(event: &WatchEvent) -> String {
    let object = || {
        let object = event.object().expect("an object");
        format!("{} {}", object.name(), object.resource_version().expect("a version"))
    };
    match event {
        WatchEvent::Added(_) => format!("added {}", object()),
        WatchEvent::Modified(_) => format!("modified {}", object()),
        WatchEvent::Deleted(_) => format!("deleted {}", object()),
        WatchEvent::Bookmark(bookmark) => {
            let end = if bookmark.initial_events_end { " end" } else { "" };
            format!("bookmark {}{end}", bookmark.resource_version)
        }
        WatchEvent::Restarted(restarted) => format!("restarted: {}", restarted.reason),
        _ => format!("{event:?}"),
    }
}

/// The next events in short.
pub(crate) async fn next<const N: usize>(watch: &mut Watch) -> [String; N] {
    let mut events = Vec::new();
    for _ in 0..N {
        let event = watch.try_next().await.unwrap_or_else(|error| panic!("after {events:?}: {error:?}"));
        events.push(tell(&event.unwrap_or_else(|| panic!("it ends after {events:?}"))));
    }
    events.try_into().expect("that many")
}

/// The pods of the namespace `a`, with lists where something is to be learnt anew.
async fn pods(server: &Server) -> verbs::WatchObjects {
    Kinds::on(server).await.pods.namespace("a").watch().initial_events(InitialEvents::Listed)
}

/// The same from the version 5.
pub(crate) async fn pods_from_5(server: &Server) -> Watch {
    pods(server).await.resource_version("5").start().await.expect("a watch")
}

/// What a watch asks for when it goes on from a version.
pub(crate) fn from(version: u32) -> String {
    format!("GET /api/v1/namespaces/a/pods?resourceVersion={version}&watch=true&allowWatchBookmarks=true")
}

pub(crate) const LIST: &str = "GET /api/v1/namespaces/a/pods?limit=500";

pub(crate) fn lines(server: &Server) -> Vec<String> {
    server
        .seen()
        .iter()
        .map(|seen| if seen.target.contains("watch=") { seen.watch_line() } else { seen.line() })
        .collect()
}

/// How many seconds passed between a request and the one behind it.
pub(crate) fn between(server: &Server, request: usize) -> f64 {
    let seen = server.seen();
    seen[request + 1].at.duration_since(seen[request].at).as_secs_f64()
}

/// A11, A34, B20, C19, D35: from a version on, one request with bookmarks, and every type of event.
#[tokio::test(start_paused = true)]
async fn a11_a34_b20_c19_d35_from_a_version() {
    let server = Server::replying([Reply::stream([
        added("p", 6),
        modified("p", 7),
        deleted("p", 8),
        bookmark(20),
        Part::Silence,
    ])]);
    let mut watch = pods(&server).await.labels("app=web").resource_version("5").start().await.unwrap();
    assert_eq!(server.count(), 1, "when it has started, it is open");
    assert_eq!(next(&mut watch).await, ["added p 6", "modified p 7", "deleted p 8", "bookmark 20"]);
    let seen = server.seen();
    assert_eq!(
        seen[0].watch_line(),
        "GET /api/v1/namespaces/a/pods?labelSelector=app%3Dweb&resourceVersion=5&watch=true&allowWatchBookmarks=true"
    );
    assert_eq!(seen[0].header(&header::ACCEPT), Some("application/json"));
    let length: u32 = seen[0].parameter("timeoutSeconds").unwrap().parse().unwrap();
    assert!((300..=600).contains(&length), "{length}");
}

/// A11, A32, D26: all namespaces; the objects that come have verbs that go to their own.
#[tokio::test(start_paused = true)]
async fn a11_a32_d26_all_namespaces() {
    let server = Server::replying([
        page(9, "", [pod("p", 7)]),
        Reply::stream([added("q", 10), Part::Silence]),
        Reply::json(pod("p", 11)),
        Reply::json(pod("q", 12)),
    ]);
    let pods = Kinds::on(&server).await.pods.all_namespaces();
    let watch = pods.watch().initial_events(InitialEvents::Listed).start().await.unwrap();
    let events: Vec<WatchEvent> = watch.take(3).try_collect().await.unwrap();
    for object in events.iter().filter_map(WatchEvent::object) {
        object.set_labels([("x", Some("y"))]).await.unwrap();
    }
    assert_eq!(
        lines(&server),
        [
            "GET /api/v1/pods?limit=500",
            "GET /api/v1/pods?resourceVersion=9&watch=true&allowWatchBookmarks=true",
            "PATCH /api/v1/namespaces/a/pods/p",
            "PATCH /api/v1/namespaces/a/pods/q"
        ]
    );
}

/// A34, D24, D35: without a version, all that is there comes first, page by page, then a bookmark, then what happens.
#[tokio::test(start_paused = true)]
async fn a34_d24_d35_first_what_is_there() {
    let server = Server::replying([
        page(9, "more", [pod("p", 3), pod("q", 8)]),
        page(9, "", [pod("r", 2)]),
        Reply::stream([modified("p", 10), Part::Silence]),
    ]);
    let mut watch = pods(&server).await.start().await.unwrap();
    assert_eq!(server.count(), 1, "the second page is asked for when the first is read");
    assert_eq!(
        next(&mut watch).await,
        ["added p 3", "added q 8", "added r 2", "bookmark 9 end", "modified p 10"]
    );
    assert_eq!(lines(&server), [LIST, &format!("{LIST}&continue=more"), &from(9)]);
}

/// An empty list is one, too; and version 0, which means any, is no version to watch from.
#[tokio::test(start_paused = true)]
async fn nothing_is_there() {
    let server = Server::replying([page(9, "", []), Reply::stream([added("p", 10), Part::Silence])]);
    let mut watch = pods(&server).await.resource_version("0").start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["bookmark 9 end", "added p 10"]);
    assert_eq!(lines(&server), [LIST, &from(9)]);
}

/// D35: a connection that ends is followed by another, from the last version that an event or a bookmark had. Nothing is
/// listed, and nothing is told.
#[tokio::test(start_paused = true)]
async fn d35_goes_on_after_a_close() {
    let server = Server::replying([
        Reply::stream([added("p", 10), modified("p", 11), wait(300)]),
        Reply::stream([bookmark(15), wait(170)]),
        Reply::stream([wait(300)]),
        Reply::stream([modified("p", 16), Part::Silence]),
    ]);
    let mut watch = pods_from_5(&server).await;
    assert_eq!(next(&mut watch).await, ["added p 10", "modified p 11", "bookmark 15", "modified p 16"]);
    assert_eq!(lines(&server), [from(5), from(11), from(15), from(15)]);
    for request in 0..3 {
        assert!(between(&server, request) < 300.1, "{}", between(&server, request));
    }
}

/// D35 (fault 20): a version that is forgotten is not asked for again. One `Restarted`, all that is there, and on.
#[tokio::test(start_paused = true)]
async fn d35_a_forgotten_version() {
    let list = || page(20, "", [pod("q", 18)]);
    for (script, want) in [
        // As an event.
        (
            vec![
                Reply::stream([added("p", 10), expired()]),
                list(),
                Reply::stream([added("r", 21), Part::Silence]),
            ],
            vec!["added p 10"],
        ),
        // As the very first event.
        (vec![Reply::stream([expired()]), list(), Reply::stream([added("r", 21), Part::Silence])], vec![]),
        // As an answer.
        (
            vec![
                Reply::status(410, "Gone", "too old"),
                list(),
                Reply::stream([added("r", 21), Part::Silence]),
            ],
            vec![],
        ),
        // As an answer, later.
        (
            vec![
                Reply::stream([added("p", 10), wait(300)]),
                Reply::status(410, "Expired", "too old"),
                list(),
                Reply::stream([added("r", 21), Part::Silence]),
            ],
            vec!["added p 10"],
        ),
    ] {
        let requests = script.len();
        let server = Server::replying(script);
        let mut watch = pods_from_5(&server).await;
        for first in want {
            assert_eq!(next(&mut watch).await, [first]);
        }
        assert_eq!(
            next(&mut watch).await,
            [
                "restarted: the server has forgotten the version to go on from",
                "added q 18",
                "bookmark 20 end",
                "added r 21"
            ]
        );
        assert_eq!(lines(&server)[requests - 2..], [LIST.to_owned(), from(20)]);
        assert_eq!(server.count(), requests);
    }
}

/// D35: what heals is waited for, longer from time to time, and as long as the server says; then the watch goes on where
/// it was, without a list.
#[tokio::test(start_paused = true)]
async fn d35_backs_off_and_goes_on() {
    let server = Server::replying([
        Reply::stream([added("p", 10), wait(300)]),
        Reply::status(500, "InternalError", "no"),
        Reply::status(429, "TooManyRequests", "later").with_header(header::RETRY_AFTER, "7"),
        Reply::broken(io::ErrorKind::ConnectionRefused),
        Reply::Broken("out of order".into()),
        Reply::stream([added("q", 11), wait(300)]),
        Reply::status(503, "ServiceUnavailable", "no"),
        Reply::stream([Part::Break]),
        Reply::stream([added("r", 12), Part::Silence]),
    ]);
    let mut watch = pods_from_5(&server).await;
    assert_eq!(next(&mut watch).await, ["added p 10", "added q 11", "added r 12"]);
    let want: Vec<String> = [5, 10, 10, 10, 10, 10, 11, 11, 11].map(from).into();
    assert_eq!(lines(&server), want);
    for (request, bounds) in [
        (0, 300.0..300.1),
        (1, 0.8..1.7),
        (2, 7.0..7.1),
        (3, 3.2..6.5),
        (4, 6.4..12.9),
        (5, 300.0..300.1),
        // The waits begin anew, for all was well.
        (6, 0.8..1.7),
        (7, 1.6..3.3),
    ] {
        let waited = between(&server, request);
        assert!(bounds.contains(&waited), "{waited} s behind request {request}: {bounds:?}");
    }
}

/// What fails at the start is the caller's to know at once; nothing is tried again.
#[tokio::test(start_paused = true)]
async fn failures_at_the_start() {
    for (reply, want) in [
        (Reply::status(401, "Unauthorized", "who?"), "the server answered 401 Unauthorized"),
        (Reply::status(403, "Forbidden", "no"), "the server answered 403 Forbidden"),
        (Reply::status(404, "NotFound", "no"), "the server answered 404 Not Found"),
        (Reply::status(500, "InternalError", "no"), "the server answered 500 Internal Server Error"),
        (Reply::broken(io::ErrorKind::ConnectionRefused), "the connection was refused"),
        (Reply::Broken("out of order".into()), "the service failed"),
    ] {
        let server = Server::replying([reply]);
        let error = pods(&server).await.resource_version("5").start().await.expect_err(want);
        let report = error.report().to_string();
        let first = "could not watch v1 Pod in namespace a\n  because GET /api/v1/namespaces/a/pods?";
        assert!(report.starts_with(first) && report.contains(want), "{want}: {report}");
        assert_eq!(server.count(), 1);
    }
    let server = Server::replying([Reply::status(403, "Forbidden", "no")]);
    let error = pods(&server).await.start().await.expect_err("the list is forbidden");
    assert!(error.is_forbidden());
    assert_eq!((error.to_string().as_str(), server.count()), ("could not list v1 Pod in namespace a", 1));
}

/// What does not heal by itself ends the watch, also when it worked before; as an answer, and as an event.
#[tokio::test(start_paused = true)]
async fn failures_that_end_it() {
    let forbidden = event("ERROR", &status(403, "Forbidden", "no more"));
    for (second, want) in [
        (
            vec![Reply::status(403, "Forbidden", "no more")],
            "  because GET /api/v1/namespaces/a/pods?resourceVersion=10&",
        ),
        (vec![Reply::stream([Part::from(forbidden)])], "  because no more"),
    ] {
        let mut script = vec![Reply::stream([added("p", 10), wait(300)])];
        script.extend(second);
        let server = Server::replying(script);
        let mut watch = pods_from_5(&server).await;
        assert_eq!(next(&mut watch).await, ["added p 10"]);
        let error = watch.try_next().await.expect_err("forbidden");
        assert!(error.is_forbidden());
        let report = error.report().to_string();
        assert!(report.starts_with(&format!("could not watch v1 Pod in namespace a\n{want}")), "{report}");
        assert_eq!(watch.try_next().await.unwrap(), None, "nothing comes behind an error");
        assert_eq!(server.count(), 2);
    }
}

/// A connection on which nothing comes any more is given up: after the time that it was asked to last, and much sooner
/// where the server has shown that it sends bookmarks.
#[tokio::test(start_paused = true)]
async fn a_silent_connection() {
    let server = Server::replying([
        Reply::stream([added("p", 10), bookmark(12), Part::Silence]),
        Reply::stream([added("q", 13), Part::Silence]),
        Reply::stream([added("r", 14), Part::Silence]),
    ]);
    let mut watch = pods_from_5(&server).await;
    assert_eq!(next(&mut watch).await, ["added p 10", "bookmark 12", "added q 13", "added r 14"]);
    assert_eq!(lines(&server), [5, 12, 13].map(from));
    assert!((180.8..181.7).contains(&between(&server, 0)), "{}", between(&server, 0));
    assert!((180.8..182.5).contains(&between(&server, 1)), "it is remembered: {}", between(&server, 1));
    // A server that has sent none is given the time that it was asked for.
    let server = Server::replying([
        Reply::stream([added("p", 10), Part::Silence]),
        Reply::stream([added("r", 14), Part::Silence]),
    ]);
    let mut watch = pods_from_5(&server).await;
    assert_eq!(next(&mut watch).await, ["added p 10", "added r 14"]);
    let asked: f64 = server.seen()[0].parameter("timeoutSeconds").unwrap().parse().unwrap();
    assert!((asked + 5.8..asked + 6.7).contains(&between(&server, 0)), "{asked}: {}", between(&server, 0));
}

/// A11, A34, B22: a time limit is the server's to keep, and ends the watch; a server that does not keep it is left alone.
#[tokio::test(start_paused = true)]
async fn a11_a34_b22_a_time_limit() {
    for by_options in [false, true] {
        let server = Server::replying([
            Reply::stream([added("p", 10), wait(60)]),
            Reply::stream([added("p", 10), Part::Silence]),
        ]);
        for bounds in [60.0..60.1, 60.0..65.1] {
            let watch = pods(&server).await.resource_version("5");
            let watch = if by_options {
                let mut options = ListOptions::default();
                options.resource_version = ResourceVersion::new("5");
                options.timeout_seconds = Some(60);
                options.limit = Some(3);
                watch.options(options)
            } else {
                watch.timeout(Duration::from_secs(60))
            };
            let started = Instant::now();
            let mut watch = watch.start().await.unwrap();
            assert_eq!(next(&mut watch).await, ["added p 10"]);
            assert_eq!(watch.try_next().await.unwrap(), None);
            let took = started.elapsed().as_secs_f64();
            assert!(bounds.contains(&took), "{took} s: {bounds:?}");
        }
        for seen in server.seen() {
            assert_eq!(seen.watch_line(), from(5));
            assert_eq!(seen.parameter("timeoutSeconds"), Some("60"));
        }
        assert_eq!(server.count(), 2);
    }
}

/// A time limit ends a watch whose server is away, too.
#[tokio::test(start_paused = true)]
async fn a_time_limit_while_the_server_is_away() {
    let mut script = vec![Reply::stream([added("p", 10), Part::Break])];
    script.extend((0..20).map(|_| Reply::status(503, "ServiceUnavailable", "no")));
    let server = Server::replying(script);
    let watch = pods(&server).await.resource_version("5").timeout(Duration::from_secs(60));
    let started = Instant::now();
    let mut watch = watch.start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["added p 10"]);
    assert_eq!(watch.try_next().await.unwrap(), None);
    let took = started.elapsed().as_secs_f64();
    assert!((60.0..60.1).contains(&took), "{took} s");
    assert!((4..10).contains(&server.count()), "{}", server.count());
}

/// B21: one object by its name; a field selector of the caller's own stays.
#[tokio::test(start_paused = true)]
async fn b21_a_name_joins_the_fields() {
    let server = Server::replying([page(9, "", []), Reply::stream([Part::Silence])]);
    let watch = pods(&server).await.fields("status.phase=Running").name("p");
    let mut watch = watch.start().await.unwrap();
    assert_eq!(next(&mut watch).await, ["bookmark 9 end"]);
    assert!(timeout(Duration::from_secs(1), watch.try_next()).await.is_err());
    let fields = "fieldSelector=status.phase%3DRunning%2Cmetadata.name%3Dp";
    let path = format!("GET /api/v1/namespaces/a/pods?{fields}");
    assert_eq!(
        lines(&server),
        [
            format!("{path}&limit=500"),
            format!("{path}&resourceVersion=9&watch=true&allowWatchBookmarks=true")
        ]
    );
}

/// Chunks end where they will: in the middle of an event, of a character, of an escape.
#[tokio::test(start_paused = true)]
async fn chunks_cut_anywhere() {
    let mut last = pod("p", 12);
    last["spec"] = json!({"text": "ü \" \\ }{"});
    let events = [event("ADDED", &pod("p", 10)), event("MODIFIED", &last), event("DELETED", &pod("p", 13))];
    let body: String = events.iter().map(|event| format!("{event}\n")).collect();
    let body = Bytes::from(body);
    let cut = |at: usize| vec![body.slice(..at), body.slice(at..)];
    let single = (0..body.len()).map(|at| body.slice(at..=at)).collect();
    for chunks in (0..=body.len()).map(cut).chain([single]) {
        let text = format!("{:?}", chunks[0]);
        let server =
            Server::replying([Reply::stream(chunks.into_iter().map(Part::Bytes).chain([Part::Silence]))]);
        let mut watch = pods_from_5(&server).await;
        let first = watch.try_next().await.unwrap().unwrap();
        assert_eq!(tell(&first), "added p 10", "{text}");
        let second = watch.try_next().await.unwrap().unwrap();
        assert_eq!(second.object().unwrap().to_value(), last, "{text}");
        assert_eq!(next(&mut watch).await, ["deleted p 13"], "{text}");
        assert_eq!(server.count(), 1);
    }
}

/// Polls the next event once, and drops the future that does.
pub(crate) async fn poll_and_drop(watch: &mut Watch) {
    tokio::select! {
        biased;
        event = watch.try_next() => panic!("nothing is there yet: {event:?}"),
        () = future::ready(()) => {}
    }
}

/// A future that is dropped loses nothing: neither half an event, nor a list that runs, nor how long is left to wait.
#[tokio::test(start_paused = true)]
async fn dropped_futures_lose_nothing() {
    let (events, body) = mpsc::unbounded();
    let (rest_of_list, list) = mpsc::unbounded();
    let server = Server::replying([
        Reply::body(body),
        Reply::body(list),
        Reply::status(500, "InternalError", "no"),
        Reply::stream([added("r", 21), Part::Silence]),
    ]);
    let mut watch = pods_from_5(&server).await;
    let send = |to: &mpsc::UnboundedSender<io::Result<Bytes>>, part: &[u8]| {
        to.unbounded_send(Ok(Bytes::copy_from_slice(part))).expect("somebody reads");
    };
    let text = event("ADDED", &pod("p", 10)).to_string();
    let (last, first) = text.as_bytes().split_last().expect("an event");
    for byte in first.chunks(1) {
        send(&events, byte);
        poll_and_drop(&mut watch).await;
    }
    send(&events, &[*last]);
    assert_eq!(next(&mut watch).await, ["added p 10"]);
    let gone = event("ERROR", &status(410, "Expired", "too old")).to_string();
    send(&events, gone.as_bytes());
    assert_eq!(next(&mut watch).await, ["restarted: the server has forgotten the version to go on from"]);
    let text = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "20"},
        "items": [pod("q", 18)]})
    .to_string();
    for part in text.as_bytes().chunks(9) {
        poll_and_drop(&mut watch).await;
        send(&rest_of_list, part);
    }
    drop(rest_of_list);
    assert_eq!(next(&mut watch).await, ["added q 18", "bookmark 20 end"]);
    // Now the wait after the 500.
    let event = loop {
        match timeout(Duration::from_millis(50), watch.try_next()).await {
            Ok(event) => break event.unwrap().unwrap(),
            Err(_) => assert!(server.count() < 4),
        }
    };
    assert_eq!(tell(&event), "added r 21");
    assert_eq!(lines(&server), [from(5), LIST.to_owned(), from(20), from(20)]);
    assert!((0.8..1.7).contains(&between(&server, 2)), "{}", between(&server, 2));
}

/// An event that was cut off comes again: the watch goes on from the one before.
#[tokio::test(start_paused = true)]
async fn a_truncated_event() {
    let event = Bytes::from(event("MODIFIED", &pod("p", 11)).to_string());
    let half = Part::Bytes(event.slice(..event.len() / 2));
    for (end, bounds) in [(wait(2), 2.8..3.7), (Part::Break, 0.8..1.7)] {
        let server = Server::replying([
            Reply::stream([added("p", 10), half.clone(), end]),
            Reply::stream([modified("p", 11), Part::Silence]),
        ]);
        let mut watch = pods_from_5(&server).await;
        assert_eq!(next(&mut watch).await, ["added p 10", "modified p 11"]);
        assert_eq!(lines(&server), [from(5), from(10)]);
        assert!(bounds.contains(&between(&server, 0)), "{}: {bounds:?}", between(&server, 0));
    }
}

/// What can't be read is asked for again; then it is passed over by a list, and the consumer is told.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read() {
    for odd in
        [json!({"type": "ODD", "object": {}}), json!(["no event"]), json!({"type": "ADDED", "object": 3})]
    {
        let server = Server::replying([
            Reply::stream([added("p", 10), Part::from(odd.clone())]),
            Reply::stream([Part::from(odd)]),
            page(20, "", [pod("q", 18)]),
            Reply::stream([added("r", 21), Part::Silence]),
        ]);
        let mut watch = pods_from_5(&server).await;
        assert_eq!(
            next(&mut watch).await,
            [
                "added p 10",
                "restarted: what the server sends cannot be read",
                "added q 18",
                "bookmark 20 end",
                "added r 21"
            ]
        );
        assert_eq!(lines(&server), [from(5), from(10), LIST.to_owned(), from(20)]);
    }
}

/// A server that never says anything sensible ends the watch, with what it said.
#[tokio::test(start_paused = true)]
async fn what_can_never_be_read() {
    let sign_in = || Reply::text(200, "text/html", "<html>Sign in</html>");
    let list = || page(20, "", []);
    let server = Server::replying([sign_in(), sign_in(), list(), sign_in(), sign_in(), list(), sign_in()]);
    let watch = pods_from_5(&server).await;
    let mut told = Vec::new();
    let mut events = watch.map_ok(|event| told.push(tell(&event)));
    let error = loop {
        match events.next().await {
            Some(Ok(())) => {}
            Some(Err(error)) => break error,
            None => panic!("an error"),
        }
    };
    drop(events);
    let restarted = "restarted: what the server sends cannot be read";
    assert_eq!(told, [restarted, "bookmark 20 end", restarted, "bookmark 20 end"]);
    assert_eq!(
        error.report().to_string(),
        "could not watch v1 Pod in namespace a\
         \n  because the server's answer cannot be read\
         \n  because the watch's body is not JSON: it begins \"<html>Sign in</html>\"\
         \n  hint: is there really a Kubernetes API server at this address?"
    );
    assert_eq!(server.count(), 7);
}

/// A list that breaks off after some of its objects were told is told anew, and the consumer knows.
#[tokio::test(start_paused = true)]
async fn a_list_that_breaks_off() {
    // After a token that expired the pages are larger: the next list may be through before its token expires.
    let larger = "GET /api/v1/namespaces/a/pods?limit=1000";
    for (failure, again) in [
        (Reply::status(410, "Expired", "the token is too old"), larger),
        (Reply::status(500, "InternalError", "no"), LIST),
        (Reply::broken(io::ErrorKind::ConnectionReset), LIST),
    ] {
        let server = Server::replying([
            page(9, "more", [pod("p", 3)]),
            failure,
            page(11, "", [pod("p", 10)]),
            Reply::stream([Part::Silence]),
        ]);
        let mut watch = pods(&server).await.start().await.unwrap();
        assert_eq!(
            next(&mut watch).await,
            ["added p 3", "restarted: the list broke off", "added p 10", "bookmark 11 end"]
        );
        assert_eq!(lines(&server), [LIST, &format!("{LIST}&continue=more"), again]);
        assert!((0.8..1.7).contains(&between(&server, 1)), "{}", between(&server, 1));
    }
}

/// B23: a watch that is dropped closes its connection; and it is a stream as others are.
#[tokio::test(start_paused = true)]
async fn b23_dropped() {
    let (events, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let server = Server::replying([Reply::body(body)]);
    let watch = pods_from_5(&server).await;
    let text = event("ADDED", &pod("p", 10)).to_string();
    events.unbounded_send(Ok(text.into())).unwrap();
    let mut watch = Box::pin(watch.take(1));
    let all: Vec<Result<WatchEvent, Error>> = watch.by_ref().collect().await;
    assert_eq!(all.len(), 1);
    assert!(!events.is_closed());
    drop(watch);
    assert!(events.is_closed());
}

/// A watch that has failed keeps no connection: neither while it lists, nor while it waits.
#[tokio::test(start_paused = true)]
async fn a_failure_closes_the_connection() {
    for (code, requests) in [(410, 2), (500, 1)] {
        let (events, body) = mpsc::unbounded::<io::Result<Bytes>>();
        let server = Server::replying([Reply::body(body), Reply::body(stream::pending())]);
        let mut watch = pods_from_5(&server).await;
        let failure = event("ERROR", &status(code, "", "no")).to_string();
        events.unbounded_send(Ok(failure.into())).unwrap();
        if code == 410 {
            let restarted = "restarted: the server has forgotten the version to go on from";
            assert_eq!(next(&mut watch).await, [restarted]);
        }
        poll_and_drop(&mut watch).await;
        assert_eq!(server.count(), requests, "{code}");
        assert!(events.is_closed(), "{code}");
    }
}
