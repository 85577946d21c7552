//! Token files, on a clock that is moved by hand.

use std::{fs, path::PathBuf, time::Duration};

use tempfile::TempDir;
use tokio::time::{Instant, advance};

use super::{Freshness, TokenFile, freshness};
use crate::credentials::source::bearer;

fn file(fallback: Option<&str>) -> (TempDir, PathBuf, TokenFile) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let file = TokenFile::new(path.clone(), fallback.and_then(bearer));
    (folder, path, file)
}

async fn token(file: &TokenFile) -> Option<String> {
    let value = match file.fresh(Instant::now()) {
        Some(value) => value,
        None => file.bearer().await.ok()?,
    };
    assert!(value.is_sensitive());
    Some(value.to_str().expect("text").trim_start_matches("Bearer ").to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_token_is_read_again_after_a_while() {
    let (_folder, path, file) = file(None);
    fs::write(&path, "one\n").expect("a file");
    assert_eq!(token(&file).await.as_deref(), Some("one"));
    fs::write(&path, "two").expect("a file");
    advance(Duration::from_secs(49)).await;
    assert_eq!(token(&file).await.as_deref(), Some("one"));
    advance(Duration::from_secs(1)).await;
    assert_eq!(token(&file).await.as_deref(), Some("two"));
}

#[tokio::test(start_paused = true)]
async fn the_last_good_token_is_kept() {
    let (_folder, path, file) = file(Some("fixed"));
    assert_eq!(token(&file).await.as_deref(), Some("fixed"));
    for (seconds, content, want) in [
        (5, Some("one"), "one"),
        (50, None, "one"),
        (4, Some("two"), "one"),
        (1, Some("two"), "two"),
        (50, Some("  \n"), "two"),
        (5, Some("not\na header"), "two"),
        (5, Some("three"), "three"),
    ] {
        match content {
            Some(content) => fs::write(&path, content).expect("a file"),
            None => fs::remove_file(&path).expect("a file"),
        }
        advance(Duration::from_secs(seconds)).await;
        assert_eq!(token(&file).await.as_deref(), Some(want), "{content:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_token_each_request_tries() {
    let (_folder, path, file) = file(None);
    for content in [None, Some("".to_owned()), Some("x".repeat(65 << 10)), Some("\u{7f}".to_owned())] {
        if let Some(content) = content {
            fs::write(&path, content).expect("a file");
        }
        assert_eq!(token(&file).await, None);
    }
    fs::write(&path, "one").expect("a file");
    assert_eq!(token(&file).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn all_who_wait_get_the_token_of_one_reading() {
    let (_folder, path, file) = file(None);
    fs::write(&path, "one").expect("a file");
    let all = futures::future::join_all((0..20).map(|_| token(&file))).await;
    assert!(all.iter().all(|token| token.as_deref() == Some("one")), "{all:?}");
}

#[test]
fn freshness_is_a_matter_of_the_clock_alone() {
    let now = Instant::now();
    let second = Duration::from_secs(1);
    assert_eq!(freshness(now + second, now), Freshness::Fresh);
    assert_eq!(freshness(now, now), Freshness::Stale);
    assert_eq!(freshness(now, now + second), Freshness::Stale);
}
