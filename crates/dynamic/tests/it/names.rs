//! G11, section 28 of the reliability goals: what a caller says in a name, a namespace, a subresource, a selector or a
//! header never leads to another path, another parameter or another header.
//!
//! What was built is taken apart by a parser of the test's own, which shares nothing with what built it.

use http::Method;
use serde_json::json;
use steersman_dynamic::{DynamicClient, Error};

use crate::{
    kinds::Kinds,
    server::{Seen, Server},
};

/// A path and a query, taken apart: every part decoded.
#[derive(Debug, PartialEq, Eq)]
struct Apart {
    segments: Vec<String>,
    query: Vec<(String, String)>,
}

fn apart(seen: &Seen) -> Apart {
    let target = &seen.target;
    assert!(target.starts_with('/') && target.is_ascii(), "{target}");
    assert!(!target.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'#'), "{target}");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    assert!(!query.contains('?'), "{target}");
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    Apart {
        segments: path[1..].split('/').map(decoded).collect(),
        query: pairs
            .map(|pair| pair.split_once('=').expect("a pair"))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect(),
    }
}

/// Percent-decoded, once.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next().expect("two digits")).to_digit(16).expect("a digit");
        bytes.push(u8::try_from(digit() * 16 + digit()).expect("a byte"));
    }
    String::from_utf8(bytes).expect("UTF-8")
}

const PIECES: [&str; 30] = [
    "..", ".", "/", "?", "#", "%2f", "%2F", "%2e", "%2E%2e", "%00", "%", "\0", "\r\n", "\n", "\r", "\t",
    "\u{7f}", "\u{85}", " ", "&", "=", ";", "+", "\\", "@", ":", "a", "web-0", "é", "\u{202e}",
];

/// Texts at random, of pieces that have led somebody astray.
fn texts(count: usize) -> impl Iterator<Item = String> {
    let mut chance = fastrand::Rng::with_seed(28);
    (0..count).map(move |_| (0..chance.usize(1..5)).map(|_| PIECES[chance.usize(..PIECES.len())]).collect())
}

/// Sends it, and takes what arrived apart; `None` where it was refused before.
async fn sent(server: &Server, verb: impl Future<Output = Result<(), Error>>) -> Option<Apart> {
    let outcome = verb.await;
    let mut seen = server.take();
    match outcome {
        Ok(()) => {
            assert_eq!(seen.len(), 1);
            seen.pop().map(|seen| apart(&seen))
        }
        Err(error) => {
            assert!(error.local().is_some() && seen.is_empty(), "{error:?}");
            None
        }
    }
}

fn segments(parts: &[&str]) -> Vec<String> {
    parts.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn names_lead_where_they_say_or_nowhere() {
    let answer =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"}, "items": []});
    let server = Server::saying(answer);
    let kinds = Kinds::on(&server).await;
    let cluster = DynamicClient::new(server.client());
    let mut arrived = 0;
    for text in texts(4000) {
        let pods = || kinds.pods.namespace(text.as_str());
        let one = ["api", "v1", "namespaces"];
        let drop_ok = |result: Result<_, Error>| result.map(drop);
        let checks = [
            (
                sent(&server, async { drop_ok(kinds.pods.namespace("a").get(&text).await.map(|_| ())) })
                    .await,
                segments(&["api", "v1", "namespaces", "a", "pods", &text]),
            ),
            (
                sent(&server, async { pods().get("p").await.map(drop) }).await,
                segments(&[one[0], one[1], one[2], &text, "pods", "p"]),
            ),
            (
                sent(&server, async { pods().delete(&text).await.map(drop) }).await,
                segments(&[one[0], one[1], one[2], &text, "pods", &text]),
            ),
            (
                sent(&server, async { pods().list().await.map(drop) }).await,
                segments(&[one[0], one[1], one[2], &text, "pods"]),
            ),
            (
                sent(&server, async {
                    cluster.request(Method::GET).namespace(text.as_str()).url("pods").await.map(drop)
                })
                .await,
                segments(&[one[0], one[1], one[2], &text, "pods"]),
            ),
        ];
        for (got, want) in checks {
            if let Some(got) = got {
                arrived += 1;
                assert_eq!(got, Apart { segments: want, query: Vec::new() }, "{text:?}");
                assert!(text != "." && text != ".." && !text.contains(['/', '%']), "{text:?} was sent");
                assert!(!text.chars().any(char::is_control), "{text:?} was sent");
            }
        }
        // What has parts goes down by just these.
        for prefix in ["proxy/", ""] {
            let said = format!("{prefix}{text}");
            let request = cluster.request(Method::GET).base("/api/v1/nodes/n").url(said.as_str());
            if let Some(got) = sent(&server, async { request.await.map(drop) }).await {
                arrived += 1;
                let mut want = segments(&["api", "v1", "nodes", "n"]);
                want.extend(said.split('/').map(str::to_owned));
                assert_eq!(got, Apart { segments: want, query: Vec::new() }, "{said:?}");
                assert!(!said.split('/').any(|part| matches!(part, "" | "." | "..")), "{said:?} was sent");
            }
        }
    }
    assert!(arrived > 1000, "{arrived}");
}

#[tokio::test]
async fn selectors_and_parameters_stay_in_their_place() {
    let server = Server::saying(json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": []}));
    let kinds = Kinds::on(&server).await;
    let cluster = DynamicClient::new(server.client());
    let path = segments(&["api", "v1", "namespaces", "a", "pods"]);
    let mut arrived = 0;
    for text in texts(4000) {
        // Raw parameters are whatever was said, name and value.
        let request =
            cluster.request(Method::GET).namespace("a").url("pods").query(&text, &text).query("limit", 1);
        let got = sent(&server, async { request.await.map(drop) }).await.expect("any text is a parameter");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            got,
            Apart { segments: path.clone(), query: vec![pair(&text, &text), pair("limit", "1")] }
        );
        for (name, selector) in
            [("labelSelector", format!("app={text}")), ("fieldSelector", format!("spec.x={text}"))]
        {
            let list = kinds.pods.namespace("a").list();
            let list = match name {
                "labelSelector" => list.labels(selector.as_str()),
                _ => list.fields(selector.as_str()),
            };
            let Some(got) = sent(&server, async { list.await.map(drop) }).await else { continue };
            arrived += 1;
            assert_eq!(got.segments, path, "{selector:?}");
            assert_eq!(got.query, [pair(name, &selector)]);
        }
    }
    assert!(arrived > 500, "{arrived}");
}

/// The value of a header is the one value of that header, or nothing is sent.
#[tokio::test]
async fn header_values_stay_in_their_header() {
    let server = Server::saying(json!({}));
    let cluster = DynamicClient::new(server.client());
    let mut arrived = 0;
    for text in texts(4000) {
        let outcome = cluster.request(Method::GET).header("x-own", &text).await;
        let seen = server.take();
        match (outcome, seen.as_slice()) {
            (Ok(_), [seen]) => {
                arrived += 1;
                let names: Vec<_> = seen.headers.keys().map(http::HeaderName::as_str).collect();
                assert_eq!(names.len(), 2, "{text:?}: {names:?}");
                assert_eq!(seen.headers["x-own"].as_bytes(), text.as_bytes());
                assert!(!text.contains(['\r', '\n', '\0']), "{text:?} was sent");
            }
            (Err(error), []) => assert!(error.local().is_some(), "{error:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
    assert!(arrived > 500, "{arrived}");
}
