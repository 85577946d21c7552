//! What lies below an object under a name of its own.

use steersman_meta::{Content, Patch};

use crate::{
    Resource,
    verbs::{Apply, Create, Get, PatchObject, Replace},
};

/// A subresource of a kind, `scale` or `status` for one, with the verbs that it serves.
///
/// ```no_run
/// # async fn doc(deployments: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
/// use serde_json::json;
/// use steersman_meta::Patch;
///
/// let scale = deployments.namespace("shop").subresource("scale")?;
/// scale.patch("web", Patch::merge(json!({"spec": {"replicas": 3}}))).await?;
/// assert_eq!(scale.get("web").await?.field::<i64>("spec.replicas").ok(), Some(Some(3)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Subresource {
    resource: Resource,
}

impl Subresource {
    pub(crate) fn new(resource: Resource) -> Self {
        Self { resource }
    }

    /// The resource whose verbs go to the subresource.
    pub(crate) fn into_resource(self) -> Resource {
        self.resource
    }

    /// Its name, `scale` for one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.resource.subresource_name().expect("it is made with a name")
    }

    /// The same subresource in one namespace.
    #[must_use]
    pub fn namespace(&self, namespace: impl Into<String>) -> Self {
        Self { resource: self.resource.namespace(namespace) }
    }

    /// The same subresource in the namespace of the configuration's context.
    #[must_use]
    pub fn default_namespace(&self) -> Self {
        Self { resource: self.resource.default_namespace() }
    }

    /// Reads it.
    pub fn get(&self, name: impl Into<String>) -> Get {
        Get::new(self.resource.clone(), name.into())
    }

    /// Creates something below the object `name`: an eviction, a token.
    pub fn create(&self, name: impl Into<String>, content: impl Into<Content>) -> Create {
        Create::new(self.resource.clone(), Some(name.into()), content.into())
    }

    /// Replaces it as a whole.
    pub fn replace(&self, name: impl Into<String>, content: impl Into<Content>) -> Replace {
        Replace::new(self.resource.clone(), Some(name.into()), content.into())
    }

    /// Changes parts of it.
    pub fn patch(&self, name: impl Into<String>, patch: Patch) -> PatchObject {
        PatchObject::new(self.resource.clone(), name.into(), patch)
    }

    /// Applies a configuration to it, on the server.
    pub fn apply(&self, name: impl Into<String>, content: impl Into<Content>) -> Apply {
        Apply::new(self.resource.clone(), Some(name.into()), content.into())
    }
}
