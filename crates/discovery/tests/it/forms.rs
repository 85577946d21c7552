//! The two forms in which a server says what it serves, and what fails beside what does not.

use std::{error::Error as _, time::Duration};

use steersman_discovery::{Discoverer, FailureCause, Scope, Verb};
use steersman_meta::GroupVersionKind;
use tokio::time::Instant;

use crate::recorded::{AGGREGATED, JSON, Recorded, document, line};

/// A24: two requests to a server that aggregates, whose parameters stand in the order that old servers want.
#[tokio::test]
async fn a24_aggregated_costs_two_requests() {
    let server = Recorded::aggregated();
    let discovery = server.discover().await;
    assert_eq!(server.state().asked, ["/api", "/apis"]);
    assert_eq!(
        server.state().accepted[0],
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
         application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
    );
    assert_eq!((discovery.resources().len(), discovery.failures().len()), (32, 0));
}

/// B24: both forms, mixed ones too, say the same; the older costs a request for each group version more.
#[tokio::test]
async fn b24_all_forms_say_the_same() {
    let want: Vec<String> = Recorded::aggregated().discover().await.iter().map(line).collect();

    let legacy = Recorded::legacy();
    let discovery = legacy.discover().await;
    assert_eq!(discovery.iter().map(line).collect::<Vec<_>>(), want);
    assert_eq!(legacy.count(), 2 + 12);
    assert!(legacy.state().accepted[2..].iter().all(|accept| accept == "application/json"));
    let deployments = discovery.get("apps/v1", "Deployment").unwrap();
    assert_eq!(deployments.storage_version_hash.as_deref(), Some("8aSe+NMegvE="));

    let beta = Recorded::aggregated();
    let body =
        document("aggregated/apis.json").replace("apidiscovery.k8s.io/v2", "apidiscovery.k8s.io/v2beta1");
    beta.answer("/apis", 200, JSON, body);
    assert_eq!(beta.discover().await.iter().map(line).collect::<Vec<_>>(), want, "v2beta1");

    for (path, requests) in [("/api", 2 + 11), ("/apis", 2 + 1)] {
        let mixed = Recorded::legacy();
        mixed.answer(path, 200, AGGREGATED, document(&format!("aggregated{path}.json")));
        assert_eq!(mixed.discover().await.iter().map(line).collect::<Vec<_>>(), want, "{path} aggregated");
        assert_eq!(mixed.count(), requests, "{path} aggregated");
    }
}

/// B32, A30: all that the server tells is kept: names, scope, verbs, subresources with kinds of their own.
#[tokio::test]
async fn b32_a30_a_resource_is_described_whole() {
    for server in [Recorded::aggregated(), Recorded::legacy()] {
        let discovery = server.discover().await;
        let pods = discovery.get("v1", "Pod").unwrap();
        assert_eq!((pods.plural.as_str(), pods.singular.as_str()), ("pods", "pod"));
        assert_eq!(
            (pods.short_names.as_slice(), pods.categories.as_slice()),
            (["po".into()].as_slice(), ["all".into()].as_slice())
        );
        assert_eq!((pods.scope, pods.preferred, pods.verbs.len()), (Scope::Namespaced, true, 8));
        assert!(pods.serves(&Verb::Watch));
        let below: Vec<_> =
            pods.subresources.iter().map(|sub| (sub.name.as_str(), sub.kind.to_string())).collect();
        assert_eq!(below[0], ("attach", "v1 PodAttachOptions".to_owned()));
        assert_eq!(below[1], ("eviction", "policy/v1 Eviction".to_owned()));
        assert_eq!(below[3], ("log", "v1 Pod".to_owned()));
        let scale = discovery.get("example.com/v1", "Widget").unwrap().subresource("scale").unwrap().clone();
        assert_eq!(scale.kind, GroupVersionKind::new("autoscaling", "v1", "Scale"));
        assert!(scale.serves(&Verb::Patch) && !scale.serves(&Verb::Delete));
        assert_eq!(discovery.get("v1", "Node").unwrap().scope, Scope::Cluster);
    }
}

/// B32: objects of another group version than the one that serves them, and subresources of several parts, in both forms;
/// where the server names the own group version, or none, nothing is special.
#[tokio::test]
async fn b32_kinds_of_another_group_version() {
    let core = r#"{"kind":"APIVersions","versions":[]}"#;
    let aggregated = Recorded::roots(
        core,
        r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[
            {"metadata":{"name":"a.io"},"versions":[{"version":"v1","resources":[
            {"resource":"foos","scope":"Cluster","responseKind":{"group":"b.io","version":"v2","kind":"Foo"},
                "subresources":[{"subresource":"x/y","responseKind":{"group":"c.io","version":"v3","kind":"Bar"}}]},
            {"resource":"owns","scope":"Cluster","responseKind":{"group":"a.io","version":"v1","kind":"Own"}},
            {"resource":"nones","scope":"Cluster","responseKind":{"kind":"None"},
                "subresources":[{"subresource":"x/y/z","responseKind":{"kind":"None"}}]}]}]}]}"#,
    );
    let legacy = Recorded::roots(
        core,
        r#"{"kind":"APIGroupList","groups":[{"name":"a.io","versions":[{"groupVersion":"a.io/v1","version":"v1"}]}]}"#,
    );
    let list = r#"{"kind":"APIResourceList","groupVersion":"a.io/v1","resources":[
        {"name":"foos","group":"b.io","version":"v2","kind":"Foo"},
        {"name":"foos/x/y","group":"c.io","version":"v3","kind":"Bar"},
        {"name":"owns","group":"a.io","version":"v1","kind":"Own"},
        {"name":"nones","kind":"None"},{"name":"nones/x/y/z","kind":"None"}]}"#;
    legacy.answer("/apis/a.io/v1", 200, JSON, list);
    for server in [aggregated, legacy] {
        let discovery = server.discover().await;
        assert!(discovery.failures().is_empty(), "{:?}", discovery.failures());
        for (kind, gvk, below) in [
            ("Foo", "b.io/v2 Foo", "x/y c.io/v3 Bar"),
            ("Own", "a.io/v1 Own", ""),
            ("None", "a.io/v1 None", "x/y/z a.io/v1 None"),
        ] {
            let resource = discovery.get("a.io/v1", kind).unwrap();
            assert_eq!(resource.api_version(), "a.io/v1", "where it is served");
            assert_eq!(resource.gvk().to_string(), gvk, "what its objects are");
            assert_eq!(resource.response_group_version.is_some(), kind == "Foo");
            let found: Vec<_> =
                resource.subresources.iter().map(|sub| format!("{} {}", sub.name, sub.kind)).collect();
            assert_eq!(found.join(", "), below);
        }
    }
}

/// B24: the groups in the server's order, with their versions and the preferred one.
#[tokio::test]
async fn b24_api_groups() {
    for server in [Recorded::aggregated(), Recorded::legacy()] {
        let discovery = server.discover().await;
        let groups = discovery.api_groups().iter();
        let groups: Vec<_> = groups.map(|group| (group.name.as_str(), group.versions.join(" "))).collect();
        assert_eq!(
            groups,
            [
                ("", "v1"),
                ("apiextensions.k8s.io", "v1"),
                ("apps", "v1"),
                ("events.k8s.io", "v1"),
                ("autoscaling", "v2 v1"),
                ("batch", "v1"),
                ("storage.k8s.io", "v1"),
                ("example.com", "v1 v1beta1"),
                ("metrics.k8s.io", "v1beta1"),
                ("widgets.other.io", "v1alpha1"),
            ]
            .map(|(name, versions)| (name, versions.to_owned()))
        );
        assert_eq!(discovery.api_groups()[7].preferred.as_deref(), Some("v1"));
        assert_eq!(
            discovery.api_groups()[7].api_versions().collect::<Vec<_>>(),
            ["example.com/v1", "example.com/v1beta1"]
        );
        assert_eq!(discovery.api_groups()[0].api_versions().collect::<Vec<_>>(), ["v1"]);
    }
}

/// Each resource once: at the preferred version, or at the first that has it.
#[tokio::test]
async fn preferred_resources() {
    for server in [Recorded::aggregated(), Recorded::legacy()] {
        let discovery = server.discover().await;
        let found = |plural: &str| -> Vec<String> {
            let named = discovery.preferred_resources().filter(|resource| resource.plural == plural);
            named.map(|resource| resource.gvr().to_string()).collect()
        };
        assert_eq!(found("horizontalpodautoscalers"), ["horizontalpodautoscalers.v2.autoscaling"]);
        assert_eq!(found("widgets"), ["widgets.v1.example.com"]);
        assert_eq!(found("gadgets"), ["gadgets.v1beta1.example.com"]);
        assert_eq!(found("events"), ["events.v1", "events.v1.events.k8s.io"]);
        assert_eq!(discovery.preferred_resources().count(), discovery.resources().len() - 2);
    }
}

/// The preferred version comes first, wherever the server lists it.
#[tokio::test]
async fn the_preferred_version_comes_first() {
    let server = Recorded::legacy();
    let apis = document("legacy/apis.json").replace(
        r#""preferredVersion":{"groupVersion":"example.com/v1","version":"v1"}"#,
        r#""preferredVersion":{"groupVersion":"example.com/v1beta1","version":"v1beta1"}"#,
    );
    server.answer("/apis", 200, JSON, apis);
    let discovery = server.discover().await;
    assert_eq!(discovery.find("widgets").unwrap().version, "v1beta1");
    assert!(discovery.find("widgets").unwrap().preferred);
    assert!(!discovery.get("example.com/v1", "Widget").unwrap().preferred);
    assert_eq!(discovery.api_groups()[7].versions, ["v1", "v1beta1"]);
}

/// A stale version is a failure, the next one is preferred, and a look-up says that it does not know.
#[tokio::test]
async fn a_stale_version_is_told_of() {
    let server = Recorded::aggregated();
    let fresh = document("aggregated/apis.json");
    for group in ["metrics.k8s.io", "example.com"] {
        let at = fresh.find(&format!("{{\"name\":\"{group}\"")).unwrap();
        let stale = format!("{}{}", &fresh[..at], fresh[at..].replacen(r#""Current""#, r#""Stale""#, 1));
        server.answer("/apis", 200, AGGREGATED, stale);
        let discovery = server.discover().await;
        let [failure] = discovery.failures() else { panic!("{:?}", discovery.failures()) };
        assert_eq!(failure.group_version.group, group);
        assert!(matches!(failure.cause, FailureCause::Stale));
        assert!(failure.to_string().ends_with(" is stale"), "{failure}");
        let eager = server.eager();
        if group == "metrics.k8s.io" {
            let error = eager.get("metrics.k8s.io/v1beta1", "PodMetrics").await.unwrap_err();
            assert!(error.is_unavailable() && !error.is_not_found(), "{error}");
            assert_eq!(error.failures().len(), 1);
            assert!(error.source().unwrap().to_string().contains("stale"));
            assert!(eager.find("pods.metrics.k8s.io").await.unwrap_err().is_unavailable());
            assert!(
                eager
                    .find("nodemetrics")
                    .await
                    .unwrap_err()
                    .hint()
                    .unwrap()
                    .contains("metrics.k8s.io/v1beta1 is stale")
            );
        } else {
            assert_eq!(discovery.find("widgets").unwrap().version, "v1beta1");
            assert!(discovery.find("widgets").unwrap().preferred);
        }
    }
}

/// A group behind a broken API service leaves the others usable, whatever it answers.
#[tokio::test]
async fn one_broken_group_leaves_the_rest_usable() {
    let all = Recorded::legacy().discover().await.resources().len();
    for (code, content_type, body, said) in [
        (503, "text/plain; charset=utf-8", "service unavailable\n", "metrics.k8s.io/v1beta1 cannot be read"),
        (404, "text/plain", "404 page not found", "metrics.k8s.io/v1beta1 cannot be read"),
        (403, JSON, "{}", "metrics.k8s.io/v1beta1 cannot be read"),
        (200, "text/html", "<html>", "metrics.k8s.io/v1beta1 is malformed: "),
        (200, JSON, r#"{"kind":"Status","status":"Success"}"#, "is malformed: its kind is \"Status\""),
        (200, JSON, r#"{"kind":"APIResourceList","resources":{}}"#, "metrics.k8s.io/v1beta1 is malformed: "),
    ] {
        let server = Recorded::legacy();
        server.answer("/apis/metrics.k8s.io/v1beta1", code, content_type, body);
        let discovery = server.discover().await;
        assert_eq!(discovery.resources().len(), all - 2, "{body}");
        let [failure] = discovery.failures() else { panic!("{:?}", discovery.failures()) };
        assert!(failure.to_string().contains(said), "{failure}");
        assert_eq!(matches!(failure.cause, FailureCause::Request(_)), code != 200, "{failure:?}");
        assert!(discovery.api_groups().iter().any(|group| group.name == "metrics.k8s.io"));
        assert_eq!(discovery.find("pods").unwrap().api_version(), "v1");
        assert!(discovery.get("metrics.k8s.io/v1beta1", "PodMetrics").is_none());
    }
}

/// A dead group costs the budget of one request, and many of them the budget of the whole.
#[tokio::test(start_paused = true)]
async fn dead_groups_cost_seconds() {
    let server = Recorded::legacy();
    server.state().dead.insert("/apis/metrics.k8s.io/v1beta1".to_owned());
    let start = Instant::now();
    let discovery = server.discover().await;
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    let [failure] = discovery.failures() else { panic!("{:?}", discovery.failures()) };
    assert!(matches!(failure.cause, FailureCause::TimedOut(limit) if limit == Duration::from_secs(10)));
    assert_eq!(discovery.find("deploy").unwrap().api_version(), "apps/v1");

    let server = Recorded::aggregated();
    server.state().dead.insert("/apis".to_owned());
    let start = Instant::now();
    let error = server.eager().discover().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.to_string(), "the server did not say within 30s at /apis what it serves");
    assert_eq!(start.elapsed(), Duration::from_secs(30));

    let groups: Vec<_> = (0..100)
        .map(|n| format!(r#"{{"name":"g{n}.io","versions":[{{"version":"v1"}}],"preferredVersion":{{"version":"v1"}}}}"#))
        .collect();
    let apis = format!(r#"{{"kind":"APIGroupList","groups":[{}]}}"#, groups.join(","));
    let server = Recorded::roots(&document("aggregated/api.json"), &apis);
    server.state().dead.extend((0..100).map(|n| format!("/apis/g{n}.io/v1")));
    let start = Instant::now();
    let discovery = server.discover().await;
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    assert_eq!((discovery.failures().len(), discovery.find("po").unwrap().kind.as_str()), (100, "Pod"));
    assert_eq!(server.state().most_in_flight, 16);
}

/// A server without a core group has nothing at `/api`; one without `/apis` is none.
#[tokio::test]
async fn roots_that_are_not_there() {
    let server = Recorded::aggregated();
    server.answer("/api", 404, JSON, "{}");
    let discovery = server.discover().await;
    assert_eq!(
        (discovery.failures().len(), discovery.resources()[0].group.as_str()),
        (0, "apiextensions.k8s.io")
    );

    let server = Recorded::legacy();
    server.answer("/api/v1", 404, JSON, "{}");
    assert_eq!(server.discover().await.failures().len(), 0);

    server.answer("/api", 500, JSON, "{}");
    let discovery = server.discover().await;
    assert_eq!(discovery.failures()[0].to_string(), "v1 cannot be read");
    assert!(server.eager().get("v1", "Pod").await.unwrap_err().is_unavailable());

    let error = Recorded::default().eager().discover().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot ask at /apis what the server serves");
    assert_eq!(error.status().unwrap().code, 404);
    assert!(error.hint().unwrap().contains("a Kubernetes API server?"), "{:?}", error.hint());

    let server = Recorded::aggregated();
    server.answer(
        "/apis",
        403,
        JSON,
        r#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403}"#,
    );
    assert_eq!(server.eager().discover().await.unwrap_err().status().unwrap().code, 403);
}
