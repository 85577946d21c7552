//! What hostile documents and cache files take in memory: each case runs in a process of its own, which tells its peak.
#![cfg(target_os = "linux")]

use std::{
    env, fs,
    process::{Command, Stdio},
};

use steersman_discovery::{Discoverer, DiskCache, Error};

use crate::{
    large,
    recorded::{AGGREGATED, Recorded, document},
};

/// Names the case to the process that this test starts.
const CASE: &str = "STEERSMAN_TEST_MEMORY";

/// The cases, and how many megabytes their processes may take at the most, the program, the document and the copies that the
/// server here makes of it included.
const CASES: &[(&str, u64)] = &[
    ("nothing", 32),
    ("10,000 definitions", 96),
    ("a cache file of a gigabyte", 32),
    ("a cache file that is truncated", 32),
    ("a cache file with a bit flipped", 32),
    ("20 MB of groups that are none", 96),
    ("20 MB of numbers", 96),
    ("20 MB of brackets", 96),
    ("as many resources as are read", 256),
    ("as many wrong types as are read", 512),
    ("200,000 subresources of one resource", 256),
    ("200,000 versions of one group, half of them stale", 256),
];

/// What a process of its own does; nothing in an ordinary run.
#[tokio::test]
async fn remembering_process() {
    let Ok(case) = env::var(CASE) else { return };
    let list = |item: &str, count: usize| {
        format!(
            r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{}{item}]}}"#,
            format!("{item},").repeat(count - 1)
        )
    };
    let refused = async |body: String| {
        let server = Recorded::marked();
        server.answer("/apis", 200, AGGREGATED, body);
        let error = server.eager().discover().await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
    };
    match case.as_str() {
        "nothing" => {}
        "10,000 definitions" => {
            let server = large::aggregated(3_334);
            let folder = tempfile::tempdir().unwrap();
            let cache = DiskCache::file(folder.path().join("cache"));
            for _ in 0..2 {
                let found = server.eager().with_cache(cache.clone()).discover().await.unwrap();
                assert!(found.resources().len() > 10_000);
            }
        }
        "a cache file of a gigabyte" => spoilt(|file| file.set_len(1 << 30).unwrap()).await,
        "a cache file that is truncated" => spoilt(|file| file.set_len(1000).unwrap()).await,
        "a cache file with a bit flipped" => {
            spoilt(|file| {
                use std::os::unix::fs::FileExt;
                let mut byte = [0];
                file.read_exact_at(&mut byte, 20).unwrap();
                file.write_all_at(&[byte[0] ^ 0x80], 20).unwrap();
            })
            .await;
        }
        "20 MB of groups that are none" => refused(list("{}", 7_000_000)).await,
        "20 MB of numbers" => refused(list("7", 10_000_000)).await,
        "20 MB of brackets" => refused("[".repeat(20_000_000)).await,
        "as many resources as are read" => {
            let resources = list("{}", 500_000)
                .replace("items", "resources")
                .replace("{\"kind", "{\"version\":\"v1\",\"kind");
            let group = format!(r#"{{"metadata":{{"name":"a.io"}},"versions":[{resources}]}}"#);
            let server = Recorded::marked();
            server.answer("/apis", 200, AGGREGATED, list(&group, 1));
            assert!(server.eager().discover().await.unwrap().resources().len() < 100);
        }
        "as many wrong types as are read" => {
            let server = Recorded::marked();
            server.answer("/apis", 200, AGGREGATED, list("7", 1_000_000));
            assert_eq!(server.eager().discover().await.unwrap().failures().len(), 1_000_000);
        }
        "200,000 subresources of one resource" => {
            let kind = r#""responseKind":{"kind":"Foo"}"#;
            let below = (0..200_000).map(|at| format!(r#"{{"subresource":"s{at}",{kind}}}"#));
            let below = below.collect::<Vec<_>>().join(",");
            let foos = format!(r#"{{"resource":"foos","scope":"Cluster",{kind},"subresources":[{below}]}}"#);
            let server = Recorded::marked();
            let versions = format!(r#"[{{"version":"v1","resources":[{foos}]}}]"#);
            server.answer(
                "/apis",
                200,
                AGGREGATED,
                list(&format!(r#"{{"metadata":{{"name":"a.io"}},"versions":{versions}}}"#), 1),
            );
            let found = server.eager().discover().await.unwrap();
            assert_eq!(found.get("a.io/v1", "Foo").unwrap().subresources.len(), 200_000);
        }
        "200,000 versions of one group, half of them stale" => {
            let version = |at: usize| {
                let freshness = if at.is_multiple_of(2) { "Current" } else { "Stale" };
                format!(r#"{{"version":"v{at}","freshness":"{freshness}"}}"#)
            };
            let versions = (0..200_000).map(version).collect::<Vec<_>>().join(",");
            let server = Recorded::marked();
            server.answer(
                "/apis",
                200,
                AGGREGATED,
                list(&format!(r#"{{"metadata":{{"name":"a.io"}},"versions":[{versions}]}}"#), 1),
            );
            let eager = server.eager();
            assert_eq!(eager.discover().await.unwrap().failures().len(), 100_000);
            // What is known is taken apart, as the other root has changed.
            server.answer("/api", 200, AGGREGATED, document("aggregated/api.json").replace("Pod", "Pot"));
            assert_eq!(eager.refresh().await.unwrap().failures().len(), 100_000);
        }
        other => panic!("there is no case {other:?}"),
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("peak:{peak}");
}

/// A cache file of which this was made, and what is found all the same.
async fn spoilt(spoil: impl FnOnce(&fs::File)) {
    let server = Recorded::marked();
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    let cache = DiskCache::file(folder.path().join("cache"));
    server.eager().with_cache(cache.clone()).discover().await.expect("the server is discovered");
    spoil(&fs::File::options().read(true).write(true).open(cache.path()).expect("it was written"));
    server.count();
    server.eager().with_cache(cache).discover().await.expect("the server is discovered");
    assert_eq!(server.count(), 2);
}

#[test]
fn hostile_input_takes_a_bounded_memory() {
    for (case, megabytes) in CASES {
        let mut command = Command::new(env::current_exe().expect("this program has a path"));
        command.args(["--exact", "memory::remembering_process", "--nocapture", "--test-threads=1"]);
        let output = command.env(CASE, case).stdin(Stdio::null()).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let peak = said.lines().find_map(|line| line.split("peak:").nth(1));
        let kilobytes =
            peak.and_then(|peak| peak.trim().strip_suffix("kB")).and_then(|it| it.trim().parse::<u64>().ok());
        let Some(kilobytes) = kilobytes else {
            panic!("{case}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
        };
        assert!(kilobytes / 1024 <= *megabytes, "{case}: {} of {megabytes} MB", kilobytes / 1024);
    }
}
