//! `create_or_get`: an object, whoever made it.

use std::ops::Deref;

use steersman_meta::{Content, CreateOptions, Verb};

use crate::{
    Error, Resource, ResourceInstance,
    call::{Call, name_of, typed},
    verbs::{Create, awaits, write_setters},
};

/// Reads an object, and creates it where there is none. Awaited, it gives the object and tells which it was.
///
/// Two who do this at the same time get the same object: who comes second with the creation reads again. An object that is there
/// is left as it is, however much it differs from the content.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct CreateOrGet {
    resource: Resource,
    content: Content,
    options: CreateOptions,
}

/// An object that was there, or is there now.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "it was there or it was not")]
pub enum Obtained {
    /// It was there.
    Found(ResourceInstance),
    /// It is new.
    Created(ResourceInstance),
}

impl Resource {
    /// Reads the object that the content names, and creates it where there is none.
    ///
    /// ```no_run
    /// # async fn doc(config_maps: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// use steersman_dynamic::verbs::Obtained;
    ///
    /// let content = serde_json::json!({"metadata": {"name": "settings"}});
    /// match config_maps.namespace("shop").create_or_get(content).await? {
    ///     Obtained::Created(settings) => println!("made {}", settings.name()),
    ///     Obtained::Found(settings) => println!("found {:?}", settings.labels()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_or_get(&self, content: impl Into<Content>) -> CreateOrGet {
        CreateOrGet { resource: self.clone(), content: content.into(), options: CreateOptions::default() }
    }
}

impl CreateOrGet {
    write_setters!(CreateOptions);

    async fn send(mut self) -> Result<Obtained, Error> {
        self.complete();
        let resource = &self.resource;
        let failed = |cause| resource.attempt("create or get").failed(cause);
        let object = typed(resource, &self.content).map_err(failed)?;
        let name = name_of(&object).map_err(|error| failed(error.into()))?;
        let call = Call::object(resource, "get", Verb::Get, name, Some(&object))?;
        let mut round = 1;
        loop {
            let get = crate::verbs::Get::new(call.placed(), name.to_owned());
            if let Some(found) = get.if_exists().await? {
                return Ok(Obtained::Found(found));
            }
            let create = Create::new(call.placed(), None, Content::from(&object));
            match create.options(self.options.clone()).await {
                Ok(created) => return Ok(Obtained::Created(created)),
                // Somebody made it between the two; unless it is gone again, the next look finds it.
                Err(error) if error.is_already_exists() && round < ROUNDS => round += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

awaits!(CreateOrGet => Obtained);

impl Obtained {
    /// The object, either way.
    #[must_use]
    pub fn into_instance(self) -> ResourceInstance {
        let (Self::Found(instance) | Self::Created(instance)) = self;
        instance
    }
}

impl Deref for Obtained {
    type Target = ResourceInstance;

    fn deref(&self) -> &ResourceInstance {
        let (Self::Found(instance) | Self::Created(instance)) = self;
        instance
    }
}

/// How often it is looked for, where somebody makes it and deletes it again meanwhile.
const ROUNDS: u32 = 4;
