//! What is kept on disk: what it saves, and what it must not do.

use std::{fs, path::Path, time::Duration};

use steersman_discovery::{Discoverer, DiskCache, EagerDiscoverer, LazyDiscoverer};
use tempfile::TempDir;

use crate::recorded::{AGGREGATED, JSON, Recorded, document, line};

fn folder() -> TempDir {
    tempfile::tempdir().expect("there is a place for temporary files")
}

fn cache(folder: &TempDir) -> DiskCache {
    DiskCache::file(folder.path().join("steersman").join("discovery"))
}

/// An eager discoverer of another process, so to say.
fn eager(server: &Recorded, cache: &DiskCache) -> EagerDiscoverer {
    server.eager().with_cache(cache.clone())
}

fn lazy(server: &Recorded, cache: &DiskCache) -> LazyDiscoverer {
    server.lazy().with_cache(cache.clone())
}

/// A24, B30: cold two requests, warm none, and the same is found.
#[tokio::test]
async fn a24_b30_a_warm_start_asks_nothing() {
    for (server, cold) in [(Recorded::marked(), 2), (Recorded::aggregated(), 2), (Recorded::legacy(), 14)] {
        let folder = folder();
        let cache = cache(&folder);
        let first = eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), cold);
        let warm = eager(&server, &cache);
        assert_eq!(warm.get("apps/v1", "Deployment").await.unwrap().plural, "deployments");
        let second = warm.discover().await.unwrap();
        assert_eq!(first.resources(), second.resources());
        assert_eq!(first.api_groups(), second.api_groups());
        assert_eq!(lazy(&server, &cache).find("po").await.unwrap().kind, "Pod");
        assert_eq!(server.count(), 0);
        // Before it says that there is no such kind, it asks.
        assert!(eager(&server, &cache).find("nope").await.unwrap_err().is_not_found());
        assert_ne!(server.count(), 0);
    }
}

/// B31: when its time is over it is renewed: by two conditional requests where the server marks its documents.
#[tokio::test]
async fn b31_renewal() {
    let folder = folder();
    let cache = cache(&folder).with_ttl(Duration::ZERO);
    let server = Recorded::marked();
    eager(&server, &cache).discover().await.unwrap();
    server.count();
    let discovery = eager(&server, &cache).discover().await.unwrap();
    assert_eq!((server.count(), server.state().not_modified), (2, 2));
    assert_eq!(discovery.resources().len(), 32);
    // The renewal is kept: for another who trusts it longer, it is fresh.
    let trusting = cache.clone().with_ttl(Duration::from_secs(60));
    eager(&server, &trusting).discover().await.unwrap();
    assert_eq!(server.count(), 0);
    // What has changed is seen, beside what has not.
    server.answer("/apis", 200, AGGREGATED, document("aggregated/apis.json").replace("Gadget", "Gizmo"));
    let discovery = eager(&server, &cache).discover().await.unwrap();
    assert_eq!((server.count(), server.state().not_modified), (2, 3));
    assert!(discovery.find("gizmo.example.com").is_ok() && discovery.find("pods").is_ok());

    // Without marks it is read again.
    for (server, cold) in [(Recorded::aggregated(), 2), (Recorded::legacy(), 14)] {
        fs::remove_file(cache.path()).unwrap();
        eager(&server, &cache).discover().await.unwrap();
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), 2 * cold);
    }
}

/// A04: another version of the server makes what is kept stale, for this process and for the next; the same one doesn't, and
/// nobody asks for it.
#[tokio::test]
async fn a04_another_version_makes_it_stale() {
    for (server, cold, conditional) in [(Recorded::marked(), 2, 2), (Recorded::legacy(), 14, 0)] {
        let folder = folder();
        let cache = cache(&folder);
        let first = eager(&server, &cache);
        first.learn_version("v1.35.0").await;
        assert!(!cache.path().exists(), "there is nothing to keep it with");
        first.discover().await.unwrap();
        assert_eq!(server.count(), cold);
        for (version, requests) in [("v1.35.0", 0), ("v1.36.3", cold), ("v1.36.3", 0), ("v1.35.0", cold)] {
            let this = eager(&server, &cache);
            this.discover().await.unwrap();
            this.learn_version(version).await;
            assert_eq!(server.count(), 0, "learning asks nothing");
            let before = server.state().not_modified;
            assert_eq!(this.get("apps/v1", "Deployment").await.unwrap().plural, "deployments");
            assert_eq!(server.count(), requests, "{version}");
            assert_eq!(server.state().not_modified - before, if requests == 0 { 0 } else { conditional });
            this.discover().await.unwrap();
            assert_eq!(server.count(), 0, "once is enough");
        }
        // This process ends before it asks: the next one asks in its place.
        eager(&server, &cache).learn_version("v1.37.0").await;
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), cold);
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), 0);
    }
}

/// A04: what was kept by a process that knew no version may be from before the server was replaced.
#[tokio::test]
async fn a04_what_was_kept_without_a_version_is_doubted() {
    let server = Recorded::marked();
    let folder = folder();
    let cache = cache(&folder);
    eager(&server, &cache).discover().await.unwrap();
    server.count();
    for requests in [2, 0] {
        let this = eager(&server, &cache);
        this.learn_version("v1.35.0").await;
        this.get("apps/v1", "Deployment").await.unwrap();
        assert_eq!((server.count(), server.state().not_modified), (requests, 2));
    }
    // What this process itself has asked for is as new as the version.
    let folder = self::folder();
    let this = eager(&server, &self::cache(&folder));
    this.discover().await.unwrap();
    this.learn_version("v1.35.0").await;
    server.count();
    this.get("apps/v1", "Deployment").await.unwrap();
    assert_eq!(server.count(), 0);
}

/// A04: what was asked for before the server was replaced is doubted too, even if the answer comes later.
#[tokio::test(start_paused = true)]
async fn a04_an_answer_from_before_is_doubted() {
    let server = Recorded::marked();
    server.state().latency = Duration::from_secs(1);
    let this = server.lazy();
    this.learn_version("v1.35.0").await;
    let (found, ()) = tokio::join!(this.get("v1", "Pod"), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        this.learn_version("v1.36.3").await;
    });
    assert_eq!((found.unwrap().plural.as_str(), server.count()), ("pods", 1));
    this.get("v1", "Pod").await.unwrap();
    assert_eq!((server.count(), server.state().not_modified), (1, 1));
    this.get("v1", "Pod").await.unwrap();
    assert_eq!(server.count(), 0);
}

/// What a lazy one has read is kept as that, and not as the whole.
#[tokio::test]
async fn a_part_is_kept_as_a_part() {
    let server = Recorded::legacy();
    let folder = folder();
    let cache = cache(&folder);
    lazy(&server, &cache).get("apps/v1", "Deployment").await.unwrap();
    assert_eq!(server.count(), 2);
    lazy(&server, &cache).get("apps/v1", "ReplicaSet").await.unwrap();
    assert_eq!(server.count(), 0);
    lazy(&server, &cache).get("batch/v1", "Job").await.unwrap();
    assert_eq!(server.count(), 1);
    let whole = eager(&server, &cache).discover().await.unwrap();
    assert_eq!(server.count(), 14 - 3);
    assert_eq!(
        whole.iter().map(line).collect::<Vec<_>>(),
        server.discover().await.iter().map(line).collect::<Vec<_>>()
    );
}

/// Nothing negative is kept: what failed is asked for by the next process.
#[tokio::test]
async fn failures_are_not_kept() {
    let server = Recorded::legacy();
    let path = "/apis/metrics.k8s.io/v1beta1";
    server.answer(path, 503, "text/plain", "service unavailable");
    let folder = folder();
    let cache = cache(&folder);
    assert_eq!(eager(&server, &cache).discover().await.unwrap().failures().len(), 1);
    server.answer(path, 200, JSON, document("legacy/apis_metrics.k8s.io_v1beta1.json"));
    server.count();
    let mended = eager(&server, &cache).discover().await.unwrap();
    assert_eq!((server.count(), mended.failures().len(), mended.resources().len()), (1, 0, 32));

    // A root that could not be read.
    let server = Recorded::marked();
    server.answer("/api", 503, "text/plain", "later");
    let cache = DiskCache::file(folder.path().join("other"));
    assert_eq!(eager(&server, &cache).discover().await.unwrap().failures().len(), 1);
    server.answer("/api", 200, AGGREGATED, document("aggregated/api.json"));
    assert!(eager(&server, &cache).discover().await.unwrap().find("pods").is_ok());
}

/// B29: the server is asked for all of it, and what it says is kept in place of what was.
#[tokio::test]
async fn b29_invalidate_cache() {
    let server = Recorded::marked();
    let folder = folder();
    let cache = cache(&folder);
    eager(&server, &cache).discover().await.unwrap();
    server.answer("/apis", 200, AGGREGATED, document("aggregated/apis.json").replace("Gadget", "Gizmo"));
    server.count();
    let doubting = eager(&server, &cache);
    assert!(doubting.discover().await.unwrap().find("gizmo").is_err());
    assert!(doubting.invalidate_cache().await.unwrap().find("gizmo").is_ok());
    assert_eq!((server.count(), server.state().not_modified), (2, 0));
    assert!(eager(&server, &cache).discover().await.unwrap().find("gizmo").is_ok());
    assert_eq!(server.count(), 0);
    // If it cannot be asked, what was known stays known.
    server.answer("/apis", 503, "text/plain", "later");
    assert!(doubting.invalidate_cache().await.is_err());
    assert!(doubting.find("gizmo").await.is_ok());
}

/// B31: what is kept of one server is not believed of another, if somebody says which is which.
#[tokio::test]
async fn b31_two_servers_of_bare_services() {
    let folder = folder();
    let cache = cache(&folder);
    let (one, other) = (Recorded::aggregated(), Recorded::aggregated());
    other.answer("/apis", 200, AGGREGATED, document("aggregated/apis.json").replace("Gadget", "Gizmo"));
    let (at_one, at_other) = (cache.clone().for_server("one"), cache.clone().for_server("other"));
    eager(&one, &at_one).discover().await.unwrap();
    eager(&one, &at_one).discover().await.unwrap();
    assert_eq!(one.count(), 2);
    let known = eager(&other, &at_other).discover().await.unwrap();
    assert_eq!((other.count(), known.find("gizmo").is_ok()), (2, true));
    assert!(eager(&one, &at_one).discover().await.unwrap().find("gizmo").is_err());
    assert_eq!(one.count(), 2);
}

/// B31: whatever is in its place, it is fetched again, and where that can be, replaced.
#[cfg(unix)]
#[tokio::test]
async fn b31_hostile_files() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    type Spoil = fn(&Path);
    let spoils: [(&str, Spoil, bool); 11] = [
        ("empty", |path| fs::write(path, b"").unwrap(), true),
        ("truncated", |path| fs::write(path, &fs::read(path).unwrap()[..1000]).unwrap(), true),
        (
            "a bit flipped",
            |path| {
                let mut bytes = fs::read(path).unwrap();
                bytes[2000] ^= 4;
                fs::write(path, bytes).unwrap();
            },
            true,
        ),
        ("JSON", |path| fs::write(path, br#"{"kind":"APIGroupList"}"#).unwrap(), true),
        (
            "a gigabyte of nothing",
            |path| fs::File::options().write(true).open(path).unwrap().set_len(1 << 30).unwrap(),
            true,
        ),
        (
            "a link",
            |path| {
                let target = path.with_extension("target");
                fs::rename(path, &target).unwrap();
                symlink(target, path).unwrap();
            },
            true,
        ),
        ("a second name", |path| fs::hard_link(path, path.with_extension("twin")).unwrap(), true),
        (
            "readable for others",
            |path| fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap(),
            true,
        ),
        (
            "a folder",
            |path| {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
            },
            false,
        ),
        (
            "a folder that others may write to",
            |path| fs::set_permissions(path.parent().unwrap(), PermissionsExt::from_mode(0o777)).unwrap(),
            false,
        ),
        (
            "a folder that is a link",
            |path| {
                let folder = path.parent().unwrap();
                let target = folder.with_extension("target");
                fs::rename(folder, &target).unwrap();
                symlink(target, folder).unwrap();
            },
            false,
        ),
    ];
    for (what, spoil, is_mended) in spoils {
        let server = Recorded::marked();
        let folder = folder();
        let cache = cache(&folder);
        eager(&server, &cache).discover().await.unwrap();
        spoil(cache.path());
        server.count();
        let discovery = eager(&server, &cache).discover().await.unwrap();
        assert_eq!((server.count(), discovery.resources().len()), (2, 32), "{what}");
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count() == 0, is_mended, "{what}");
    }
}

/// B31: a file of another owner is replaced, and a folder of another owner is left alone. Only root can give them away; who
/// isn't root has the tables in `guard/unix.rs`.
#[cfg(unix)]
#[tokio::test]
async fn b31_files_of_others() {
    for (is_folder, is_mended) in [(false, true), (true, false)] {
        let server = Recorded::marked();
        let folder = folder();
        let cache = cache(&folder);
        eager(&server, &cache).discover().await.unwrap();
        server.count();
        let given = if is_folder { cache.path().parent().unwrap() } else { cache.path() };
        if let Err(error) = std::os::unix::fs::chown(given, Some(4242), None) {
            assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
            eprintln!("not tried, as only root can give a file away");
            return;
        }
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), 2, "a folder: {is_folder}");
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count() == 0, is_mended, "a folder: {is_folder}");
    }
}

/// kubectl's folder: what it keeps is used, and what is learnt is kept there in its layout.
#[cfg(unix)]
#[tokio::test]
async fn kubectl_s_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let cache = DiskCache::kubectl(folder.path().join("one_6443"));
    let server = Recorded::aggregated();
    let first = eager(&server, &cache).discover().await.unwrap();
    assert_eq!(server.count(), 2);
    for file in ["servergroups.json", "v1/serverresources.json", "apps/v1/serverresources.json"] {
        let path = cache.path().join(file);
        let document: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(document["apiVersion"], "v1", "{file}");
        // As kubectl makes them.
        fs::set_permissions(path, PermissionsExt::from_mode(0o660)).unwrap();
    }
    let warm = eager(&server, &cache).discover().await.unwrap();
    assert_eq!(server.count(), 0);
    assert_eq!(warm.iter().map(line).collect::<Vec<_>>(), first.iter().map(line).collect::<Vec<_>>());
    assert_eq!(warm.api_groups(), first.api_groups());

    // A version of the server is not kept there, and nothing looks younger for it; within the process it counts.
    let written = |file: &str| fs::metadata(cache.path().join(file)).unwrap().modified().unwrap();
    let before = ["servergroups.json", "v1/serverresources.json"].map(written);
    let this = eager(&server, &cache);
    this.learn_version("v1.35.0").await;
    this.learn_version("v1.36.3").await;
    assert_eq!((server.count(), ["servergroups.json", "v1/serverresources.json"].map(written)), (0, before));
    this.discover().await.unwrap();
    assert_eq!(server.count(), 2);

    // What is missing, too old, broken or writable for all is asked for by itself; a miss asks too.
    let deployments = cache.path().join("apps/v1/serverresources.json");
    let old = std::time::SystemTime::now() - Duration::from_secs(7 * 60 * 60);
    let spoils: [&dyn Fn(); 4] = [
        &|| fs::remove_file(&deployments).unwrap(),
        &|| fs::write(&deployments, b"{").unwrap(),
        &|| fs::File::options().write(true).open(&deployments).unwrap().set_modified(old).unwrap(),
        &|| fs::set_permissions(&deployments, PermissionsExt::from_mode(0o666)).unwrap(),
    ];
    let server = Recorded::legacy();
    for spoil in spoils {
        spoil();
        let found = lazy(&server, &cache).get("apps/v1", "Deployment").await.unwrap();
        assert_eq!((found.plural.as_str(), server.count()), ("deployments", 1));
        lazy(&server, &cache).get("apps/v1", "Deployment").await.unwrap();
        assert_eq!(server.count(), 0);
    }
    assert!(lazy(&server, &cache).get("apps/v1", "Nope").await.unwrap_err().is_not_found());
    assert_eq!(server.count(), 1);

    // A part is not written as if it were the whole.
    let cache = DiskCache::kubectl(folder.path().join("two_6443"));
    lazy(&server, &cache).get("apps/v1", "Deployment").await.unwrap();
    assert!(!cache.path().join("servergroups.json").exists());
}

/// A pipe in the file's place is not waited for.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_not_waited_for() {
    let server = Recorded::marked();
    let folder = folder();
    let cache = cache(&folder);
    fs::create_dir(cache.path().parent().unwrap()).unwrap();
    let made = std::process::Command::new("mkfifo").arg(cache.path()).status();
    if made.is_ok_and(|status| status.success()) {
        eager(&server, &cache).discover().await.unwrap();
        assert_eq!(server.count(), 2);
    }
}

/// A file that cannot be written is done without.
#[tokio::test]
async fn no_place() {
    let server = Recorded::marked();
    let folder = folder();
    fs::write(folder.path().join("file"), b"").unwrap();
    for path in ["file/below", "..", ""] {
        let cache = DiskCache::file(folder.path().join(path));
        assert_eq!(eager(&server, &cache).discover().await.unwrap().resources().len(), 32);
        assert_eq!(server.count(), 2);
    }
}

/// Only its owner may read it or write beside it, and nothing else is left there.
#[cfg(unix)]
#[tokio::test]
async fn modes() {
    use std::os::unix::fs::PermissionsExt;
    let server = Recorded::marked();
    let folder = folder();
    let cache = cache(&folder);
    eager(&server, &cache).discover().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(cache.path()), 0o600);
    assert_eq!(mode(cache.path().parent().unwrap()), 0o700);
    assert_eq!(fs::read_dir(cache.path().parent().unwrap()).unwrap().count(), 1);
}
