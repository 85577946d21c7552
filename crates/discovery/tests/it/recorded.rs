//! A server of recorded documents that counts what it is asked.

use std::{
    collections::{BTreeMap, HashSet},
    convert::Infallible,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use http::{Request, Response, header};
use steersman_discovery::{Client, Discoverer, Discovery, EagerDiscoverer, LazyDiscoverer};
use steersman_transport::{Body, DeadlineLayer, RetryLayer, RetryPolicy, Timeouts};
use tower::Layer;

/// Answers by path, which a test may change at any time.
#[derive(Clone, Default)]
pub(crate) struct Recorded(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    /// Code, content type and body for each path; 404 with a `Status` for all others.
    pub(crate) answers: BTreeMap<String, (u16, &'static str, String)>,
    /// Whether aggregated documents carry a mark, as those of a real server do.
    pub(crate) marks: bool,
    /// How many answers were `304 Not Modified`.
    pub(crate) not_modified: usize,
    /// Paths that never answer.
    pub(crate) dead: HashSet<String>,
    /// The `Retry-After` of some paths, in seconds.
    pub(crate) retry_after: BTreeMap<String, u32>,
    /// How long an answer takes on the way back; what it says is what held when it was asked for.
    pub(crate) latency: Duration,
    /// The paths that were asked, in order.
    pub(crate) asked: Vec<String>,
    /// The `Accept` of each.
    pub(crate) accepted: Vec<String>,
    pub(crate) in_flight: usize,
    pub(crate) most_in_flight: usize,
}

pub(crate) const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
pub(crate) const JSON: &str = "application/json";

impl Recorded {
    /// The cluster of `tests/data`, from a server that aggregates.
    pub(crate) fn aggregated() -> Self {
        let recorded = Self::default();
        recorded.answer("/api", 200, AGGREGATED, document("aggregated/api.json"));
        recorded.answer("/apis", 200, AGGREGATED, document("aggregated/apis.json"));
        recorded
    }

    /// The same, from a server that marks its documents and knows them again.
    pub(crate) fn marked() -> Self {
        let recorded = Self::aggregated();
        recorded.state().marks = true;
        recorded
    }

    /// The same cluster from a server that does not.
    pub(crate) fn legacy() -> Self {
        let recorded = Self::default();
        for entry in std::fs::read_dir(data().join("legacy")).expect("the folder is there") {
            let name = entry.expect("it can be read").file_name().into_string().expect("the names are ASCII");
            let path = format!("/{}", name.trim_end_matches(".json").replace('_', "/"));
            recorded.answer(&path, 200, JSON, document(&format!("legacy/{name}")));
        }
        recorded
    }

    /// Two root documents and nothing else.
    pub(crate) fn roots(api: &str, apis: &str) -> Self {
        let recorded = Self::default();
        recorded.answer("/api", 200, JSON, api);
        recorded.answer("/apis", 200, JSON, apis);
        recorded
    }

    pub(crate) fn answer(&self, path: &str, code: u16, content_type: &'static str, body: impl Into<String>) {
        self.state().answers.insert(path.to_owned(), (code, content_type, body.into()));
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds it")
    }

    /// How many requests came since the last call.
    pub(crate) fn count(&self) -> usize {
        std::mem::take(&mut self.state().asked).len()
    }

    pub(crate) fn client(&self) -> Client {
        let recorded = self.clone();
        Client::from_service(tower::service_fn(move |request: Request<Body>| recorded.clone().serve(request)))
    }

    /// A client with deadlines that repeats what failed, as one that is made of a configuration does.
    pub(crate) fn patient_client(&self) -> Client {
        let recorded = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| recorded.clone().serve(request));
        let service = RetryLayer::new(RetryPolicy::default()).layer(service);
        Client::from_service(DeadlineLayer::new(Timeouts::default()).layer(service))
    }

    pub(crate) fn eager(&self) -> EagerDiscoverer {
        EagerDiscoverer::new(self.client())
    }

    pub(crate) async fn discover(&self) -> Arc<Discovery> {
        self.eager().discover().await.expect("the server is discovered")
    }

    pub(crate) fn lazy(&self) -> LazyDiscoverer {
        LazyDiscoverer::new(self.client())
    }

    async fn serve(self, request: Request<Body>) -> Result<Response<Body>, Infallible> {
        let path = request.uri().path().to_owned();
        let accept = request.headers()[header::ACCEPT].to_str().expect("it is ASCII").to_owned();
        let known = request.headers().get(header::IF_NONE_MATCH).cloned();
        let (answer, marks, is_dead, latency, retry_after) = {
            let mut state = self.state();
            state.asked.push(path.clone());
            state.accepted.push(accept);
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            let (answer, retry_after) = (state.answers.get(&path), state.retry_after.get(&path));
            (answer.cloned(), state.marks, state.dead.contains(&path), state.latency, retry_after.copied())
        };
        let _flying = Flying(&self);
        if is_dead {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(latency).await;
        let (code, content_type, body) = answer.unwrap_or_else(|| (404, JSON, NOT_FOUND.to_owned()));
        let mut response = Response::builder().status(code).header(header::CONTENT_TYPE, content_type);
        if let Some(seconds) = retry_after {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        if marks && content_type == AGGREGATED {
            let mut hasher = DefaultHasher::new();
            body.hash(&mut hasher);
            let mark = format!("\"{:016X}\"", hasher.finish());
            if known.is_some_and(|known| known == mark.as_str()) {
                self.state().not_modified += 1;
                return Ok(Response::builder().status(304).body(Body::empty()).expect("the parts are sound"));
            }
            response = response.header(header::ETAG, mark);
        }
        Ok(response.body(Body::from(body)).expect("the parts are sound"))
    }
}

struct Flying<'a>(&'a Recorded);

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
    }
}

pub(crate) fn document(name: &str) -> String {
    std::fs::read_to_string(data().join(name)).expect("the document is there")
}

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// One resource in one line, with all that the server told of it that both forms of discovery have.
pub(crate) fn line(resource: &steersman_discovery::ApiResource) -> String {
    let mut resource = resource.clone();
    resource.storage_version_hash = None;
    format!("{resource:?}")
}

const NOT_FOUND: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
    "message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}"#;
