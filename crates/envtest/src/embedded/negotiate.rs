//! What form of answer the `Accept` header asks for.

use serde_json::json;

use super::{
    body::OBJECT_TYPES,
    kinds::Kind,
    status::{Failure, Outcome},
};

/// The form in which objects are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// The objects themselves.
    Object,
    /// `as=Table`: columns and rows, as kubectl prints them.
    Table,
    /// `as=PartialObjectMetadata`, or a list of them.
    Metadata,
    /// The objects themselves, as YAML.
    Yaml,
}

/// What a client accepts of discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiscoveryView {
    Aggregated,
    Legacy,
}

/// One clause of an `Accept` header.
#[derive(Debug)]
struct Clause<'a> {
    media_type: &'a str,
    quality: f32,
    parameters: Vec<(&'a str, &'a str)>,
}

impl Clause<'_> {
    fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value).unwrap_or_default()
    }
}

/// The first form that the client accepts and the server has, best quality first.
pub(crate) fn objects(accept: &str, kind: &Kind) -> Outcome<View> {
    match view(accept) {
        Some(view) => Ok(view),
        None if kind.is_custom() || accept.contains("as=") => Err(Failure::not_acceptable(&OBJECT_TYPES)),
        None => Err(routed()),
    }
}

/// What the router of the built-in paths says of an `Accept` header that it has nothing for.
fn routed() -> Failure {
    let message = format!("406: Not Acceptable\n\nAvailable representations: {}", OBJECT_TYPES.join(", "));
    Failure::new(406, "NotAcceptable", message).with_details(json!({}))
}

fn view(accept: &str) -> Option<View> {
    for clause in clauses(accept) {
        let json = matches!(clause.media_type, "application/json" | "*/*" | "application/*");
        let meta = clause.parameter("g") == "meta.k8s.io" && clause.parameter("v") == "v1";
        match (clause.media_type, clause.parameter("as")) {
            ("application/yaml", "") => return Some(View::Yaml),
            (_, "") if json => return Some(View::Object),
            (_, "Table") if json && meta => return Some(View::Table),
            (_, "PartialObjectMetadata" | "PartialObjectMetadataList") if json && meta => {
                return Some(View::Metadata);
            }
            _ => {}
        }
    }
    None
}

/// As [`objects`], for the discovery documents.
pub(crate) fn discovery(accept: &str) -> Outcome<DiscoveryView> {
    for clause in clauses(accept) {
        let json = matches!(clause.media_type, "application/json" | "*/*" | "application/*");
        let group = clause.parameter("g") == "apidiscovery.k8s.io" && clause.parameter("v") == "v2";
        match clause.parameter("as") {
            "APIGroupDiscoveryList" if json && group => return Ok(DiscoveryView::Aggregated),
            "" if json => return Ok(DiscoveryView::Legacy),
            _ => {}
        }
    }
    Err(routed())
}

fn clauses(accept: &str) -> Vec<Clause<'_>> {
    let accept = if accept.trim().is_empty() { "*/*" } else { accept };
    let mut clauses: Vec<Clause<'_>> = accept
        .split(',')
        .map(|clause| {
            let mut parts = clause.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default();
            let mut quality = 1.0;
            let mut parameters = Vec::new();
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                match key.trim() {
                    "q" => quality = value.trim().parse().unwrap_or(1.0),
                    key => parameters.push((key, value.trim().trim_matches('"'))),
                }
            }
            Clause { media_type, quality, parameters }
        })
        .collect();
    clauses.sort_by(|one, other| other.quality.total_cmp(&one.quality));
    clauses
}

#[cfg(test)]
mod tests {
    use super::{DiscoveryView, View, discovery, view};

    #[test]
    fn accepted_forms() {
        for (accept, want) in [
            ("", Some(View::Object)),
            ("*/*", Some(View::Object)),
            ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", Some(View::Table)),
            ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", Some(View::Object)),
            ("application/vnd.kubernetes.protobuf, application/json", Some(View::Object)),
            ("application/json;q=0.1, application/yaml", Some(View::Yaml)),
            ("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", Some(View::Metadata)),
            ("application/vnd.kubernetes.protobuf", None),
            ("text/html", None),
        ] {
            assert_eq!(view(accept), want, "{accept}");
        }
        let aggregated =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        assert_eq!(discovery(aggregated).ok(), Some(DiscoveryView::Aggregated));
        let beta =
            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
        assert_eq!(discovery(beta).ok(), Some(DiscoveryView::Legacy));
    }
}
