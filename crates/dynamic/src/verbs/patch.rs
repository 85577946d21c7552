//! `patch`: parts of an object.

use http::Method;
use steersman_meta::{Object, Patch, PatchOptions, PatchType, Verb};

use crate::{
    Error, Resource, ResourceInstance,
    call::{Call, Payload},
    exchange::Prepared,
    verbs::{Apply, awaits, write_setters},
};

/// Changes parts of an object. Awaited, it gives the object as the server stored it.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct PatchObject {
    resource: Resource,
    name: String,
    patch: Patch,
    options: PatchOptions,
}

impl PatchObject {
    pub(crate) fn new(resource: Resource, name: String, patch: Patch) -> Self {
        Self { resource, name, patch, options: PatchOptions::default() }
    }

    write_setters!(PatchOptions);
    crate::extras::raw_answer!();

    /// For an apply: takes fields over that others own. Other patches do not know it, and are sent without.
    pub fn force(mut self) -> Self {
        self.options.force = Some(true);
        self
    }

    fn prepare(mut self) -> Result<Prepared, Error> {
        let patch_type = self.patch.patch_type();
        if patch_type == PatchType::Apply {
            // One rule for all applies, however they are said.
            let content = self.patch.content().clone();
            return Apply::new(self.resource, Some(self.name), content).options(self.options).prepare();
        }
        self.complete();
        self.options.force = None;
        let resource = &self.resource;
        let content = self.patch.content().document();
        let content = content.map_err(|error| resource.attempt("patch").failed(error))?;
        // A list of operations names no namespace; what else is no object, the server refuses.
        let object = Object::from_document(content.clone()).ok();
        let call = Call::object(resource, "patch", Verb::Patch, &self.name, object.as_ref())?;
        let payload = Payload::patch(patch_type, content.bytes().clone());
        call.prepare(Method::PATCH, &self.options.query(), Some(payload))
    }

    async fn send(self) -> Result<ResourceInstance, Error> {
        self.prepare()?.object().await
    }
}

awaits!(PatchObject => ResourceInstance);
