//! `get`: one object.

use http::Method;
use steersman_meta::{GetOptions, ResourceVersion, Verb};

use crate::{Error, Resource, ResourceInstance, call::Call, verbs::awaits};

/// Reads one object. Awaited, it gives the object.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct Get {
    resource: Resource,
    name: String,
    options: GetOptions,
}

impl Get {
    pub(crate) fn new(resource: Resource, name: String) -> Self {
        Self { resource, name, options: GetOptions::default() }
    }

    /// All options at once, in place of what was set before.
    pub fn options(mut self, options: GetOptions) -> Self {
        self.options = options;
        self
    }

    crate::extras::request_setters!();

    /// The oldest version of the data that will do. Default: the newest.
    pub fn resource_version(mut self, version: impl Into<String>) -> Self {
        self.options.resource_version = ResourceVersion::new(version);
        self
    }

    pub(super) fn into_parts(self) -> (Resource, String, GetOptions) {
        (self.resource, self.name, self.options)
    }

    async fn send(self) -> Result<ResourceInstance, Error> {
        let call = Call::object(&self.resource, "get", Verb::Get, &self.name, None)?;
        call.send_for_object(Method::GET, &self.options.query(), None).await
    }
}

awaits!(Get => ResourceInstance);
