//! The documents of discovery as a program reads them that does nothing else with them: what a start from the cache is
//! measured against.
#![expect(dead_code, reason = "parsed, and not looked at")]

use serde::Deserialize;

/// A document in structures of its shape, as `#[derive(Deserialize)]` makes them: all that discovery tells, and nothing done
/// with it.
#[derive(Debug, Deserialize)]
pub struct Parsed {
    items: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    metadata: Metadata,
    versions: Vec<Version>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Version {
    version: String,
    freshness: String,
    resources: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    resource: String,
    response_kind: ResponseKind,
    scope: String,
    singular_resource: String,
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    subresources: Vec<Below>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Below {
    subresource: String,
    response_kind: ResponseKind,
    verbs: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct ResponseKind {
    group: String,
    version: String,
    kind: String,
}
