//! What a write must satisfy: the right name and version, a namespace that is there, an object that its kind allows.

use serde_json::Value;

use super::{
    hooks,
    kinds::Kind,
    meta, parts, schema,
    state::{CRDS, NAMESPACES},
    status::{self, Cause, Failure, Outcome},
    store,
    write::{Part, Write},
};

impl Write<'_> {
    /// The name in the body must be the one in the path.
    pub(crate) fn check_name(&self, object: &Value, name: &str) -> Outcome<()> {
        match meta::name(object) {
            own if own == name => Ok(()),
            "" => Err(Failure::bad_request(format!(
                "the name of the object ({name} based on URL) was undeterminable: name must be provided"
            ))),
            own => Err(Failure::bad_request(format!(
                "the name of the object ({own}) does not match the name on the URL ({name})"
            ))),
        }
    }

    /// A whole object that names a uid replaces that very object and no other.
    pub(crate) fn check_uid(&self, name: &str, object: &Value, current: &Value) -> Outcome<()> {
        let (kind, uid) = (&self.kind, meta::text(object, "uid"));
        let current_uid = meta::text(current, "uid");
        if !uid.is_empty() && uid != current_uid {
            let key = store::key(self.namespace.as_deref(), name);
            return Err(kind.conflict(
                name,
                &format!(
                    "StorageError: invalid object, Code: 4, Key: /registry/{}/{key}, ResourceVersion: 0, \
                     AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {current_uid}",
                    registry_path(kind)
                ),
            ));
        }
        Ok(())
    }

    pub(crate) fn check_version(&self, name: &str, object: &Value, current: &Value) -> Outcome<()> {
        let kind = &self.kind;
        let version = meta::text(object, "resourceVersion");
        // Custom resources and CRDs must say which state they replace; the others need not.
        let unconditional = !kind.is_custom() && kind.bucket() != CRDS;
        if matches!(version, "" | "0") {
            if unconditional {
                return Ok(());
            }
            let cause = Cause::with(
                "FieldValueInvalid",
                "metadata.resourceVersion",
                "Invalid value: 0: must be specified for an update".to_owned(),
            );
            return Err(Failure::invalid(&kind.plural, &kind.group, name, &[cause]));
        }
        if version.parse::<u64>().is_err() {
            return Err(Failure::unknown(format!("strconv.ParseUint: parsing {version:?}: invalid syntax")));
        }
        if version != meta::text(current, "resourceVersion") {
            return Err(kind.conflict(name, MODIFIED));
        }
        Ok(())
    }

    pub(crate) fn refuse_invalid(&self, object: &Value, old: Option<&Value>) -> Outcome<()> {
        let kind = &self.kind;
        let mut causes = Vec::new();
        if kind.is_custom() {
            causes.extend(meta::validate(object, kind));
            if let Some(old) = old {
                causes.extend(meta::validate_update(object, old));
                causes.extend(meta::validate_update(object, old));
            }
            causes.extend(self.schema_causes(object));
        } else {
            // An update goes through the common rules twice, once of them in the rules of the kind.
            if let Some(old) = old {
                causes.extend(meta::validate(object, kind));
                causes.extend(meta::validate_update(object, old));
                causes.extend(meta::validate_update(object, old));
            }
            causes.extend(meta::validate(object, kind));
            causes.extend(hooks::validate(object, kind));
            if let Some(old) = old {
                causes.extend(match self.part {
                    Part::Main | Part::Status | Part::Scale => hooks::validate_update(object, old, kind),
                    part => parts::validate(part, object, old),
                });
            }
        }
        if causes.is_empty() {
            return Ok(());
        }
        Err(Failure::invalid(&kind.kind, &kind.group, meta::name(object), &causes))
    }

    /// What the schema of a custom resource refuses. A status is looked at by itself, and named by itself.
    pub(crate) fn schema_causes(&self, object: &Value) -> Vec<Cause> {
        let schema = &self.kind.schema;
        if self.part != Part::Status {
            return schema::validate(object, schema, "");
        }
        let Some(status) = schema.member("status").0 else { return Vec::new() };
        let causes = schema::validate(&object["status"], status, "").into_iter();
        causes.map(|cause| Cause { field: format!("status.{}", cause.field), ..cause }).collect()
    }

    /// Nothing is created in a namespace that is not there, or that is going away.
    pub(crate) fn admit_new(&self, name: &str) -> Outcome<()> {
        let Some(namespace) = self.namespace.as_deref() else { return Ok(()) };
        let Some(object) = self.state.store.get(NAMESPACES, namespace) else {
            return Err(Failure::not_found("namespaces", "", namespace));
        };
        if !meta::is_deleting(object) {
            return Ok(());
        }
        let why =
            format!("unable to create new content in namespace {namespace} because it is being terminated");
        let mut details = status::details(name, &self.kind.group, &self.kind.plural);
        details["causes"] = serde_json::json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        Err(Failure::forbidden(&self.kind.plural, &self.kind.group, name, &why).with_details(details))
    }

    /// Finalizers that do not name their owner are accepted in custom resources, with a warning.
    pub(crate) fn warn_of_finalizers(&mut self, object: &Value, old: Option<&Value>) {
        if !self.kind.is_custom() {
            return;
        }
        let before: Vec<&str> = old.map(|old| meta::finalizers(old).collect()).unwrap_or_default();
        let mut new: Vec<&str> = meta::finalizers(object).filter(|one| !before.contains(one)).collect();
        new.sort_unstable();
        for finalizer in new {
            if finalizer.contains('/') || meta::STANDARD_FINALIZERS.contains(&finalizer) {
                continue;
            }
            let path = if finalizer.contains('.') { " including a path (/)" } else { "" };
            self.warnings.push(format!(
                "metadata.finalizers: {finalizer:?}: prefer a domain-qualified finalizer name{path} to avoid accidental \
                 conflicts with other finalizer writers"
            ));
        }
    }
}

/// Where etcd would keep the objects of a kind.
fn registry_path(kind: &Kind) -> String {
    match (kind.is_custom(), kind.plural.as_str()) {
        (true, plural) => format!("{}/{plural}", kind.group),
        (false, "services") => "services/specs".to_owned(),
        (false, plural) => plural.to_owned(),
    }
}

const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";
