//! What was measured on other clients' watches, and does not happen here. Those that are not in this file are named in
//! docs/reliability.md.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::json;
use steersman_dynamic::InitialEvents;
use tokio::{runtime::Handle, time::timeout};

use crate::{
    kinds::Kinds,
    server::{Part, Reply, Server, page, pod},
    watch::{added, event, lines, modified, next, pods_from_5, wait},
};

/// Reliability 2.8, 2.31: a server that closes each watch at once is asked some forty times in ten minutes, and not ten
/// thousand times a second. Every fourth time it is asked for a list, for the version may be one that it silently refuses.
#[tokio::test(start_paused = true)]
async fn a_server_that_closes_at_once_is_not_stormed() {
    let closes = || Reply::stream([]);
    let replies = (0..1000).flat_map(|_| [closes(), closes(), closes(), page(9, "", [pod("p", 3)])]);
    let server = Server::replying(replies);
    let mut watch = pods_from_5(&server).await;
    let reading = async { while watch.try_next().await.expect("no error").is_some() {} };
    assert!(timeout(Duration::from_secs(600), reading).await.is_err(), "it goes on");
    assert!((20..60).contains(&server.count()), "{} requests", server.count());
}

/// Reliability 2.25: events in many lines, in none of their own, and between blank lines are read.
#[tokio::test(start_paused = true)]
async fn events_in_any_layout() {
    let (first, second) = (event("ADDED", &pod("p", 10)), event("MODIFIED", &pod("p", 11)));
    for text in [
        format!("{first:#}\n{second:#}\n"),
        format!("{first}{second}"),
        format!("\r\n{first}\r\n\r\n  {second}\r\n"),
        format!("{first:#}{second:#}"),
    ] {
        let server = Server::replying([Reply::stream([Part::Bytes(text.into()), Part::Silence])]);
        let mut watch = pods_from_5(&server).await;
        assert_eq!(next(&mut watch).await, ["added p 10", "modified p 11"]);
        assert_eq!(server.count(), 1);
    }
}

/// Reliability 2.26: an event of 3 MiB is an event like others.
#[tokio::test(start_paused = true)]
async fn a_long_event() {
    let mut long = pod("p", 10);
    long["data"] = json!("ü".repeat(3 << 19));
    let text = Bytes::from(event("ADDED", &long).to_string());
    let chunks: Vec<_> = text.chunks(16_384).map(|chunk| Part::Bytes(text.slice_ref(chunk))).collect();
    let server =
        Server::replying([Reply::stream(chunks.into_iter().chain([modified("p", 11), Part::Silence]))]);
    let mut watch = pods_from_5(&server).await;
    let first = watch.try_next().await.unwrap().expect("an event");
    assert_eq!(first.object().expect("an object").to_value(), long);
    assert_eq!(next(&mut watch).await, ["modified p 11"]);
}

/// Reliability 2.27, G8: thousands of connections later, one is open, and no task is left behind.
#[tokio::test(start_paused = true)]
async fn thousands_of_connections_leave_nothing_behind() {
    /// Counts the bodies that are held.
    struct Held(Arc<AtomicUsize>);

    impl Drop for Held {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    const CONNECTIONS: u32 = 5_000;
    let held = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let replies = (0..CONNECTIONS).map(|number| {
        let (held, most) = (Arc::clone(&held), Arc::clone(&most));
        let version = 10 + number;
        let events = stream::once(async move {
            let open = held.fetch_add(1, Ordering::Relaxed) + 1;
            most.fetch_max(open, Ordering::Relaxed);
            (Held(held), Bytes::from(event("MODIFIED", &pod("p", version)).to_string()))
        });
        let last = number + 1 == CONNECTIONS;
        // The body ends two seconds behind its event: a connection as a short-lived proxy makes them.
        Reply::body(events.flat_map(move |(held, bytes)| {
            let end = stream::once(async move {
                let time = Duration::from_secs(if last { 1_000_000 } else { 2 });
                let _ = timeout(time, std::future::pending::<()>()).await;
                drop(held);
                None
            });
            stream::once(async { Some(Ok::<_, io::Error>(bytes)) }).chain(end).filter_map(std::future::ready)
        }))
    });
    let server = Server::replying(replies);
    let mut watch = pods_from_5(&server).await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    for number in 0..CONNECTIONS {
        assert_eq!(next(&mut watch).await, [format!("modified p {}", 10 + number)]);
    }
    assert_eq!(server.count(), usize::try_from(CONNECTIONS).unwrap());
    assert_eq!(most.load(Ordering::Relaxed), 1, "never two at once");
    assert_eq!(Handle::current().metrics().num_alive_tasks(), tasks);
    drop(watch);
    assert_eq!(held.load(Ordering::Relaxed), 0);
}

/// Reliability 2.20: a connection that ends as it should, and a server that fails for a while, cost no list.
#[tokio::test(start_paused = true)]
async fn no_list_where_a_watch_does() {
    let server = Server::replying([
        page(9, "", [pod("p", 3)]),
        Reply::stream([added("q", 10), wait(300)]),
        Reply::status(500, "InternalError", "no"),
        Reply::stream([modified("q", 11), wait(2), Part::Break]),
        Reply::status(429, "TooManyRequests", "busy"),
        Reply::stream([modified("q", 12), Part::Silence]),
    ]);
    let watch = Kinds::on(&server).await.pods.namespace("a").watch();
    let mut watch = watch.initial_events(InitialEvents::Listed).start().await.unwrap();
    assert_eq!(
        next(&mut watch).await,
        ["added p 3", "bookmark 9 end", "added q 10", "modified q 11", "modified q 12"]
    );
    assert_eq!(lines(&server).iter().filter(|line| !line.contains("watch=true")).count(), 1);
}
