//! `replace`: an object as a whole (the API's `update`).

use http::Method;
use steersman_meta::{Content, UpdateOptions, Verb};

use crate::{
    Error, Resource, ResourceInstance,
    call::{Call, Payload, name_of, typed},
    exchange::Prepared,
    verbs::{awaits, write_setters},
};

/// Replaces an object as a whole. Awaited, it gives the object as the server stored it.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct Replace {
    resource: Resource,
    /// Whose name is not in the content, the call's.
    name: Option<String>,
    content: Content,
    options: UpdateOptions,
}

impl Replace {
    pub(crate) fn new(resource: Resource, name: Option<String>, content: Content) -> Self {
        Self { resource, name, content, options: UpdateOptions::default() }
    }

    write_setters!(UpdateOptions);
    crate::extras::raw_answer!();

    fn prepare(mut self) -> Result<Prepared, Error> {
        self.complete();
        let resource = &self.resource;
        let failed = |cause| resource.attempt("replace").failed(cause);
        let object = typed(resource, &self.content).map_err(failed)?;
        let name = match &self.name {
            Some(name) => name,
            None => name_of(&object).map_err(|error| failed(error.into()))?,
        };
        let call = Call::object(resource, "replace", Verb::Update, name, Some(&object))?;
        call.prepare(Method::PUT, &self.options.query(), Some(Payload::json(&object)))
    }

    async fn send(self) -> Result<ResourceInstance, Error> {
        self.prepare()?.object().await
    }
}

awaits!(Replace => ResourceInstance);
