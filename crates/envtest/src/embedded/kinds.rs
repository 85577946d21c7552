//! The kinds that the server serves: a table of the built-in ones, and what a CRD version adds to it.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::{
    schema::Schema,
    status::{Failure, qualified},
};

/// One resource of one group and version, with everything that serving it needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) kind: String,
    pub(crate) list_kind: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    /// Only `create` is served, and nothing is stored.
    pub(crate) review: bool,
    pub(crate) status: bool,
    pub(crate) scale: Option<ScalePaths>,
    pub(crate) names: NameRule,
    pub(crate) generation: Generation,
    /// A deletion answers with the object, not with a `Status`.
    pub(crate) returns_deleted: bool,
    pub(crate) schema: Arc<Schema>,
    /// `None` for a built-in kind.
    pub(crate) custom: Option<CustomKind>,
}

/// What a kind has because a CRD defines it.
#[derive(Clone, Debug)]
pub(crate) struct CustomKind {
    /// A warning that each request gets: the version is deprecated.
    pub(crate) deprecation: Option<String>,
    /// Field selectors beyond name and namespace, as dotted paths.
    pub(crate) selectable: Vec<String>,
    /// `additionalPrinterColumns`, as the CRD says them.
    pub(crate) columns: Vec<Value>,
}

/// Where the scale subresource finds its numbers, as dotted paths without the leading dot.
#[derive(Clone, Debug)]
pub(crate) struct ScalePaths {
    pub(crate) spec_replicas: String,
    pub(crate) status_replicas: String,
    pub(crate) selector: Option<String>,
}

/// Which names a kind allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameRule {
    Subdomain,
    Label,
    Label1035,
}

/// When `metadata.generation` grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// The kind has none.
    Never,
    /// With each change of `spec`.
    Spec,
    /// With each change outside `metadata`, and outside `status` where that is a subresource.
    Custom,
}

/// Verbs of a resource that is stored, in the order in which discovery lists them.
pub(crate) const STORED_VERBS: [&str; 8] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

impl Kind {
    /// `v1`, or `group/version`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    /// `plural`, or `plural.group`: where the objects of all versions of this kind are stored.
    pub(crate) fn bucket(&self) -> String {
        qualified(&self.plural, &self.group)
    }

    pub(crate) fn verbs(&self) -> Vec<&'static str> {
        match (self.review, self.plural.as_str()) {
            (true, _) => vec!["create"],
            // Go's own namespace storage has no deletion of a whole collection.
            (_, "namespaces") if self.group.is_empty() => {
                STORED_VERBS.into_iter().filter(|verb| *verb != "deletecollection").collect()
            }
            _ if self.is_custom() => {
                vec!["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
            }
            _ => STORED_VERBS.to_vec(),
        }
    }

    pub(crate) fn not_found(&self, name: &str) -> Failure {
        Failure::not_found(&self.plural, &self.group, name)
    }

    pub(crate) fn conflict(&self, name: &str, why: &str) -> Failure {
        Failure::conflict(&self.plural, &self.group, name, why)
    }
}

/// The built-in kinds. Core first, then by group.
pub(crate) fn built_ins() -> &'static [Arc<Kind>] {
    static KINDS: OnceLock<Vec<Arc<Kind>>> = OnceLock::new();
    KINDS.get_or_init(|| ROWS.iter().map(|row| Arc::new(row.kind())).collect())
}

/// A kind that is only taken, and never stored.
pub(crate) fn built_in([group, version, kind]: [&'static str; 3]) -> Kind {
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Row { api_version: &api_version, kind, plural: "", short: &[], categories: &[], traits: &[] }.kind()
}

/// A schema that belongs to no kind: `ObjectMeta`, `Scale`.
pub(crate) fn shared_schema(name: &str) -> Schema {
    Schema::parse(&shapes()[name])
}

/// The schema of `metadata`, which every kind has.
pub(crate) fn metadata_schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| shared_schema("ObjectMeta"))
}

fn shapes() -> &'static Value {
    static SHAPES: OnceLock<Value> = OnceLock::new();
    SHAPES.get_or_init(|| serde_yaml::from_str(include_str!("builtin.yaml")).unwrap_or_default())
}

struct Row<'a> {
    /// `version`, or `group/version`.
    api_version: &'a str,
    kind: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    categories: &'static [&'static str],
    traits: &'static [Trait],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trait {
    Cluster,
    Status,
    Scale,
    Review,
    Generation,
    Label,
    ReturnsDeleted,
}

impl Row<'_> {
    fn kind(&self) -> Kind {
        let has = |one: Trait| self.traits.contains(&one);
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let (group, version) = self.api_version.rsplit_once('/').unwrap_or(("", self.api_version));
        let names = if has(Trait::Label) { NameRule::Label } else { NameRule::Subdomain };
        Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: self.plural.to_owned(),
            singular: self.kind.to_ascii_lowercase(),
            kind: self.kind.to_owned(),
            list_kind: format!("{}List", self.kind),
            short_names: own(self.short),
            categories: own(self.categories),
            namespaced: !has(Trait::Cluster),
            review: has(Trait::Review),
            status: has(Trait::Status),
            scale: has(Trait::Scale).then(|| ScalePaths {
                spec_replicas: "spec.replicas".to_owned(),
                status_replicas: "status.replicas".to_owned(),
                selector: None,
            }),
            names,
            generation: if has(Trait::Generation) { Generation::Spec } else { Generation::Never },
            returns_deleted: has(Trait::ReturnsDeleted),
            schema: Arc::new(Schema::parse(&shapes()["kinds"][self.kind])),
            custom: None,
        }
    }
}

const ROWS: [Row<'static>; 15] = {
    use Trait::{Cluster, Generation, Label, ReturnsDeleted, Review, Scale, Status};
    [
        row("v1", "ConfigMap", "configmaps", &["cm"], &[], &[]),
        row("v1", "Namespace", "namespaces", &["ns"], &[], &[Cluster, Status, Label, ReturnsDeleted]),
        row("v1", "Event", "events", &["ev"], &[], &[]),
        row("v1", "Node", "nodes", &["no"], &[], &[Cluster, Status]),
        row("v1", "Pod", "pods", &["po"], &["all"], &[Status, Generation, ReturnsDeleted]),
        row("v1", "Secret", "secrets", &[], &[], &[]),
        row("v1", "ServiceAccount", "serviceaccounts", &["sa"], &[], &[ReturnsDeleted]),
        row("v1", "Service", "services", &["svc"], &["all"], &[Status, Label, ReturnsDeleted]),
        row(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
            &["crd", "crds"],
            &["api-extensions"],
            &[Cluster, Status, Generation],
        ),
        row("apps/v1", "Deployment", "deployments", &["deploy"], &["all"], &[Status, Scale, Generation]),
        row(
            "authentication.k8s.io/v1",
            "SelfSubjectReview",
            "selfsubjectreviews",
            &[],
            &[],
            &[Cluster, Review],
        ),
        row(
            "authorization.k8s.io/v1",
            "SelfSubjectAccessReview",
            "selfsubjectaccessreviews",
            &[],
            &[],
            &[Cluster, Review],
        ),
        row(
            "certificates.k8s.io/v1",
            "CertificateSigningRequest",
            "certificatesigningrequests",
            &["csr"],
            &[],
            &[Cluster, Status],
        ),
        row("coordination.k8s.io/v1", "Lease", "leases", &[], &[], &[]),
        row("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", &["pdb"], &[], &[Status, Generation]),
    ]
};

const fn row(
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    categories: &'static [&'static str],
    traits: &'static [Trait],
) -> Row<'static> {
    Row { api_version, kind, plural, short, categories, traits }
}

#[cfg(test)]
mod tests {
    use super::{built_ins, metadata_schema, shared_schema};

    #[test]
    fn every_kind_has_a_schema() {
        for kind in built_ins() {
            assert!(kind.schema.properties.contains_key("metadata"), "{}", kind.kind);
        }
        assert!(metadata_schema().properties.contains_key("ownerReferences"));
        assert!(shared_schema("Scale").properties.contains_key("spec"));
    }
}
