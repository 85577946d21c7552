//! Whether the server may compress, and what is made of what it sends.

use std::io::Write;

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use steersman_transport::{Body, Client, Compression, CompressionFault, ErrorKind, Upgrade};

use crate::server::{Answer, Server};

const TEXT: &str =
    r#"{"kind":"Status","status":"Failure","reason":"NotFound","message":"no such thing","code":404}"#;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).expect("a Vec");
    encoder.finish().expect("a Vec")
}

/// Compresses for those who ask. The path says what is wrong with it.
async fn answer(request: Request<Incoming>) -> Answer {
    let asked = request.headers().get(header::ACCEPT_ENCODING).is_some_and(|value| value == "gzip");
    let path = request.uri().path();
    let status = if path == "/missing" { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let mut compressed = gzip(TEXT.as_bytes());
    match path {
        "/cut" => compressed.truncate(compressed.len() / 2),
        "/spoilt" => compressed = TEXT.into(),
        "/bomb" => compressed = gzip(&vec![b' '; 16 << 20]),
        _ => {}
    }
    let body = if asked { Bytes::from(compressed) } else { Bytes::from_static(TEXT.as_bytes()) };
    let mut response = Response::new(Full::new(body).boxed());
    *response.status_mut() = status;
    if asked {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn who_asks_for_gzip() {
    for (disabled, choice, own, asked) in [
        (false, None, None, Some("gzip")),
        (true, None, None, None),
        (true, Some(Compression::Gzip), None, Some("gzip")),
        (false, Some(Compression::None), None, None),
        (false, None, Some("identity"), Some("identity")),
    ] {
        let server = Server::plain(answer).await;
        let mut config = server.config();
        config.disable_compression = disabled;
        let builder = Client::builder(config);
        let builder = match choice {
            Some(choice) => builder.compression(choice),
            None => builder,
        };
        let client = builder.build().expect("a client");
        let mut request = get("/text");
        if let Some(own) = own {
            request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(own));
        }
        let response = client.send(request).await.expect("an answer");
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING), "it is plain text by now");
        let body = response.into_body().collect(1 << 20).await.expect("a body");
        assert_eq!(body, TEXT);
        assert_eq!(server.only().header("accept-encoding"), asked, "{disabled} {choice:?} {own:?}");
    }
}

/// Somebody who says what they accept gets what comes, as it comes.
#[tokio::test]
async fn what_was_asked_for_by_hand_is_not_touched() {
    let server = Server::plain(answer).await;
    let client = Client::new(server.config()).expect("a client");
    let mut request = get("/text");
    request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let response = client.send(request).await.expect("an answer");
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(response.into_body().collect(1 << 20).await.expect("a body"), gzip(TEXT.as_bytes()));

    let request = Request::get("/exec").extension(Upgrade::new("websocket")).body(Body::empty());
    client.upgrade(request.expect("a request")).await.expect_err("the server does not upgrade");
    assert_eq!(server.seen().last().and_then(|seen| seen.header("accept-encoding").map(str::to_owned)), None);
}

#[tokio::test]
async fn a_refusal_is_read_too() {
    let server = Server::plain(answer).await;
    let client = Client::new(server.config()).expect("a client");
    let error = client.request(get("/missing")).await.expect_err("a refusal");
    assert!(error.is_not_found());
    assert_eq!(error.status().and_then(|status| status.message.as_deref()), Some("no such thing"));
}

#[tokio::test]
async fn what_is_compressed_badly_is_an_error_that_says_so() {
    let server = Server::plain(answer).await;
    let client = Client::new(server.config()).expect("a client");
    for (path, want) in [
        ("/cut", CompressionFault::Truncated),
        ("/spoilt", CompressionFault::Corrupt),
        ("/bomb", CompressionFault::Bomb { ratio: 100 }),
    ] {
        let error = client.request_bytes(get(path)).await.expect_err(path);
        assert_eq!(error.kind(), &ErrorKind::Compression(want), "{path}");
        assert!(error.hint().is_some_and(|hint| hint.contains("disable-compression")));
        assert!(!error.is_outcome_unknown(), "the server has answered");
    }
}
