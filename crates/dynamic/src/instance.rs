//! An object together with the resource that it came from.

use std::{collections::BTreeMap, fmt, ops::Deref};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use steersman_meta::{Content, Object, Patch};

use crate::{
    Error, Resource, Subresource,
    verbs::{Apply, Delete, PatchObject, Replace},
};

/// An object that remembers where it came from: it reads as an [`Object`], and has verbs for itself.
///
/// What came from a [`Subresource`] is changed there: the `patch` of a scale is one of the scale.
///
/// Two instances are equal if their objects are. A verb gives the new instance, and leaves this one as it was.
///
/// ```no_run
/// # async fn doc(deployments: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
/// let web = deployments.namespace("shop").get("web").await?;
/// let web = web.set_labels([("tier", Some("front")), ("old", None)]).await?;
/// println!("{:?}", web.labels());
/// web.delete().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ResourceInstance {
    resource: Resource,
    object: Object,
    inferred: bool,
}

impl ResourceInstance {
    /// `resource` is in the place where the object lives.
    pub(crate) fn new(resource: Resource, object: Object) -> Self {
        Self { resource: resource.without_extras(), object, inferred: false }
    }

    /// What is known of an object that is gone.
    pub(crate) fn inferred(resource: Resource, object: Object) -> Self {
        Self { resource: resource.without_extras(), object, inferred: true }
    }

    /// Whether this is no state that the server sent, but what a watch knew of an object that was deleted while the
    /// history was lost: what it is, its name, namespace, uid and last version.
    #[must_use]
    pub fn is_inferred(&self) -> bool {
        self.inferred
    }

    /// The resource that it came from, in this object's own namespace. For what came from a subresource, the kind above.
    #[must_use]
    pub fn resource(&self) -> Resource {
        self.home().without_subresource()
    }

    /// The object alone.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The object alone.
    #[must_use]
    pub fn into_object(self) -> Object {
        self.object
    }

    /// Changes parts of this object.
    pub fn patch(&self, patch: Patch) -> PatchObject {
        self.home().patch(self.name(), patch)
    }

    /// Replaces this object as a whole. With this object's resource version in `content`, a change that somebody made
    /// meanwhile is a conflict.
    pub fn replace(&self, content: impl Into<Content>) -> Replace {
        Replace::new(self.home(), Some(self.name().to_owned()), content.into())
    }

    /// Applies a configuration to this object, on the server: as [`Resource::apply`]. What clients applied before that
    /// becomes part of it by [`upgrade_applies`](Self::upgrade_applies).
    pub fn apply(&self, content: impl Into<Content>) -> Apply {
        Apply::new(self.home(), Some(self.name().to_owned()), content.into())
    }

    /// Changes parts of this object's status, and gives the object. Of the patch the server takes what is below `status`; for a
    /// kind that has no status of its own it is an error, before anything is sent.
    ///
    /// ```no_run
    /// # async fn doc(widget: steersman_dynamic::ResourceInstance) -> Result<(), steersman_dynamic::Error> {
    /// use steersman_meta::Patch;
    ///
    /// let widget = widget.patch_status(Patch::merge(serde_json::json!({"status": {"phase": "Ready"}}))).await?;
    /// widget.set_labels([("phase", Some("ready"))]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn patch_status(&self, patch: Patch) -> PatchObject {
        PatchObject::new(self.resource().status(), self.name().to_owned(), patch)
    }

    /// Replaces this object's status by the one in `content`, which is a whole object, and gives the object. With this object's
    /// resource version in `content`, a change that somebody made meanwhile is a conflict.
    pub fn replace_status(&self, content: impl Into<Content>) -> Replace {
        Replace::new(self.resource().status(), Some(self.name().to_owned()), content.into())
    }

    /// Applies a configuration to this object's status, on the server, and gives the object.
    pub fn apply_status(&self, content: impl Into<Content>) -> Apply {
        Apply::new(self.resource().status(), Some(self.name().to_owned()), content.into())
    }

    /// Deletes this object.
    pub fn delete(&self) -> Delete {
        self.home().delete(self.name())
    }

    /// What lies below this object; the verbs take its name.
    ///
    /// # Errors
    /// If discovery did not list it; nothing is sent.
    pub fn subresource(&self, name: &str) -> Result<Subresource, Error> {
        self.resource().subresource(name)
    }

    /// Sets labels, and removes those that are `None`; the others stay.
    pub fn set_labels<K, V>(&self, labels: impl IntoIterator<Item = (K, Option<V>)>) -> PatchObject
    where
        K: Into<String>,
        V: Into<String>,
    {
        self.set_in_metadata("labels", labels)
    }

    /// Sets annotations, and removes those that are `None`; the others stay.
    pub fn set_annotations<K, V>(&self, annotations: impl IntoIterator<Item = (K, Option<V>)>) -> PatchObject
    where
        K: Into<String>,
        V: Into<String>,
    {
        self.set_in_metadata("annotations", annotations)
    }

    /// Reads this object again, in place.
    ///
    /// # Errors
    /// As [`Resource::get`]; then the object stays as it was.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the object as it was.
    pub async fn refresh(&mut self) -> Result<(), Error> {
        *self = self.home().get(self.name()).await?;
        Ok(())
    }

    /// Whether this very object is still there: not one of the same name that was made later.
    ///
    /// # Errors
    /// As [`Resource::get`], except that an object that is gone is no error.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn exists(&self) -> Result<bool, Error> {
        let found = self.home().get(self.name()).if_exists().await?;
        Ok(found.is_some_and(|found| found.uid() == self.uid()))
    }

    /// Where the verbs of this object go: its own namespace, and the subresource that it came from.
    pub(crate) fn home(&self) -> Resource {
        match self.object.namespace() {
            Some(namespace) if self.resource.api().is_namespaced() => self.resource.namespace(namespace),
            _ => self.resource.clone(),
        }
    }

    fn set_in_metadata<K, V>(
        &self,
        map: &str,
        entries: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> PatchObject
    where
        K: Into<String>,
        V: Into<String>,
    {
        let entries: BTreeMap<String, Value> = entries
            .into_iter()
            .map(|(key, value)| (key.into(), value.map_or(Value::Null, |value| Value::String(value.into()))))
            .collect();
        self.patch(Patch::merge(json!({"metadata": {map: entries}})))
    }
}

impl Deref for ResourceInstance {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.object
    }
}

impl PartialEq for ResourceInstance {
    fn eq(&self, other: &Self) -> bool {
        self.object == other.object
    }
}

impl fmt::Debug for ResourceInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResourceInstance").field(&self.object).finish()
    }
}

impl Serialize for ResourceInstance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

impl From<ResourceInstance> for Object {
    fn from(instance: ResourceInstance) -> Self {
        instance.object
    }
}

impl From<ResourceInstance> for Content {
    fn from(instance: ResourceInstance) -> Self {
        Self::from(instance.object)
    }
}

impl From<&ResourceInstance> for Content {
    fn from(instance: &ResourceInstance) -> Self {
        Self::from(&instance.object)
    }
}
