//! Documents that no server should send: an error, or data beside what can be used, and never a panic.

use steersman_discovery::{Discoverer, Discovery, Error};

use crate::recorded::{Recorded, document};

const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[]}"#;

/// The answer at `/apis` is no such document: a typed error that says why.
#[tokio::test]
async fn no_root_document() {
    for (body, said) in [
        ("", "EOF"),
        ("<html><body>Log in</body></html>", "expected value"),
        ("null", "null"),
        ("[]", "kind is \"\""),
        ("42", "expected struct"),
        ("{}", "kind is \"\""),
        (r#"{"kind":"APIGroupList","groups":{}}"#, "expected a sequence"),
        (r#"{"kind":"APIGroupList","groups":[}"#, "expected value"),
        (r#"{"kind":"APIVersions","versions":["v1"]}"#, "kind is \"APIVersions\""),
        (r#"{"kind":"Status","apiVersion":"v1","status":"Success"}"#, "kind is \"Status\""),
        (r#"{"kind":7}"#, "expected a string"),
        (r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v3","items":[]}"#, "v3"),
        (
            r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":7}"#,
            "expected a sequence",
        ),
    ] {
        let error = Recorded::roots(CORE, body).eager().discover().await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{body}: {error:?}");
        assert!(error.to_string().contains(said), "{body}: {error}");
        assert!(error.hint().is_some());
    }
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let error = Recorded::roots(CORE, &nested).eager().discover().await.unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
}

/// A document without end is not taken in.
#[tokio::test]
async fn a_document_that_is_too_long() {
    let error = Recorded::roots(CORE, &" ".repeat((64 << 20) + 1)).eager().discover().await.unwrap_err();
    assert!(error.to_string().ends_with("it is longer than 67108864 bytes"), "{error}");
}

/// Entries of a group list that make no sense: they are told of, and a sound one beside them is used.
#[tokio::test]
async fn broken_entries() {
    let sound = r#"{"metadata":{"name":"ok.io"},"versions":[{"version":"v1","freshness":"Current","resources":[
        {"resource":"oks","responseKind":{"kind":"Ok"},"scope":"Namespaced","verbs":["get"]}]}]}"#;
    for (entry, failures) in [
        ("null", 1),
        ("42", 1),
        ("{}", 1),
        (r#"{"metadata":null,"versions":null}"#, 1),
        (r#"{"metadata":{"name":"a.io"},"versions":[]}"#, 0),
        (r#"{"metadata":{"name":"a.io"},"versions":null}"#, 0),
        (r#"{"metadata":{"name":"a.io"},"versions":[7,{},{"version":"v2","resources":null}]}"#, 2),
        (r#"{"metadata":{"name":"a.io"},"versions":[{"version":"v1","resources":[{"verbs":"get"}]}]}"#, 1),
        (r#"{"metadata":{"name":"a/../b"},"versions":[{"version":"v1"}]}"#, 1),
        (r#"{"metadata":{"name":"a.io"},"versions":[{"version":".."}]}"#, 1),
        (r#"{"metadata":{"name":"ok.io"},"versions":[{"version":"v1"}]}"#, 1),
        (r#"{"metadata":{"name":"ok.io"},"versions":[{"version":"v2","resources":[]}]}"#, 0),
        (r#"{"metadata":{"name":"a.io","name":"b.io"},"versions":[]}"#, 0),
    ] {
        let apis = format!(
            r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{sound},{entry}]}}"#
        );
        let discovery = Recorded::roots(CORE, &apis).discover().await;
        assert_eq!(discovery.find("oks").unwrap().api_version(), "ok.io/v1", "{entry}");
        assert_eq!(discovery.failures().len(), failures, "{entry}: {:?}", discovery.failures());
        assert_printable(&discovery);
    }
}

/// Resources that make no sense, in both forms: left out, and told of.
#[tokio::test]
async fn broken_resources() {
    for (name, kind, more, left, failures) in [
        ("foos", "Foo", "", 2, 0),
        ("", "Foo", "", 1, 1),
        ("a/b/c", "Foo", "", 1, -1),
        ("..", "Foo", "", 1, 1),
        ("a b", "Foo", "", 1, 1),
        ("a%2fb", "Foo", "", 1, 1),
        ("a\\u001b[31m", "Foo", "", 1, 1),
        ("foos", "F\\noo", "", 1, 1),
        ("foos", "", "", 1, 0),
        ("oks", "Ok", "", 1, 1),
        ("foos", "Foo", r#","shortNames":null,"verbs":null,"categories":null"#, 2, 0),
        ("foos", "Foo", r#","shortNames":["","a b","f"]"#, 2, 0),
        ("foos", "Foo", r#","extra":{"a":[1,2,{"b":null}]}"#, 2, 0),
    ] {
        let sound = r#"{"resource":"oks","name":"oks","namespaced":true,"kind":"Ok","responseKind":{"kind":"Ok"},"scope":"Namespaced","verbs":["get"]}"#;
        let entry = format!(
            r#"{{"resource":"{name}","name":"{name}","namespaced":true,"kind":"{kind}","responseKind":{{"kind":"{kind}"}},"scope":"Namespaced"{more}}}"#
        );
        let apis = format!(
            r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[
                {{"metadata":{{"name":"a.io"}},"versions":[{{"version":"v1","resources":[{sound},{entry}]}}]}}]}}"#
        );
        let aggregated = Recorded::roots(CORE, &apis);
        let legacy = Recorded::roots(
            r#"{"kind":"APIVersions","versions":[]}"#,
            r#"{"kind":"APIGroupList","groups":[{"name":"a.io","versions":[{"groupVersion":"a.io/v1","version":"v1"}]}]}"#,
        );
        let list =
            format!(r#"{{"kind":"APIResourceList","groupVersion":"a.io/v1","resources":[{sound},{entry}]}}"#);
        legacy.answer("/apis/a.io/v1", 200, "application/json", list);
        for (form, server) in [("aggregated", aggregated), ("legacy", legacy)] {
            let discovery = server.discover().await;
            assert_eq!(discovery.resources().len(), left, "{form} {entry}");
            // In the older form a slash is a subresource, here of nothing.
            let failures = usize::try_from(failures).unwrap_or(usize::from(form == "aggregated"));
            assert_eq!(discovery.failures().len(), failures, "{form} {entry}: {:?}", discovery.failures());
            assert_printable(&discovery);
        }
    }
}

/// Scopes that are not known, and a scope of the wrong type.
#[tokio::test]
async fn broken_scopes() {
    for (scope, left, failures) in
        [(r#""Galactic""#, 0, 1), ("null", 0, 1), ("7", 0, 1), (r#""Cluster""#, 1, 0)]
    {
        let apis = format!(
            r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{{"metadata":{{"name":"a.io"}},
                "versions":[{{"version":"v1","resources":[{{"resource":"foos","responseKind":{{"kind":"Foo"}},"scope":{scope}}}]}}]}}]}}"#
        );
        let discovery = Recorded::roots(CORE, &apis).discover().await;
        assert_eq!((discovery.resources().len(), discovery.failures().len()), (left, failures), "{scope}");
    }
}

/// Subresources: several parts, no kind, twice, above all of nothing.
#[tokio::test]
async fn odd_subresources() {
    let core = r#"{"kind":"APIVersions","versions":["v1"]}"#;
    let server = Recorded::roots(core, r#"{"kind":"APIGroupList","groups":null}"#);
    let list = r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[
        {"name":"foos/scale","kind":"Scale","group":"autoscaling","version":"v1"},
        {"name":"foos/a/b","kind":"Foo"},
        {"name":"foos","kind":"Foo","namespaced":true},
        {"name":"foos/scale","kind":"Scale"},
        {"name":"foos/nokind"},
        {"name":"foos/..","kind":"Foo"},
        {"name":"bars/status","kind":"Bar"}]}"#;
    server.answer("/api/v1", 200, "application/json", list);
    let discovery = server.discover().await;
    let foos = discovery.get("v1", "Foo").unwrap();
    let below: Vec<_> = foos.subresources.iter().map(|sub| format!("{} {}", sub.name, sub.kind)).collect();
    assert_eq!(below, ["scale autoscaling/v1 Scale", "a/b v1 Foo"]);
    let [failure] = discovery.failures() else { panic!("{:?}", discovery.failures()) };
    assert!(
        failure.to_string().ends_with("\"scale\" is listed twice below \"foos\" (and 1 more)"),
        "{failure}"
    );
}

/// Real documents cut at every 97th byte: an error each time.
#[tokio::test]
async fn cut_documents() {
    let whole = document("aggregated/apis.json");
    for end in (0..whole.trim_end().len()).step_by(97) {
        let error = Recorded::roots(CORE, &whole[..end]).eager().discover().await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{end}: {error:?}");
    }
}

/// 10,000 groups of one kind each are taken in, looked up and searched.
#[tokio::test]
async fn ten_thousand_groups() {
    let group = |n: usize| {
        format!(
            r#"{{"metadata":{{"name":"g{n}.io"}},"versions":[{{"version":"v1","resources":[
                {{"resource":"foos","singularResource":"foo","responseKind":{{"kind":"Foo"}},"scope":"Cluster"}}]}}]}}"#
        )
    };
    let items: Vec<_> = (0..10_000).map(group).collect();
    let apis = format!(
        r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{}]}}"#,
        items.join(",")
    );
    let discovery = Recorded::roots(CORE, &apis).discover().await;
    assert_eq!(discovery.resources().len(), 10_000);
    assert_eq!(discovery.find("foo").unwrap().group, "g0.io");
    assert_eq!(discovery.find("foos.g9999.io").unwrap().group, "g9999.io");
    assert!(discovery.get("g5000.io/v1", "Foo").is_some());
    assert_eq!(discovery.find("fooo").unwrap_err().candidates().len(), 3);
    assert_eq!(discovery.search().group("g77.io").run().count(), 1);
}

#[track_caller]
fn assert_printable(discovery: &Discovery) {
    for failure in discovery.failures() {
        assert!(!failure.to_string().contains(|c: char| c.is_control()), "{:?}", failure.to_string());
    }
    for resource in discovery {
        assert!(!resource.to_string().contains(|c: char| c.is_control()), "{resource:?}");
    }
}
