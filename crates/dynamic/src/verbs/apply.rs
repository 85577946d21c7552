//! `apply`, on the server.

use http::Method;
use steersman_meta::{Content, PatchOptions, PatchType, Verb};

use crate::{
    Error, LocalError, Resource, ResourceInstance,
    call::{Call, Payload, name_of, typed},
    exchange::Prepared,
    verbs::{awaits, write_setters},
};

/// Applies a configuration on the server: the fields in it become what they say, and belong to the field manager;
/// those that it applied before and leaves out now go. Awaited, it gives the object as the server stored it.
///
/// A field that somebody else owns is a conflict, unless [`force`](Self::force) takes it over.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct Apply {
    resource: Resource,
    /// Whose name is not in the content, the call's.
    name: Option<String>,
    content: Content,
    options: PatchOptions,
}

impl Apply {
    pub(crate) fn new(resource: Resource, name: Option<String>, content: Content) -> Self {
        Self { resource, name, content, options: PatchOptions::default() }
    }

    write_setters!(PatchOptions);
    crate::extras::raw_answer!();

    /// Takes fields over that others own.
    pub fn force(mut self) -> Self {
        self.options.force = Some(true);
        self
    }

    pub(super) fn prepare(mut self) -> Result<Prepared, Error> {
        self.complete();
        let resource = &self.resource;
        let failed = |error: LocalError| resource.attempt("apply").failed(error);
        let object =
            typed(resource, &self.content).map_err(|cause| resource.attempt("apply").failed(cause))?;
        let name = match &self.name {
            Some(name) => name,
            None => name_of(&object).map_err(failed)?,
        };
        let call = Call::object(resource, "apply", Verb::Patch, name, Some(&object))?;
        if self.options.field_manager.is_none() {
            return Err(call.failed(LocalError::MissingFieldManager));
        }
        if object.value("/metadata/managedFields").is_some_and(|fields| !fields.is_null()) {
            return Err(call.failed(LocalError::ManagedFields));
        }
        let payload = Payload::patch(PatchType::Apply, object.document().bytes().clone());
        call.prepare(Method::PATCH, &self.options.query(), Some(payload))
    }

    async fn send(self) -> Result<ResourceInstance, Error> {
        self.prepare()?.object().await
    }
}

awaits!(Apply => ResourceInstance);
