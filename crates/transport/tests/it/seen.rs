//! What can be seen from outside: warnings, numbers, spans, and layers of the user's own in place of ours.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Method, Request};
use hyper::body::Incoming;
use steersman_transport::{
    Body, BoxService, Client, ErrorKind, Metrics, RateLimit, RequestSummary, RetryPolicy, ServerWarning,
    TimedOut, Timeouts, Warnings,
};
use tower::{ServiceExt, layer::layer_fn, service_fn};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::server::{Answer, Server, answer, ok};

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

async fn warns(request: Request<Incoming>) -> Answer {
    let mut answer = answer(if request.uri().path() == "/refused" { 422 } else { 200 }, "{}");
    for value in [r#"299 - "unknown field \"spec.x\"""#, r#"199 - "not ours", 299 - "deprecated""#] {
        answer.headers_mut().append("warning", value.parse().expect("a value"));
    }
    answer
}

#[tokio::test]
async fn warnings_reach_their_handler() {
    let server = Server::plain(warns).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = |who: &'static str| {
        let heard = Arc::clone(&heard);
        Warnings::to(move |warning: &ServerWarning| {
            heard.lock().expect("no panic").push((who, warning.text.clone()));
        })
    };
    let client = Client::builder(server.config()).warnings(hear("client")).build().expect("a client");
    let mut own = get("/");
    own.extensions_mut().insert(hear("request"));
    let mut ignored = get("/");
    ignored.extensions_mut().insert(Warnings::ignored());
    client.request(get("/")).await.expect("an answer");
    client.request(get("/refused")).await.expect_err("a refusal");
    client.request(own).await.expect("an answer");
    client.request(ignored).await.expect("an answer");
    let both = |who| [(who, r#"unknown field "spec.x""#.to_owned()), (who, "deprecated".to_owned())];
    let want = [both("client"), both("client"), both("request")].concat();
    assert_eq!(*heard.lock().expect("no panic"), want);
}

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn add(&self, text: String) {
        self.0.lock().expect("no panic").push(text);
    }
}

impl Metrics for Log {
    fn request(&self, request: &RequestSummary<'_>) {
        let RequestSummary { method, path, status, error, attempts, .. } = request;
        let outcome = status.map_or_else(|| format!("{error:?}"), |status| status.as_u16().to_string());
        self.add(format!("{method} {path} {outcome} {attempts}"));
    }

    fn retried(&self, method: &Method, number: u32) {
        self.add(format!("{method} again {number}"));
    }

    fn rate_limited(&self, wait: Duration) {
        self.add(format!("waited {}", wait.as_nanos() > 0));
    }
}

async fn busy(_: Request<Incoming>) -> Answer {
    answer(503, "later")
}

#[tokio::test]
async fn metrics_are_told() {
    let (well, ill) = (Server::plain(ok).await, Server::plain(busy).await);
    let mut policy = RetryPolicy::default();
    policy.first_backoff = Duration::ZERO;
    policy.max_attempts = 2;
    let log = Arc::new(Log::default());
    let nowhere = steersman_config::Config::new("http://127.0.0.1:1".parse().expect("a URL"));
    for config in [well.config(), ill.config(), nowhere] {
        let metrics = Arc::clone(&log) as Arc<dyn Metrics>;
        let client = Client::builder(config).metrics(metrics).retry(policy).build().expect("a client");
        drop(client.request(get("/api?secret=x")).await);
    }
    let log = log.0.lock().expect("no panic").clone();
    let want = ["GET /api 200 1", "GET again 2", "GET /api 503 2", "GET /api Some(Refused) 1"];
    assert_eq!(log, want.map(str::to_owned));
}

/// C03: and how long the rate limit held a request back.
#[tokio::test(start_paused = true)]
async fn c03_metrics_are_told_of_the_rate_limit() {
    let log = Arc::new(Log::default());
    let limit = RateLimit::from_qps_and_burst(1.0, 1);
    let config = steersman_config::Config::new("http://127.0.0.1:1".parse().expect("a URL"));
    let wire = layer_fn(|_: BoxService| {
        service_fn(|_: Request<Body>| async { Ok::<_, std::io::Error>(http::Response::new(Body::empty())) })
    });
    let metrics = Arc::clone(&log) as Arc<dyn Metrics>;
    let builder = Client::builder(config).metrics(metrics).rate_limit(limit).wire_layer(wire);
    let client = builder.build().expect("a client");
    let started = tokio::time::Instant::now();
    drop(futures::future::join(client.request(get("/1")), client.request(get("/2"))).await);
    assert_eq!(started.elapsed().as_secs(), 1);
    let log = log.0.lock().expect("no panic").clone();
    assert_eq!(log, ["GET /1 200 1", "waited true", "GET /2 200 1"].map(str::to_owned));
}

/// E11: timeouts can be changed at any time, for all clones of a client.
#[tokio::test(start_paused = true)]
async fn e11_timeouts_can_be_changed() {
    async fn never(_: Request<Incoming>) -> Answer {
        std::future::pending().await
    }
    let server = Server::plain(never).await;
    let client = Client::new(server.config()).expect("a client");
    let clone = client.clone();
    let live = client.timeouts().expect("timeouts");
    assert_eq!(live.now(), Timeouts::default());
    let mut timeouts = Timeouts::default();
    timeouts.response_head = Some(Duration::from_secs(7));
    live.replace(timeouts);
    let started = tokio::time::Instant::now();
    let error = clone.request(get("/")).await.expect_err("too slow");
    assert_eq!(error.kind(), &ErrorKind::Timeout(TimedOut::ResponseHead));
    assert_eq!(started.elapsed().as_secs(), 7);
    timeouts.total = Some(Duration::ZERO);
    live.replace(timeouts);
    let error = clone.request(get("/")).await.expect_err("too slow");
    assert_eq!(error.kind(), &ErrorKind::Timeout(TimedOut::Total));
}

/// D09: a layer of the user's own in place of each of ours.
#[tokio::test]
async fn d09_layers_can_be_replaced() {
    let server = Server::plain(busy).await;
    let mut config = server.config();
    config.credentials.token = Some(steersman_config::Secret::new("t0ken"));
    let log = Arc::new(Log::default());
    let own = |name: &'static str| {
        let log = Arc::clone(&log);
        layer_fn(move |inner: BoxService| {
            let log = Arc::clone(&log);
            inner.map_request(move |mut request: Request<Body>| {
                let whole = request.uri().authority().is_some();
                log.add(format!("{name} {whole}"));
                if name == "credentials" {
                    request.headers_mut().insert("authorization", "Custom abc".parse().expect("a value"));
                }
                request
            })
        })
    };
    let client = Client::builder(config)
        .retry_layer(own("retry"))
        .rate_limit_layer(own("rate limit"))
        .credentials_layer(own("credentials"))
        .build()
        .expect("a client");
    client.request(get("/")).await.expect_err("busy");
    assert_eq!(server.only().header("authorization"), Some("Custom abc"));
    let log = log.0.lock().expect("no panic").clone();
    assert_eq!(log, ["retry false", "rate limit false", "credentials true"].map(str::to_owned));
}

/// Keeps the spans of requests, with what is recorded on them.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "steersman_transport::request"
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut spans = self.0.lock().expect("no panic");
        let mut text = span.metadata().name().to_owned();
        span.record(&mut Fields(&mut text));
        spans.push(text);
        span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        let index = usize::try_from(id.into_u64() - 1).expect("a number");
        values.record(&mut Fields(&mut self.0.lock().expect("no panic")[index]));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A span for each request, with OpenTelemetry's names and without what may be secret.
#[tokio::test]
async fn requests_have_spans() {
    let server = Server::plain(busy).await;
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let mut policy = RetryPolicy::default();
    policy.first_backoff = Duration::ZERO;
    policy.max_attempts = 2;
    let client = Client::builder(server.config()).retry(policy).build().expect("a client");
    client.request(get("/exec?command=hunter2&limit=1")).await.expect_err("busy");
    let spans = spans.0.lock().expect("no panic").clone();
    assert_eq!(spans.len(), 1, "{spans:?}");
    for want in [
        "request otel.kind=\"client\"",
        "otel.name=\"GET\"",
        "http.request.method=\"GET\"",
        "/exec?command=[redacted]&limit=1",
        "server.address=\"127.0.0.1\"",
        "http.request.resend_count=1",
        "http.response.status_code=503",
        "network.protocol.version=\"1.1\"",
        "error.type=\"503\"",
    ] {
        assert!(spans[0].contains(want), "{want} in {}", spans[0]);
    }
    assert!(!spans[0].contains("hunter2"));
}
