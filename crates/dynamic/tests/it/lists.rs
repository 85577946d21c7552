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

/// A future that is dropped loses nothing: the page that is under way is neither lost nor asked for again.
#[tokio::test]
async fn d24_dropped_futures_lose_nothing() {
    let (rest, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let server = Server::replying([page(9, "one", [pod("p", 1)]), Reply::body(body)]);
    let mut pods = Kinds::on(&server).await.pods.all_namespaces().list().stream();
    assert_eq!(pods.try_next().await.unwrap().unwrap().name(), "p");
    let text =
        json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [pod("q", 2)]}).to_string();
    for part in text.as_bytes().chunks(7) {
        tokio::select! {
            biased;
            next = pods.try_next() => panic!("nothing is there yet: {next:?}"),
            () = future::ready(()) => {}
        }
        rest.unbounded_send(Ok(Bytes::copy_from_slice(part))).unwrap();
    }
    drop(rest);
    assert_eq!(pods.try_next().await.unwrap().unwrap().name(), "q");
    assert_eq!(pods.try_next().await.unwrap(), None);
    assert_eq!(server.count(), 2);
}
