//! What lies below an object under a name of its own.

use http::Method;
use steersman_meta::{ApiPath, ApiUrls, Content, Name, Patch};

use crate::{
    Error, RawRequest, Resource,
    place::Reach,
    raw::Root,
    verbs::{Apply, Create, Delete, Get, PatchObject, Replace},
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

    /// Its paths as templates: [`full`](ApiUrls::full) and [`namespaced_full`](ApiUrls::namespaced_full) lead to it, and the
    /// others to the collections above.
    #[must_use]
    pub fn urls(&self) -> ApiUrls {
        let mut urls = self.resource.api().urls();
        for url in [Some(&mut urls.full), urls.namespaced_full.as_mut()].into_iter().flatten() {
            url.push('/');
            url.push_str(self.name());
        }
        urls
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

    /// Deletes it; the object above stays. Few kinds serve this.
    pub fn delete(&self, name: impl Into<String>) -> Delete {
        Delete::new(self.resource.clone(), name.into())
    }

    /// A request by hand to it, for what takes or gives something else than objects: what a proxy leads to, for one. Behind it
    /// goes [`url`](RawRequest::url); another `namespace`, `version` or `base` is an error
    /// ([`PlaceIsKnown`](crate::LocalError::PlaceIsKnown)).
    ///
    /// ```no_run
    /// # async fn doc(services: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// let proxy = services.namespace("shop").subresource("proxy")?;
    /// let page = proxy.request(http::Method::GET, "web:http")?.url("healthz").query("verbose", 1).text().await?;
    /// # let _ = page;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If something is wrong with the name or the namespace. Whether the verb of the method is served is for the server to say.
    pub fn request(&self, method: Method, name: impl AsRef<str>) -> Result<RawRequest, Error> {
        let attempt = self.resource.attempt("request");
        let name = Name::parse(name.as_ref()).map_err(|error| attempt.failed(error))?;
        let namespace = self.resource.namespace_of(None, Reach::One);
        let namespace = namespace.map_err(|error| attempt.failed(error))?;
        let path = ApiPath::object(self.resource.api(), namespace.as_ref(), &name).subresource(self.name());
        let path = path.map_err(|error| attempt.failed(error))?;
        // Behind a proxy is a root, to which a server would send us on.
        let path = if self.name() == "proxy" { Root::Folder(path) } else { Root::Path(path) };
        Ok(self.resource.cluster().request(method).at(path))
    }
}
