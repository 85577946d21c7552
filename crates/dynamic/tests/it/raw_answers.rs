//! B12, B15: the answer to a verb, which the caller reads.

use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use steersman_dynamic::{Error, RawAnswer};
use steersman_meta::Patch;

use crate::{
    kinds::{Kinds, builder},
    server::{Part, Reply, Server, pod},
};

/// The answers to each verb, with the line of its request.
fn answers(k: &Kinds) -> Vec<(&'static str, RawAnswer)> {
    let pods = k.pods.namespace("a");
    let scale = k.deployments.namespace("a").subresource("scale").expect("it is served");
    let eviction = pods.subresource("eviction").expect("it is served");
    let content = || json!({"metadata": {"name": "p"}});
    let merge = || Patch::merge(json!({}));
    vec![
        ("GET /api/v1/namespaces/a/pods/p", pods.get("p").raw()),
        ("GET /api/v1/namespaces/a/pods?limit=2", pods.list().limit(2).raw()),
        ("POST /api/v1/namespaces/a/pods", pods.create(content()).raw()),
        ("PUT /api/v1/namespaces/a/pods/p", pods.replace(content()).raw()),
        ("PATCH /api/v1/namespaces/a/pods/p", pods.patch("p", merge()).raw()),
        (
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me",
            pods.patch("p", Patch::apply(content())).field_manager("me").raw(),
        ),
        (
            "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me",
            pods.apply(content()).field_manager("me").raw(),
        ),
        ("DELETE /api/v1/namespaces/a/pods/p", pods.delete("p").raw()),
        ("DELETE /api/v1/namespaces/a/pods?labelSelector=a", pods.delete_collection().labels("a").raw()),
        ("GET /apis/apps/v1/namespaces/a/deployments/d/scale", scale.get("d").raw()),
        ("PATCH /apis/apps/v1/namespaces/a/deployments/d/scale", scale.patch("d", merge()).raw()),
        ("PUT /apis/apps/v1/namespaces/a/deployments/d/scale", scale.replace("d", json!({})).raw()),
        (
            "PATCH /apis/apps/v1/namespaces/a/deployments/d/scale?fieldManager=me",
            scale.apply("d", json!({})).field_manager("me").raw(),
        ),
        ("POST /api/v1/namespaces/a/pods/p/eviction", eviction.create("p", json!({})).raw()),
    ]
}

/// B12 (`serialize=False`): bytes, status and headers of each verb, whatever is in them.
#[tokio::test]
async fn b12_bytes_of_each_verb() {
    let count = answers(&Kinds::on(&Server::default()).await).len();
    let odd = || Reply::text(202, "text/plain", "no JSON").with_header(header::ETAG, "7");
    let server = Server::replying((0..count).map(|_| odd()));
    for (line, answer) in answers(&Kinds::on(&server).await) {
        let answer = answer.await.expect(line);
        assert_eq!(server.take().pop().map(|seen| seen.line()).as_deref(), Some(line));
        assert_eq!(
            (answer.status(), &answer.headers()[header::ETAG]),
            (StatusCode::ACCEPTED, &"7".parse().unwrap())
        );
        assert_eq!(answer.body(), "no JSON", "{line}");
    }
}

/// B12 (`serializer=`): a type of one's own, a closure, text, and the body as it comes, of each verb.
#[tokio::test]
async fn b12_ones_own_reading() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        metadata: Metadata,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Metadata {
        name: String,
    }

    let server = Server::saying(pod("p", 7));
    let k = Kinds::on(&server).await;
    for (line, answer) in answers(&k) {
        let named: Named = answer.value().await.expect(line);
        assert_eq!(named, Named { metadata: Metadata { name: "p".to_owned() } });
    }
    for (line, answer) in answers(&k) {
        let read = answer.decode(|head, body| Ok::<_, std::io::Error>((head.status, body.len()))).await;
        assert_eq!(read.expect(line), (StatusCode::OK, pod("p", 7).to_string().len()));
    }
    for (line, answer) in answers(&k) {
        assert_eq!(answer.text().await.expect(line), pod("p", 7).to_string());
    }
    for (line, answer) in answers(&k) {
        let body = answer.stream().await.expect(line).into_body();
        assert_eq!(body.collect(1 << 10).await.expect(line), pod("p", 7).to_string());
    }
    let streaming = Server::replying([Reply::stream([
        Part::Bytes(Bytes::from_static(b"one ")),
        Part::Wait(Duration::from_millis(1)),
        Part::Bytes(Bytes::from_static(b"two")),
    ])]);
    let list = Kinds::on(&streaming).await.pods.all_namespaces().list();
    let mut body = list.raw().stream().await.expect("an answer").into_body();
    assert_eq!(body.next_chunk().await.expect("a chunk").expect("a chunk"), "one ");
}

/// B12, B13: what goes wrong says on which object, and tells nothing of what the answer holds.
#[tokio::test]
async fn b12_b13_failures() {
    let secret = || Reply::json(json!({"spec": {"count": "hunter2"}, "kind": "Pod"}));
    type Count = std::collections::BTreeMap<String, std::collections::BTreeMap<String, u8>>;
    let get = async |reply: Reply| {
        let server = Server::replying([reply]);
        Kinds::on(&server).await.pods.namespace("a").get("p").raw()
    };
    let cases: [(BoxFuture<'static, Result<(), Error>>, &str); 4] = [
        (
            get(secret()).await.value::<Count>().map(|value| value.map(drop)).boxed(),
            "could not get v1 Pod a/p\n  because the answer does not read as alloc::collections::btree::map::BTreeMap<",
        ),
        (
            get(Reply::text(200, "text/plain", "hunter2"))
                .await
                .value::<Value>()
                .map(|it| it.map(drop))
                .boxed(),
            "could not get v1 Pod a/p\n  because the answer is no JSON: see line 1, column 1",
        ),
        (
            get(secret()).await.decode(|_, _| Err::<(), _>("not for me")).boxed(),
            "could not get v1 Pod a/p\n  because not for me",
        ),
        (
            get(Reply::status(404, "NotFound", "no such pod"))
                .await
                .text()
                .map(|text| text.map(drop))
                .boxed(),
            "could not get v1 Pod a/p\n  because",
        ),
    ];
    for (call, want) in cases {
        let error = call.await.expect_err(want);
        assert!(format!("{error:?}").starts_with(want), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    // E07: a refusal is an answer too, where that is asked for.
    let answer =
        get(Reply::status(404, "NotFound", "no such pod")).await.any_status().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    // A Status of failure under a code of success is no success.
    let status = crate::server::status(200, "Expired", "no");
    let error = get(Reply::json(status)).await.await.expect_err("a failure");
    assert!(error.status().is_some(), "{error:?}");
}

/// B12: what the verb checks and adds, it does here too.
#[tokio::test]
async fn b12_a_raw_verb_is_the_verb() {
    let server = Server::saying(pod("p", 7));
    let dry = Kinds::of(builder(&server).dry_run().field_manager("me").namespace("a")).await;
    dry.pods
        .create(json!({"metadata": {"name": "p"}}))
        .query("x", "y")
        .header("X-Team", "blue")
        .raw()
        .await
        .unwrap();
    dry.pods.delete("p").raw().await.unwrap();
    dry.pods.metadata_only().get("p").raw().await.unwrap();
    let seen = server.take();
    assert_eq!(seen[0].line(), "POST /api/v1/namespaces/a/pods?dryRun=All&fieldManager=me&x=y");
    assert_eq!(seen[0].json(), json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}));
    assert!(seen[0].headers.contains_key("x-team"));
    assert_eq!(seen[1].json()["dryRun"], json!(["All"]));
    assert!(seen[2].header(&header::ACCEPT).is_some_and(|accept| accept.contains("PartialObjectMetadata")));
    let k = Kinds::on(&server).await;
    for call in [k.pods.get("p").raw(), k.pods.namespace("a").apply(json!({"metadata": {"name": "p"}})).raw()]
    {
        let shown = format!("{call:?}");
        assert!(shown.contains("could not"), "{shown}");
        assert!(call.await.expect_err("it says too little").local().is_some());
    }
    assert_eq!(server.count(), 0);
}
