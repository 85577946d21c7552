//! CustomResourceDefinitions: what is filled in and refused when one is written, and the kinds that it serves.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    kinds::{CustomKind, Generation, Kind, NameRule, ScalePaths},
    meta, names,
    schema::Schema,
    status::Cause,
    version::priority,
};

/// Keeps a CRD until its objects are gone.
pub(crate) const FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The defaults that depend on other fields.
pub(crate) fn fill_defaults(definition: &mut Value) {
    let names = &mut definition["spec"]["names"];
    let kind = names["kind"].as_str().unwrap_or_default().to_owned();
    if names["singular"].is_null() && !kind.is_empty() {
        names["singular"] = kind.to_ascii_lowercase().into();
    }
    if names["listKind"].is_null() && !kind.is_empty() {
        names["listKind"] = format!("{kind}List").into();
    }
    for version in definition["spec"]["versions"].as_array_mut().into_iter().flatten() {
        for flag in ["served", "storage"] {
            if version[flag].is_null() {
                version[flag] = false.into();
            }
        }
    }
}

/// What the controllers of the real server write into the status of a new CRD: names accepted, established.
pub(crate) fn establish(definition: &mut Value) {
    let condition = |kind: &str, reason: &str, message: &str| {
        json!({
            "type": kind,
            "status": "True",
            "lastTransitionTime": meta::now(),
            "reason": reason,
            "message": message,
        })
    };
    let already = definition["status"]["conditions"].is_array();
    if !already {
        definition["status"]["conditions"] = json!([
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ]);
    }
    definition["status"]["acceptedNames"] = definition["spec"]["names"].clone();
    let mut stored = definition["status"]["storedVersions"].as_array().cloned().unwrap_or_default();
    for version in versions(definition).filter(|version| version["storage"] == true) {
        if !stored.contains(&version["name"]) {
            stored.push(version["name"].clone());
        }
    }
    definition["status"]["storedVersions"] = stored.into();
}

/// Adds the condition of a CRD whose deletion began.
pub(crate) fn terminate(definition: &mut Value) {
    if let Some(conditions) = definition["status"]["conditions"].as_array_mut() {
        conditions.retain(|one| one["type"] != "Terminating");
        conditions.push(json!({
            "type": "Terminating",
            "status": "True",
            "lastTransitionTime": meta::now(),
            "reason": "InstanceDeletionPending",
            "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        }));
    }
}

/// What is wrong with a CRD.
pub(crate) fn validate(definition: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (plural, group) = (text(&spec["names"]["plural"]), text(&spec["group"]));
    let name = meta::name(definition);
    if name != format!("{plural}.{group}") {
        let detail = "must be spec.names.plural+\".\"+spec.group";
        causes.push(Cause::invalid("metadata.name", &name.into(), detail));
    }
    if group.is_empty() {
        causes.push(Cause::required("spec.group", ""));
    } else if let Some(cause) = names::check("spec.group", &group, NameRule::Subdomain) {
        causes.push(cause);
    } else if !group.contains('.') {
        causes.push(Cause::invalid("spec.group", &group.into(), "should be a domain with at least one dot"));
    }
    match text(&spec["scope"]).as_str() {
        "Namespaced" | "Cluster" => {}
        "" => causes.push(Cause::required("spec.scope", "")),
        _ => causes.push(Cause::not_supported("spec.scope", &spec["scope"], &["Cluster", "Namespaced"])),
    }
    for field in ["plural", "singular", "kind", "listKind"] {
        if text(&spec["names"][field]).is_empty() {
            causes.push(Cause::required(format!("spec.names.{field}"), ""));
        }
    }
    if let Some(cause) = names::check("spec.names.plural", &plural, NameRule::Label1035)
        && !plural.is_empty()
    {
        causes.push(cause);
    }
    let stored = versions(definition).filter(|version| version["storage"] == true).count();
    if stored != 1 {
        let detail = "must have exactly one version marked as storage version";
        causes.push(Cause::invalid("spec.versions", &spec["versions"], detail));
    }
    // A schema that all versions share is checked in the place that it had before there were versions.
    let mut schemas = versions(definition).map(|version| &version["schema"]);
    let first = schemas.next();
    let shared = schemas.all(|schema| Some(schema) == first);
    for (index, version) in versions(definition).enumerate() {
        let path = format!("spec.versions[{index}]");
        if let Some(cause) =
            names::check(&format!("{path}.name"), &text(&version["name"]), NameRule::Label1035)
        {
            causes.push(cause);
        }
        if !version["schema"]["openAPIV3Schema"].is_object() {
            causes.push(Cause::required(format!("{path}.schema.openAPIV3Schema"), ""));
        } else if version["schema"]["openAPIV3Schema"]["type"] != "object" && (index == 0 || !shared) {
            let kind = &version["schema"]["openAPIV3Schema"]["type"];
            let field = match shared {
                true => "spec.validation.openAPIV3Schema.type".to_owned(),
                false => format!("{path}.schema.openAPIV3Schema.type"),
            };
            causes.push(match kind.is_null() {
                true => Cause::required(field, "must not be empty at the root"),
                false => Cause::invalid(field, kind, "must be object at the root"),
            });
        }
    }
    causes
}

/// The kinds that a CRD serves, one for each served version.
pub(crate) fn kinds(definition: &Value) -> Vec<Kind> {
    versions(definition)
        .filter(|version| version["served"] == true)
        .map(|version| kind(definition, version))
        .collect()
}

/// The version that objects are stored in.
pub(crate) fn versions(definition: &Value) -> impl Iterator<Item = &Value> {
    definition["spec"]["versions"].as_array().into_iter().flatten()
}

fn kind(definition: &Value, version: &Value) -> Kind {
    let spec = &definition["spec"];
    let names = &spec["names"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
    let dotted = |value: &Value| text(value).trim_start_matches('.').to_owned();
    let subresources = &version["subresources"];
    let scale = subresources.get("scale").filter(|scale| scale.is_object()).map(|scale| ScalePaths {
        spec_replicas: dotted(&scale["specReplicasPath"]),
        status_replicas: dotted(&scale["statusReplicasPath"]),
        selector: scale.get("labelSelectorPath").filter(|path| path.is_string()).map(dotted),
    });
    let (group, version_name) = (text(&spec["group"]), text(&version["name"]));
    let kind_name = text(&names["kind"]);
    let deprecation = (version["deprecated"] == true).then(|| match version["deprecationWarning"].as_str() {
        Some(warning) => warning.to_owned(),
        None => {
            let better = versions(definition)
                .filter(|one| one["served"] == true && one["deprecated"] != true)
                .map(|one| text(&one["name"]))
                .max_by_key(|name| priority(name))
                .filter(|name| priority(name) > priority(&version_name));
            let advice = better.map(|name| format!("; use {group}/{name} {kind_name}")).unwrap_or_default();
            format!("{group}/{version_name} {kind_name} is deprecated{advice}")
        }
    });
    Kind {
        plural: text(&names["plural"]),
        singular: text(&names["singular"]),
        list_kind: text(&names["listKind"]),
        short_names: texts(&names["shortNames"]),
        categories: texts(&names["categories"]),
        namespaced: spec["scope"] == "Namespaced",
        review: false,
        status: subresources["status"].is_object(),
        scale,
        names: NameRule::Subdomain,
        generation: Generation::Custom,
        returns_deleted: false,
        schema: Arc::new(schema(&version["schema"]["openAPIV3Schema"])),
        custom: Some(CustomKind {
            deprecation,
            selectable: version["selectableFields"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|field| dotted(&field["jsonPath"]))
                .collect(),
            columns: version["additionalPrinterColumns"].as_array().cloned().unwrap_or_default(),
        }),
        group,
        version: version_name,
        kind: kind_name,
    }
}

/// The CRD's schema with the members that every object has.
fn schema(document: &Value) -> Schema {
    let mut schema = Schema::parse(document);
    for field in ["apiVersion", "kind"] {
        schema.properties.insert(field.to_owned(), Schema { kind: "string".to_owned(), ..Schema::default() });
    }
    // The real server reads metadata by itself, whatever the CRD says of it.
    schema.properties.insert("metadata".to_owned(), super::kinds::metadata_schema().clone());
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{establish, fill_defaults, kinds, validate};

    fn definition() -> Value {
        json!({
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com", "scope": "Namespaced",
                "names": {"plural": "widgets", "kind": "Widget"},
                "versions": [
                    {"name": "v1", "served": true, "storage": true,
                     "schema": {"openAPIV3Schema": {"type": "object"}},
                     "subresources": {"status": {}, "scale": {
                        "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}},
                    {"name": "v1beta1", "schema": {"openAPIV3Schema": {"type": "object"}}},
                ],
            },
        })
    }

    #[test]
    fn a_definition_becomes_kinds() {
        let mut one = definition();
        fill_defaults(&mut one);
        assert_eq!(validate(&one), []);
        establish(&mut one);
        assert_eq!(one["status"]["storedVersions"], json!(["v1"]));
        let kinds = kinds(&one);
        assert_eq!(kinds.len(), 1, "only served versions");
        assert_eq!((kinds[0].singular.as_str(), kinds[0].list_kind.as_str()), ("widget", "WidgetList"));
        assert_eq!(kinds[0].scale.as_ref().map(|scale| scale.spec_replicas.as_str()), Some("spec.replicas"));
        assert!(kinds[0].status && kinds[0].namespaced);
    }

    #[test]
    fn what_is_refused() {
        for (pointer, value, want) in [
            ("/metadata/name", json!("x"), "metadata.name"),
            ("/spec/scope", json!("Everywhere"), "spec.scope"),
            ("/spec/versions/0/storage", json!(false), "spec.versions"),
            ("/spec/versions/0/schema", json!({}), "spec.versions[0].schema.openAPIV3Schema"),
        ] {
            let mut one = definition();
            fill_defaults(&mut one);
            *one.pointer_mut(pointer).expect("in the definition") = value;
            let causes = validate(&one);
            assert_eq!(causes.iter().map(|cause| cause.field.as_str()).collect::<Vec<_>>(), [want]);
        }
    }
}
