//! Sixteen processes write one cache file and are killed while they do: it is whole at any time.

use std::{
    env,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use steersman_discovery::{Discoverer, DiskCache};

use crate::recorded::Recorded;

/// Names the file to the processes that this test starts.
const FILE: &str = "STEERSMAN_TEST_HAMMERED_FILE";

const PROCESSES: usize = 16;

const KILLED: usize = 200;

/// What each process does until it is killed; nothing in an ordinary run.
#[tokio::test]
async fn hammering_process() {
    let Ok(path) = env::var(FILE) else { return };
    let cache = DiskCache::file(path).with_ttl(Duration::ZERO);
    // Should nobody be left to kill it, it ends by itself.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        Recorded::marked().eager().with_cache(cache.clone()).discover().await.unwrap();
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(path: &Path) -> Killed {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args(["--exact", "hammer::hammering_process", "--test-threads=1"]).env(FILE, path);
    Killed(
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"),
    )
}

/// B31: every read between the kills gives all of it, and asks the server nothing.
#[tokio::test]
async fn b31_killed_while_they_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let cache = DiskCache::file(&path).with_ttl(Duration::from_secs(3600));
    let server = Recorded::marked();
    server.eager().with_cache(cache.clone()).discover().await.unwrap();
    assert_eq!(server.count(), 2);
    let mut processes: Vec<Killed> = (0..PROCESSES).map(|_| start(&path)).collect();
    let (mut killed, mut last) = (0, std::fs::metadata(&path).unwrap().modified().unwrap());
    while killed < KILLED {
        let discovery = server.eager().with_cache(cache.clone()).discover().await.unwrap();
        assert_eq!((server.count(), discovery.resources().len()), (0, 32), "after {killed} kills");
        // One is killed for each replacement that is seen, so that they are at work.
        let now = std::fs::metadata(&path).unwrap().modified().unwrap();
        if now != last {
            last = now;
            processes[killed % PROCESSES] = start(&path);
            killed += 1;
        }
    }
}
