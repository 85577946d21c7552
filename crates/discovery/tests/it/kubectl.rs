//! kubectl's cache folder, once it has some history.

use std::{fs, path::Path, time::Duration};

use steersman_discovery::{Discoverer, DiskCache, EagerDiscoverer};
use tempfile::TempDir;

use crate::recorded::{AGGREGATED, JSON, Recorded, document};

fn folder() -> (TempDir, DiskCache) {
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    let cache = DiskCache::kubectl(folder.path().join("one_6443"));
    (folder, cache)
}

/// An eager discoverer of another process, so to say.
fn eager(server: &Recorded, cache: &DiskCache) -> EagerDiscoverer {
    server.eager().with_cache(cache.clone())
}

/// Lets time pass for the files below.
fn age(path: &Path, by: Duration) {
    for entry in fs::read_dir(path).expect("it is a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            age(&path, by);
        } else {
            let file = fs::File::options().write(true).open(&path).expect("it is ours");
            let written_at = file.metadata().and_then(|it| it.modified()).expect("files have a time here");
            file.set_modified(written_at - by).expect("it is ours");
        }
    }
}

/// The document at `/apis` in which the first version of that group is stale.
fn with_stale(group: &str) -> String {
    let fresh = document("aggregated/apis.json");
    let at = fresh.find(&format!("{{\"name\":\"{group}\"")).expect("the group is there");
    format!("{}{}", &fresh[..at], fresh[at..].replacen(r#""Current""#, r#""Stale""#, 1))
}

/// What was asked since the last time.
fn asked(server: &Recorded) -> Vec<String> {
    std::mem::take(&mut server.state().asked)
}

/// B31: one stale group spoils the folder for nobody: the others are kept, and it is asked for by itself.
#[tokio::test]
async fn b31_a_stale_group_is_left_out() {
    let (_folder, cache) = folder();
    let server = Recorded::aggregated();
    eager(&server, &cache).discover().await.unwrap();
    let metrics = cache.path().join("metrics.k8s.io/v1beta1/serverresources.json");
    assert!(metrics.exists());
    server.answer("/apis", 200, AGGREGATED, with_stale("metrics.k8s.io"));
    assert_eq!(eager(&server, &cache).refresh().await.unwrap().failures().len(), 1);
    assert!(!metrics.exists(), "it is not served any more");

    for _ in 0..2 {
        server.count();
        let next = server.lazy().with_cache(cache.clone());
        assert_eq!(next.get("apps/v1", "Deployment").await.unwrap().plural, "deployments");
        assert_eq!(server.count(), 0);
        let known = next.discover().await.unwrap();
        assert_eq!(asked(&server), ["/apis/metrics.k8s.io/v1beta1"]);
        assert_eq!((known.failures().len(), known.find("pods").is_ok()), (1, true));
    }
    // It is back.
    server.answer(
        "/apis/metrics.k8s.io/v1beta1",
        200,
        JSON,
        document("legacy/apis_metrics.k8s.io_v1beta1.json"),
    );
    eager(&server, &cache).get("metrics.k8s.io/v1beta1", "PodMetrics").await.unwrap();
    assert_eq!(server.count(), 1);
    eager(&server, &cache).get("metrics.k8s.io/v1beta1", "PodMetrics").await.unwrap();
    assert_eq!(server.count(), 0);
}

/// B29: what was kept is forgotten, whatever comes in its place.
#[tokio::test]
async fn b29_invalidate_cache() {
    let (_folder, cache) = folder();
    let server = Recorded::aggregated();
    let doubting = eager(&server, &cache);
    doubting.discover().await.unwrap();
    age(cache.path(), HOUR * 5);
    doubting.invalidate_cache().await.unwrap();
    age(cache.path(), HOUR * 2);
    server.count();
    eager(&server, &cache).discover().await.unwrap();
    assert_eq!(server.count(), 0, "all of it is new");

    // The server cannot be asked: the next process asks in its place.
    server.answer("/apis", 503, "text/plain", "later");
    assert!(doubting.invalidate_cache().await.is_err());
    server.answer("/apis", 200, AGGREGATED, document("aggregated/apis.json").replace("Gadget", "Gizmo"));
    server.count();
    assert!(eager(&server, &cache).discover().await.unwrap().find("gizmo").is_ok());
    assert_eq!(server.count(), 2);

    // So it is with a file of our own.
    let own = DiskCache::file(cache.path().join("own"));
    let doubting = eager(&server, &own);
    doubting.discover().await.unwrap();
    server.answer("/apis", 503, "text/plain", "later");
    assert!(doubting.invalidate_cache().await.is_err());
    assert!(!own.path().exists());
    assert!(doubting.find("gizmo").await.is_ok(), "what was known stays known");
}

/// B31: what was learnt at one time gets too old at one time, and is then asked for as a whole.
#[tokio::test]
async fn b31_what_was_just_learnt_is_young() {
    let (_folder, cache) = folder();
    let server = Recorded::aggregated();
    eager(&server, &cache).discover().await.unwrap();
    age(cache.path(), HOUR * 5);
    server.answer("/apis", 200, AGGREGATED, document("aggregated/apis.json").replace("Gadget", "Gizmo"));
    eager(&server, &cache).find("gizmo").await.unwrap();
    age(cache.path(), HOUR * 3 / 2);
    server.count();
    eager(&server, &cache).discover().await.unwrap();
    assert_eq!(server.count(), 0);
}

/// B31: a part that is written anew makes the rest no younger.
#[tokio::test]
async fn b31_what_was_not_learnt_again_is_as_old_as_it_was() {
    let (_folder, cache) = folder();
    let server = Recorded::aggregated();
    eager(&server, &cache).discover().await.unwrap();
    age(cache.path(), HOUR * 5);
    // Of the groups alone: the core group is not asked again.
    server.answer("/apis", 200, AGGREGATED, document("aggregated/apis.json").replace("Gadget", "Gizmo"));
    let lazy = server.lazy().with_cache(cache.clone());
    asked(&server);
    assert!(lazy.get("new.example.com/v1", "Gizmo").await.unwrap_err().is_not_found());
    assert_eq!(asked(&server), ["/apis"]);
    age(cache.path(), HOUR * 3 / 2);
    eager(&server, &cache).discover().await.unwrap();
    assert_eq!(server.count(), 2);
}

/// B24, B31: where the folder names many group versions and says of few what they serve, the server is asked for all at once.
#[tokio::test]
async fn b24_b31_a_list_of_names_costs_no_request_for_each() {
    for (server, want) in [(Recorded::aggregated(), 1), (Recorded::legacy(), 1 + 11)] {
        let (_folder, cache) = folder();
        eager(&server, &cache).discover().await.unwrap();
        for entry in fs::read_dir(cache.path()).unwrap().flatten() {
            // What was read is not asked for again.
            if entry.file_name() != "servergroups.json" && entry.file_name() != "v1" {
                fs::remove_dir_all(entry.path()).unwrap();
            }
        }
        server.count();
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), want);
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), 0);
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
