//! A large cluster: 300 groups of three kinds beside the recorded ones, and one of ten thousand definitions.

use std::time::Duration;

use steersman_discovery::{Discoverer, DiskCache};

use crate::recorded::{AGGREGATED, JSON, Recorded, document};

const GROUPS: usize = 300;

/// The recorded cluster with `groups` more, each of one version and three kinds.
pub(crate) fn aggregated(groups: usize) -> Recorded {
    let server = Recorded::marked();
    let kind = |group: usize, at: usize| {
        format!(
            r#"{{"resource":"things{group}x{at}","singularResource":"thing{group}x{at}","scope":"Namespaced",
                "responseKind":{{"group":"","version":"","kind":"Thing{group}x{at}"}},"shortNames":["t{group}x{at}"],
                "verbs":["delete","get","list","watch"],"subresources":[{{"subresource":"status",
                "responseKind":{{"kind":"Thing{group}x{at}"}},"verbs":["get","patch"]}}]}}"#
        )
    };
    let group = |group: usize| {
        let kinds: Vec<String> = (0..3).map(|at| kind(group, at)).collect();
        format!(
            r#"{{"metadata":{{"name":"g{group}.example.net"}},"versions":[{{"version":"v1","freshness":"Current",
                "resources":[{}]}}]}}"#,
            kinds.join(",")
        )
    };
    let groups: Vec<String> = (0..groups).map(group).collect();
    let apis = document("aggregated/apis.json");
    let apis = apis.trim_end().strip_suffix("]}").expect("the items come last");
    server.answer("/apis", 200, AGGREGATED, format!("{apis},{}]}}", groups.join(",")));
    server
}

/// The same from a server that does not aggregate.
fn legacy() -> Recorded {
    let server = Recorded::legacy();
    let mut list: serde_json::Value =
        serde_json::from_str(&document("legacy/apis.json")).expect("it is JSON");
    for group in 0..GROUPS {
        let (name, api_version) = (format!("g{group}.example.net"), format!("g{group}.example.net/v1"));
        let version = serde_json::json!({"groupVersion": api_version, "version": "v1"});
        let entry = serde_json::json!({"name": name, "versions": [version], "preferredVersion": version});
        list["groups"].as_array_mut().expect("it is a list").push(entry);
        let kinds: Vec<_> = (0..3)
            .map(|at| {
                serde_json::json!({"name": format!("things{group}x{at}"), "singularName": "", "namespaced": true,
                    "kind": format!("Thing{group}x{at}"), "verbs": ["get", "list"]})
            })
            .collect();
        let kinds =
            serde_json::json!({"kind": "APIResourceList", "groupVersion": api_version, "resources": kinds});
        server.answer(&format!("/apis/{api_version}"), 200, JSON, kinds.to_string());
    }
    server.answer("/apis", 200, JSON, list.to_string());
    server
}

/// A24, A25: cold two requests, warm none, expired two conditional ones.
#[tokio::test]
async fn a24_a25_requests_to_a_server_that_aggregates() {
    let server = aggregated(GROUPS);
    let folder = tempfile::tempdir().unwrap();
    let cache = DiskCache::file(folder.path().join("cache"));
    let discovery = server.eager().with_cache(cache.clone()).discover().await.unwrap();
    assert_eq!((server.count(), discovery.resources().len()), (2, 32 + GROUPS * 3));
    for name in ["t299x2", "things0x0.g0.example.net", "Thing7x1"] {
        assert!(server.lazy().with_cache(cache.clone()).find(name).await.is_ok(), "{name}");
        assert_eq!(server.count(), 0, "{name}");
    }
    let expired = server.eager().with_cache(cache.with_ttl(Duration::ZERO));
    assert_eq!(expired.discover().await.unwrap().resources(), discovery.resources());
    assert_eq!((server.count(), server.state().not_modified), (2, 2));
}

/// A24, A25: by apiVersion two requests; everything the number of group versions and two, at most sixteen at a time.
#[tokio::test(start_paused = true)]
async fn a24_a25_requests_to_a_server_that_does_not() {
    let server = legacy();
    server.lazy().get("g123.example.net/v1", "Thing123x1").await.unwrap();
    assert_eq!(server.count(), 2);
    server.lazy().get("v1", "Pod").await.unwrap();
    assert_eq!(server.count(), 2);
    server.state().latency = Duration::from_millis(100);
    let start = tokio::time::Instant::now();
    let discovery = server.discover().await;
    let versions: usize = discovery.api_groups().iter().map(|group| group.versions.len()).sum();
    assert_eq!((server.count(), versions), (versions + 2, 12 + GROUPS));
    assert_eq!(server.state().most_in_flight, 16);
    assert_eq!(start.elapsed(), Duration::from_millis(100) * (1 + 312_u32.div_ceil(16)));
    assert_eq!(discovery.resources().len(), 32 + GROUPS * 3);
}

/// Misses are paced by what they cost the server: by apiVersion and kind one request, by name all of them.
#[tokio::test(start_paused = true)]
async fn misses_cannot_storm_a_server_that_does_not_aggregate() {
    let server = legacy();
    let discoverers: [Box<dyn Discoverer>; 2] = [Box::new(server.lazy()), Box::new(server.eager())];
    for discoverer in discoverers {
        discoverer.discover().await.unwrap();
        let all = server.count();
        assert_eq!(all, 2 + 12 + GROUPS);
        let start = tokio::time::Instant::now();
        for at in 0..10 {
            let api_version = format!("g{at}.example.net/v1");
            assert!(discoverer.get(&api_version, "Nope").await.unwrap_err().is_not_found());
            assert_eq!(server.state().asked, [format!("/apis/{api_version}")]);
            server.count();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);

        tokio::time::sleep(Duration::from_secs(60)).await;
        let start = tokio::time::Instant::now();
        for at in 0..14 {
            assert!(discoverer.find("nope").await.unwrap_err().is_not_found());
            assert_eq!(server.count(), all);
            // What is in flight at a time, twice a second, beyond the burst of ten such.
            let seconds = u32::try_from(at * all).unwrap() / 32;
            assert!(start.elapsed() + Duration::from_secs(5) >= Duration::from_secs(seconds.into()), "{at}");
        }
        // Somebody who needs something else does not wait for the next of them.
        let (missed, start) = (discoverer.find("nope"), tokio::time::Instant::now());
        let other = async {
            tokio::task::yield_now().await;
            discoverer.refresh().await.unwrap();
            start.elapsed()
        };
        let (missed, waited) = futures::join!(missed, other);
        assert!(missed.unwrap_err().is_not_found() && waited.is_zero(), "{waited:?}");
        assert!(!start.elapsed().is_zero());
        server.count();
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

/// Ten thousand definitions are read, kept and found again.
#[tokio::test]
async fn ten_thousand_definitions() {
    let server = aggregated(3_334);
    let folder = tempfile::tempdir().unwrap();
    let cache = DiskCache::file(folder.path().join("cache"));
    let discovery = server.eager().with_cache(cache.clone()).discover().await.unwrap();
    assert_eq!((server.count(), discovery.resources().len()), (2, 32 + 3_334 * 3));
    let warm = server.eager().with_cache(cache.clone());
    assert_eq!(warm.find("t3333x2").await.unwrap().api_version(), "g3333.example.net/v1");
    assert_eq!(server.count(), 0);
    let kept = std::fs::metadata(cache.path()).unwrap().len();
    let document = server.state().answers["/apis"].2.len() as u64;
    assert!(kept < document, "{kept} bytes for {document}");
}
