//! Creating and changing objects: the steps that every write takes, in the order of the real server.

use std::sync::Arc;

use serde_json::Value;

use super::{
    body, crd, hooks,
    kinds::Kind,
    managed::{self, Change},
    meta,
    options::{FieldValidation, WriteOptions},
    request::Incoming,
    schema,
    state::{CRDS, NAMESPACES, State},
    status::{Cause, Failure, Outcome},
    store,
};

/// One write: where it goes, and how it wants to be done.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Incoming,
    pub(crate) kind: Arc<Kind>,
    pub(crate) namespace: Option<String>,
    pub(crate) part: Part,
    pub(crate) options: WriteOptions,
    pub(crate) warnings: Vec<String>,
}

/// Which part of an object an endpoint writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Main,
    Status,
    Scale,
}

impl Part {
    /// As `managedFields` calls it.
    pub(crate) fn subresource(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Status => "status",
            Self::Scale => "scale",
        }
    }
}

/// Who owns the fields that a write changes.
#[derive(Debug)]
pub(crate) enum Ownership {
    /// The manager of the write, for what differs.
    Update,
    /// An apply worked it out already.
    Settled,
}

impl Write<'_> {
    /// Creates the object in the body of the request.
    pub(crate) fn create(&mut self) -> Outcome<Arc<Value>> {
        let mut object = body::read_object(self.request, &self.kind)?;
        let (validation, kind) = (self.options.validation, self.kind.clone());
        body::decode(&mut object, &self.request.body, &kind, validation, &mut self.warnings)?;
        self.create_object(object, &Ownership::Update)
    }

    /// Creates a decoded object.
    pub(crate) fn create_object(&mut self, mut object: Value, ownership: &Ownership) -> Outcome<Arc<Value>> {
        let kind = self.kind.clone();
        hooks::defaults(&mut object, &kind)?;
        // What is no number counts as none.
        if meta::text(&object, "resourceVersion").parse::<u64>().is_ok_and(|version| version != 0) {
            return Err(Failure::unknown("resourceVersion should not be set on objects to be created"));
        }
        meta::settle_namespace(&mut object, self.namespace.as_deref())?;
        meta::fill_new(&mut object, &kind);
        self.admit_new(meta::name(&object))?;
        if matches!(ownership, Ownership::Update) {
            let empty = managed::blank(&object);
            managed::update(&empty, &mut object, &kind, self.change());
        }
        hooks::prepare_new(&mut object, &kind, self.state);
        self.refuse_invalid(&object, None)?;
        self.warn_of_finalizers(&object, None);

        let name = meta::name(&object).to_owned();
        let key = store::key(self.namespace.as_deref(), &name);
        if let Some(existing) = self.state.store.get(&kind.bucket(), &key) {
            let failure = Failure::already_exists(&kind.plural, &kind.group, &name);
            let message = format!("object is being deleted: {}", failure.message());
            return Err(if meta::is_deleting(existing) { failure.with_message(message) } else { failure });
        }
        if kind.bucket() == CRDS {
            crd::establish(&mut object);
            managed::own_crd_status(&mut object, &kind);
        }
        self.store(&key, object)
    }

    /// Replaces an object by the one in the body of the request.
    pub(crate) fn replace(&mut self, name: &str) -> Outcome<Arc<Value>> {
        let mut object = body::read_object(self.request, &self.kind)?;
        let (validation, kind) = (self.options.validation, self.kind.clone());
        body::decode(&mut object, &self.request.body, &kind, validation, &mut self.warnings)?;
        hooks::defaults(&mut object, &kind)?;
        meta::settle_namespace(&mut object, self.namespace.as_deref())?;
        self.check_name(&object, name)?;
        let current = self.current(name)?;
        self.check_uid(name, &object, &current)?;
        self.replace_object(name, &current, object, &Ownership::Update)
    }

    /// The object as it is stored.
    pub(crate) fn current(&self, name: &str) -> Outcome<Arc<Value>> {
        let key = store::key(self.namespace.as_deref(), name);
        let found = self.state.store.get(&self.kind.bucket(), &key).cloned();
        found.map(|object| present(&object, &self.kind)).ok_or_else(|| self.kind.not_found(name))
    }

    /// Stores a decoded object in place of `current`.
    pub(crate) fn replace_object(
        &mut self,
        name: &str,
        current: &Arc<Value>,
        mut object: Value,
        ownership: &Ownership,
    ) -> Outcome<Arc<Value>> {
        let kind = self.kind.clone();
        meta::settle_namespace(&mut object, self.namespace.as_deref())?;
        self.check_name(&object, name)?;
        self.check_version(name, &object, current)?;
        object["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"].clone();
        if matches!(ownership, Ownership::Update) {
            managed::update(current, &mut object, &kind, self.change());
        }
        self.keep_other_parts(&mut object, current);
        meta::carry_over(&mut object, current);
        hooks::prepare_update(&mut object, current, &kind);
        if self.part != Part::Status && meta::counts(&object, current, &kind) {
            let generation = current["metadata"]["generation"].as_i64().unwrap_or_default();
            object["metadata"]["generation"] = (generation + 1).into();
        }
        self.refuse_invalid(&object, Some(current))?;
        self.warn_of_finalizers(&object, Some(current));
        managed::keep_times(&mut object, current);
        if kind.bucket() == CRDS && self.part == Part::Main {
            crd::establish(&mut object);
            managed::own_crd_status(&mut object, &kind);
        }
        let key = store::key(self.namespace.as_deref(), name);
        let done = meta::is_deleting(current) && meta::finalizers(&object).next().is_none();
        let held = kind.bucket() == NAMESPACES && self.has_contents(name);
        if done && !held {
            return Ok(self.finish_deletion(&key, object));
        }
        if object == **current {
            return Ok(current.clone());
        }
        self.store(&key, object)
    }

    /// The last finalizer went: the object goes too, and the writer gets what it wrote.
    fn finish_deletion(&mut self, key: &str, object: Value) -> Arc<Value> {
        if !self.options.dry_run {
            self.state.remove(&self.kind.bucket(), key);
        }
        Arc::new(object)
    }

    fn has_contents(&self, namespace: &str) -> bool {
        let (store, prefix) = (&self.state.store, format!("{namespace}/"));
        store.bucket_names().iter().any(|bucket| store.scan(bucket, &prefix).next().is_some())
    }

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
    fn check_uid(&self, name: &str, object: &Value, current: &Value) -> Outcome<()> {
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

    fn check_version(&self, name: &str, object: &Value, current: &Value) -> Outcome<()> {
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

    /// An endpoint writes its own part; the rest of the object stays as it is.
    fn keep_other_parts(&self, object: &mut Value, current: &Value) {
        let copy = |object: &mut Value, field: &str, from: &Value| match &from[field] {
            Value::Null => {
                object.as_object_mut().map(|map| map.remove(field));
            }
            value => object[field] = value.clone(),
        };
        match self.part {
            Part::Main if self.kind.status => copy(object, "status", current),
            Part::Status => {
                let status = object["status"].take();
                let mut metadata = object["metadata"].take();
                *object = current.clone();
                object["status"] = status;
                if object["status"].is_null() {
                    object.as_object_mut().map(|map| map.remove("status"));
                }
                if self.kind.is_custom() {
                    object["metadata"]["managedFields"] = metadata["managedFields"].take();
                } else {
                    // Built-in kinds let a status writer change annotations and finalizers.
                    metadata["labels"] = current["metadata"]["labels"].clone();
                    object["metadata"] = metadata;
                }
                let empty: Vec<String> = schema::members(&object["metadata"])
                    .filter(|(_, value)| value.is_null())
                    .map(|(name, _)| name.clone())
                    .collect();
                empty.iter().for_each(|name| meta::remove(object, name));
            }
            Part::Main | Part::Scale => {}
        }
    }

    fn refuse_invalid(&self, object: &Value, old: Option<&Value>) -> Outcome<()> {
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
            causes.extend(old.map(|old| hooks::validate_update(object, old, kind)).unwrap_or_default());
        }
        if causes.is_empty() {
            return Ok(());
        }
        Err(Failure::invalid(&kind.kind, &kind.group, meta::name(object), &causes))
    }

    /// What the schema of a custom resource refuses. A status is looked at by itself, and named by itself.
    fn schema_causes(&self, object: &Value) -> Vec<Cause> {
        let schema = &self.kind.schema;
        if self.part != Part::Status {
            return schema::validate(object, schema, "");
        }
        let Some(status) = schema.member("status").0 else { return Vec::new() };
        let causes = schema::validate(&object["status"], status, "").into_iter();
        causes.map(|cause| Cause { field: format!("status.{}", cause.field), ..cause }).collect()
    }

    /// Nothing is created in a namespace that is not there, or that is going away.
    fn admit_new(&self, name: &str) -> Outcome<()> {
        let Some(namespace) = self.namespace.as_deref() else { return Ok(()) };
        let Some(object) = self.state.store.get(NAMESPACES, namespace) else {
            return Err(Failure::not_found("namespaces", "", namespace));
        };
        if !meta::is_deleting(object) {
            return Ok(());
        }
        let why =
            format!("unable to create new content in namespace {namespace} because it is being terminated");
        let mut details = super::status::details(name, &self.kind.group, &self.kind.plural);
        details["causes"] = serde_json::json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        Err(Failure::forbidden(&self.kind.plural, &self.kind.group, name, &why).with_details(details))
    }

    /// Finalizers that do not name their owner are accepted in custom resources, with a warning.
    fn warn_of_finalizers(&mut self, object: &Value, old: Option<&Value>) {
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

    fn change(&self) -> Change<'_> {
        Change { manager: &self.options.manager, part: self.part }
    }

    fn store(&mut self, key: &str, object: Value) -> Outcome<Arc<Value>> {
        if self.options.dry_run {
            return Ok(Arc::new(object));
        }
        let stored = self.state.store.put(&self.kind.bucket(), key, object);
        if self.kind.bucket() == CRDS {
            self.state.serve_crd(&stored);
        }
        Ok(stored)
    }

    /// Decodes what a patch made of an object.
    pub(crate) fn decode_patched(&mut self, object: &mut Value) -> Outcome<()> {
        let kind = self.kind.clone();
        let patched = object.clone();
        let refuse = |why: &str| {
            let cause = Cause::invalid("patch", &patched.to_string().into(), why);
            Failure::invalid("", "", "", &[cause])
        };
        if object["kind"] != kind.kind.as_str() || object["apiVersion"] != kind.api_version().as_str() {
            body::check_type(object, &kind).map_err(|failure| match kind.is_custom() {
                true => failure,
                false => refuse(body::mismatch(failure.message())),
            })?;
        }
        let unknown = body::decode_leniently(object, &kind).map_err(|why| refuse(&why))?;
        let listed = body::strict_faults(&self.request.body, &unknown);
        let listed: Vec<String> = match self.request.content_type().as_str() {
            // What stands twice does so in an operation, not in the object.
            "application/json-patch+json" => listed
                .into_iter()
                .map(|one| one.replace("duplicate field", "json patch duplicate field"))
                .collect(),
            _ => listed,
        };
        match self.options.validation {
            FieldValidation::Strict if !listed.is_empty() => {
                return Err(refuse(&format!("strict decoding error: {}", listed.join(", "))));
            }
            FieldValidation::Warn => self.warnings.extend(listed),
            _ => {}
        }
        hooks::defaults(object, &kind)
    }
}

/// An object in the version of the request.
pub(crate) fn present(object: &Arc<Value>, kind: &Kind) -> Arc<Value> {
    let wanted = kind.api_version();
    if object["apiVersion"] == wanted.as_str() {
        return object.clone();
    }
    let mut converted = (**object).clone();
    converted["apiVersion"] = wanted.into();
    Arc::new(converted)
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
