//! `deletecollection`: all objects that fit.

use http::Method;
use steersman_json::Document;
use steersman_meta::{DeleteOptions, FieldSelector, LabelSelector, ListOptions, ObjectList, Status, Verb};

use crate::{
    Error, Resource, ResourceList,
    call::Call,
    exchange::{Prepared, Refusal},
    place::Reach,
    shard::ShardCheck,
    verbs::{
        awaits,
        delete::{check_parameters, complete, delete_setters, payload},
    },
};

/// Deletes all objects that fit, in one namespace. Awaited, it gives the objects that the server found.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct DeleteCollection {
    resource: Resource,
    options: DeleteOptions,
    list: ListOptions,
}

impl DeleteCollection {
    pub(crate) fn new(resource: Resource) -> Self {
        Self { resource, options: DeleteOptions::default(), list: ListOptions::default() }
    }

    delete_setters!();
    crate::extras::request_setters!();
    crate::extras::raw_answer!();

    /// The options of the selection, all at once. A shard selector among them is an error: a server that does not know it would
    /// delete everything.
    pub fn list_options(mut self, options: ListOptions) -> Self {
        self.list = options;
        self
    }

    /// Only objects with these labels. Default: all.
    pub fn labels(mut self, selector: impl Into<LabelSelector>) -> Self {
        self.list.label_selector = selector.into();
        self
    }

    /// Only objects with these fields. Default: all.
    pub fn fields(mut self, selector: impl Into<FieldSelector>) -> Self {
        self.list.field_selector = selector.into();
        self
    }

    fn prepare(mut self) -> Result<Prepared, Error> {
        complete(&mut self.options, &self.resource);
        let call =
            Call::collection(&self.resource, "delete all of", Verb::DeleteCollection, Reach::One, None)?;
        check_parameters(&self.resource).map_err(|error| call.failed(error))?;
        self.list.check().map_err(|error| call.failed(error))?;
        ShardCheck::forbid(&self.list).map_err(|error| call.failed(error))?;
        call.prepare(Method::DELETE, &self.list.query(), Some(payload(&self.options)))
    }

    async fn send(self) -> Result<ResourceList, Error> {
        let Prepared { exchange, home } = self.prepare()?;
        let (attempt, _, body) = exchange.whole(Refusal::Error).await?;
        let list = match Status::parse(&body) {
            Some(_) => ObjectList::default(),
            None => {
                let document = Document::parse(body).map_err(|error| attempt.failed(error))?;
                ObjectList::from_document(&document).map_err(|error| attempt.failed(error))?
            }
        };
        Ok(ResourceList::new(&home, list))
    }
}

awaits!(DeleteCollection => ResourceList);
