//! What is written can be read, and nothing else can.

use std::time::{Duration, SystemTime};

use super::{Content, Form, Group, Listing, Root, Source, Version, as_of, decode, encode, keepable};
use crate::{FailureCause, document, document::RootKind, listing};

const SERVER: &str = "https://one:6443/ (authority sha256:00)";

/// The core group of the recorded cluster, as it was read at `read_at`.
fn recorded(read_at: SystemTime) -> Listing {
    let root = |name: &str, kind| {
        let file = format!("{}/tests/data/aggregated/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let (form, groups) = document::root(&std::fs::read(file).unwrap(), kind).unwrap();
        let etag = Some("\"mark\"".to_owned());
        Some(Root { source: Source { form, etag, read_at, is_current: true }, groups })
    };
    Listing { core: root("api", RootKind::Core), groups: root("apis", RootKind::Groups) }
}

/// B31: what comes back is what was put in.
#[test]
fn b31_there_and_back() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_123);
    let want = listing::assemble(recorded(now));
    let kept = keepable(&want).unwrap();
    let found = as_of(decode(&encode(&kept, SERVER), SERVER).unwrap(), now, Duration::from_secs(1));
    assert_eq!(found.resources(), want.resources());
    assert_eq!(found.api_groups(), want.api_groups());
    assert_eq!(found.sources(), want.sources());
    assert!(found.resources().len() > 20 && found.unread().is_empty());
}

/// B31: any bit that flips, any length, another version or server: it is not used.
#[test]
fn b31_anything_else_is_refused() {
    let listing = keepable(&listing::assemble(recorded(SystemTime::UNIX_EPOCH))).unwrap();
    let good = encode(&listing, SERVER);
    assert!(decode(&good, SERVER).is_ok());
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(decode(&bad, SERVER).is_err(), "a bit of byte {at}");
    }
    for length in (0..good.len()).step_by(7) {
        assert!(decode(&good[..length], SERVER).is_err(), "cut at {length}");
    }
    let longer = [&good[..], b"\0"].concat();
    for (bytes, server, said) in [
        (&good[..], "https://two:6443/ (authority sha256:00)", "it is about another server"),
        (&longer, SERVER, "its checksum is wrong"),
        (b"{}", SERVER, "it is too short"),
        (&[b'x'; 100], SERVER, "it is something else"),
    ] {
        assert_eq!(decode(bytes, server).unwrap_err(), said);
    }
}

/// A body whose checksum fits can still claim anything: no claim costs memory that is not there.
#[test]
fn claims_cost_nothing() {
    use sha2::{Digest, Sha256};
    let listing = keepable(&listing::assemble(recorded(SystemTime::UNIX_EPOCH))).unwrap();
    let good = encode(&listing, SERVER);
    for at in super::HEAD..good.len() {
        let mut body = good[super::HEAD..].to_vec();
        body[at - super::HEAD] ^= 0xff;
        let sum = Sha256::digest(&body);
        let bad = [&super::MAGIC[..], &sum[..], &body].concat();
        // It may be read as something else: it must end, and not panic.
        drop(decode(&bad, SERVER));
    }
}

/// The age decides, and the mark: expired, from the future, without a mark.
#[test]
fn when_it_may_be_used() {
    let (second, ttl) = (Duration::from_secs(1), Duration::from_secs(3600));
    let now = SystemTime::UNIX_EPOCH + ttl * 1000;
    for (read_at, has_mark, want) in [
        (now, true, Some(true)),
        (now - ttl + second, false, Some(true)),
        (now - ttl, true, Some(false)),
        (now - ttl, false, None),
        (now + second, true, Some(false)),
        (now + ttl * 24 * 365 * 10, false, None),
        (SystemTime::UNIX_EPOCH, true, Some(false)),
    ] {
        let mut listing = recorded(read_at);
        for root in listing.roots_mut().filter(|_| !has_mark) {
            root.source.etag = None;
        }
        let found = as_of(listing, now, ttl);
        for root in [RootKind::Core, RootKind::Groups] {
            let found = found.sources().of(root).map(|source| source.is_current);
            assert_eq!(found, want, "read at {read_at:?}, mark {has_mark}");
        }
        assert_eq!(found.resources().is_empty(), want.is_none());
    }
}

/// Nothing that failed is kept: of a document that says all nothing at all, of the others the part that could be read.
#[test]
fn failures_are_not_kept() {
    let group = |content| Group {
        name: "a.io".into(),
        versions: vec![
            Version { name: "v1".into(), content: Content::Read { resources: Vec::new(), fault: None } },
            Version { name: "v2".into(), content },
        ],
        preferred: None,
    };
    let faulty = Content::Read { resources: Vec::new(), fault: Some("odd".to_owned()) };
    for (content, is_whole) in [
        (Content::Read { resources: Vec::new(), fault: None }, true),
        (faulty, false),
        (Content::Failed(FailureCause::Stale), false),
        (Content::Failed(FailureCause::TimedOut(Duration::ZERO)), false),
    ] {
        for form in [Form::Aggregated, Form::Legacy] {
            let source = Source { form, etag: None, read_at: SystemTime::UNIX_EPOCH, is_current: true };
            let root = Root { source, groups: vec![group(content.clone())] };
            let kept = keepable(&listing::assemble(Listing { core: None, groups: Some(root) }));
            let versions = kept.map(|kept| kept.groups.unwrap().groups.remove(0).versions);
            match (form, is_whole, versions) {
                (Form::Aggregated, false, None) => {}
                (_, true, Some(versions)) => {
                    assert!(versions.iter().all(|it| matches!(it.content, Content::Read { .. })));
                }
                (Form::Legacy, false, Some(versions)) => {
                    assert!(matches!(versions[0].content, Content::Read { .. }));
                    assert!(matches!(versions[1].content, Content::Unread));
                }
                other => panic!("{content:?}: {other:?}"),
            }
        }
    }
}
