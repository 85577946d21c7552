//! What is said when it does not work.

use std::{error::Error as _, time::Duration};

use http::Request;
use hyper::body::Incoming;
use steersman_config::Config;
use steersman_meta::Reason;
use steersman_transport::{Body, Client, Error, ErrorKind, RetryPolicy};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::server::{Answer, Server, answer};

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

const FORBIDDEN: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
    "message":"pods is forbidden","reason":"Forbidden","details":{"kind":"pods"},"code":403}"#;

const MISSING: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"a\" not found",
    "reason":"NotFound","details":{"name":"a","kind":"pods"},"code":404}"#;

const INVALID: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Pod \"a\" is invalid",
    "reason":"Invalid","code":422,"details":{"name":"a","group":"","kind":"Pod","uid":"u-1","retryAfterSeconds":3,"causes":[
    {"reason":"FieldValueRequired","message":"Required value","field":"spec.containers"}]}}"#;

async fn refuse(request: Request<Incoming>) -> Answer {
    match request.uri().path() {
        "/forbidden" => answer(403, FORBIDDEN),
        "/html" => answer(404, "<html>404</html>"),
        "/conflict" => answer(409, ""),
        "/busy" => {
            let mut answer = answer(429, "slow down");
            answer.headers_mut().insert("retry-after", "7".parse().expect("a value"));
            answer
        }
        "/lying" => answer(200, FORBIDDEN),
        "/object" => answer(200, r#"{"kind":"Pod","status":"Failure"}"#),
        "/success" => answer(200, r#"{"kind":"Status","status":"Success"}"#),
        "/long" => answer(500, "x".repeat(3 << 20)),
        "/missing" => answer(404, MISSING),
        "/invalid" => answer(422, INVALID),
        coded if coded.starts_with("/code/") => {
            answer(coded["/code/".len()..].parse().expect("a code"), "<html>\n sorry </html>")
        }
        other => answer(200, other.to_owned()),
    }
}

async fn refused(path: &str, method: &str) -> Error {
    let server = Server::plain(refuse).await;
    let client = Client::builder(server.config()).retry(RetryPolicy::never()).build().expect("a client");
    let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
    client.request_bytes(request).await.expect_err(path)
}

/// C29, D38: a refusal has its code, its reason and its message as values.
#[tokio::test]
async fn c29_d38_a_refusal_is_typed() {
    let error = refused("/forbidden", "GET").await;
    assert_eq!(error.kind(), &ErrorKind::Api);
    assert!(error.is_forbidden() && !error.is_not_found());
    assert_eq!(error.reason(), Some(&Reason::Forbidden));
    assert!(error.to_string().ends_with("/forbidden: the server answered 403 Forbidden"), "{error}");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("pods is forbidden"));
    assert!(error.hint().is_some());
    assert!(error.elapsed().is_some());
}

/// B54, B55: without a Status the code decides, and the text is kept.
#[tokio::test]
async fn b54_b55_a_refusal_without_a_status() {
    let error = refused("/html", "GET").await;
    assert!(error.is_not_found());
    assert_eq!(error.body().map(|body| body.as_ref()), Some(b"<html>404</html>".as_slice()));
    assert!(error.source().expect("a cause").to_string().contains("<html>404</html>"));
    assert!(refused("/conflict", "PUT").await.is_conflict());
    assert!(refused("/conflict", "POST").await.is_already_exists());
    let busy = refused("/busy", "GET").await;
    assert!(busy.is_too_many_requests());
    assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)));
}

/// B54, C29: each code has its predicate, its reason, its message and its hint.
#[tokio::test]
async fn b54_c29_each_code_has_its_predicate_and_its_hint() {
    type Is = fn(&Error) -> bool;
    let all: [(u16, &str, Is); 9] = [
        (400, "POST", Error::is_bad_request),
        (401, "GET", Error::is_unauthorized),
        (403, "GET", Error::is_forbidden),
        (404, "GET", Error::is_not_found),
        (409, "PUT", Error::is_conflict),
        (409, "POST", Error::is_already_exists),
        (410, "GET", Error::is_gone),
        (422, "POST", Error::is_invalid),
        (429, "GET", Error::is_too_many_requests),
    ];
    for (code, method, reason, hint) in [
        (400, "POST", Reason::BadRequest, None),
        (401, "GET", Reason::Unauthorized, Some("log in again")),
        (403, "GET", Reason::Forbidden, Some("can-i")),
        (404, "GET", Reason::NotFound, Some("may not be installed")),
        (405, "POST", Reason::MethodNotAllowed, None),
        (406, "GET", Reason::NotAcceptable, None),
        (409, "POST", Reason::AlreadyExists, Some("another name")),
        (409, "PUT", Reason::Conflict, Some("read the object again")),
        (410, "GET", Reason::Gone, Some("start over")),
        (413, "POST", Reason::RequestEntityTooLarge, Some("send less")),
        (415, "PATCH", Reason::UnsupportedMediaType, Some("content type")),
        (418, "GET", Reason::Unknown(String::new()), None),
        (422, "POST", Reason::Invalid, Some("causes")),
        (429, "GET", Reason::TooManyRequests, Some("less often")),
        (500, "GET", Reason::InternalError, None),
        (501, "GET", Reason::InternalError, None),
        (503, "POST", Reason::ServiceUnavailable, Some("ask again")),
        (504, "POST", Reason::Timeout, Some("ask again")),
    ] {
        let error = refused(&format!("/code/{code}"), method).await;
        assert_eq!(error.code().map(|code| code.as_u16()), Some(code));
        assert_eq!(error.reason(), Some(&reason), "{code}");
        assert!(!error.is_outcome_unknown() && error.attempts() == 1, "{code}");
        for (of, only, is) in &all {
            let want = *of == code && (code != 409 || *only == method);
            assert_eq!(is(&error), want, "{code} {method} against {of} {only}");
        }
        let said = error.source().expect("a cause").to_string();
        assert!(said.ends_with(": <html> sorry </html>"), "{code}: {said}");
        match hint {
            Some(hint) => assert!(error.hint().is_some_and(|said| said.contains(hint)), "{error:?}"),
            None => assert_eq!(error.hint(), None, "{code}"),
        }
    }
}

/// B55, C29: the server's own words, details and causes.
#[tokio::test]
async fn c29_details_and_causes() {
    let error = refused("/missing", "GET").await;
    assert!(error.hint().is_some_and(|hint| hint.contains("namespace")), "{error:?}");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("pods \"a\" not found"));
    let error = refused("/invalid", "POST").await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    let status = error.status().expect("a status");
    let details = status.details.as_ref().expect("details");
    assert_eq!((details.name.as_str(), details.kind.as_str(), details.uid.as_str()), ("a", "Pod", "u-1"));
    let causes: Vec<_> =
        status.causes().iter().map(|cause| (cause.field.as_str(), cause.reason.as_str())).collect();
    assert_eq!(causes, [("spec.containers", "FieldValueRequired")]);
}

#[tokio::test]
async fn a_failure_with_a_code_of_success_is_one() {
    let error = refused("/lying", "GET").await;
    assert_eq!(error.reason(), Some(&Reason::Forbidden));
    assert_eq!(error.code().map(|code| code.as_u16()), Some(200));
    let server = Server::plain(refuse).await;
    let client = Client::new(server.config()).expect("a client");
    for path in ["/object", "/success"] {
        client.request_bytes(get(path)).await.expect(path);
    }
}

#[tokio::test]
async fn a_long_refusal_is_cut() {
    let error = refused("/long", "GET").await;
    assert_eq!(error.body().map(|body| body.len()), Some(1 << 20));
    assert_eq!(error.code().map(|code| code.as_u16()), Some(500));
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let client = Client::new(Config::new(url.parse().expect("a URL"))).expect("a client");
    let error = client.request(get("/version")).await.expect_err("nobody");
    assert_eq!(error.kind(), &ErrorKind::Refused);
    assert!(error.is_connect() && !error.is_timeout());
    assert_eq!(error.to_string(), format!("GET {url}/version: the connection was refused"));
    assert!(error.hint().expect("a hint").contains("is the server running"));
    // The cause is the system's own word, with nothing of the layers between.
    let cause = error.source().expect("a cause").to_string();
    assert!(cause.contains("os error") && !cause.contains("client error"), "{cause}");
}

/// A name that no resolver takes: one of its labels is longer than 63 characters.
#[tokio::test]
async fn a_name_without_an_address() {
    let url = format!("http://{}.invalid:6443", "x".repeat(64));
    let client = Client::new(Config::new(url.parse().expect("a URL"))).expect("a client");
    let error = client.request(get("/version")).await.expect_err("no address");
    assert_eq!(error.kind(), &ErrorKind::Resolve);
    assert!(error.hint().is_some() && error.source().is_some());
}

/// The connection breaks before the head, and in the middle of the body.
#[tokio::test]
async fn a_broken_connection() {
    for (sent, whole) in [("", false), ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123", true)] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 1024];
            tokio::io::AsyncReadExt::read(&mut tcp, &mut request).await.expect("a request");
            tcp.write_all(sent.as_bytes()).await.expect("a client");
        });
        let client = Client::new(Config::new(url.parse().expect("a URL"))).expect("a client");
        let request = Request::post("/api").body(Body::from("{}")).expect("a request");
        let error = match client.request(request).await {
            Ok(response) if whole => response.into_body().collect(100).await.expect_err("half a body"),
            Ok(_) => panic!("there is no answer"),
            Err(error) => error,
        };
        assert!(error.is_interrupted(), "{error:?}");
        assert_eq!(error.url(), Some(format!("{url}/api").as_str()));
        assert!(error.hint().expect("a hint").contains("may have done it"));
        server.await.expect("no panic");
    }
}

/// Something else listens there.
#[tokio::test]
async fn an_answer_that_is_no_http() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.expect("a connection");
        tokio::io::AsyncReadExt::read(&mut tcp, &mut [0; 1024]).await.expect("a request");
        tcp.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await.expect("a client");
    });
    let client = Client::new(Config::new(url.parse().expect("a URL"))).expect("a client");
    let error = client.request(get("/api")).await.expect_err("no HTTP");
    assert_eq!(error.kind(), &ErrorKind::Malformed, "{error:?}");
    assert!(error.hint().expect("a hint").contains("port"));
    server.await.expect("no panic");
}

/// What a layer or a service of the user's fails with is the cause, and one of ours is found in it.
#[tokio::test]
async fn errors_of_the_users_own_services() {
    #[derive(Debug)]
    struct Own(Option<Error>);
    impl std::fmt::Display for Own {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("my own")
        }
    }
    impl std::error::Error for Own {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.0.as_ref().map(|error| error as _)
        }
    }
    let failing = Client::from_service(tower::service_fn(|_: Request<Body>| async {
        Err::<http::Response<Body>, _>(Own(None))
    }));
    let error = failing.request(get("/")).await.expect_err("it fails");
    assert_eq!(error.kind(), &ErrorKind::Service);
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("my own"));

    let wrapping = Client::from_service(tower::service_fn(move |request: Request<Body>| {
        let failing = failing.clone();
        async move {
            failing
                .upgrade(request)
                .await
                .map(|(response, _)| response.map(Body::from))
                .map_err(|e| Own(Some(e)))
        }
    }));
    let error = wrapping.request(get("/")).await.expect_err("it fails");
    assert!(matches!(error.kind(), ErrorKind::InvalidRequest(_)), "{error:?}");
}
