//! What is written can be read, and nothing else can.

use std::time::{Duration, SystemTime};

use steersman_meta::{ApiResource, Verb};

use super::{Content, Form, Kept, Root, Source, Version, as_of, decode, encode, keepable};
use crate::{
    Discovery, FailureCause, document,
    document::RootKind,
    listing::{self, Group, Listing},
};

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

/// The file of what was read at `read_at`, by one who knows the server's version.
fn file(read_at: SystemTime) -> Vec<u8> {
    let discovery = keepable(&listing::assemble(recorded(read_at))).unwrap();
    encode(&Kept { discovery, version: Some("v1.36.3".into()) }, SERVER).unwrap()
}

#[track_caller]
fn check(want: &Discovery, found: &Discovery) {
    assert_eq!(found.resources(), want.resources());
    assert_eq!(found.api_groups(), want.api_groups());
    assert_eq!(found.unread(), want.unread());
    let names = |it: &Discovery| format!("{:?}", it.names());
    assert_eq!(names(found), names(want), "the index is the one that sorting makes");
}

/// B31, A04: what comes back is what was put in, the server's version too.
#[test]
fn b31_there_and_back() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_123);
    let want = listing::assemble(recorded(now));
    let Kept { discovery, version } = decode(&file(now), SERVER).unwrap();
    let found = as_of(discovery, now, Duration::from_secs(1));
    check(&want, &found);
    assert_eq!((found.sources(), version.as_deref()), (want.sources(), Some("v1.36.3")));
    assert!(found.resources().len() > 20 && found.unread().is_empty());
}

/// B31: what no recorded cluster has comes back too: long names, unusual verbs, a hash, kinds of other versions below,
/// group versions that nobody has read.
#[test]
fn b31_there_and_back_whatever_it_is() {
    let mut odd = ApiResource::new(
        steersman_meta::GroupVersionKind::new("g.example.net", "v1", "Odd".repeat(40)),
        "odds",
        steersman_meta::Scope::Cluster,
    );
    odd.verbs = [Verb::Get, Verb::from("impersonate")].into();
    odd.storage_version_hash = Some("abc=".into());
    odd.response_group_version = Some(steersman_meta::GroupVersion::new("", "v1"));
    odd.categories = ["all".into(), "odd".into()].into();
    let below = |name: &str, kind: [&str; 3]| {
        let [group, version, kind] = kind;
        let kind = steersman_meta::GroupVersionKind::new(group, version, kind);
        steersman_meta::ApiSubresource::new(name, kind, [Verb::Update])
    };
    odd.subresources =
        [below("a/b", ["g.example.net", "v1", "Even"]), below("scale", ["autoscaling", "v1", "Scale"])]
            .into();
    let versions = vec![
        Version { name: "v1".into(), content: Content::Read { resources: vec![odd], fault: None } },
        Version { name: "v2".into(), content: Content::Unread },
        Version { name: "v3".into(), content: Content::Read { resources: Vec::new(), fault: None } },
    ];
    let group = Group { name: "g.example.net".into(), versions, preferred: Some("v2".into()) };
    let source = Source { form: Form::Legacy, etag: None, read_at: SystemTime::UNIX_EPOCH, is_current: true };
    let root = Root { source, groups: vec![group] };
    let want = listing::assemble(Listing { core: None, groups: Some(root) });
    let kept = Kept { discovery: keepable(&want).unwrap(), version: None };
    let found = decode(&encode(&kept, SERVER).unwrap(), SERVER).unwrap();
    check(&want, &found.discovery);
    assert_eq!((found.version, want.unread().len()), (None, 1));
}

/// B31: any bit that flips, any length, another version or server: it is not used.
#[test]
fn b31_anything_else_is_refused() {
    let good = file(SystemTime::UNIX_EPOCH);
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
    let good = file(SystemTime::UNIX_EPOCH);
    for at in super::HEAD..good.len() {
        let mut body = good[super::HEAD..].to_vec();
        body[at - super::HEAD] ^= 0xff;
        // It may be read as something else: it must end, and neither it nor what is made of it may panic.
        if let Ok(kept) = decode(&super::with_head(&body), SERVER) {
            let found = as_of(kept.discovery, SystemTime::now(), Duration::MAX);
            drop((found.get("v1", "Pod").is_some(), found.find("po"), found.find("nothing")));
            drop(listing::assemble(listing::take_apart(&found)));
        }
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
        let found = as_of(listing::assemble(listing), now, ttl);
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
            let versions =
                kept.map(|kept| listing::take_apart(&kept).groups.unwrap().groups.remove(0).versions);
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

/// B31: a checksum that fits makes no name of a path that leads elsewhere, and none that nothing in Kubernetes has.
#[test]
fn b31_names_that_no_document_may_have() {
    let kept = |group: &str, version: &str, plural: &str, below: &str| {
        let gvk = steersman_meta::GroupVersionKind::new(group, version, "Odd");
        let mut odd = ApiResource::new(gvk.clone(), plural, steersman_meta::Scope::Cluster);
        odd.subresources = [steersman_meta::ApiSubresource::new(below, gvk, [Verb::Get])].into();
        let content = Content::Read { resources: vec![odd], fault: None };
        let versions = vec![Version { name: version.into(), content }];
        let group = Group { name: group.into(), versions, preferred: None };
        let source =
            Source { form: Form::Legacy, etag: None, read_at: SystemTime::UNIX_EPOCH, is_current: true };
        let root = Root { source, groups: vec![group] };
        let discovery = listing::assemble(Listing { core: None, groups: Some(root) });
        decode(&encode(&Kept { discovery, version: None }, SERVER).unwrap(), SERVER)
    };
    let long = "x".repeat(70_000);
    assert!(kept("g.example.net", "v1", "odds", "a/b").is_ok());
    for [group, version, plural, below] in [
        [&long, "v1", "odds", "status"],
        ["g.example.net", &long, "odds", "status"],
        ["..", "v1", "odds", "status"],
        ["g.example.net", "v1/../v2", "odds", "status"],
        ["g.example.net", "v1", "../secrets", "status"],
        ["g.example.net", "v1", "", "status"],
        ["g.example.net", "v1", "odds", "a/../b"],
        ["g.example.net", "v1", "odds", "a\nb"],
    ] {
        let place = format!("{:.20} {:.20} {plural} {below}", group, version);
        assert_eq!(kept(group, version, plural, below).unwrap_err(), "it makes no sense", "{place}");
    }
}

/// Few bytes can claim much memory: lists end where a document would be refused.
#[test]
fn entries_are_limited() {
    let body = |groups: usize| {
        let mut body = super::Writer::default();
        body.u32(super::FORMAT);
        body.text(super::LIBRARY);
        body.text(SERVER);
        // No version, no sources.
        (0..3).for_each(|_| body.byte(0));
        body.length(groups);
        // A name of no length, no preferred version, no versions.
        (0..3 * groups).for_each(|_| body.byte(0));
        // Nothing unread, no verbs, no contents, no names.
        (0..4).for_each(|_| body.byte(0));
        super::with_head(&body.into_bytes().expect("few bytes"))
    };
    assert!(decode(&body(1), SERVER).is_ok());
    assert_eq!(decode(&body(600_000), SERVER).unwrap_err(), "it makes no sense");
}
