//! What each verb sends, with each of its options.

use std::{collections::BTreeMap, future::IntoFuture};

use futures::{FutureExt, future::BoxFuture};
use http::header;
use serde_json::{Value, json};
use steersman_dynamic::Error;
use steersman_meta::{
    Content, CreateOptions, DeleteOptions, DryRun, FieldValidation, GetOptions, ListOptions, Object, Patch,
    PatchOptions, Preconditions, PropagationPolicy, ResourceVersion, ResourceVersionMatch, UpdateOptions,
};

use crate::{
    kinds::{Kinds, builder},
    server::Server,
};

/// What is called, what line is sent, with which content type, and which body.
type Case = (fn(&Kinds) -> Sent, &'static str, Option<(&'static str, Value)>);
type Sent = BoxFuture<'static, Result<(), Error>>;

/// A verb, whatever it gives.
fn sent<T, V: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>>(verb: V) -> Sent {
    verb.into_future().map(|result| result.map(drop)).boxed()
}

#[track_caller]
fn check_request(server: &Server, line: &str, body: Option<&(&str, Value)>) {
    let requests = server.take();
    let [request] = requests.as_slice() else { panic!("{line}: {} requests", requests.len()) };
    assert_eq!(request.line(), line);
    assert_eq!(request.header(&header::ACCEPT), Some("application/json"), "{line}");
    assert_eq!(request.header(&header::CONTENT_TYPE), body.map(|(content_type, _)| *content_type), "{line}");
    match body {
        Some((_, body)) => assert_eq!(request.json(), *body, "{line}"),
        None => assert_eq!(request.body, "", "{line}"),
    }
}

/// Both an object and a list.
fn answer() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"}, "items": []})
}

async fn check(cases: impl IntoIterator<Item = Case>) {
    let server = Server::saying(answer());
    let kinds = Kinds::on(&server).await;
    for (call, line, body) in cases {
        call(&kinds).await.unwrap_or_else(|error| panic!("{line}: {error:?}"));
        check_request(&server, line, body.as_ref());
    }
}

const JSON: &str = "application/json";

/// A06, A21, A32, B05, B53, C13, D23, D40: one object, its subresources, and objects without a namespace.
#[tokio::test]
async fn a06_a21_a32_b05_b53_c13_d23_get() {
    check([
        (
            (|k| sent(k.pods.namespace("a").get("p"))) as fn(&Kinds) -> Sent,
            "GET /api/v1/namespaces/a/pods/p",
            None,
        ),
        (|k| sent(k.nodes.get("n")), "GET /api/v1/nodes/n", None),
        (|k| sent(k.nodes.all_namespaces().get("n")), "GET /api/v1/nodes/n", None),
        (
            |k| sent(k.pods.namespace("a").get("p").resource_version("7")),
            "GET /api/v1/namespaces/a/pods/p?resourceVersion=7",
            None,
        ),
        (
            |k| {
                let mut options = GetOptions::default();
                options.resource_version = ResourceVersion::new("0");
                sent(k.pods.namespace("a").get("p").options(options))
            },
            "GET /api/v1/namespaces/a/pods/p?resourceVersion=0",
            None,
        ),
        (
            |k| sent(k.deployments.namespace("a").subresource("scale").unwrap().get("d")),
            "GET /apis/apps/v1/namespaces/a/deployments/d/scale",
            None,
        ),
        (
            |k| sent(k.pods.subresource("sev/fetchcertchain").unwrap().namespace("a").get("p")),
            "GET /api/v1/namespaces/a/pods/p/sev/fetchcertchain",
            None,
        ),
        // What a path would take for its own is encoded.
        (|k| sent(k.nodes.get("system:node?x#y")), "GET /api/v1/nodes/system:node%3Fx%23y", None),
    ])
    .await;
}

/// A06, A32, A36, C14, C15, D24, D26, D27: selectors, limits, versions; a token goes without the version beside it.
#[tokio::test]
async fn a06_a32_a36_c14_c15_d24_d26_d27_list() {
    check([
        ((|k| sent(k.pods.all_namespaces().list())) as fn(&Kinds) -> Sent, "GET /api/v1/pods", None),
        (|k| sent(k.pods.namespace("a").list()), "GET /api/v1/namespaces/a/pods", None),
        (|k| sent(k.nodes.list()), "GET /api/v1/nodes", None),
        (
            |k| sent(k.pods.all_namespaces().list().labels("app=nginx,env in (a,b)")),
            "GET /api/v1/pods?labelSelector=app%3Dnginx%2Cenv%20in%20%28a%2Cb%29",
            None,
        ),
        (
            |k| sent(k.pods.all_namespaces().list().labels([("app", "web"), ("tier", "front")])),
            "GET /api/v1/pods?labelSelector=app%3Dweb%2Ctier%3Dfront",
            None,
        ),
        (
            |k| sent(k.pods.all_namespaces().list().fields("status.phase!=Failed")),
            "GET /api/v1/pods?fieldSelector=status.phase%21%3DFailed",
            None,
        ),
        (
            |k| {
                let list = k.pods.namespace("a").list().limit(5).resource_version("9");
                sent(list.resource_version_match(ResourceVersionMatch::Exact))
            },
            "GET /api/v1/namespaces/a/pods?limit=5&resourceVersion=9&resourceVersionMatch=Exact",
            None,
        ),
        (
            |k| {
                let list = k.pods.namespace("a").list().limit(5).continue_from("t k");
                sent(list.resource_version("9").resource_version_match(ResourceVersionMatch::Exact))
            },
            "GET /api/v1/namespaces/a/pods?limit=5&continue=t%20k",
            None,
        ),
        (
            |k| {
                let mut options = ListOptions::default();
                options.timeout_seconds = Some(30);
                sent(k.pods.namespace("a").list().labels("gone").options(options))
            },
            "GET /api/v1/namespaces/a/pods?timeoutSeconds=30",
            None,
        ),
    ])
    .await;
}

/// A07, A33, B02, B04, B53, C09, C20, D13, D40: a create says what it creates, and where.
#[tokio::test]
async fn a07_a33_b02_b04_b53_c09_c20_d13_d40_create() {
    let pod = || json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}});
    let in_a = || json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"}});
    check([
        (
            (|k| sent(k.pods.namespace("a").create(json!({"metadata": {"name": "p"}}))))
                as fn(&Kinds) -> Sent,
            "POST /api/v1/namespaces/a/pods",
            Some((JSON, pod())),
        ),
        (
            |k| sent(k.pods.create(Content::json(r#"{"metadata":{"name":"p","namespace":"a"}}"#))),
            "POST /api/v1/namespaces/a/pods",
            Some((JSON, in_a())),
        ),
        // Something of the caller's own that can be serialized; both namespaces given, and the same.
        (
            |k| {
                let content =
                    BTreeMap::from([("metadata", BTreeMap::from([("name", "p"), ("namespace", "a")]))]);
                sent(k.pods.namespace("a").create(Content::of(&content)))
            },
            "POST /api/v1/namespaces/a/pods",
            Some((JSON, in_a())),
        ),
        (
            |k| sent(k.pods.namespace("a").create(Object::parse(IN_A).unwrap())),
            "POST /api/v1/namespaces/a/pods",
            Some((JSON, in_a())),
        ),
        (
            |k| sent(k.nodes.create(json!({"metadata": {"name": "n"}, "spec": {}}))),
            "POST /api/v1/nodes",
            Some((JSON, json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {}}))),
        ),
        (
            |k| sent(k.pods.namespace("a").create(json!({"metadata": {"generateName": "p-"}}))),
            "POST /api/v1/namespaces/a/pods",
            Some((JSON, json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "p-"}}))),
        ),
        (
            |k| {
                let create = k.pods.namespace("a").create(json!({"metadata": {"name": "p"}})).dry_run();
                sent(create.field_manager("m e").field_validation(FieldValidation::Strict))
            },
            "POST /api/v1/namespaces/a/pods?dryRun=All&fieldManager=m%20e&fieldValidation=Strict",
            Some((JSON, pod())),
        ),
        (
            |k| {
                let mut options = CreateOptions::default();
                options.field_validation = Some(FieldValidation::Ignore);
                let create = k.pods.namespace("a").create(json!({"metadata": {"name": "p"}}));
                sent(create.field_manager("gone").options(options))
            },
            "POST /api/v1/namespaces/a/pods?fieldValidation=Ignore",
            Some((JSON, pod())),
        ),
        (
            |k| {
                let eviction = k.pods.namespace("a").subresource("eviction").unwrap();
                sent(eviction.create("p", json!({"metadata": {"name": "p"}})))
            },
            "POST /api/v1/namespaces/a/pods/p/eviction",
            Some((JSON, json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}))),
        ),
    ])
    .await;
}

const IN_A: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"a"}}"#;

/// A09, A23, A35, B07, C17, C18, D30: a replace, of the object, of its status, of its scale.
#[tokio::test]
async fn a09_a23_a35_b07_c17_c18_d30_replace() {
    let pod =
        || json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "resourceVersion": "7"}});
    check([
        (
            (|k| {
                let content = json!({"metadata": {"name": "p", "resourceVersion": "7"}});
                sent(k.pods.namespace("a").replace(content))
            }) as fn(&Kinds) -> Sent,
            "PUT /api/v1/namespaces/a/pods/p",
            Some((JSON, pod())),
        ),
        (
            |k| {
                let content = json!({"metadata": {"name": "p", "resourceVersion": "7"}});
                let replace = k.pods.namespace("a").replace(content).dry_run().field_manager("me");
                sent(replace.field_validation(FieldValidation::Warn))
            },
            "PUT /api/v1/namespaces/a/pods/p?dryRun=All&fieldManager=me&fieldValidation=Warn",
            Some((JSON, pod())),
        ),
        (
            |k| {
                let mut options = UpdateOptions::default();
                options.field_manager = Some("me".to_owned());
                let content = json!({"metadata": {"name": "p", "resourceVersion": "7"}});
                sent(k.pods.namespace("a").replace(content).options(options))
            },
            "PUT /api/v1/namespaces/a/pods/p?fieldManager=me",
            Some((JSON, pod())),
        ),
        (
            |k| {
                let status = k.pods.namespace("a").subresource("status").unwrap();
                sent(status.replace("p", json!({"metadata": {"name": "p", "resourceVersion": "7"}})))
            },
            "PUT /api/v1/namespaces/a/pods/p/status",
            Some((JSON, pod())),
        ),
        (
            |k| {
                let scale = k.deployments.namespace("a").subresource("scale").unwrap();
                sent(scale.replace("d", json!({"metadata": {"name": "d"}, "spec": {"replicas": 2}})))
            },
            "PUT /apis/apps/v1/namespaces/a/deployments/d/scale",
            Some((
                JSON,
                json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "d"},
                    "spec": {"replicas": 2}}),
            )),
        ),
    ])
    .await;
}

/// A08, A20, A22, B04, B06, C16, D29: the forms of a patch. One that says its namespace goes there, and `force` goes with
/// an apply alone.
#[tokio::test]
async fn a08_a20_a22_b04_b06_c16_d29_patch() {
    const MERGE: &str = "application/merge-patch+json";
    let change = || json!({"spec": {"x": null}});
    check([
        (
            (|k| sent(k.pods.namespace("a").patch("p", Patch::merge(json!({"spec": {"x": null}})))))
                as fn(&Kinds) -> Sent,
            "PATCH /api/v1/namespaces/a/pods/p",
            Some((MERGE, change())),
        ),
        (
            |k| sent(k.pods.namespace("a").patch("p", Patch::strategic(json!({"spec": {"x": null}})))),
            "PATCH /api/v1/namespaces/a/pods/p",
            Some(("application/strategic-merge-patch+json", change())),
        ),
        (
            |k| {
                let operations = json!([{"op": "remove", "path": "/spec/x"}]);
                sent(k.pods.namespace("a").patch("p", Patch::json(operations)))
            },
            "PATCH /api/v1/namespaces/a/pods/p",
            Some(("application/json-patch+json", json!([{"op": "remove", "path": "/spec/x"}]))),
        ),
        (
            |k| {
                let patch = Patch::apply(json!({"metadata": {"name": "p"}}));
                sent(k.pods.namespace("a").patch("p", patch).field_manager("me").force())
            },
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me&force=true",
            Some((APPLY, json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}))),
        ),
        (
            |k| sent(k.pods.patch("p", Patch::merge(json!({"metadata": {"namespace": "a"}})))),
            "PATCH /api/v1/namespaces/a/pods/p",
            Some((MERGE, json!({"metadata": {"namespace": "a"}}))),
        ),
        (
            |k| {
                let patch = k.pods.namespace("a").patch("p", Patch::merge(json!({"spec": {"x": null}})));
                sent(patch.dry_run().field_manager("me").field_validation(FieldValidation::Strict))
            },
            "PATCH /api/v1/namespaces/a/pods/p?dryRun=All&fieldManager=me&fieldValidation=Strict",
            Some((MERGE, change())),
        ),
        (
            |k| sent(k.pods.namespace("a").patch("p", Patch::merge(json!({"spec": {"x": null}}))).force()),
            "PATCH /api/v1/namespaces/a/pods/p",
            Some((MERGE, change())),
        ),
        (
            |k| {
                let scale = k.deployments.namespace("a").subresource("scale").unwrap();
                sent(scale.patch("d", Patch::merge(json!({"spec": {"replicas": 3}}))))
            },
            "PATCH /apis/apps/v1/namespaces/a/deployments/d/scale",
            Some((MERGE, json!({"spec": {"replicas": 3}}))),
        ),
    ])
    .await;
}

const APPLY: &str = "application/apply-patch+yaml";

/// B16, C07, C08, D11: an apply is a PATCH with a type of its own; name and namespace come from the content.
#[tokio::test]
async fn b16_c07_c08_d11_apply() {
    let pod = || json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}});
    check([
        (
            (|k| {
                let apply = k.pods.namespace("a").apply(json!({"metadata": {"name": "p"}}));
                sent(apply.field_manager("me"))
            }) as fn(&Kinds) -> Sent,
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me",
            Some((APPLY, pod())),
        ),
        (
            |k| sent(k.pods.apply(Content::json(IN_A)).field_manager("me").force().dry_run()),
            "PATCH /api/v1/namespaces/a/pods/p?dryRun=All&fieldManager=me&force=true",
            Some((
                APPLY,
                json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"}}),
            )),
        ),
        (
            |k| {
                let mut options = PatchOptions::default();
                options.field_manager = Some("me".to_owned());
                options.force = Some(false);
                options.field_validation = Some(FieldValidation::Strict);
                sent(k.pods.namespace("a").apply(json!({"metadata": {"name": "p"}})).options(options))
            },
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me&fieldValidation=Strict&force=false",
            Some((APPLY, pod())),
        ),
        (
            |k| {
                let status = k.pods.namespace("a").subresource("status").unwrap();
                sent(status.apply("p", json!({"metadata": {"name": "p"}})).field_manager("me"))
            },
            "PATCH /api/v1/namespaces/a/pods/p/status?fieldManager=me",
            Some((APPLY, pod())),
        ),
        (
            |k| {
                let content = json!({"metadata": {"name": "p", "managedFields": null}});
                sent(k.pods.namespace("a").apply(content).field_manager("me"))
            },
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me",
            Some((
                APPLY,
                json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "managedFields": null}}),
            )),
        ),
    ])
    .await;
}

/// A10, C10, D14, D15: the options of a delete travel in its body; a grace period of 0 does, too.
#[tokio::test]
async fn a10_c10_d14_d15_delete() {
    check([
        (
            (|k| sent(k.pods.namespace("a").delete("p"))) as fn(&Kinds) -> Sent,
            "DELETE /api/v1/namespaces/a/pods/p",
            Some((JSON, json!({"apiVersion": "v1", "kind": "DeleteOptions"}))),
        ),
        (
            |k| sent(k.nodes.delete("n").dry_run()),
            "DELETE /api/v1/nodes/n",
            Some((JSON, json!({"apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"]}))),
        ),
        (
            |k| {
                let delete = k.pods.namespace("a").delete("p").grace_period_seconds(0);
                sent(delete.propagation_policy(PropagationPolicy::Orphan).uid("u").resource_version("7"))
            },
            "DELETE /api/v1/namespaces/a/pods/p",
            Some((
                JSON,
                json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                    "propagationPolicy": "Orphan", "preconditions": {"uid": "u", "resourceVersion": "7"}}),
            )),
        ),
        (
            |k| {
                let mut options = DeleteOptions::default();
                options.grace_period_seconds = Some(30);
                options.propagation_policy = Some(PropagationPolicy::Foreground);
                let mut preconditions = Preconditions::default();
                preconditions.uid = Some("u".to_owned());
                options.preconditions = Some(preconditions);
                sent(k.pods.namespace("a").delete("p").dry_run().options(options))
            },
            "DELETE /api/v1/namespaces/a/pods/p",
            Some((
                JSON,
                json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 30,
                    "propagationPolicy": "Foreground", "preconditions": {"uid": "u"}}),
            )),
        ),
    ])
    .await;
}

/// C11: what the server can't read is deleted when that is said, and the older word for orphans is sent as it is said.
#[tokio::test]
async fn c11_rare_options_of_a_delete() {
    check([
        (
            (|k| {
                let delete = k.pods.namespace("a").delete("p");
                sent(delete.ignore_store_read_error_with_cluster_breaking_potential())
            }) as fn(&Kinds) -> Sent,
            "DELETE /api/v1/namespaces/a/pods/p",
            Some((
                JSON,
                json!({"apiVersion": "v1", "kind": "DeleteOptions",
                    "ignoreStoreReadErrorWithClusterBreakingPotential": true}),
            )),
        ),
        (
            |k| {
                let mut options = DeleteOptions::default();
                options.orphan_dependents = Some(false);
                sent(k.pods.namespace("a").delete("p").options(options))
            },
            "DELETE /api/v1/namespaces/a/pods/p",
            Some((JSON, json!({"apiVersion": "v1", "kind": "DeleteOptions", "orphanDependents": false}))),
        ),
    ])
    .await;
}

/// A06, B09, B11: each verb takes query parameters that no option covers, behind its own.
#[tokio::test]
async fn a06_b09_b11_parameters_of_each_verb() {
    let server = Server::saying(answer());
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let content = || json!({"metadata": {"name": "p"}});
    let calls = [
        sent(pods.get("p").resource_version("7").query("x y", "&").query("n", 1)),
        sent(pods.list().limit(2).query("x", "y")),
        sent(pods.create(content()).query("x", "y")),
        sent(pods.replace(content()).query("x", "y")),
        sent(pods.patch("p", Patch::merge(json!({}))).query("x", "y")),
        sent(pods.apply(content()).field_manager("me").query("x", "y")),
        sent(pods.patch("p", Patch::apply(content())).field_manager("me").query("x", "y")),
        sent(pods.delete("p").query("x", "y")),
        sent(pods.delete_collection().labels("a").query("x", "y")),
    ];
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(
        server.lines(),
        [
            "GET /api/v1/namespaces/a/pods/p?resourceVersion=7&x%20y=%26&n=1",
            "GET /api/v1/namespaces/a/pods?limit=2&x=y",
            "POST /api/v1/namespaces/a/pods?x=y",
            "PUT /api/v1/namespaces/a/pods/p?x=y",
            "PATCH /api/v1/namespaces/a/pods/p?x=y",
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me&x=y",
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me&x=y",
            "DELETE /api/v1/namespaces/a/pods/p?x=y",
            "DELETE /api/v1/namespaces/a/pods?labelSelector=a&x=y",
        ]
    );
}

/// B10, B11: headers of one call, in place of the verb's own. What comes back does not keep them, and what is no header
/// is an error before anything is sent.
#[tokio::test]
async fn b10_b11_headers_of_a_call() {
    let server = Server::saying(answer());
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let limit = std::time::Duration::from_secs(600);
    let get = pods.get("p").header("X-Team", "a").header("x-team", "b").header("accept", "application/yaml");
    let mut pod = get.query("x", "y").timeout(limit).await.unwrap();
    pod.refresh().await.unwrap();
    let seen = server.take();
    let team: Vec<_> = seen[0].headers.get_all("x-team").iter().collect();
    assert_eq!(team, ["a", "b"]);
    assert_eq!(seen[0].header(&header::ACCEPT), Some("application/yaml"));
    assert_eq!(seen[1].line(), "GET /api/v1/namespaces/a/pods/p");
    assert!(seen[1].headers.get("x-team").is_none());
    for (name, value) in [("no header", "x"), ("x", "two\nlines")] {
        let error = pods.delete("p").header(name, value).await.expect_err("no header");
        assert!(error.local().is_some(), "{error:?}");
    }
    assert_eq!(server.count(), 0);
}

/// A10, C12, D16: a selection is in the query, the options of the delete are in the body.
#[tokio::test]
async fn a10_c12_d16_delete_collection() {
    check([
        (
            (|k| sent(k.pods.namespace("a").delete_collection())) as fn(&Kinds) -> Sent,
            "DELETE /api/v1/namespaces/a/pods",
            Some((JSON, json!({"apiVersion": "v1", "kind": "DeleteOptions"}))),
        ),
        (
            |k| sent(k.nodes.delete_collection().labels("spare")),
            "DELETE /api/v1/nodes?labelSelector=spare",
            Some((JSON, json!({"apiVersion": "v1", "kind": "DeleteOptions"}))),
        ),
        (
            |k| {
                let delete = k.pods.namespace("a").delete_collection().labels("app=web").fields("x=y");
                let delete = delete.dry_run().grace_period_seconds(0);
                sent(delete.propagation_policy(PropagationPolicy::Background))
            },
            "DELETE /api/v1/namespaces/a/pods?labelSelector=app%3Dweb&fieldSelector=x%3Dy",
            Some((
                JSON,
                json!({"apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"], "gracePeriodSeconds": 0,
                    "propagationPolicy": "Background"}),
            )),
        ),
        (
            |k| {
                let mut list = ListOptions::default();
                list.limit = Some(3);
                list.resource_version = ResourceVersion::new("9");
                list.resource_version_match = Some(ResourceVersionMatch::NotOlderThan);
                list.timeout_seconds = Some(20);
                sent(k.pods.namespace("a").delete_collection().list_options(list))
            },
            "DELETE /api/v1/namespaces/a/pods?limit=3&resourceVersion=9&resourceVersionMatch=NotOlderThan\
             &timeoutSeconds=20",
            Some((JSON, json!({"apiVersion": "v1", "kind": "DeleteOptions"}))),
        ),
    ])
    .await;
}

/// D06, D08: what the client's builder says holds for every write; for a delete too, which else would be a real one.
#[tokio::test]
async fn d06_d08_a_dry_client_writes_nothing() {
    let server = Server::saying(answer());
    let dry = Kinds::of(builder(&server).dry_run().field_manager("me").namespace("a")).await;
    let content = || json!({"metadata": {"name": "p"}});
    let query = "dryRun=All&fieldManager=me";
    let merge = || Patch::merge(json!({}));
    let status = dry.pods.subresource("status").unwrap();
    let eviction = dry.pods.subresource("eviction").unwrap();
    let writes = [
        (sent(dry.pods.create(content())), format!("POST /api/v1/namespaces/a/pods?{query}")),
        (sent(dry.pods.replace(content())), format!("PUT /api/v1/namespaces/a/pods/p?{query}")),
        (sent(dry.pods.patch("p", merge())), format!("PATCH /api/v1/namespaces/a/pods/p?{query}")),
        (
            sent(dry.pods.patch("p", Patch::apply(content()))),
            format!("PATCH /api/v1/namespaces/a/pods/p?{query}"),
        ),
        (sent(dry.pods.apply(content())), format!("PATCH /api/v1/namespaces/a/pods/p?{query}")),
        (sent(status.replace("p", content())), format!("PUT /api/v1/namespaces/a/pods/p/status?{query}")),
        (sent(status.patch("p", merge())), format!("PATCH /api/v1/namespaces/a/pods/p/status?{query}")),
        (sent(status.apply("p", content())), format!("PATCH /api/v1/namespaces/a/pods/p/status?{query}")),
        (sent(eviction.create("p", content())), format!("POST /api/v1/namespaces/a/pods/p/eviction?{query}")),
    ];
    for (write, line) in writes {
        write.await.unwrap();
        assert_eq!(server.take().iter().map(|request| request.line()).collect::<Vec<_>>(), [line]);
    }
    for delete in [sent(dry.pods.delete("p")), sent(dry.pods.delete_collection())] {
        delete.await.unwrap();
        let requests = server.take();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].json()["dryRun"], json!(["All"]));
        assert!(!requests[0].target.contains('?'), "a delete owns no fields: {}", requests[0].target);
    }
    let read = dry.pods.get("p").await.unwrap();
    assert_eq!(server.take()[0].target, "/api/v1/namespaces/a/pods/p", "a read is no write");
    read.set_labels([("a", Some("b"))]).await.unwrap();
    assert_eq!(server.take()[0].target, format!("/api/v1/namespaces/a/pods/p?{query}"));
}

/// D06, D08: and each call can say otherwise.
#[tokio::test]
async fn d06_d08_a_call_overrides_the_client() {
    let server = Server::saying(answer());
    let dry = Kinds::of(builder(&server).dry_run().field_manager("me").namespace("a")).await;
    let mut options = PatchOptions::default();
    options.dry_run = Some(DryRun::Off);
    dry.pods.patch("p", Patch::merge(json!({}))).options(options).field_manager("you").await.unwrap();
    assert_eq!(server.take()[0].target, "/api/v1/namespaces/a/pods/p?fieldManager=you");
    let mut options = DeleteOptions::default();
    options.dry_run = Some(DryRun::Off);
    dry.pods.delete("p").options(options).await.unwrap();
    assert_eq!(server.take()[0].json(), json!({"apiVersion": "v1", "kind": "DeleteOptions"}));
    dry.pods.create(json!({"metadata": {"name": "p"}})).for_real().await.unwrap();
    assert_eq!(server.take()[0].target, "/api/v1/namespaces/a/pods?fieldManager=me");
    for delete in [sent(dry.pods.delete("p").for_real()), sent(dry.pods.delete_collection().for_real())] {
        delete.await.unwrap();
        assert_eq!(server.take()[0].json(), json!({"apiVersion": "v1", "kind": "DeleteOptions"}));
    }
    let strict = Kinds::of(builder(&server).field_validation(FieldValidation::Strict).namespace("a")).await;
    let content = json!({"metadata": {"name": "p"}});
    strict.pods.create(&content).await.unwrap();
    strict.pods.replace(&content).field_validation(FieldValidation::Ignore).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "POST /api/v1/namespaces/a/pods?fieldValidation=Strict",
            "PUT /api/v1/namespaces/a/pods/p?fieldValidation=Ignore",
        ]
    );
}

/// A12: the subresources of a kind are a list with names.
#[tokio::test]
async fn a12_subresources() {
    let kinds = Kinds::on(&Server::default()).await;
    let names: Vec<_> = kinds.deployments.api().subresources.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["scale", "status"]);
    assert_eq!(kinds.deployments.subresource("scale").unwrap().name(), "scale");
}
