//! What is made of refusals, of answers that are none, and of no answer.

use std::{error::Error as StdError, fmt, io, time::Duration};

use http::header;
use serde_json::json;
use steersman_config::{Environment, Loader};
use steersman_dynamic::{DynamicClient, Error};
use steersman_meta::Reason;

use crate::{
    kinds::{Kinds, builder},
    server::{Reply, Server, status},
};

/// B13, D38: what was tried, on what, and what came of it, each as a value.
#[tokio::test]
async fn b13_d38_the_parts_of_an_error() {
    let server = Server::replying([
        Reply::status(429, "TooManyRequests", "no").with_header(header::RETRY_AFTER, "7"),
        Reply::broken(io::ErrorKind::ConnectionReset),
        Reply::broken(io::ErrorKind::ConnectionReset),
    ]);
    let kinds = Kinds::on(&server).await;
    let get = || kinds.deployments.namespace("a").get("d");
    let error = get().await.expect_err("429");
    assert_eq!((error.verb(), error.resource()), ("get", Some("apps/v1 Deployment")));
    assert_eq!((error.namespace(), error.name()), (Some("a"), Some("d")));
    assert_eq!(error.url(), Some("/apis/apps/v1/namespaces/a/deployments/d"));
    assert_eq!(error.reason(), Some(&Reason::TooManyRequests));
    assert_eq!(error.retry_after().map(|pause| pause.as_secs()), Some(7));
    assert!(error.elapsed().is_some() && !error.is_outcome_unknown());
    let error = get().await.expect_err("a broken connection");
    assert!(!error.is_outcome_unknown() && error.reason().is_none() && error.hint().is_none(), "{error:?}");
    let error = kinds.deployments.namespace("a").delete("d").await.expect_err("a broken connection");
    assert!(error.is_outcome_unknown(), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("look before it is repeated")), "{error:?}");
    let error = kinds.deployments.get("d").await.expect_err("no namespace");
    assert!(error.local().is_some() && error.url().is_none() && error.elapsed().is_none());
    assert_eq!((error.attempts(), error.namespace(), error.name()), (0, None, Some("d")));
}

/// The predicates that hold.
fn predicates(error: &Error) -> String {
    let all = [
        ("already_exists", error.is_already_exists()),
        ("bad_request", error.is_bad_request()),
        ("config", error.is_config()),
        ("conflict", error.is_conflict()),
        ("connect", error.is_connect()),
        ("expired", error.is_expired()),
        ("forbidden", error.is_forbidden()),
        ("interrupted", error.is_interrupted()),
        ("invalid", error.is_invalid()),
        ("not_found", error.is_not_found()),
        ("timeout", error.is_timeout()),
        ("tls", error.is_tls()),
        ("too_many_requests", error.is_too_many_requests()),
        ("unauthorized", error.is_unauthorized()),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// A28, B13, B54, C29, D14, D23, D38: a refusal is an error that knows what it is.
#[tokio::test]
async fn a28_b13_b54_c29_refusals() {
    for (code, reason, want) in [
        (400, "BadRequest", "bad_request"),
        (401, "Unauthorized", "unauthorized"),
        (403, "Forbidden", "forbidden"),
        (404, "NotFound", "not_found"),
        (405, "MethodNotAllowed", ""),
        (409, "AlreadyExists", "already_exists"),
        (409, "Conflict", "conflict"),
        (410, "Gone", "expired"),
        (410, "Expired", "expired"),
        (422, "Invalid", "invalid"),
        (429, "TooManyRequests", "too_many_requests"),
        (500, "InternalError", ""),
        (500, "ServerTimeout", "timeout"),
        (503, "ServiceUnavailable", ""),
        (504, "Timeout", "timeout"),
        (418, "Teapot", ""),
    ] {
        let server = Server::replying([Reply::status(code, reason, "no")]);
        let kinds = Kinds::on(&server).await;
        let error = kinds.pods.namespace("a").get("p").await.expect_err(reason);
        assert_eq!(predicates(&error), want, "{code} {reason}");
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.status().map(|status| &status.reason), Some(&Reason::from(reason.to_owned())));
        assert_eq!(error.local(), None);
        assert_eq!(server.count(), 1, "{code}: the server's word is not asked for again");
    }
}

/// A28, B55: each level speaks for itself, and the report for all of them.
#[tokio::test]
async fn a28_b55_a_report_says_what_why_and_what_to_do() {
    let message = "pods \"p\" is forbidden: User \"u\" cannot get resource \"pods\"";
    let server = Server::replying([Reply::status(403, "Forbidden", message)]);
    let kinds = Kinds::on(&server).await;
    let error = kinds.pods.namespace("a").get("p").await.expect_err("forbidden");
    let want = "could not get v1 Pod a/p\
        \n  because GET /api/v1/namespaces/a/pods/p: the server answered 403 Forbidden\
        \n  because pods \"p\" is forbidden: User \"u\" cannot get resource \"pods\"\
        \n  hint: ask for a role that allows it; `kubectl auth can-i` says what these credentials may do";
    assert_eq!(error.to_string(), "could not get v1 Pod a/p");
    assert_eq!(error.report().to_string(), want);
    assert_eq!(format!("{error:?}"), want, "what a main that returns the error prints");
    let mut chain = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    let http = "GET /api/v1/namespaces/a/pods/p: the server answered 403 Forbidden";
    assert_eq!(chain, [http, message]);
}

/// B13: what a verb was about is said in the same way for all of them.
#[tokio::test]
async fn b13_attempts() {
    let server = Server::default();
    let kinds = Kinds::on(&server).await;
    let (pods, scale) = (kinds.pods.namespace("a"), kinds.deployments.namespace("a").subresource("scale"));
    let content = json!({"metadata": {"name": "p"}});
    for (error, want) in [
        (pods.list().await.err(), "list v1 Pod in namespace a"),
        (kinds.pods.all_namespaces().list().await.err(), "list v1 Pod"),
        (pods.create(&content).await.err(), "create v1 Pod a/p"),
        (pods.create(json!({})).await.err(), "create v1 Pod in namespace a"),
        (kinds.nodes.delete("n").await.err(), "delete v1 Node n"),
        (pods.delete_collection().await.err(), "delete all of v1 Pod in namespace a"),
        (scale.unwrap().get("d").await.err(), "get apps/v1 Deployment a/d (scale)"),
        (kinds.cluster.version().await.err(), "read the server's version"),
    ] {
        let error = error.expect(want);
        assert_eq!(error.to_string(), format!("could not {want}"));
        assert!(error.is_forbidden(), "{want}");
    }
}

/// A28: a code of success does not make a success of a failure.
#[tokio::test]
async fn a28_a_failure_in_a_success_is_a_failure() {
    let failure = || Reply::json(status(404, "NotFound", "no such pod"));
    let server = Server::replying([failure(), failure(), failure()]);
    let kinds = Kinds::on(&server).await;
    let pods = kinds.pods.namespace("a");
    for error in [
        pods.get("p").await.map(drop).expect_err("a failure"),
        pods.list().await.map(drop).expect_err("a failure"),
        pods.delete("p").await.map(drop).expect_err("a failure"),
    ] {
        assert!(error.is_not_found(), "{error:?}");
    }
}

/// Answers that are none: a page of a proxy, JSON of something else, half an answer.
#[tokio::test]
async fn answers_that_are_none() {
    const HINT: &str = "hint: is there really a Kubernetes API server at this address?";
    let html = "<html><h1>Sign in</h1></html>";
    for (reply, want) in [
        (
            Reply::text(200, "text/html", html),
            format!(
                "could not get v1 Pod a/p\n  because it is no JSON that an object can be read from\
                 \n  because not JSON at byte 0: expected a value\n  {HINT}"
            ),
        ),
        (
            Reply::text(502, "text/html", html),
            "could not get v1 Pod a/p\
             \n  because GET /api/v1/namespaces/a/pods/p: the server answered 502 Bad Gateway\
             \n  because an error on the server has prevented the request from succeeding: <html><h1>Sign \
             in</h1></html>"
                .to_owned(),
        ),
        (
            Reply::json(json!([])),
            format!("could not get v1 Pod a/p\n  because it is no JSON object: Array\n  {HINT}"),
        ),
        (
            Reply::text(200, "application/json", "{\"kind\":\"Pod\","),
            format!(
                "could not get v1 Pod a/p\n  because it is no JSON that an object can be read from\
                 \n  because the JSON text ends too early, at byte 14\n  {HINT}"
            ),
        ),
    ] {
        let kinds = Kinds::on(&Server::replying([reply])).await;
        let error = kinds.pods.namespace("a").get("p").await.expect_err(&want);
        assert_eq!(error.report().to_string(), want);
    }
    for (reply, want) in [
        (
            Reply::text(200, "text/html", html),
            format!("could not list v1 Node\n  because not JSON at byte 0: expected a value\n  {HINT}"),
        ),
        (
            Reply::json(json!({"kind": "NodeList"})),
            format!(
                "could not list v1 Node\n  because its member \"items\" is of the wrong type: Null\n  {HINT}"
            ),
        ),
    ] {
        let kinds = Kinds::on(&Server::replying([reply])).await;
        let error = kinds.nodes.list().await.expect_err(&want);
        assert_eq!(error.report().to_string(), want);
    }
    let server = Server::replying([Reply::json(json!({"hello": "world"}))]);
    let error = Kinds::on(&server).await.cluster.version().await.expect_err("no version");
    assert_eq!(
        error.report().to_string(),
        format!("could not read the server's version\n  because the answer has no gitVersion\n  {HINT}")
    );
}

/// A connection that is refused, or breaks, with what may have happened.
#[tokio::test]
async fn no_answers() {
    let server = Server::replying([
        Reply::broken(io::ErrorKind::ConnectionRefused),
        Reply::broken(io::ErrorKind::ConnectionReset),
        Reply::Broken("out of order".into()),
    ]);
    let pods = Kinds::on(&server).await.pods.namespace("a");
    let refused = pods.get("p").await.expect_err("refused");
    assert_eq!(
        refused.report().to_string(),
        "could not get v1 Pod a/p\
         \n  because GET /api/v1/namespaces/a/pods/p: the connection was refused\
         \n  because connection refused\
         \n  hint: nothing listens there: is the server running, and are its address and port right?"
    );
    let broken = pods.create(json!({"metadata": {"name": "p"}})).await.expect_err("broken");
    assert_eq!(
        broken.report().to_string(),
        "could not create v1 Pod a/p\
         \n  because POST /api/v1/namespaces/a/pods: the connection broke\
         \n  because connection reset\
         \n  hint: the server may have done it all the same: look before it is repeated"
    );
    let failed = pods.get("p").await.expect_err("out of order");
    assert_eq!(
        failed.report().to_string(),
        "could not get v1 Pod a/p\
         \n  because GET /api/v1/namespaces/a/pods/p: the service failed\
         \n  because out of order"
    );
    for (error, want) in [(refused, "connect"), (broken, "interrupted"), (failed, "")] {
        assert_eq!((error.code(), error.status(), error.local()), (None, None, None));
        assert_eq!(predicates(&error), want);
    }
    assert_eq!(server.count(), 3, "a write is sent once");
}

/// A28, C29, D38: through discovery, the same predicates hold, and the request is told of.
#[tokio::test]
async fn a28_c29_d38_predicates_reach_through_discovery() {
    type Say = fn() -> Reply;
    let cases: [(Say, &str, Option<u16>); 5] = [
        (|| Reply::status(401, "Unauthorized", "no"), "unauthorized", Some(401)),
        (|| Reply::status(403, "Forbidden", "no"), "forbidden", Some(403)),
        (
            || Reply::status(429, "TooManyRequests", "no").with_header(header::RETRY_AFTER, "7"),
            "too_many_requests",
            Some(429),
        ),
        (|| Reply::broken(io::ErrorKind::ConnectionRefused), "connect", None),
        (|| Reply::broken(io::ErrorKind::ConnectionReset), "interrupted", None),
    ];
    for (reply, want, code) in cases {
        // Both roots of discovery may be asked for at the same time.
        let server = Server::replying([reply(), reply()]);
        let cluster = DynamicClient::builder().client(server.client()).connect().await.unwrap();
        let error = cluster.resource("v1", "Pod").await.expect_err(want);
        assert_eq!((predicates(&error).as_str(), error.code()), (want, code));
        assert!(error.url().is_some_and(|url| url.contains("/api")), "{error:?}");
        let after = (code == Some(429)).then(|| Duration::from_secs(7));
        assert_eq!(error.retry_after(), after, "{error:?}");
    }
}

/// A28, D38: no configuration is told of as such.
#[tokio::test]
async fn a28_d38_no_configuration() {
    let loader = Loader::new().environment(Environment::empty()).path("/nowhere/kubeconfig");
    let error = DynamicClient::builder().loader(loader).connect().await.expect_err("no such file");
    assert_eq!(predicates(&error), "config");
}

/// A14: reads and edits go with `?` among calls.
#[tokio::test]
async fn a14_reads_among_calls() {
    let answer = json!({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"x": "y"}});
    let kinds = Kinds::on(&Server::saying(answer)).await;
    let read = async || -> Result<Option<i64>, Error> { Ok(kinds.nodes.get("p").await?.at("/spec/x")?) };
    let report = read().await.expect_err("a text").report().to_string();
    assert!(report.starts_with("could not read the object\n  because /spec/x"), "{report}");
    let edit = async || -> Result<_, Error> { Ok(kinds.nodes.get("p").await?.set("/metadata", json!(1))?) };
    assert_eq!(
        edit().await.map(drop).expect_err("a number").report().to_string(),
        "could not change the object\n  because its member \"metadata\" is of the wrong type: Number"
    );
}

/// A04: the server's version.
#[tokio::test]
async fn a04_version() {
    let server = Server::saying(
        json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "platform": "linux/amd64",
        "goVersion": "go1.26"}),
    );
    let version = builder(&server).connect().await.unwrap().version().await.unwrap();
    assert_eq!((version.major.as_str(), version.minor.as_str()), ("1", "36"));
    assert_eq!((version.to_string().as_str(), version.platform.as_str()), ("v1.36.3", "linux/amd64"));
    let seen = server.seen();
    assert_eq!(seen[0].line(), "GET /version");
    assert_eq!(seen[0].header(&header::ACCEPT), Some("application/json"));
}

#[test]
fn errors_and_futures_can_be_sent() {
    fn send_and_sync<T: Send + Sync + 'static>() {}
    send_and_sync::<Error>();
    send_and_sync::<DynamicClient>();
    send_and_sync::<steersman_dynamic::Resource>();
    send_and_sync::<steersman_dynamic::ResourceInstance>();
    send_and_sync::<steersman_dynamic::ResourceList>();
    fn send<T: Send + 'static>() {}
    send::<steersman_dynamic::Watch>();
    send::<steersman_dynamic::verbs::ListStream>();
}

/// A report does not say again what a cause of somebody else's has said already.
#[tokio::test]
async fn a_report_does_not_repeat() {
    #[derive(Debug)]
    struct Wordy(std::num::ParseIntError);

    impl fmt::Display for Wordy {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "my layer: {}", self.0)
        }
    }

    impl StdError for Wordy {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    let wordy = Wordy("".parse::<i32>().expect_err("no number"));
    let ours = DynamicClient::new(Server::replying([Reply::Broken(Box::new(wordy))]).client());
    let report = ours.version().await.expect_err("broken").report().to_string();
    assert_eq!(report.matches("cannot parse integer from empty string").count(), 1, "{report}");
}
