//! What words mean.

use std::sync::Arc;

use steersman_discovery::{ApiResource, Asked, Discoverer, Discovery, LookupError, Scope};
use steersman_meta::GroupVersionKind;

use crate::recorded::{AGGREGATED, Recorded, document};

async fn cluster() -> Arc<Discovery> {
    Recorded::aggregated().discover().await
}

fn resource(group: &str, version: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource::new(GroupVersionKind::new(group, version, kind), plural, Scope::Namespaced)
}

/// A29, C05: words in kubectl's order of priority.
#[tokio::test]
async fn a29_c05_words() {
    let discovery = cluster().await;
    for (word, want) in [
        // Plural, singular and kind, in any case.
        ("pods", "pods.v1"),
        ("pod", "pods.v1"),
        ("Pod", "pods.v1"),
        ("PODS", "pods.v1"),
        ("deployments", "deployments.v1.apps"),
        ("deployment", "deployments.v1.apps"),
        ("Deployment", "deployments.v1.apps"),
        ("endpoints", "endpoints.v1"),
        ("Endpoints", "endpoints.v1"),
        ("customresourcedefinition", "customresourcedefinitions.v1.apiextensions.k8s.io"),
        // Short names: the first resource in the order of priority, one of several of its own.
        ("po", "pods.v1"),
        ("svc", "services.v1"),
        ("ns", "namespaces.v1"),
        ("deploy", "deployments.v1.apps"),
        ("DEPLOY", "deployments.v1.apps"),
        ("sts", "statefulsets.v1.apps"),
        ("hpa", "horizontalpodautoscalers.v2.autoscaling"),
        ("crd", "customresourcedefinitions.v1.apiextensions.k8s.io"),
        ("crds", "customresourcedefinitions.v1.apiextensions.k8s.io"),
        ("wd", "widgets.v1.example.com"),
        ("dep", "widgets.v1.example.com"),
        // The core group comes first, and each group's preferred version.
        ("events", "events.v1"),
        ("event", "events.v1"),
        ("ev", "events.v1"),
        ("nodes", "nodes.v1"),
        ("widgets", "widgets.v1.example.com"),
        // What only a version that is not preferred has.
        ("gadgets", "gadgets.v1beta1.example.com"),
        ("gd", "gadgets.v1beta1.example.com"),
        // With a group, and with the beginning of one.
        ("events.events.k8s.io", "events.v1.events.k8s.io"),
        ("events.events", "events.v1.events.k8s.io"),
        ("ev.events.k8s.io", "events.v1.events.k8s.io"),
        ("deployments.apps", "deployments.v1.apps"),
        ("deployment.apps", "deployments.v1.apps"),
        ("deploy.apps", "deployments.v1.apps"),
        ("deploy.ap", "deployments.v1.apps"),
        ("Deployment.apps", "deployments.v1.apps"),
        ("deployments.widgets.other.io", "deployments.v1alpha1.widgets.other.io"),
        ("deployments.widgets", "deployments.v1alpha1.widgets.other.io"),
        ("deploy.widgets", "deployments.v1alpha1.widgets.other.io"),
        ("storageclass.storage", "storageclasses.v1.storage.k8s.io"),
        ("sc.storage", "storageclasses.v1.storage.k8s.io"),
        ("pods.metrics", "pods.v1beta1.metrics.k8s.io"),
        ("wd.widgets.other.io", "wirings.v1alpha1.widgets.other.io"),
        ("wd.example.com", "widgets.v1.example.com"),
        // With a version and a group.
        ("deployments.v1.apps", "deployments.v1.apps"),
        ("deployment.v1.apps", "deployments.v1.apps"),
        ("deploy.v1.apps", "deployments.v1.apps"),
        ("horizontalpodautoscalers.v1.autoscaling", "horizontalpodautoscalers.v1.autoscaling"),
        ("hpa.v1.autoscaling", "horizontalpodautoscalers.v1.autoscaling"),
        ("widgets.v1beta1.example.com", "widgets.v1beta1.example.com"),
        ("Widget.v1beta1.example.com", "widgets.v1beta1.example.com"),
        ("pods.v1.", "pods.v1"),
        ("pods.v1", "pods.v1"),
        ("pods.", "pods.v1"),
        // A server that gives no singular: the kind in lower case stands for it.
        ("podmetrics", "pods.v1beta1.metrics.k8s.io"),
        ("PodMetrics", "pods.v1beta1.metrics.k8s.io"),
        ("NodeMetrics.metrics.k8s.io", "nodes.v1beta1.metrics.k8s.io"),
        // The kind of a list.
        ("PodList", "pods.v1"),
        ("deploymentlist.apps", "deployments.v1.apps"),
    ] {
        let found = discovery.find(word).map(|resource| resource.gvr().to_string());
        assert_eq!(found.as_deref().ok(), Some(want), "{word}: {found:?}");
    }
}

/// Words that mean nothing here, and what is near them.
#[tokio::test]
async fn unknown_words_get_suggestions() {
    let discovery = cluster().await;
    for (word, near) in [
        ("deploymnets", "deployments.v1.apps, deployments.v1alpha1.widgets.other.io"),
        ("Deploymnet.widgets.other.io", "deployments.v1alpha1.widgets.other.io, deployments.v1.apps"),
        ("confgmap", "configmaps.v1"),
        ("widegts", "widgets.v1.example.com"),
        ("deployments.v9.apps", "deployments.v1alpha1.widgets.other.io, deployments.v1.apps"),
        ("deploy.v9.apps", "deployments.v1alpha1.widgets.other.io, deployments.v1.apps"),
        ("deployments.extensions", "deployments.v1.apps, deployments.v1alpha1.widgets.other.io"),
        ("stss", "statefulsets.v1.apps"),
        ("zzzzzzzzzz", ""),
        ("", ""),
        (".", ""),
        ("pods/log", "pods.v1, pods.v1beta1.metrics.k8s.io"),
    ] {
        let error = discovery.find(word).unwrap_err();
        assert!(
            matches!(&error, LookupError::NotFound { failures, .. } if failures.is_empty()),
            "{word}: {error:?}"
        );
        assert_eq!(error.asked(), &Asked::Name(word.to_owned()));
        let got: Vec<_> = error.candidates().iter().map(|it| it.gvr().to_string()).collect();
        if word.contains(".v9.") || word == "pods/log" || word == "stss" {
            assert_eq!(got.is_empty(), near.is_empty(), "{word}: {got:?}");
        } else {
            assert_eq!(got.join(", "), near, "{word}");
        }
        assert_eq!(error.hint().is_some(), !got.is_empty(), "{word}");
    }
    let error = discovery.find(&"x".repeat(1 << 20)).unwrap_err();
    assert!(error.candidates().is_empty());
    let error = discovery.find("a\n\u{1b}[31m").unwrap_err().to_string();
    assert!(!error.contains(['\n', '\u{1b}']), "{error}");
}

/// A29, C05: an exact apiVersion with a kind; a plural, or any case, will do. `v1` is the core group alone.
#[tokio::test]
async fn a29_c05_api_version_and_kind() {
    let discovery = cluster().await;
    for (api_version, kind, want) in [
        ("v1", "Pod", Some("pods.v1")),
        ("v1", "pod", Some("pods.v1")),
        ("v1", "pods", Some("pods.v1")),
        ("v1", "PodList", Some("pods.v1")),
        ("v1", "po", None),
        ("v1", "Event", Some("events.v1")),
        ("events.k8s.io/v1", "Event", Some("events.v1.events.k8s.io")),
        ("apps/v1", "Deployment", Some("deployments.v1.apps")),
        ("apps/v1", "deployments", Some("deployments.v1.apps")),
        ("apps/v1", "DeploymentList", Some("deployments.v1.apps")),
        ("v1", "Deployment", None),
        ("apps", "Deployment", None),
        ("app/v1", "Deployment", None),
        ("apps/v1beta1", "Deployment", None),
        ("example.com/v1", "Widget", Some("widgets.v1.example.com")),
        ("example.com/v1beta1", "Widget", Some("widgets.v1beta1.example.com")),
        ("example.com/v1", "Gadget", None),
        ("metrics.k8s.io/v1beta1", "pods", Some("pods.v1beta1.metrics.k8s.io")),
        ("v1", "Status", None),
        ("v1", "List", None),
        ("v1", "", None),
        ("", "", None),
        ("/v1", "Pod", Some("pods.v1")),
        ("a/b/c", "Pod", None),
    ] {
        let found = discovery.get(api_version, kind).map(|resource| resource.gvr().to_string());
        assert_eq!(found.as_deref(), want, "{api_version} {kind}");
    }
    for (api_version, kind, near) in [
        ("apps/v1beta1", "Deployment", "apps/v1 Deployment"),
        ("apps/v1", "Deploymnet", "apps/v1 Deployment"),
        ("extensions/v1beta1", "DaemonSet", "apps/v1 DaemonSet"),
        ("example.com/v1", "Gadget", "example.com/v1beta1 Gadget"),
    ] {
        let error = discovery.require(api_version, kind).unwrap_err();
        assert_eq!(error.candidates()[0].gvk.to_string(), near);
        assert_eq!(error.to_string(), format!("the server serves no \"{api_version} {kind}\""));
        assert!(error.hint().unwrap().starts_with(&format!("did you mean {near}")), "{:?}", error.hint());
    }
}

/// B28: of resources in different versions one is meant; two in one version tie, and are listed.
#[test]
fn b28_ties() {
    let mut one = resource("a.io", "v1", "Foo", "foos");
    let mut two = resource("a.io", "v1", "Fu", "fus");
    one.singular = "thing".into();
    two.singular = "thing".into();
    two.short_names = ["f".into()].into();
    let mut elsewhere = resource("b.io", "v1", "Thing", "things");
    elsewhere.singular = "thing".into();
    let discovery = Discovery::new(vec![one, two, elsewhere]);

    let error = discovery.find("thing").unwrap_err();
    assert!(matches!(error, LookupError::Ambiguous { .. }), "{error:?}");
    assert_eq!(error.to_string(), "resource \"thing\" is ambiguous: 2 resources have that name");
    assert_eq!(error.hint().as_deref(), Some("say which: foos.v1.a.io, fus.v1.a.io"));
    assert!(matches!(discovery.find("thing.a.io"), Err(LookupError::Ambiguous { .. })));
    for (word, want) in
        [("thing.b.io", "Thing"), ("foos", "Foo"), ("f", "Fu"), ("Fu", "Fu"), ("fus.v1.a.io", "Fu")]
    {
        assert_eq!(discovery.find(word).unwrap().kind, want, "{word}");
    }
}

/// Names of resources come before short names, and both before kinds; a whole group comes before the beginning of one.
#[test]
fn which_rule_comes_first() {
    let mut short = resource("a.io", "v1", "Apple", "apples");
    short.short_names = ["pear".into(), "pears".into(), "fig".into()].into();
    let mut named = resource("b.io", "v1", "Pear", "pears");
    named.singular = "pear".into();
    let mut kind = resource("c.io", "v1", "Fig", "plums");
    kind.singular = "plum".into();
    let longer = resource("io.longer", "v1", "Nut", "nuts");
    let exact = resource("io", "v1", "Nut", "nuts");
    let discovery = Discovery::new(vec![short, named, kind, longer, exact]);
    for (word, want) in [
        ("pear", "pears.v1.b.io"),
        ("pears", "pears.v1.b.io"),
        ("pear.a.io", "apples.v1.a.io"),
        ("fig", "apples.v1.a.io"),
        ("Fig.c.io", "plums.v1.c.io"),
        ("nuts.io", "nuts.v1.io"),
        ("nuts", "nuts.v1.io.longer"),
        ("nuts.i", "nuts.v1.io.longer"),
    ] {
        assert_eq!(discovery.find(word).unwrap().gvr().to_string(), want, "{word}");
    }
    // The singular is given, so that the kind in lower case is no name; but as a kind it is found.
    assert_eq!(discovery.find("plum").unwrap().kind, "Fig");
}

/// A fixed list is put in the order of priority.
#[test]
fn a_fixed_list_gets_the_order_of_priority() {
    let mut preferred = resource("a.io", "v1", "Foo", "foos");
    preferred.preferred = true;
    let discovery = Discovery::new(vec![
        resource("a.io", "v2", "Foo", "foos"),
        resource("b.io", "v1", "Foo", "foos"),
        preferred,
        resource("", "v1", "Bar", "bars"),
        resource("a.io", "v2", "Baz", "bazes"),
    ]);
    let order: Vec<_> = (&discovery).into_iter().map(|resource| resource.gvr().to_string()).collect();
    assert_eq!(order, ["bars.v1", "foos.v1.a.io", "foos.v2.a.io", "bazes.v2.a.io", "foos.v1.b.io"]);
    assert_eq!(discovery.find("foo").unwrap().version, "v1");
    let groups: Vec<_> = discovery.api_groups().iter().map(|group| group.preferred.as_deref()).collect();
    assert_eq!(groups, [Some("v1"), Some("v1"), Some("v1")]);
}

/// While the core group cannot be read, a word that names no group does not come to mean what is served behind it.
#[tokio::test]
async fn a_word_without_a_group_while_the_core_group_is_down() {
    for (server, path) in [(Recorded::aggregated(), "/api"), (Recorded::legacy(), "/api/v1")] {
        server.answer(path, 503, "text/plain", "later");
        let discoverers: [Box<dyn Discoverer>; 2] = [Box::new(server.lazy()), Box::new(server.eager())];
        for discoverer in discoverers {
            for word in ["pods", "deploy", "nope", "pods.v1"] {
                let error = discoverer.find(word).await.unwrap_err();
                assert!(error.is_unavailable(), "{path}: {word}: {error:?}");
                assert_eq!(error.failures()[0].group_version.to_string(), "v1", "{path}: {word}");
            }
            for (word, kind) in [("pods.metrics.k8s.io", "PodMetrics"), ("deploy.apps", "Deployment")] {
                assert_eq!(discoverer.find(word).await.unwrap().kind, kind, "{path}: {word}");
            }
            assert!(discoverer.find("nope.apps").await.unwrap_err().is_not_found(), "{path}");
            assert_eq!(discoverer.get("apps/v1", "Deployment").await.unwrap().plural, "deployments");
        }
    }
    // A server that has no core group hides nothing.
    let server = Recorded::aggregated();
    server.state().answers.remove("/api");
    assert_eq!(server.lazy().find("pods").await.unwrap().kind, "PodMetrics");
    // Of a core group that is read in part, what is not read is one resource, not all.
    let server = Recorded::aggregated();
    let api = document("aggregated/api.json").replacen("\"Namespaced\"", "\"Galactic\"", 1);
    server.answer("/api", 200, AGGREGATED, api);
    let discovery = server.discover().await;
    assert_eq!(discovery.failures()[0].group_version.to_string(), "v1");
    assert_eq!(discovery.find("deploy").unwrap().kind, "Deployment");
}
