//! When the server is asked.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use steersman_discovery::{Discoverer, EagerDiscoverer, Error, FailureCause};
use tokio::time::Instant;

use crate::recorded::{AGGREGATED, JSON, Recorded, document};

/// A24, C06: two requests at the first question, none at the next; for a miss what can have changed, both roots for a name.
#[tokio::test]
async fn a24_c06_requests_of_look_ups() {
    let server = Recorded::aggregated();
    let eager = server.eager();
    assert_eq!(server.count(), 0);
    assert_eq!(eager.get("apps/v1", "Deployment").await.unwrap().plural, "deployments");
    assert_eq!(server.count(), 2);
    assert_eq!(eager.find("po").await.unwrap().kind, "Pod");
    eager.discover().await.unwrap();
    assert_eq!(server.count(), 0);
    let error = eager.get("apps/v1", "Deploymnet").await.unwrap_err();
    assert!(error.is_not_found() && error.candidates()[0].gvk.kind == "Deployment", "{error:?}");
    assert_eq!(server.count(), 1);
    assert!(eager.find("no-such-kind").await.unwrap_err().is_not_found());
    assert_eq!(server.count(), 2);
}

/// A miss at the first question is answered from after the question already.
#[tokio::test]
async fn a_cold_miss_asks_once() {
    let server = Recorded::aggregated();
    assert!(server.eager().find("no-such-kind").await.unwrap_err().is_not_found());
    assert_eq!(server.count(), 2);
}

/// An ambiguous word is known: the server is not asked again for it.
#[tokio::test]
async fn an_ambiguous_word_asks_nothing() {
    let server = Recorded::aggregated();
    server.answer(
        "/api",
        200,
        AGGREGATED,
        document("aggregated/api.json")
            .replace(r#""singularResource":"secret""#, r#""singularResource":"pod""#),
    );
    let eager = server.eager();
    eager.discover().await.unwrap();
    server.count();
    assert!(eager.find("pod").await.unwrap_err().is_ambiguous());
    assert_eq!(server.count(), 0);
}

/// B29: asked to refresh, it asks, and what it then says is new.
#[tokio::test]
async fn b29_refresh() {
    let server = Recorded::aggregated();
    let eager = server.eager();
    let before = eager.discover().await.unwrap();
    server.answer(
        "/apis",
        200,
        AGGREGATED,
        r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2"}"#,
    );
    let after = eager.refresh().await.unwrap();
    assert_eq!(server.count(), 4);
    assert!(before.find("deploy").is_ok() && after.find("deploy").is_err(), "a snapshot never changes");
    assert!(Arc::ptr_eq(&after, &eager.discover().await.unwrap()));
}

/// Callers who ask together share one flight, the cold one and that of a miss.
#[tokio::test(start_paused = true)]
async fn flights_are_shared() {
    let server = Recorded::aggregated();
    server.state().latency = Duration::from_secs(1);
    let eager = server.eager();
    let found = join_all((0..50).map(|_| eager.get("apps/v1", "Deployment"))).await;
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(server.count(), 2);
    let cold = server.eager();
    for eager in [&eager, &cold] {
        let found = join_all((0..50).map(|_| eager.find("nope"))).await;
        assert!(found.iter().all(|outcome| outcome.as_ref().is_err_and(Error::is_not_found)));
        assert_eq!(server.count(), 2);
    }
}

/// C06: a kind that was made a moment ago is found, even if a flight that started before is still under way.
#[tokio::test(start_paused = true)]
async fn c06_a_new_kind_is_found_at_the_next_look_up() {
    let server = Recorded::aggregated();
    let with = document("aggregated/apis.json");
    server.answer("/apis", 200, AGGREGATED, with.replace("Gadget", "Other").replace("gadget", "other"));
    let eager = Arc::new(server.eager());
    eager.discover().await.unwrap();
    server.state().latency = Duration::from_secs(5);
    server.count();

    let early = tokio::spawn({
        let eager = Arc::clone(&eager);
        async move { eager.get("example.com/v1beta1", "Gadget").await }
    });
    while server.state().asked.is_empty() && !early.is_finished() {
        tokio::task::yield_now().await;
    }
    server.answer("/apis", 200, AGGREGATED, with);
    server.state().latency = Duration::ZERO;
    let late = eager.get("example.com/v1beta1", "Gadget");
    let (early, late) = futures::join!(early, late);
    assert!(early.unwrap().unwrap_err().is_not_found());
    assert_eq!(late.unwrap().kind, "Gadget");
    assert_eq!(server.count(), 2);
}

/// A loop that asks for what is not there is slowed to two refreshes a second after the first ten.
#[tokio::test(start_paused = true)]
async fn misses_cannot_storm_the_server() {
    let server = Recorded::aggregated();
    let eager = server.eager();
    eager.discover().await.unwrap();
    server.count();
    let start = Instant::now();
    for _ in 0..10 {
        eager.find("nope").await.unwrap_err();
    }
    assert_eq!((start.elapsed(), server.count()), (Duration::ZERO, 20));
    for _ in 0..60 {
        eager.find("nope").await.unwrap_err();
    }
    assert!(start.elapsed() >= Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(server.count(), 120);
    // What is known is not slowed, and what is told is not either.
    let start = Instant::now();
    eager.find("pods").await.unwrap();
    eager.refresh().await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

/// A failure is shared by those who waited for it, and is kept for nobody else.
#[tokio::test(start_paused = true)]
async fn failures_are_shared_and_not_kept() {
    let server = Recorded::aggregated();
    server.state().latency = Duration::from_secs(1);
    let good = document("aggregated/apis.json");
    server.answer("/apis", 503, "text/plain", "later");
    let eager = server.eager();
    let start = Instant::now();
    let outcomes = join_all((0..50).map(|_| eager.get("apps/v1", "Deployment"))).await;
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().unwrap_err().status().unwrap().code == 503));
    assert_eq!((server.count(), start.elapsed()), (2, Duration::from_secs(1)));
    server.answer("/apis", 200, AGGREGATED, good);
    eager.get("apps/v1", "Deployment").await.unwrap();
    assert_eq!(server.count(), 1, "/api was read already");
    // Later failures leave what is known.
    server.answer("/apis", 503, "text/plain", "later");
    assert!(eager.find("nope").await.unwrap_err().status().is_some());
    assert!(eager.refresh().await.is_err());
    server.count();
    eager.get("apps/v1", "Deployment").await.unwrap();
    assert_eq!(server.count(), 0);
}

/// A group that was broken is there once it is mended: nothing negative is kept.
#[tokio::test]
async fn a_mended_group_is_found() {
    let server = Recorded::legacy();
    server.answer("/apis/metrics.k8s.io/v1beta1", 503, "text/plain", "service unavailable");
    let eager = server.eager();
    let error = eager.get("metrics.k8s.io/v1beta1", "PodMetrics").await.unwrap_err();
    assert!(error.is_unavailable() && error.hint().is_some(), "{error:?}");
    server.answer(
        "/apis/metrics.k8s.io/v1beta1",
        200,
        JSON,
        document("legacy/apis_metrics.k8s.io_v1beta1.json"),
    );
    assert_eq!(eager.get("metrics.k8s.io/v1beta1", "PodMetrics").await.unwrap().plural, "pods");
}

/// A group whose server asks for patience costs what the budget allows, and no more: it is asked again for as long as that
/// lasts, and a pause that would outlast it is not begun. The others are there.
#[tokio::test(start_paused = true)]
async fn a_group_that_asks_for_patience() {
    let path = "/apis/metrics.k8s.io/v1beta1";
    // After how many seconds to come again, how long it takes, and how often it is asked.
    for (retry_after, seconds, requests) in [(30, 0, 1), (11, 0, 1), (4, 8, 3), (1, 5, 6)] {
        let server = Recorded::legacy();
        server.answer(path, 503, "text/plain", "service unavailable");
        server.state().retry_after.insert(path.to_owned(), retry_after);
        let start = Instant::now();
        let discovery = EagerDiscoverer::new(server.patient_client()).discover().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), seconds, "{retry_after}");
        assert_eq!(server.state().asked.iter().filter(|asked| *asked == path).count(), requests);
        let [failure] = discovery.failures() else { panic!("{:?}", discovery.failures()) };
        let FailureCause::Request(error) = &failure.cause else { panic!("{failure:?}") };
        assert_eq!(
            error.code().map(|code| code.as_u16()),
            Some(503),
            "the server's own words, and no time that ran out"
        );
        assert!(discovery.find("deploy").is_ok() && discovery.resources().len() == 30);
    }
    // One that is back in time is read.
    let server = Recorded::legacy();
    server.answer(path, 503, "text/plain", "service unavailable");
    server.state().retry_after.insert(path.to_owned(), 2);
    let (discovery, ()) = tokio::join!(
        async { EagerDiscoverer::new(server.patient_client()).discover().await.unwrap() },
        async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            server.answer(path, 200, JSON, document("legacy/apis_metrics.k8s.io_v1beta1.json"));
        }
    );
    assert!(
        discovery.failures().is_empty() && discovery.get("metrics.k8s.io/v1beta1", "PodMetrics").is_some()
    );
}

/// If the one that asks is dropped, the next that waits asks in its place.
#[tokio::test(start_paused = true)]
async fn a_dropped_flight_is_taken_over() {
    let server = Recorded::aggregated();
    server.state().latency = Duration::from_secs(1);
    let eager = Arc::new(server.eager());
    let ask = |eager: &Arc<EagerDiscoverer>| {
        let eager = Arc::clone(eager);
        tokio::spawn(async move { eager.find("deploy").await })
    };
    let first = ask(&eager);
    tokio::time::advance(Duration::from_millis(500)).await;
    let second = ask(&eager);
    tokio::task::yield_now().await;
    first.abort();
    assert_eq!(second.await.unwrap().unwrap().kind, "Deployment");
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(server.count(), 4);
}

/// The futures are `Send`, and the trait is object-safe.
#[tokio::test]
async fn a_discoverer_is_a_trait_object() {
    let eager: Arc<dyn Discoverer> = Arc::new(Recorded::aggregated().eager());
    let kind = tokio::spawn(async move { eager.find("deploy").await.map(|resource| resource.kind) });
    assert_eq!(kind.await.unwrap().unwrap(), "Deployment");
}
