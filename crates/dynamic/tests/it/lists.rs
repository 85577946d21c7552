//! Lists: whole, in pages, and as streams.

use std::{future, io};

use bytes::Bytes;
use futures::{StreamExt, channel::mpsc};
use serde_json::json;

use crate::{
    kinds::Kinds,
    server::{Reply, Server, page, pod},
};

/// A17, A18, A19, B42, D40: the objects with the list's own metadata; items say what they are.
#[tokio::test]
async fn a17_a18_a19_b42_d40_a_list() {
    let bare = |name: &str| json!({"metadata": {"name": name, "namespace": "a"}});
    let reply = || {
        Reply::json(json!({"kind": "PodList", "apiVersion": "v1",
            "metadata": {"resourceVersion": "12", "continue": "tok", "remainingItemCount": 3},
            "items": [bare("p"), bare("q")]}))
    };
    let other = page(12, "", [bare("p"), bare("q")]);
    let fewer = Reply::json(json!({"kind": "PodList", "apiVersion": "v1",
        "metadata": {"resourceVersion": "12", "continue": "tok", "remainingItemCount": 3}, "items": [bare("p")]}));
    let server = Server::replying([reply(), reply(), other, fewer]);
    let kinds = Kinds::on(&server).await;
    let list = kinds.pods.all_namespaces().list().limit(2).await.unwrap();
    assert_eq!((list.len(), list.is_empty()), (2, false));
    assert_eq!(list.items().iter().map(|pod| pod.name()).collect::<Vec<_>>(), ["p", "q"]);
    assert_eq!((list.items()[0].kind(), list.items()[0].api_version()), ("Pod", "v1"));
    assert_eq!(list.metadata().resource_version.as_deref(), Some("12"));
    assert_eq!(list.metadata().next_page(), Some("tok"));
    assert_eq!(list.metadata().remaining_item_count, Some(3));
    let item =
        |name: &str| json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "a"}});
    assert_eq!(
        list.to_value(),
        json!({"kind": "PodList", "apiVersion": "v1",
            "metadata": {"resourceVersion": "12", "continue": "tok", "remainingItemCount": 3},
            "items": [item("p"), item("q")]})
    );
    assert_eq!((&list).into_iter().count(), list.iter().count());
    let again = kinds.pods.namespace("a").list().await.unwrap();
    assert_eq!(list, again, "equality is by content; handles do not matter");
    assert_ne!(list, kinds.pods.namespace("a").list().await.unwrap(), "other metadata");
    assert_ne!(list, kinds.pods.namespace("a").list().await.unwrap(), "other items");
    assert_eq!(
        list.into_iter().map(|pod| pod.into_object()).collect::<Vec<_>>(),
        [again.items()[0].object().clone(), again.items()[1].object().clone()]
    );
}

/// A36: the items of a list over all namespaces have verbs that go to their own.
#[tokio::test]
async fn a36_items_have_verbs() {
    let server = Server::replying([page(9, "", [pod("p", 1)]), Reply::json(pod("p", 2))]);
    let list = Kinds::on(&server).await.pods.all_namespaces().list().await.unwrap();
    list.items()[0].set_labels([("x", Some("y"))]).await.unwrap();
    assert_eq!(server.lines(), ["GET /api/v1/pods", "PATCH /api/v1/namespaces/a/pods/p"]);
}

/// B42, C14: no items are none, however that is said.
#[tokio::test]
async fn b42_c14_empty_lists() {
    for items in [json!(null), json!([])] {
        let reply = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items});
        let server = Server::saying(reply);
        let pods = Kinds::on(&server).await.pods.all_namespaces();
        assert!(pods.list().await.unwrap().is_empty());
        assert_eq!(pods.list().stream().try_next().await.unwrap(), None);
        assert_eq!(server.count(), 2);
    }
}

/// C15, D24: a page is asked for when the stream comes to it, not before; the last has no token, or an empty one. A token
/// stands without the version that the first page was asked for.
#[tokio::test]
async fn c15_d24_pages_as_they_are_read() {
    let server = Server::replying([
        page(9, "one", [pod("p", 1), pod("q", 2)]),
        page(9, "two", []),
        page(9, "", [pod("r", 3)]),
    ]);
    let kinds = Kinds::on(&server).await;
    let list = kinds.pods.namespace("a").list().labels("app=web").limit(2).resource_version("9");
    let mut pods = list.stream();
    assert_eq!(server.count(), 0, "a stream that is not read asks for nothing");
    for (name, requests) in [("p", 1), ("q", 1), ("r", 3)] {
        assert_eq!(pods.try_next().await.unwrap().unwrap().name(), name);
        assert_eq!(server.count(), requests, "{name}");
    }
    assert_eq!(pods.try_next().await.unwrap(), None);
    assert_eq!(pods.try_next().await.unwrap(), None, "and stays over");
    let path = "GET /api/v1/namespaces/a/pods?labelSelector=app%3Dweb&limit=2";
    assert_eq!(
        server.lines(),
        [format!("{path}&resourceVersion=9"), format!("{path}&continue=one"), format!("{path}&continue=two")]
    );
}

/// D24: pages have a size by themselves; the whole list has none.
#[tokio::test]
async fn d24_sizes() {
    let server = Server::replying([page(9, "", []), page(9, "", []), page(9, "", [])]);
    let nodes = Kinds::on(&server).await.nodes;
    nodes.list().stream().collect::<Vec<_>>().await;
    nodes.list().limit(7).stream().collect::<Vec<_>>().await;
    nodes.list().await.unwrap();
    assert_eq!(
        server.lines(),
        ["GET /api/v1/nodes?limit=500", "GET /api/v1/nodes?limit=7", "GET /api/v1/nodes"]
    );
}

/// C15, D24: a token that has expired ends the stream with an error that says so; what came before has been given.
#[tokio::test]
async fn c15_d24_a_token_that_expires() {
    let server = Server::replying([
        page(9, "old", [pod("p", 1)]),
        Reply::status(410, "Expired", "The provided continue parameter is too old"),
    ]);
    let mut pods = Kinds::on(&server).await.pods.all_namespaces().list().stream();
    assert_eq!(pods.try_next().await.unwrap().unwrap().name(), "p");
    let error = pods.try_next().await.expect_err("expired");
    assert!(error.is_expired());
    assert_eq!(
        error.report().to_string(),
        "could not list v1 Pod\
         \n  because GET /api/v1/pods?limit=500&continue=[redacted]: the server answered 410 Gone\
         \n  because The provided continue parameter is too old\
         \n  hint: start over without the old version or continue token"
    );
    assert_eq!(pods.try_next().await.unwrap(), None, "nothing comes behind an error");
    assert_eq!(server.count(), 2);
}

/// A future that is dropped loses nothing: the page that is under way is neither lost nor asked for again. An object is
/// there with its last byte, long before the page is.
#[tokio::test]
async fn d24_dropped_futures_lose_nothing() {
    let (rest, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let server = Server::replying([page(9, "one", [pod("p", 1)]), Reply::body(body)]);
    let mut pods = Kinds::on(&server).await.pods.all_namespaces().list().stream();
    assert_eq!(pods.try_next().await.unwrap().unwrap().name(), "p");
    let before = format!(r#"{{"kind":"PodList","apiVersion":"v1","items":[{}"#, pod("q", 2));
    let behind = r#", {"metadata":{"name":"r"}}],"metadata":{"resourceVersion":"9"}}"#;
    for (text, names) in [(before.as_str(), ["q"]), (behind, ["r"])] {
        let mut seen = Vec::new();
        for part in text.as_bytes().chunks(7) {
            tokio::select! {
                biased;
                next = pods.try_next() => seen.extend(next.unwrap()),
                () = future::ready(()) => {}
            }
            rest.unbounded_send(Ok(Bytes::copy_from_slice(part))).unwrap();
        }
        if seen.is_empty() {
            seen.extend(pods.try_next().await.unwrap());
        }
        assert_eq!(seen.iter().map(|pod| pod.name()).collect::<Vec<_>>(), names);
    }
    drop(rest);
    assert_eq!(pods.try_next().await.unwrap(), None);
    assert_eq!(server.count(), 2);
}

/// G8, D24: a page that breaks off is an error behind its last whole object, streamed or awaited; and no end of a list.
#[tokio::test]
async fn d24_a_page_that_breaks_off() {
    let text = |end: &str| format!(r#"{{"kind":"PodList","items":[{{"metadata":{{"name":"p"}}}}{end}"#);
    for (end, broken, cause) in [
        ("", false, "the JSON text ends too early"),
        (",{\"metadata\"", false, "the JSON text ends too early"),
        ("]", false, "the JSON text ends too early"),
        (",", true, "reset"),
        ("]} {", false, "not JSON"),
        (",3]}", false, "the array holds something else than an object"),
    ] {
        let body = || {
            let (rest, body) = mpsc::unbounded::<io::Result<Bytes>>();
            rest.unbounded_send(Ok(text(end).into())).unwrap();
            if broken {
                rest.unbounded_send(Err(io::ErrorKind::ConnectionReset.into())).unwrap();
            }
            Reply::body(body)
        };
        let server = Server::replying([body(), body()]);
        let pods = Kinds::on(&server).await.pods.all_namespaces();
        let mut stream = pods.list().stream();
        assert_eq!(stream.try_next().await.unwrap().unwrap().name(), "p", "{end}");
        let error = stream.try_next().await.expect_err(end);
        assert!(error.report().to_string().contains(cause), "{end}: {error:?}");
        assert_eq!(stream.try_next().await.unwrap(), None, "nothing comes behind an error");
        let error = pods.list().await.expect_err(end);
        assert!(error.report().to_string().contains(cause), "{end}: {error:?}");
    }
}

/// B42: what is no list is an error that says what it is.
#[tokio::test]
async fn b42_what_is_no_list() {
    for (reply, cause) in [
        (json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": []}), "it is a Table, and no list"),
        (json!({"kind": "Status", "status": "Failure", "message": "too many", "code": 429}), "too many"),
        (json!({"kind": "Status", "status": "Success"}), "it is a Status, and no list"),
        (json!({"kind": "PodList", "items": {}}), "its member \"items\" is of the wrong type: Object"),
        (
            json!({"kind": "PodList", "metadata": 3, "items": []}),
            "its member \"metadata\" is of the wrong type: Number",
        ),
        (
            json!({"kind": "PodList", "items": [{"metadata": []}]}),
            "item 0 of the list, counted from 0, is no object",
        ),
        (json!([]), "it is no JSON object: Array"),
    ] {
        let server = Server::replying([Reply::json(reply.clone()), Reply::json(reply.clone())]);
        let pods = Kinds::on(&server).await.pods.all_namespaces();
        for error in
            [pods.list().await.expect_err(cause), pods.list().stream().try_next().await.expect_err(cause)]
        {
            assert!(error.report().to_string().contains(cause), "{reply}: {error:?}");
        }
    }
}

/// D40: items say what they are, whether the list says it before them, behind them, or not at all; a list that turns out
/// to be one of something else is an error.
#[tokio::test]
async fn d40_items_are_named_whatever_the_order() {
    let items = r#""items":[{"metadata":{"name":"p"}}]"#;
    for (text, kind) in [
        (format!(r#"{{"kind":"PodList","apiVersion":"v1",{items}}}"#), Ok("Pod")),
        (format!(r#"{{{items},"kind":"PodList","apiVersion":"v1"}}"#), Ok("Pod")),
        (format!(r#"{{{items}}}"#), Ok("Pod")),
        (format!(r#"{{"kind":"List",{items}}}"#), Ok("")),
        (format!(r#"{{{items},"kind":"NodeList","apiVersion":"v1"}}"#), Err("v1 Node")),
        (format!(r#"{{{items},"kind":"List"}}"#), Err("of any kind")),
    ] {
        let body = || {
            let (rest, body) = mpsc::unbounded::<io::Result<Bytes>>();
            rest.unbounded_send(Ok(text.clone().into())).unwrap();
            Reply::body(body)
        };
        let server = Server::replying([body()]);
        match (Kinds::on(&server).await.pods.all_namespaces().list().await, kind) {
            (Ok(pods), Ok(kind)) => assert_eq!(pods.items()[0].kind(), kind, "{text}"),
            (Err(error), Err(said)) => {
                assert!(error.report().to_string().contains(said), "{text}: {error:?}");
            }
            (list, _) => panic!("{text}: {list:?}"),
        }
    }
}

/// D25: the version of the list is known from the first page on, and not before.
#[tokio::test]
async fn d25_metadata_of_a_stream() {
    let first = json!({"kind": "PodList", "apiVersion": "v1", "items": [pod("p", 1)],
        "metadata": {"resourceVersion": "9", "continue": "one", "remainingItemCount": 1}});
    let server = Server::replying([Reply::json(first), page(9, "", [pod("q", 2)])]);
    let mut pods = Kinds::on(&server).await.pods.all_namespaces().list().stream();
    assert_eq!(pods.metadata(), None, "nothing has been asked for");
    pods.try_next().await.unwrap();
    pods.try_next().await.unwrap();
    let metadata = pods.metadata().expect("a page has been read");
    assert_eq!(metadata.resource_version.as_deref(), Some("9"));
    assert_eq!(pods.try_next().await.unwrap(), None);
    let metadata = pods.metadata().expect("all has been read");
    assert_eq!((metadata.resource_version.as_deref(), metadata.next_page()), (Some("9"), None));
    assert_eq!(metadata.remaining_item_count, None);
    assert!(!pods.is_inconsistent());
}

/// C15, D24: by choice, a list goes on with the token that the server offers for one that has expired, and says so; a
/// second one at the same page is an error.
#[tokio::test]
async fn d24_going_on_when_expired() {
    let expired = |token: &str| {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410,
            "message": "too old", "metadata": {"continue": token}});
        Reply::text(410, "application/json", status.to_string())
    };
    let server = Server::replying([
        page(9, "old", [pod("p", 1)]),
        expired("new"),
        page(12, "newer", [pod("q", 2)]),
        expired("newest"),
        expired("again"),
    ]);
    let mut pods = Kinds::on(&server).await.pods.namespace("a").list().stream().going_on_when_expired();
    assert_eq!(pods.try_next().await.unwrap().unwrap().name(), "p");
    assert!(!pods.is_inconsistent());
    assert_eq!(pods.try_next().await.unwrap().unwrap().name(), "q");
    assert!(pods.is_inconsistent());
    let error = pods.try_next().await.expect_err("expired again");
    assert!(error.is_expired());
    assert_eq!(pods.metadata().and_then(|list| list.resource_version.as_deref()), Some("12"));
    let tokens: Vec<_> =
        server.lines().iter().map(|line| line.rsplit('=').next().unwrap().to_owned()).collect();
    assert_eq!(tokens, ["500", "old", "new", "newer", "newest"]);

    let server = Server::replying([page(9, "old", [pod("p", 1)]), expired("")]);
    let mut pods = Kinds::on(&server).await.pods.namespace("a").list().stream().going_on_when_expired();
    pods.try_next().await.unwrap();
    assert!(pods.try_next().await.expect_err("nothing is offered").is_expired());
}
