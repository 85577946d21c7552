//! What lies below objects: any subresource that discovery lists, with the verbs that it lists.

use http::Method;
use serde_json::json;
use steersman_dynamic::{LocalError, RawRequest, Resource};
use steersman_meta::{ApiResource, ApiSubresource, GroupVersionKind, Patch, Scope, Verb};

use crate::{
    kinds::{Kinds, builder},
    server::{Reply, Server},
};

/// Machines in the namespace `a`, with subresources as aggregated servers have them.
async fn machines(server: &Server) -> Resource {
    let cluster = builder(server).connect().await.unwrap();
    let kind = |name| GroupVersionKind::new("machines.example.com", "v1", name);
    let below = |name: &str, verbs: &[&str]| {
        let verbs: Vec<_> = verbs.iter().map(|verb| Verb::from(*verb)).collect();
        ApiSubresource::new(name, kind("Session"), verbs)
    };
    let mut machines = ApiResource::new(kind("Machine"), "machines", Scope::Namespaced);
    machines.subresources = [
        below("console", &["get"]),
        below("proxy", &["create", "delete", "get", "patch", "update"]),
        below("sev/session", &["create", "delete", "get", "patch", "update"]),
    ]
    .into();
    cluster.resource_for(machines).namespace("a")
}

/// A12, A20, A21, A22, A23, B53, C08: every verb, below a name of several parts.
#[tokio::test]
async fn a12_a20_b53_verbs_below_a_name_of_several_parts() {
    let server = Server::saying(json!({"apiVersion": "machines.example.com/v1", "kind": "Session",
        "metadata": {"name": "m"}}));
    let sessions = machines(&server).await.subresource("sev/session").unwrap();
    let content = json!({"metadata": {"name": "m"}, "spec": {"x": 1}});
    sessions.get("m").await.unwrap();
    sessions.create("m", &content).await.unwrap();
    sessions.replace("m", &content).await.unwrap();
    sessions.patch("m", Patch::merge(json!({"spec": {"x": 2}}))).await.unwrap();
    sessions.apply("m", &content).field_manager("me").await.unwrap();
    sessions.delete("m").grace_period_seconds(0).await.unwrap();
    let path = "/apis/machines.example.com/v1/namespaces/a/machines/m/sev/session";
    let mut want = ["GET", "POST", "PUT", "PATCH"].map(|method| format!("{method} {path}")).to_vec();
    want.extend([format!("PATCH {path}?fieldManager=me"), format!("DELETE {path}")]);
    assert_eq!(server.lines(), want);
    let urls = sessions.urls();
    let root = "/apis/machines.example.com/v1";
    assert_eq!(urls.full, format!("{root}/machines/{{name}}/sev/session"));
    let namespaced = format!("{root}/namespaces/{{namespace}}/machines/{{name}}/sev/session");
    assert_eq!(urls.namespaced_full, Some(namespaced));
    let seen = server.take();
    assert_eq!(seen[1].json()["kind"], "Session", "what it takes is filled in, and not the machine's kind");
    assert_eq!(seen[5].json()["gracePeriodSeconds"], 0);
}

/// A12, D39: a verb that discovery does not list, and a name that it does not know, are not sent.
#[tokio::test]
async fn a12_d39_what_discovery_does_not_list() {
    let server = Server::saying(json!({}));
    let machines = machines(&server).await;
    let console = machines.subresource("console").unwrap();
    let error = console.delete("m").await.expect_err("it can only be read");
    let not_served = LocalError::VerbNotServed { verb: Verb::Delete, served: vec![Verb::Get] };
    assert_eq!(error.local(), Some(&not_served));
    let error = machines.subresource("sev").expect_err("a part of a name is no name");
    let served = ["console", "proxy", "sev/session"].map(str::to_owned).to_vec();
    assert_eq!(error.local(), Some(&LocalError::UnknownSubresource { name: "sev".into(), served }));
    assert_eq!(server.count(), 0);
}

/// A20, B08, B12: what a proxy leads to is bytes; the name and the path behind it lead nowhere else.
#[tokio::test]
async fn a20_b08_b12_proxies() {
    let server = Server::replying([
        Reply::text(200, "text/plain", &b"not \xff text"[..]),
        Reply::text(200, "text/plain", "done"),
        Reply::text(500, "text/plain", "it broke"),
    ]);
    let proxy = machines(&server).await.subresource("proxy").unwrap();
    let body = proxy.request(Method::GET, "https:m:web").unwrap().url("a b/c").query("q", "1&2").await;
    assert_eq!(body.unwrap().into_body(), &b"not \xff text"[..]);
    let sent = proxy.namespace("b").request(Method::PUT, "m").unwrap().body("text/plain", "x").text().await;
    assert_eq!(sent.unwrap(), "done");
    let error = proxy.request(Method::GET, "m").unwrap().text().await.expect_err("500");
    assert_eq!(error.code(), Some(500));
    let root = "/apis/machines.example.com/v1/namespaces";
    assert_eq!(
        server.lines(),
        [
            format!("GET {root}/a/machines/https:m:web/proxy/a%20b/c?q=1%262"),
            format!("PUT {root}/b/machines/m/proxy/"),
            format!("GET {root}/a/machines/m/proxy/"),
        ]
    );
    for (name, below) in [("..", ""), ("a/b", ""), ("a%2fb", ""), ("m", ".."), ("m", "a//b")] {
        let sent = match proxy.request(Method::GET, name) {
            Ok(request) => request.url(below).text().await.map(drop),
            Err(error) => Err(error),
        };
        let error = sent.expect_err(name);
        assert!(matches!(error.local(), Some(LocalError::Name(_))), "{name} {below}: {error:?}");
    }
    assert_eq!(server.count(), 3);
}

/// A20, B08: a request to a subresource goes where that is. Who says another place learns so, and nothing is sent.
#[tokio::test]
async fn a20_b08_a_place_that_is_known() {
    let server = Server::saying(json!({}));
    let proxy = machines(&server).await.subresource("proxy").unwrap();
    type Say = fn(RawRequest) -> RawRequest;
    let cases: [(&str, Say); 4] = [
        ("namespace", |request| request.namespace("b")),
        ("version", |request| request.version("v2")),
        ("base", |request| request.base("/healthz")),
        ("namespace", |request| request.namespace("b").url("x").base("/healthz")),
    ];
    for (option, say) in cases {
        let error = say(proxy.request(Method::GET, "m").unwrap()).text().await.expect_err(option);
        assert_eq!(error.local(), Some(&LocalError::PlaceIsKnown { option }));
        assert_eq!(error.namespace(), None, "the other place is not told as the request's");
        assert!(error.to_string().contains("namespaces/a/machines/m/proxy"), "{error}");
    }
    assert_eq!(server.count(), 0);
}

/// A16, A20, C08, C18: what is done to the status of an instance gives the object, whose verbs are its own.
#[tokio::test(start_paused = true)]
async fn a16_c18_the_status_of_an_instance() {
    let widget = |version: &str| {
        Reply::json(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "d", "namespace": "a", "uid": "u", "resourceVersion": version}}))
    };
    let stale = Reply::status(409, "Conflict", "the object has been modified");
    let answers = ["1", "2", "3", "4"].map(widget).into_iter().chain([stale]);
    let server = Server::replying(answers.chain(["5", "6", "7"].map(widget)));
    let kinds = Kinds::on(&server).await;
    let read = kinds.deployments.all_namespaces().get("d");
    assert!(read.await.is_err(), "which namespace?");
    let read = kinds.deployments.namespace("a").get("d").await.unwrap();
    let patched = read.patch_status(Patch::merge(json!({"status": {"x": 1}}))).await.unwrap();
    let replaced = patched.replace_status(patched.set("/status", json!({"x": 2})).unwrap()).await.unwrap();
    let applied = json!({"metadata": {"name": "d"}, "status": {"x": 3}});
    let applied = replaced.apply_status(applied).field_manager("me").await.unwrap();
    let changed = applied.change_status(|object| object.set("/status", json!({"x": 4}))).await.unwrap();
    assert_eq!(
        (changed.resource_version(), changed.resource()),
        (Some("6"), kinds.deployments.namespace("a"))
    );
    changed.set_labels([("a", Some("b"))]).await.unwrap();
    let path = "/apis/apps/v1/namespaces/a/deployments/d";
    let want = [
        format!("GET {path}"),
        format!("PATCH {path}/status"),
        format!("PUT {path}/status"),
        format!("PATCH {path}/status?fieldManager=me"),
        format!("PUT {path}/status"),
        format!("GET {path}"),
        format!("PUT {path}/status"),
        format!("PATCH {path}"),
    ];
    assert_eq!(server.lines(), want);
    let seen = server.take();
    assert_eq!(seen[6].json()["metadata"]["resourceVersion"], "5");

    let server = Server::saying(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}));
    let node = Kinds::on(&server).await.nodes.get("n").await.unwrap();
    server.take();
    let error = node.patch_status(Patch::merge(json!({}))).await.expect_err("nodes have none here");
    let unknown = LocalError::UnknownSubresource { name: "status".into(), served: vec![] };
    assert_eq!(error.local(), Some(&unknown));
    assert_eq!(server.count(), 0);
}

/// B38: whatever discovery lists below a resource is there under its name, with the verbs of its own; what it does not list
/// is an error that says what it does, and nothing is sent. The verbs of the resource itself are its methods.
#[tokio::test]
async fn b38_a_subresource_by_the_name_that_discovery_lists() {
    let server = Server::default();
    let kinds = Kinds::on(&server).await;
    for resource in [&kinds.pods, &kinds.deployments, &kinds.nodes] {
        let listed = resource.api().subresources.to_vec();
        for one in &listed {
            assert_eq!(resource.subresource(&one.name).unwrap().name(), one.name);
        }
        for name in ["nothing", "Status", "statu", "status/", "", "delete"] {
            let error = resource.subresource(name).map(drop).expect_err("it is not listed");
            let served = listed.iter().map(|one| one.name.to_string()).collect();
            let unknown = LocalError::UnknownSubresource { name: name.into(), served };
            assert_eq!(error.local(), Some(&unknown));
        }
    }
    let log = kinds.pods.namespace("a").subresource("log").unwrap();
    let refused = log.delete("p").await.map(drop).expect_err("a log is read only");
    assert!(matches!(refused.local(), Some(LocalError::VerbNotServed { .. })), "{refused:?}");
    assert_eq!(server.count(), 0);
}
