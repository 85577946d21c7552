//! What a look-up asks for, and what it does not.

use std::time::Duration;

use futures::future::join_all;
use steersman_discovery::{Discoverer, Error};
use tokio::time::Instant;

use crate::recorded::{AGGREGATED, JSON, Recorded, document};

/// The paths that were asked since the last call, sorted.
fn asked(server: &Recorded) -> Vec<String> {
    let mut asked = std::mem::take(&mut server.state().asked);
    asked.sort();
    asked
}

/// A25, B27: of a server that aggregates, the root that the group stands in.
#[tokio::test]
async fn a25_b27_aggregated() {
    let server = Recorded::aggregated();
    let lazy = server.lazy();
    assert_eq!(lazy.get("apps/v1", "Deployment").await.unwrap().plural, "deployments");
    assert_eq!(asked(&server), ["/apis"]);
    assert_eq!(lazy.get("batch/v1", "CronJob").await.unwrap().plural, "cronjobs");
    assert_eq!(asked(&server), [""; 0]);
    assert_eq!(lazy.get("v1", "Pod").await.unwrap().plural, "pods");
    assert_eq!(asked(&server), ["/api"]);
    assert_eq!(lazy.find("deploy").await.unwrap().kind, "Deployment");
    assert_eq!(lazy.discover().await.unwrap().resources().len(), 32);
    assert_eq!(asked(&server), [""; 0]);
    assert_eq!(server.lazy().find("po").await.unwrap().kind, "Pod");
    assert_eq!(asked(&server), ["/api", "/apis"], "a name can be anywhere");
}

/// A25, B27: of a server that does not, two requests for the first kind, and one for the next.
#[tokio::test]
async fn a25_b27_legacy() {
    let server = Recorded::legacy();
    let lazy = server.lazy();
    assert_eq!(lazy.get("apps/v1", "Deployment").await.unwrap().plural, "deployments");
    assert_eq!(asked(&server), ["/apis", "/apis/apps/v1"]);
    assert_eq!(lazy.get("batch/v1", "CronJob").await.unwrap().plural, "cronjobs");
    assert_eq!(asked(&server), ["/apis/batch/v1"]);
    assert_eq!(lazy.get("v1", "Pod").await.unwrap().plural, "pods");
    assert_eq!(asked(&server), ["/api", "/api/v1"]);
    assert_eq!(lazy.get("apps/v1", "StatefulSet").await.unwrap().kind, "StatefulSet");
    assert_eq!(asked(&server), [""; 0]);
    // The rest, each once.
    let all = lazy.discover().await.unwrap();
    let rest = asked(&server);
    assert_eq!(rest.len(), 12 - 3, "{rest:?}");
    let eager = server.discover().await;
    assert_eq!(all.resources(), eager.resources());
    assert_eq!(all.api_groups(), eager.api_groups());
}

/// C06: a miss asks for what can have changed, and for the other root once, for the names in it.
#[tokio::test]
async fn c06_a_miss() {
    let server = Recorded::marked();
    let lazy = server.lazy();
    let error = lazy.get("v1", "Deployment").await.unwrap_err();
    assert_eq!(error.candidates()[0].gvk.to_string(), "apps/v1 Deployment", "{error:?}");
    assert_eq!(asked(&server), ["/api", "/apis"]);
    lazy.get("apps/v1", "Nope").await.unwrap_err();
    assert_eq!(asked(&server), ["/apis"]);
    assert_eq!(server.state().not_modified, 1, "the server says in a few bytes that nothing has changed");
    lazy.find("nope").await.unwrap_err();
    assert_eq!((asked(&server).len(), server.state().not_modified), (2, 3));

    let server = Recorded::legacy();
    let lazy = server.lazy();
    lazy.discover().await.unwrap();
    asked(&server);
    for (api_version, want) in [
        ("apps/v1", &["/apis/apps/v1"][..]),
        ("v1", &["/api/v1"]),
        ("new.io/v1", &["/apis"]),
        ("v2", &["/api"]),
    ] {
        assert!(lazy.get(api_version, "Nope").await.unwrap_err().is_not_found());
        assert_eq!(asked(&server), want, "{api_version}");
    }
    assert_eq!(lazy.discover().await.unwrap().resources(), server.discover().await.resources());
}

/// C06: a kind that is defined while the process runs is found at the next look-up, in a group that is new or not.
#[tokio::test]
async fn c06_a_new_kind() {
    let with = document("legacy/apis_example.com_v1beta1.json");
    let server = Recorded::legacy();
    server.answer(
        "/apis/example.com/v1beta1",
        200,
        JSON,
        with.replace("Gadget", "Other").replace("gadget", "other"),
    );
    let lazy = server.lazy();
    assert!(lazy.get("example.com/v1beta1", "Gadget").await.unwrap_err().is_not_found());
    server.answer("/apis/example.com/v1beta1", 200, JSON, with);
    assert_eq!(lazy.get("example.com/v1beta1", "Gadget").await.unwrap().plural, "gadgets");

    let server = Recorded::marked();
    let with = document("aggregated/apis.json");
    server.answer("/apis", 200, AGGREGATED, with.replace("example.com", "example.org"));
    let lazy = server.lazy();
    assert!(lazy.get("example.com/v1beta1", "Gadget").await.unwrap_err().is_not_found());
    server.answer("/apis", 200, AGGREGATED, with);
    assert_eq!(lazy.get("example.com/v1beta1", "Gadget").await.unwrap().plural, "gadgets");
}

/// Callers of one moment share a flight, whatever each of them asks for.
#[tokio::test(start_paused = true)]
async fn flights_are_shared() {
    let server = Recorded::legacy();
    server.state().latency = Duration::from_secs(1);
    let lazy = server.lazy();
    let wanted = [("apps/v1", "Deployment"), ("batch/v1", "Job"), ("v1", "Pod"), ("apps/v1", "ReplicaSet")];
    let start = Instant::now();
    let found = join_all((0..80).map(|at| lazy.get(wanted[at % 4].0, wanted[at % 4].1))).await;
    assert!(found.iter().all(Result::is_ok), "{found:?}");
    assert_eq!(asked(&server), ["/api", "/api/v1", "/apis", "/apis/apps/v1", "/apis/batch/v1"]);
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    let missed = join_all((0..50).map(|_| lazy.get("apps/v1", "Nope"))).await;
    assert!(missed.iter().all(|outcome| outcome.as_ref().is_err_and(Error::is_not_found)));
    assert_eq!(asked(&server), ["/apis/apps/v1"]);
}

/// A caller that is dropped half-way takes nobody's wishes with it.
#[tokio::test(start_paused = true)]
async fn a_dropped_flight_is_taken_over() {
    let server = Recorded::legacy();
    server.state().latency = Duration::from_secs(1);
    let lazy = std::sync::Arc::new(server.lazy());
    let ask = |api_version: &'static str, kind: &'static str| {
        let lazy = std::sync::Arc::clone(&lazy);
        tokio::spawn(async move { lazy.get(api_version, kind).await })
    };
    let (first, second) = (ask("apps/v1", "Deployment"), ask("v1", "Pod"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    first.abort();
    assert_eq!(second.await.unwrap().unwrap().kind, "Pod");
    assert!(first.await.unwrap_err().is_cancelled());
}

/// One root that fails is nothing to those who ask for the other.
#[tokio::test]
async fn a_root_that_fails() {
    for (broken, good, bad) in [
        ("/api", ("apps/v1", "Deployment"), ("v1", "Pod")),
        ("/apis", ("v1", "Pod"), ("apps/v1", "Deployment")),
    ] {
        let server = Recorded::aggregated();
        server.answer(broken, 503, "text/plain", "later");
        let lazy = server.lazy();
        let (good, bad) = futures::join!(lazy.get(good.0, good.1), lazy.get(bad.0, bad.1));
        good.unwrap();
        let bad = bad.unwrap_err();
        assert!(bad.status().is_some_and(|status| status.code == 503) || bad.is_unavailable(), "{bad:?}");
    }
}

/// A root that failed is said to have failed to all who waited for it, though a flight for the other root ends in between.
#[tokio::test(start_paused = true)]
async fn a_failed_root_is_no_empty_answer() {
    let server = Recorded::aggregated();
    server.answer("/apis", 503, "text/plain", "later");
    server.state().latency = Duration::from_secs(1);
    let lazy = server.lazy();
    let ask = |api_version| lazy.in_api_version(api_version);
    let (first, (core, third)) = futures::join!(ask("apps/v1"), async {
        while server.state().asked.is_empty() {
            tokio::task::yield_now().await;
        }
        futures::join!(ask("v1"), ask("apps/v1"))
    });
    for failed in [first, third] {
        assert_eq!(failed.unwrap_err().status().map(|status| status.code), Some(503));
    }
    assert!(core.unwrap().iter().any(|resource| resource.kind == "Pod"));
}

/// A server that has no core group, and one that is no API server: both answer 404 at `/api`.
#[tokio::test]
async fn nothing_at_the_core_root() {
    let server = Recorded::aggregated();
    server.state().answers.remove("/api");
    let error = server.lazy().get("v1", "Pod").await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    let lazy = server.lazy();
    lazy.get("apps/v1", "Deployment").await.unwrap();
    assert!(lazy.get("v1", "Pod").await.unwrap_err().is_not_found());
    let error = Recorded::default().lazy().get("v1", "Pod").await.unwrap_err();
    assert!(!error.is_not_found() && error.transport().is_some(), "{error:?}");
}

/// What is known of the core group outlives a failure of its root.
#[tokio::test]
async fn the_core_group_stays_known() {
    let server = Recorded::aggregated();
    let lazy = server.lazy();
    lazy.discover().await.unwrap();
    server.answer("/api", 503, "text/plain", "later");
    assert!(lazy.get("v1", "Nope").await.unwrap_err().status().is_some());
    server.count();
    lazy.get("v1", "Pod").await.unwrap();
    assert_eq!(server.count(), 0);
}

/// A26: what is served at one apiVersion, with no more requests than that takes.
#[tokio::test]
async fn a26_in_api_version() {
    let server = Recorded::legacy();
    let eager = server.discover().await;
    asked(&server);
    let lazy = server.lazy();
    for (api_version, requests) in
        [("apps/v1", 2), ("apps/v1", 0), ("batch/v1", 1), ("v1", 2), ("nope.io/v1", 0)]
    {
        let found = lazy.in_api_version(api_version).await.unwrap();
        let want: Vec<_> = eager.search().api_version(api_version).run().cloned().collect();
        assert_eq!(found, want, "{api_version}");
        assert_eq!(asked(&server).len(), requests, "{api_version}");
    }
}

/// B24: what somebody here says is found without asking, and stands beside what the server says.
#[tokio::test]
async fn b24_update() {
    use steersman_discovery::{ApiResource, Scope};
    use steersman_meta::GroupVersionKind;

    let server = Recorded::aggregated();
    let lazy = server.lazy();
    let secret = GroupVersionKind::new("private.io", "v1", "Hidden");
    lazy.update(vec![ApiResource::new(secret, "hiddens", Scope::Cluster)]);
    assert_eq!(lazy.get("private.io/v1", "Hidden").await.unwrap().plural, "hiddens");
    assert_eq!(lazy.find("hiddens.private").await.unwrap().kind, "Hidden");
    assert_eq!(server.count(), 0);
    let all = lazy.discover().await.unwrap();
    assert_eq!((all.resources().len(), server.count()), (33, 2));
    assert!(all.find("hidden").is_ok() && all.api_groups().iter().any(|group| group.name == "private.io"));
    assert_eq!(lazy.refresh().await.unwrap().resources().len(), 33);
    assert_eq!(lazy.invalidate_cache().await.unwrap().resources().len(), 32);
}

/// Misses are paced as those of the eager one are.
#[tokio::test(start_paused = true)]
async fn misses_cannot_storm_the_server() {
    let server = Recorded::aggregated();
    let lazy = server.lazy();
    lazy.discover().await.unwrap();
    let start = Instant::now();
    for _ in 0..30 {
        lazy.get("apps/v1", "Nope").await.unwrap_err();
    }
    assert!(start.elapsed() >= Duration::from_secs(10), "{:?}", start.elapsed());
}
