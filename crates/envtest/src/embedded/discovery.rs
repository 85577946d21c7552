//! What is served, in both forms of discovery, and the other paths that are no resources.

use std::{
    cmp::Reverse,
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
};

use http::{Method, header};
use serde_json::{Map, Value, json};

use super::{
    api,
    kinds::{Kind, built_ins},
    negotiate::{self, DiscoveryView},
    reply::Reply,
    request::Incoming,
    state::State,
    status::{Failure, Outcome},
    subresources,
    version::priority,
};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Answers a path that is no resource.
pub(crate) fn answer(state: &State, segments: &[String], request: &Incoming) -> Outcome<Reply> {
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    // The lists of groups ask for no method.
    let known = matches!(
        parts.as_slice(),
        [] | ["version" | "healthz" | "livez" | "readyz"] | ["api" | "apis", _, ..]
    );
    if !matches!(request.method, Method::GET | Method::HEAD) && known {
        return Err(Failure::method_not_allowed());
    }
    let accept = request.header("accept");
    match parts.as_slice() {
        [] => Ok(Reply::json(200, &json!({"paths": paths(state)}))),
        ["version"] => Ok(Reply::json(200, &api::version())),
        ["healthz" | "livez" | "readyz"] => Ok(Reply::text(200, "ok")),
        ["api"] => match negotiate::discovery(accept)? {
            DiscoveryView::Aggregated => Ok(aggregated(state, request, &[String::new()])),
            DiscoveryView::Legacy => Ok(Reply::json(
                200,
                &json!({
                    "kind": "APIVersions",
                    "versions": ["v1"],
                    "serverAddressByClientCIDRs": [
                        {"clientCIDR": "0.0.0.0/0", "serverAddress": request.header("host")}
                    ],
                }),
            )),
        },
        ["apis"] => match negotiate::discovery(accept)? {
            DiscoveryView::Aggregated => Ok(aggregated(state, request, &groups(state))),
            DiscoveryView::Legacy => {
                let groups: Vec<Value> =
                    groups(state).iter().map(|group| legacy_group(state, group)).collect();
                Ok(Reply::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})))
            }
        },
        ["apis", group] if groups(state).iter().any(|one| one == group) => {
            negotiate::discovery(accept)?;
            let mut document = json!({"kind": "APIGroup", "apiVersion": "v1"});
            if let (Some(document), Value::Object(group)) =
                (document.as_object_mut(), legacy_group(state, group))
            {
                document.extend(group);
            }
            Ok(Reply::json(200, &document))
        }
        ["api", version] if state.serves_version("", version) => {
            negotiate::discovery(accept)?;
            Ok(Reply::json(200, &legacy_resources(state, "", version)))
        }
        ["apis", group, version] if state.serves_version(group, version) => {
            negotiate::discovery(accept)?;
            Ok(Reply::json(200, &legacy_resources(state, group, version)))
        }
        ["api", _] => Err(Failure::no_such_resource()),
        ["apis", group, _] if !state.is_custom_group(group) => Err(Failure::no_such_resource()),
        _ => Err(Failure::no_such_path()),
    }
}

/// The groups that are served, but for the core one: built-in ones in the table's order, then those of CRDs.
fn groups(state: &State) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for kind in state.kinds().filter(|kind| !kind.group.is_empty()) {
        if !groups.contains(&kind.group) {
            groups.push(kind.group.clone());
        }
    }
    let built_in =
        groups.iter().take_while(|group| built_ins().iter().any(|kind| kind.group == **group)).count();
    groups[built_in..].sort();
    groups
}

/// The versions of a group, the preferred one first.
fn versions(state: &State, group: &str) -> Vec<String> {
    let mut versions: Vec<String> = Vec::new();
    for kind in state.kinds().filter(|kind| kind.group == group) {
        if !versions.contains(&kind.version) {
            versions.push(kind.version.clone());
        }
    }
    versions.sort_by_key(|version| Reverse(priority(version)));
    versions
}

/// The kinds of one group and version, by name.
fn kinds<'a>(state: &'a State, group: &str, version: &str) -> Vec<&'a Kind> {
    let mut kinds: Vec<&Kind> = state
        .kinds()
        .filter(|kind| kind.group == group && kind.version == version)
        .map(|kind| &**kind)
        .collect();
    kinds.sort_by(|one, other| one.plural.cmp(&other.plural));
    kinds
}

fn legacy_group(state: &State, group: &str) -> Value {
    let versions: Vec<Value> = versions(state, group)
        .iter()
        .map(|version| json!({"groupVersion": format!("{group}/{version}"), "version": version}))
        .collect();
    json!({"name": group, "preferredVersion": versions.first(), "versions": versions})
}

fn legacy_resources(state: &State, group: &str, version: &str) -> Value {
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut resources = Vec::new();
    for kind in kinds(state, group, version) {
        let mut resource = json!({
            "name": kind.plural,
            "singularName": kind.singular,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": kind.verbs(),
        });
        if !kind.short_names.is_empty() {
            resource["shortNames"] = json!(kind.short_names);
        }
        if !kind.categories.is_empty() {
            resource["categories"] = json!(kind.categories);
        }
        resources.push(resource);
        for subresource in subresources::of(kind) {
            let mut entry = json!({
                "name": format!("{}/{}", kind.plural, subresource.name),
                "singularName": "",
                "namespaced": kind.namespaced,
                "kind": subresource.kind,
                "verbs": subresource.verbs,
            });
            if subresource.group != kind.group || subresource.version != kind.version {
                entry["group"] = subresource.group.into();
                entry["version"] = subresource.version.into();
            }
            resources.push(entry);
        }
    }
    let mut list = json!({"kind": "APIResourceList", "groupVersion": group_version, "resources": resources});
    // The core list has never said its own version.
    if !group.is_empty() {
        list["apiVersion"] = "v1".into();
    }
    list
}

fn aggregated(state: &State, request: &Incoming, groups: &[String]) -> Reply {
    let items: Vec<Value> = groups.iter().map(|group| aggregated_group(state, group)).collect();
    let document = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    })
    .to_string();
    let mut hasher = DefaultHasher::new();
    document.hash(&mut hasher);
    let etag = format!("\"{:016X}{:016X}\"", hasher.finish(), document.len());
    let unchanged = request.header("if-none-match") == etag;
    let reply =
        if unchanged { Reply::bytes(304, AGGREGATED, "") } else { Reply::bytes(200, AGGREGATED, document) };
    reply
        .with_header(header::ETAG, &etag)
        .with_header(header::VARY, "Accept")
        .with_header(header::CACHE_CONTROL, "public")
}

fn aggregated_group(state: &State, group: &str) -> Value {
    let versions: Vec<Value> = versions(state, group)
        .iter()
        .map(|version| {
            let resources: Vec<Value> =
                kinds(state, group, version).into_iter().map(aggregated_resource).collect();
            json!({"version": version, "resources": resources, "freshness": "Current"})
        })
        .collect();
    let mut metadata = Map::new();
    if !group.is_empty() {
        metadata.insert("name".to_owned(), group.into());
    }
    json!({"metadata": metadata, "versions": versions})
}

fn aggregated_resource(kind: &Kind) -> Value {
    // What a built-in resource answers with is left open where it is the resource's own group and version.
    let response_kind = |group: &str, version: &str, name: &str| {
        let own = !kind.is_custom() && group == kind.group && version == kind.version;
        let (group, version) = if own { ("", "") } else { (group, version) };
        json!({"group": group, "version": version, "kind": name})
    };
    let mut resource = json!({
        "resource": kind.plural,
        "responseKind": response_kind(&kind.group, &kind.version, &kind.kind),
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular,
        "verbs": kind.verbs(),
    });
    if !kind.short_names.is_empty() {
        resource["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        resource["categories"] = json!(kind.categories);
    }
    let subresources: Vec<Value> = subresources::of(kind)
        .iter()
        .map(|one| {
            json!({
                "subresource": one.name,
                "responseKind": response_kind(one.group, one.version, one.kind),
                "verbs": one.verbs,
            })
        })
        .collect();
    if !subresources.is_empty() {
        resource["subresources"] = subresources.into();
    }
    resource
}

/// The list of paths at the root.
fn paths(state: &State) -> Vec<String> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for group in groups(state) {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions(state, &group).iter().map(|version| format!("/apis/{group}/{version}")));
    }
    paths.extend(["/healthz", "/livez", "/readyz", "/version"].map(str::to_owned));
    paths.sort();
    paths
}
