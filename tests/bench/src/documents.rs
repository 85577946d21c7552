//! The documents of a large cluster, and a server of them without a network between.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde::de::DeserializeOwned;
use steersman::{Client, transport::Body};

/// The aggregated documents of a cluster with a core group, `apps`, and as many groups of three kinds as it is told.
#[derive(Clone, Debug)]
pub struct Documents([Bytes; 2]);

impl Documents {
    /// `groups` groups, `g0.example.net` and so on, with the kinds `Thing0x0` to `Thing0x2`.
    #[must_use]
    pub fn new(groups: usize) -> Self {
        Self([core(), large(groups)])
    }

    /// Parses them, as whoever has no cache must.
    ///
    /// # Errors
    /// If they are not what is asked for.
    pub fn parse<T: DeserializeOwned>(&self) -> serde_json::Result<[T; 2]> {
        let [core, groups] = &self.0;
        Ok([serde_json::from_slice(core)?, serde_json::from_slice(groups)?])
    }

    /// How long they are together, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }
}

/// A client of a server that aggregates, without a network between.
#[must_use]
pub fn client(documents: &Documents) -> Client {
    let documents = Arc::new(documents.0.clone());
    Client::from_service(tower::service_fn(move |request: Request<Body>| {
        let document = documents[usize::from(request.uri().path() == "/apis")].clone();
        async move {
            let mut response = Response::new(Body::from(document));
            response.headers_mut().insert(header::CONTENT_TYPE, AGGREGATED);
            Ok::<_, std::io::Error>(response)
        }
    }))
}

fn core() -> Bytes {
    let pods = kind("pods", "Pod");
    format!(
        r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{{"metadata":{{"name":""}},"versions":[{}]}}]}}"#,
        version(&[pods])
    )
    .into()
}

fn large(groups: usize) -> Bytes {
    let deployments = group("apps", &[kind("deployments", "Deployment")]);
    let others = (0..groups).map(|at| {
        let kinds: Vec<String> =
            (0..3).map(|n| kind(&format!("things{at}x{n}"), &format!("Thing{at}x{n}"))).collect();
        group(&format!("g{at}.example.net"), &kinds)
    });
    let all: Vec<String> = std::iter::once(deployments).chain(others).collect();
    format!(
        r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{}]}}"#,
        all.join(",")
    )
    .into()
}

fn group(name: &str, kinds: &[String]) -> String {
    format!(r#"{{"metadata":{{"name":"{name}","creationTimestamp":null}},"versions":[{}]}}"#, version(kinds))
}

fn version(kinds: &[String]) -> String {
    format!(r#"{{"version":"v1","freshness":"Current","resources":[{}]}}"#, kinds.join(","))
}

/// As a kube-apiserver writes a kind of a CRD with a status.
fn kind(plural: &str, kind: &str) -> String {
    let response = format!(r#""responseKind":{{"group":"","version":"","kind":"{kind}"}}"#);
    format!(
        r#"{{"resource":"{plural}",{response},"scope":"Namespaced","singularResource":"{}",
        "verbs":["delete","deletecollection","get","list","patch","create","update","watch"],"shortNames":["s{plural}"],
        "subresources":[{{"subresource":"status",{response},"verbs":["get","patch","update"]}}]}}"#,
        kind.to_lowercase()
    )
    .replace("\n        ", "")
}

const AGGREGATED: HeaderValue =
    HeaderValue::from_static("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
