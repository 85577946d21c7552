//! `create`: a new object.

use http::Method;
use steersman_meta::{Content, CreateOptions, Verb};

use crate::{
    Error, Owner, Resource, ResourceInstance,
    call::{Call, Payload, typed},
    exchange::Prepared,
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
    owners: Vec<Owner>,
}

impl Create {
    pub(crate) fn new(resource: Resource, name: Option<String>, content: Content) -> Self {
        Self { resource, name, content, options: CreateOptions::default(), owners: Vec::new() }
    }

    write_setters!(CreateOptions);
    crate::extras::raw_answer!();

    /// Makes the new object go with this owner, besides those that the content names.
    pub fn owner(mut self, owner: &Owner) -> Self {
        self.owners.push(owner.clone());
        self
    }

    fn prepare(mut self) -> Result<Prepared, Error> {
        self.complete();
        let resource = &self.resource;
        let mut object =
            typed(resource, &self.content).map_err(|cause| resource.attempt("create").failed(cause))?;
        let call = match &self.name {
            Some(name) => Call::object(resource, "create", Verb::Create, name, Some(&object))?,
            None => {
                Call::collection(resource, "create", Verb::Create, Reach::One, Some(&object))?.named(&object)
            }
        };
        for owner in &self.owners {
            let owned = owner.own(&object, resource.api(), call.namespace());
            object = owned.map_err(|error| call.failed(error))?;
        }
        call.prepare(Method::POST, &self.options.query(), Some(Payload::json(&object)))
    }

    async fn send(self) -> Result<ResourceInstance, Error> {
        self.prepare()?.object().await
    }
}

awaits!(Create => ResourceInstance);
