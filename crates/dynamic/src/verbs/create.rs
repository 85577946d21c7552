//! `create`: a new object.

use http::Method;
use steersman_meta::{Content, CreateOptions, Verb};

use crate::{
    Error, Resource, ResourceInstance,
    call::{Call, Payload, typed},
    place::Reach,
    verbs::{awaits, write_setters},
};

/// Creates an object. Awaited, it gives the object as the server stored it.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct Create {
    resource: Resource,
    /// The object below which a subresource is created.
    name: Option<String>,
    content: Content,
    options: CreateOptions,
}

impl Create {
    pub(crate) fn new(resource: Resource, name: Option<String>, content: Content) -> Self {
        Self { resource, name, content, options: CreateOptions::default() }
    }

    write_setters!(CreateOptions);

    async fn send(mut self) -> Result<ResourceInstance, Error> {
        self.complete();
        let resource = &self.resource;
        let object =
            typed(resource, &self.content).map_err(|cause| resource.attempt("create").failed(cause))?;
        let call = match &self.name {
            Some(name) => Call::object(resource, "create", Verb::Create, name, Some(&object))?,
            None => {
                Call::collection(resource, "create", Verb::Create, Reach::One, Some(&object))?.named(&object)
            }
        };
        call.send_for_object(Method::POST, &self.options.query(), Some(Payload::json(&object))).await
    }
}

awaits!(Create => ResourceInstance);
