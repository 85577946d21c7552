//! Creating and changing objects: the steps that every write takes, in the order of the real server.

use std::sync::Arc;

use serde_json::Value;

use super::{
    auth::Identity,
    body, crd, hooks,
    kinds::Kind,
    managed::{self, Change},
    meta,
    options::{FieldValidation, WriteOptions},
    parts,
    request::Incoming,
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
    /// Who writes.
    pub(crate) user: &'a Identity,
    pub(crate) warnings: Vec<String>,
}

/// Which part of an object an endpoint writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Main,
    Status,
    Scale,
    /// Whether a certificate is to be signed.
    Approval,
    EphemeralContainers,
    /// What the containers of a pod ask for.
    Resize,
}

impl Part {
    /// As `managedFields` calls it.
    pub(crate) fn subresource(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Status => "status",
            Self::Scale => "scale",
            Self::Approval => "approval",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Resize => "resize",
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
        hooks::prepare_new(&mut object, &kind, self.state, self.user);
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
        parts::keep_others(self.part, &mut object, current, &kind);
        meta::carry_over(&mut object, current);
        hooks::prepare_update(&mut object, current, &kind);
        if !matches!(self.part, Part::Status | Part::Approval) && meta::counts(&object, current, &kind) {
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
