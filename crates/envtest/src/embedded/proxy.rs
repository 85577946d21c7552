//! The proxies of pods, services and nodes: what answers behind them is the test.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use super::{
    kinds::Kind,
    reply::Reply,
    request::{Incoming, ResourcePath},
    schema::members,
    server::Shared,
    state::State,
    status::{Failure, Outcome},
    store,
};

/// Answers a request that came through a proxy.
pub(crate) type Site = Arc<dyn Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync>;

/// What answers in place of the containers of pods, by namespace and name, and in place of kubelets, by the name of the node.
#[derive(Default)]
pub(crate) struct Sites {
    sites: Mutex<BTreeMap<(Option<String>, String), Site>>,
}

impl Sites {
    pub(crate) fn put(&self, namespace: Option<&str>, name: &str, site: Site) {
        let key = (namespace.map(str::to_owned), name.to_owned());
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).insert(key, site);
    }

    fn get(&self, namespace: Option<&str>, name: &str) -> Option<Site> {
        let key = (namespace.map(str::to_owned), name.to_owned());
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }
}

impl fmt::Debug for Sites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(sites.keys()).finish()
    }
}

/// Hands a request on to what is behind a pod or a service.
pub(crate) fn answer(
    shared: &Arc<Shared>,
    request: &Incoming,
    path: &ResourcePath,
    kind: &Kind,
) -> Outcome<Reply> {
    let namespace = path.namespace.as_deref();
    let (name, port) = target(path.name.as_deref().unwrap_or_default())?;
    let object = shared.read(|state| state.store.get(&kind.bucket(), &store::key(namespace, name)).cloned());
    let object = object.ok_or_else(|| kind.not_found(name))?;
    let site = match kind.plural.as_str() {
        "services" => behind(shared, namespace.unwrap_or_default(), name, port, &object)?,
        _ => shared.sites.get(namespace, name).ok_or_else(|| nobody(kind, &object))?,
    };
    let rest = below_proxy(&request.path, namespace);
    if rest.is_empty() && matches!(request.method, Method::GET | Method::HEAD) {
        let query =
            if request.raw_query.is_empty() { String::new() } else { format!("?{}", request.raw_query) };
        let place = format!("{}/{query}", request.path);
        return Ok(Reply::bytes(301, "", "").with_header(header::LOCATION, &place));
    }
    let target = match request.raw_query.as_str() {
        "" => format!("/{}", rest.trim_start_matches('/')),
        query => format!("/{}?{query}", rest.trim_start_matches('/')),
    };
    let handed = Request::builder().method(request.method.clone()).uri(target).body(request.body.clone());
    let mut handed = handed.map_err(|error| Failure::bad_request(error.to_string()))?;
    *handed.headers_mut() = request.headers.clone();
    // Who one is, is for the API server alone.
    handed.headers_mut().remove(header::AUTHORIZATION);
    let (head, body) = site(handed).into_parts();
    Ok(Reply { status: head.status, headers: head.headers, body: Full::new(body).boxed_unsync() })
}

/// `name`, `name:port`, `scheme:name:port`.
fn target(text: &str) -> Outcome<(&str, &str)> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [name] => Ok((name, "")),
        [name, port] | ["" | "http" | "https", name, port] => Ok((name, port)),
        _ => Err(Failure::bad_request(format!("invalid service request {text:?}"))),
    }
}

/// The site of a pod that a service selects.
fn behind(shared: &Shared, namespace: &str, name: &str, port: &str, service: &Value) -> Outcome<Site> {
    let ports = service["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fits = |one: &Value| one["name"] == port || port.parse::<u64>().is_ok_and(|port| one["port"] == port);
    if !port.is_empty() && !ports.iter().any(fits) {
        return Err(unavailable(&format!("no service port {port:?} found for service {name:?}")));
    }
    let site = selected(shared, namespace, &service["spec"]["selector"]);
    site.ok_or_else(|| unavailable(&format!("no endpoints available for service {name:?}")))
}

fn selected(shared: &Shared, namespace: &str, selector: &Value) -> Option<Site> {
    let fits = |pod: &Value| {
        members(selector).count() > 0
            && members(selector).all(|(key, value)| pod["metadata"]["labels"][key.as_str()] == *value)
    };
    let names = |state: &State| -> Vec<String> {
        let prefix = format!("{namespace}/");
        let pods = state.store.scan("pods", &prefix).map(|(_, pod)| pod);
        pods.filter(|pod| fits(pod)).map(|pod| super::meta::name(pod).to_owned()).collect()
    };
    shared.read(names).iter().find_map(|pod| shared.sites.get(Some(namespace), pod))
}

/// What of a path stands behind the proxy, still encoded.
fn below_proxy<'a>(path: &'a str, namespace: Option<&str>) -> &'a str {
    // The slash behind `/api/v1/nodes/NAME/proxy`, or behind `/api/v1/namespaces/NAMESPACE/PLURAL/NAME/proxy`.
    let slash = if namespace.is_some() { 7 } else { 5 };
    let end = path.match_indices('/').nth(slash).map_or(path.len(), |(at, _)| at);
    &path[end..]
}

/// What is said where nothing answers: a pod without an address is not even looked for.
fn nobody(kind: &Kind, object: &Value) -> Failure {
    match object["status"]["podIP"].as_str() {
        None if kind.plural == "pods" => Failure::bad_request("address not allowed"),
        _ => unavailable("error trying to reach service: nothing answers there"),
    }
}

fn unavailable(message: &str) -> Failure {
    Failure::new(503, "ServiceUnavailable", message)
}

#[cfg(test)]
mod tests {
    use super::{below_proxy, target};

    #[test]
    fn where_a_request_goes() {
        for (root, namespace) in
            [("/api/v1/namespaces/a/pods/p/proxy", Some("a")), ("/api/v1/nodes/n/proxy", None)]
        {
            for (path, want) in [("", ""), ("/", "/"), ("/a%20b/c", "/a%20b/c")] {
                assert_eq!(below_proxy(&format!("{root}{path}"), namespace), want);
            }
        }
        for (text, want) in [
            ("web", Some(("web", ""))),
            ("web:http", Some(("web", "http"))),
            ("https:web:443", Some(("web", "443"))),
            ("ftp:web:21", None),
            ("a:b:c:d", None),
        ] {
            assert_eq!(target(text).ok(), want);
        }
    }
}
