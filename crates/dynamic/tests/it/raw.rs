//! Requests by hand: where they go, with what, and what is made of the answer.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, header, response::Parts};
use serde_json::{Value, json};
use steersman_dynamic::{DynamicClient, Error, LocalError, RawRequest};
use steersman_meta::{
    DeleteOptions, DryRun, LabelSelector, ListOptions, Patch, PatchOptions, PropagationPolicy,
};
use steersman_transport::{RequestTimeouts, RetryPolicy, TimeoutOverride};

use crate::server::{Part, Reply, Server};

fn cluster(server: &Server) -> DynamicClient {
    DynamicClient::new(server.client())
}

fn get(server: &Server) -> RawRequest {
    cluster(server).request(Method::GET)
}

/// B08, E08, E09: the version, the namespace, the url and the base say where it goes.
#[tokio::test]
async fn b08_e08_e09_where_it_goes() {
    let server = Server::saying(json!({}));
    let ask = || get(&server);
    for (request, want) in [
        (ask(), "GET /api/v1"),
        (ask().url("pods"), "GET /api/v1/pods"),
        (ask().url("pods").namespace(""), "GET /api/v1/pods"),
        (ask().url("pods").namespace("shop"), "GET /api/v1/namespaces/shop/pods"),
        (
            ask().version("v1").namespace("shop").url("pods/web-0/log"),
            "GET /api/v1/namespaces/shop/pods/web-0/log",
        ),
        (ask().version("apps/v1").url("deployments"), "GET /apis/apps/v1/deployments"),
        (
            ask().version("a.example.com/v1beta2").namespace("n").url("widgets/w"),
            "GET /apis/a.example.com/v1beta2/namespaces/n/widgets/w",
        ),
        (ask().base("/version"), "GET /version"),
        (ask().base("/version").version(""), "GET /version"),
        (ask().base("readyz").query("verbose", ""), "GET /readyz?verbose="),
        (ask().base("/apis").version("apps"), "GET /apis/apps"),
        (ask().base("apis/apps/v1/namespaces/a/deployments"), "GET /apis/apps/v1/namespaces/a/deployments"),
        (ask().base("/apis/x").version("v1").namespace("n").url("y"), "GET /apis/x/v1/namespaces/n/y"),
        (cluster(&server).request(Method::DELETE).url("nodes/n"), "DELETE /api/v1/nodes/n"),
        (ask().url("nodes/n x?watch=1#y"), "GET /api/v1/nodes/n%20x%3Fwatch=1%23y"),
    ] {
        let shown = format!("{request:?}");
        request.await.unwrap_or_else(|error| panic!("{shown}: {error:?}"));
        assert_eq!(server.take().pop().map(|seen| seen.line()).as_deref(), Some(want), "{shown}");
    }
}

/// E10, E08: what leads nowhere, or elsewhere, is not sent.
#[tokio::test]
async fn e10_what_can_not_be_sent() {
    let server = Server::saying(json!({}));
    let ask = || get(&server);
    let unknown = |version: &str| LocalError::UnknownApiVersion { version: version.to_owned() };
    for (version, want) in [("apps", "apps"), ("v2", "v2"), ("", "")] {
        let error = ask().version(version).url("pods").await.expect_err(version);
        assert_eq!(error.local(), Some(&unknown(want)));
        assert!(error.hint().is_some_and(|hint| hint.contains(".base(")), "{error:?}");
    }
    let said = format!("{:?}", ask().version("apps").url("pods").await.expect_err("no such version"));
    assert!(said.contains(r#"unknown API version "apps": the base must be specified"#), "{said}");
    for bad in ["..", "pods/../secrets", "pods//x", "/pods", "pods/", "a%2fb", "a%2Fb", "a\r\nb", "a\0", "."]
    {
        for request in [
            ask().url(bad),
            ask().base(bad.trim_start_matches('/').to_owned() + "/.."),
            ask().version(format!("apps/{bad}")),
            ask().namespace(bad),
        ] {
            let shown = format!("{request:?}");
            let error = request.await.expect_err(&shown);
            assert!(matches!(error.local(), Some(LocalError::Name(_))), "{shown}: {error:?}");
        }
    }
    for (name, value) in
        [("x y", "a"), ("", "a"), ("authorization", "secret\r\nx: y"), ("a\nb", "c"), ("x", "secret\0")]
    {
        let error = ask().header(name, value).await.expect_err(name);
        assert_eq!(error.local(), Some(&LocalError::Header { name: name.to_owned() }));
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    let error = ask().body("text/plain\r\n", Bytes::new()).await.expect_err("no content type");
    assert_eq!(error.local(), Some(&LocalError::Header { name: "content-type".to_owned() }));
    let error = ask().query("labelSelector", "x".repeat(70_000)).await.expect_err("too long");
    assert!(matches!(error.local(), Some(LocalError::UriTooLong { .. })), "{error:?}");
    assert_eq!(server.count(), 0);
}

/// B09, B10, B11: parameters, options of the verbs, headers, and the types of what is sent and asked for.
#[tokio::test]
async fn b09_b10_b11_what_goes_with_it() {
    let server = Server::saying(json!({}));
    let client = cluster(&server);
    let mut list = ListOptions::default();
    list.label_selector = LabelSelector::from("app in (a,b)");
    list.limit = Some(5);
    let mut patch = PatchOptions::default();
    patch.dry_run = Some(DryRun::All);
    patch.force = Some(false);
    let lines = [
        (
            client.request(Method::GET).url("pods").queries(&list.query()).query("pretty", true),
            "GET /api/v1/pods?labelSelector=app%20in%20%28a%2Cb%29&limit=5&pretty=true",
            (Some("application/json"), None),
            Value::Null,
        ),
        (
            client
                .request(Method::PATCH)
                .url("pods/p")
                .queries(&patch.query())
                .body(Patch::merge(json!({})).patch_type().content_type(), r#"{"a":1}"#),
            "PATCH /api/v1/pods/p?dryRun=All&force=false",
            (Some("application/json"), Some("application/merge-patch+json")),
            json!({"a": 1}),
        ),
        (
            client.request(Method::POST).url("pods").content(json!({"kind": "Pod"})).header("X-Own", "1"),
            "POST /api/v1/pods",
            (Some("application/json"), Some("application/json")),
            json!({"kind": "Pod"}),
        ),
        (
            client
                .request(Method::POST)
                .url("pods")
                .content(json!({}))
                .header("ACCEPT", "application/yaml")
                .header("Content-Type", "application/yaml"),
            "POST /api/v1/pods",
            (Some("application/yaml"), Some("application/yaml")),
            json!({}),
        ),
        (
            client.request(Method::DELETE).url("pods/p").content({
                let mut options = DeleteOptions::default();
                options.propagation_policy = Some(PropagationPolicy::Foreground);
                options.body()
            }),
            "DELETE /api/v1/pods/p",
            (Some("application/json"), Some("application/json")),
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"}),
        ),
        (
            client.request(Method::GET).url("pods").query("_", "a&b=c #?").query("é", "+"),
            "GET /api/v1/pods?_=a%26b%3Dc%20%23%3F&%C3%A9=%2B",
            (Some("application/json"), None),
            Value::Null,
        ),
    ];
    for (request, line, (accept, content_type), body) in lines {
        request.await.unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let seen = server.take().pop().expect("a request");
        assert_eq!(seen.line(), line);
        assert_eq!(
            (seen.header(&header::ACCEPT), seen.header(&header::CONTENT_TYPE)),
            (accept, content_type)
        );
        assert_eq!(seen.headers.get_all(header::CONTENT_TYPE).iter().count(), content_type.iter().count());
        assert_eq!(if seen.body.is_empty() { Value::Null } else { seen.json() }, body, "{line}");
    }
}

/// B12, E07: the answer as it is, as text, as a value, read by the caller, and as it comes.
#[tokio::test]
async fn b12_e07_answers() {
    let one = || Server::replying([Reply::json(json!({"kind": "Pod", "spec": {"x": 1}}))]);
    let whole = get(&one()).await.expect("an answer");
    assert_eq!(
        (whole.status(), whole.headers()[header::CONTENT_TYPE].as_bytes()),
        (StatusCode::OK, &b"application/json"[..])
    );
    assert_eq!(get(&one()).text().await.expect("text"), r#"{"kind":"Pod","spec":{"x":1}}"#);
    let value: Value = get(&one()).value().await.expect("a value");
    assert_eq!(value["spec"]["x"], 1);
    let length = |head: &Parts, body: Bytes| Ok::<_, std::io::Error>((head.status, body.len()));
    assert_eq!(get(&one()).decode(length).await.expect("a length"), (StatusCode::OK, 29));
    let refusing = |_: &Parts, _: Bytes| Err::<(), _>("not for me");
    let error = get(&one()).decode(refusing).await.expect_err("its own error");
    assert!(format!("{error:?}").contains("not for me"), "{error:?}");
    let error = get(&Server::replying([Reply::text(200, "text/plain", "no JSON")])).value::<Value>().await;
    assert!(error.expect_err("no JSON").status().is_none());

    let server = Server::replying([Reply::stream([
        Part::Bytes(Bytes::from_static(b"one ")),
        Part::Wait(Duration::from_millis(1)),
        Part::Bytes(Bytes::from_static(b"two")),
    ])]);
    let mut body = get(&server).url("pods/p/log").stream().await.expect("an answer").into_body();
    let mut text = Vec::new();
    while let Some(chunk) = body.next_chunk().await {
        text.push(chunk.expect("a chunk"));
    }
    assert_eq!(text, ["one ", "two"]);
}

/// E07 (`raise_for_status`): a refusal is an error, or an answer where that is asked for.
#[tokio::test]
async fn e07_refusals_by_choice() {
    let refusing = || Server::replying([Reply::status(404, "NotFound", "no such page")]);
    let failed: [Error; 4] = [
        get(&refusing()).await.map(drop).expect_err("404"),
        get(&refusing()).text().await.map(drop).expect_err("404"),
        get(&refusing()).value::<Value>().await.map(drop).expect_err("404"),
        get(&refusing()).namespace("shop").url("pods").stream().await.map(drop).expect_err("404"),
    ];
    for error in &failed {
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.status().and_then(|status| status.message.as_deref()), Some("no such page"));
    }
    assert_eq!(failed[3].to_string(), "could not request GET pods in namespace shop");
    let answer = get(&refusing()).any_status().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(String::from_utf8_lossy(answer.body()).contains("no such page"));
    let answer = get(&refusing()).any_status().stream().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let value: Value = get(&refusing()).any_status().value().await.expect("a value");
    assert_eq!(value["reason"], "NotFound");
}

/// B11 (`_request_timeout`): what the layers below are told.
#[tokio::test]
async fn b11_extensions_reach_the_stack() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let keep = std::sync::Arc::clone(&seen);
    let service = tower::service_fn(move |request: http::Request<steersman_transport::Body>| {
        let all = request.extensions();
        *keep.lock().expect("no panic") =
            Some((all.get::<RequestTimeouts>().copied(), all.get::<RetryPolicy>().copied()));
        async { Ok::<_, std::io::Error>(http::Response::new(steersman_transport::Body::empty())) }
    });
    let cluster = DynamicClient::new(steersman_transport::Client::from_service(service));
    let limit = Duration::from_secs(3);
    cluster.request(Method::GET).timeout(limit).extension(RetryPolicy::never()).await.expect("an answer");
    let (timeouts, retry) = seen.lock().expect("no panic").take().expect("a request");
    assert_eq!(timeouts.map(|timeouts| timeouts.total), Some(TimeoutOverride::After(limit)));
    assert_eq!(retry, Some(RetryPolicy::never()));
    // D04: what is read as it comes has no limits but those that are said.
    cluster.request(Method::GET).stream().await.expect("an answer");
    let (timeouts, _) = seen.lock().expect("no panic").take().expect("a request");
    assert_eq!(timeouts, Some(RequestTimeouts::for_streaming()));
    cluster.request(Method::GET).timeout(limit).stream().await.expect("an answer");
    let (timeouts, _) = seen.lock().expect("no panic").take().expect("a request");
    assert_eq!(timeouts.map(|timeouts| timeouts.total), Some(TimeoutOverride::After(limit)));
}

/// It prints where it goes, and nothing that may be a secret.
#[test]
fn debug_shows_no_secret() {
    let server = Server::saying(json!({}));
    let request = get(&server)
        .version("v1")
        .namespace("shop")
        .url("secrets")
        .query("continue", "CANARY")
        .header("authorization", "Bearer CANARY")
        .content(json!({"stringData": {"password": "CANARY"}}));
    let shown = format!("{request:?}");
    assert!(shown.contains("shop") && !shown.contains("CANARY"), "{shown}");
}

/// D08: of a client that only tries, a request by hand only tries too, unless it is meant.
#[tokio::test]
async fn d08_a_client_that_only_tries() {
    let server = Server::saying(json!({}));
    let cluster =
        DynamicClient::builder().client(server.client()).dry_run().connect().await.expect("a client");
    let ask = |method| cluster.request(method).url("nodes/n");
    for (request, want) in [
        (ask(Method::GET), "GET /api/v1/nodes/n"),
        (ask(Method::DELETE), "DELETE /api/v1/nodes/n?dryRun=All"),
        (ask(Method::POST).query("pretty", "true"), "POST /api/v1/nodes/n?pretty=true&dryRun=All"),
        (ask(Method::PUT).query("dryRun", "All"), "PUT /api/v1/nodes/n?dryRun=All"),
        (ask(Method::DELETE).for_real(), "DELETE /api/v1/nodes/n"),
        (ask(Method::DELETE).content(json!({})).for_real(), "DELETE /api/v1/nodes/n"),
        (ask(Method::POST).url("nodes/n/proxy/x").for_real(), "POST /api/v1/nodes/n/proxy/x"),
        (ask(Method::GET).url("nodes/n/proxy/x"), "GET /api/v1/nodes/n/proxy/x"),
        (ask(Method::POST).url("widgets/proxy"), "POST /api/v1/widgets/proxy?dryRun=All"),
    ] {
        request.await.expect(want);
        assert_eq!(server.take().pop().map(|seen| seen.line()).as_deref(), Some(want));
    }
    // What a server would carry out all the same is not sent: it looks for a delete's options in its body alone.
    for (request, what) in [
        (ask(Method::DELETE).content(json!({"gracePeriodSeconds": 0})), "a DELETE with a body"),
        (ask(Method::DELETE).content(json!({"dryRun": ["All"]})), "a DELETE with a body"),
        (ask(Method::POST).url("nodes/n/proxy/x"), "what is asked of the other side"),
        (ask(Method::DELETE).namespace("a").url("services/s/proxy"), "what is asked of the other side"),
        (ask(Method::POST).url("pods/p/exec").namespace("a"), "what is asked of the other side"),
        (ask(Method::PUT).query("dryRun", ""), "a dryRun of another value"),
    ] {
        let error = request.await.unwrap_err();
        assert_eq!(error.local(), Some(&LocalError::RealInDryRun { what }), "{error:?}");
    }
    assert_eq!(server.count(), 0);
}
