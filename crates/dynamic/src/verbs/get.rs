//! `get`: one object.

use http::Method;
use steersman_meta::{GetOptions, ResourceVersion, Verb};

use crate::{Error, Resource, ResourceInstance, call::Call, exchange::Prepared, verbs::awaits};

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
    crate::extras::raw_answer!();

    /// The oldest version of the data that will do. Default: the newest.
    pub fn resource_version(mut self, version: impl Into<String>) -> Self {
        self.options.resource_version = ResourceVersion::new(version);
        self
    }

    /// Reads the object if it is there. Awaited, it gives none where the server says that there is no such object; whatever
    /// else it says is an error.
    ///
    /// ```no_run
    /// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// match pods.namespace("shop").get("web").if_exists().await? {
    ///     Some(web) => println!("{:?}", web.labels()),
    ///     None => println!("there is none"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn if_exists(self) -> GetIfExists {
        GetIfExists { get: self }
    }

    pub(super) fn into_parts(self) -> (Resource, String, GetOptions) {
        (self.resource, self.name, self.options)
    }

    fn prepare(self) -> Result<Prepared, Error> {
        let call = Call::object(&self.resource, "get", Verb::Get, &self.name, None)?;
        call.prepare(Method::GET, &self.options.query(), None)
    }

    async fn send(self) -> Result<ResourceInstance, Error> {
        self.prepare()?.object().await
    }
}

awaits!(Get => ResourceInstance);

/// Reads one object if it is there. Awaited, it gives the object, or none.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct GetIfExists {
    get: Get,
}

impl GetIfExists {
    async fn send(self) -> Result<Option<ResourceInstance>, Error> {
        match self.get.await {
            Ok(instance) => Ok(Some(instance)),
            Err(error) if names_what_is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether the server looked for the object: then its answer says for what. A path that nobody serves gives 404 without, and
/// is no answer about an object.
fn names_what_is_missing(error: &Error) -> bool {
    error.is_not_found() && error.status().is_some_and(|status| status.details.is_some())
}

awaits!(GetIfExists => Option<ResourceInstance>);
