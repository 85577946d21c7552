//! `patch`: parts of an object.

use http::Method;
use steersman_meta::{Patch, PatchOptions, PatchType, Verb};

use crate::{
    Error, LocalError, Resource, ResourceInstance,
    call::{Call, Payload},
    verbs::{awaits, write_setters},
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

    /// For an apply: takes fields over that others own. Other patches do not know it.
    pub fn force(mut self) -> Self {
        self.options.force = Some(true);
        self
    }

    async fn send(mut self) -> Result<ResourceInstance, Error> {
        self.complete();
        let call = Call::object(&self.resource, "patch", Verb::Patch, &self.name, None)?;
        let patch_type = self.patch.patch_type();
        if patch_type == PatchType::Apply && self.options.field_manager.is_none() {
            return Err(call.failed(LocalError::MissingFieldManager));
        }
        let content = self.patch.content().document().map_err(|error| call.failed(error))?;
        let payload = Payload::patch(patch_type, content.bytes().clone());
        call.send_for_object(Method::PATCH, &self.options.query(), Some(payload)).await
    }
}

awaits!(PatchObject => ResourceInstance);
