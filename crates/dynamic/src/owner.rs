//! An object that others go with.

use steersman_meta::{ApiResource, Content, Metadata, Namespace, Object, OwnerReference, ReadError};

use crate::{Error, LocalError, ResourceInstance};

/// An object that others go with: when it is deleted, so are they.
///
/// It is made from an instance, and given to what it is to own: to a new object by [`Create::owner`](crate::verbs::Create::owner),
/// to one that is there by [`ResourceInstance::add_owner`]. Both check Kubernetes' rules before anything is sent: what lives in
/// a namespace can own objects of its own namespace only (the garbage collector would delete any other), and an object has at
/// most one controller.
///
/// ```no_run
/// # async fn doc(web: steersman_dynamic::ResourceInstance, pods: steersman_dynamic::Resource, pod: serde_json::Value)
/// # -> Result<(), steersman_dynamic::Error> {
/// let created = pods.create(pod).owner(&web.as_controller()?).await?;
/// assert_eq!(created.metadata().owner_references[0].name, web.name());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    reference: OwnerReference,
    /// `None` where it is cluster-scoped.
    namespace: Option<String>,
}

impl ResourceInstance {
    /// This object as the owner of others.
    ///
    /// # Errors
    /// If it was never stored: it has no uid, or only one that a dry run made up, without a resource version.
    pub fn as_owner(&self) -> Result<Owner, Error> {
        let resource = self.resource();
        let said = |value: &&str| !value.is_empty();
        // Of a creation that is only tried a server gives a uid, which nothing will ever have.
        let stored = self.resource_version().filter(said).is_some();
        let uid = self.uid().filter(said).filter(|_| stored);
        let uid = uid.ok_or_else(|| resource.attempt("refer to").failed(LocalError::MissingUid))?;
        // Of its metadata alone, and of a scale, the object says another kind.
        let api = resource.api();
        let mut reference = OwnerReference::default();
        reference.api_version = api.api_version();
        reference.kind = api.kind.to_string();
        self.name().clone_into(&mut reference.name);
        uid.clone_into(&mut reference.uid);
        let namespace = self.namespace().filter(|_| api.is_namespaced()).map(str::to_owned);
        Ok(Owner { reference, namespace })
    }

    /// This object as the one owner that manages others, for whose end it waits when it is deleted in the foreground.
    ///
    /// # Errors
    /// As [`as_owner`](Self::as_owner).
    pub fn as_controller(&self) -> Result<Owner, Error> {
        let mut owner = self.as_owner()?.blocking();
        owner.reference.controller = Some(true);
        Ok(owner)
    }

    /// Makes this object go with another. An owner of the same uid is replaced, and the others stay; where somebody changed the
    /// object meanwhile, it is read again and tried again, as [`change`](Self::change) does. Gives the object as the server
    /// stored it.
    ///
    /// # Errors
    /// If the owner can't own this object, before anything is sent; and as [`patch`](Self::patch).
    ///
    /// # Cancel safety
    /// If it is dropped, the server may or may not have taken the change that was under way; nothing is sent after that.
    pub async fn add_owner(&self, owner: &Owner) -> Result<Self, Error> {
        let home = self.resource();
        let namespace = self.namespace();
        owner.check(home.api(), namespace).map_err(|error| home.attempt(OWN).failed(error))?;
        self.change_owners(|owners| owner.among(owners)).await
    }

    /// Makes this object no longer go with another; the other owners stay. It is tried again as in
    /// [`add_owner`](Self::add_owner). Gives the object as the server stored it.
    ///
    /// # Errors
    /// As [`patch`](Self::patch).
    ///
    /// # Cancel safety
    /// As [`add_owner`](Self::add_owner).
    pub async fn remove_owner(&self, owner: &Owner) -> Result<Self, Error> {
        self.change_owners(|mut owners| {
            owners.retain(|one| one.uid != owner.reference.uid);
            Ok(owners)
        })
        .await
    }
}

impl Owner {
    /// As `metadata.ownerReferences` writes it.
    #[must_use]
    pub fn reference(&self) -> &OwnerReference {
        &self.reference
    }

    /// Where the owner lives; none where it is cluster-scoped.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The same owner, which waits for what it owns to go, when it is deleted in the foreground (`blockOwnerDeletion`).
    #[must_use]
    pub fn blocking(mut self) -> Self {
        self.reference.block_owner_deletion = Some(true);
        self
    }

    /// Whether it can own an object of this kind in this place.
    pub(crate) fn check(&self, kind: &ApiResource, namespace: Option<&str>) -> Result<(), LocalError> {
        let namespace = namespace.filter(|_| kind.is_namespaced());
        match self.namespace() {
            Some(own) if namespace != Some(own) => Err(LocalError::OwnerElsewhere {
                owner: own.to_owned(),
                object: namespace.unwrap_or_default().to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The owners of an object, with this one among them.
    pub(crate) fn among(&self, mut owners: Vec<OwnerReference>) -> Result<Vec<OwnerReference>, LocalError> {
        let other = owners.iter().find(|one| one.controller == Some(true) && one.uid != self.reference.uid);
        if let Some(other) = other.filter(|_| self.reference.controller == Some(true)) {
            return Err(LocalError::AnotherController { kind: other.kind.clone(), name: other.name.clone() });
        }
        match owners.iter_mut().find(|one| one.uid == self.reference.uid) {
            Some(one) => *one = self.reference.clone(),
            None => owners.push(self.reference.clone()),
        }
        Ok(owners)
    }

    /// A new object in this place, with this owner among its owners.
    pub(crate) fn own(
        &self,
        object: &Object,
        kind: &ApiResource,
        namespace: Option<&Namespace>,
    ) -> Result<Object, LocalError> {
        self.check(kind, namespace.map(Namespace::as_str))?;
        let owners = self.among(owners_of(object).map_err(LocalError::OwnersUnread)?)?;
        object.set("/metadata/ownerReferences", Content::of(&owners)).map_err(LocalError::NotAnObject)
    }
}

/// The owners that an object names.
pub(crate) fn owners_of(object: &Object) -> Result<Vec<OwnerReference>, ReadError> {
    object.try_metadata().map(|Metadata { owner_references, .. }| owner_references)
}

/// What is said to be tried.
pub(crate) const OWN: &str = "set the owners of";

#[cfg(test)]
mod tests {
    use steersman_meta::{ApiResource, GroupVersionKind, OwnerReference, Scope};

    use super::Owner;
    use crate::LocalError;

    fn reference(uid: &str, controller: Option<bool>) -> OwnerReference {
        let mut reference = OwnerReference::default();
        "Widget".clone_into(&mut reference.kind);
        uid.clone_into(&mut reference.name);
        uid.clone_into(&mut reference.uid);
        reference.controller = controller;
        reference
    }

    /// A16: the rule of the garbage collector, for each pair of places.
    #[test]
    fn a16_where_an_owner_may_be() {
        let elsewhere = |owner: &str, object: &str| {
            Err(LocalError::OwnerElsewhere { owner: owner.to_owned(), object: object.to_owned() })
        };
        for (owner, scope, object, want) in [
            (None, Scope::Cluster, None, Ok(())),
            (None, Scope::Namespaced, Some("a"), Ok(())),
            (Some("a"), Scope::Namespaced, Some("a"), Ok(())),
            (Some("a"), Scope::Namespaced, Some("b"), elsewhere("a", "b")),
            (Some("a"), Scope::Cluster, None, elsewhere("a", "")),
            // A namespace on what has none says nothing.
            (Some("a"), Scope::Cluster, Some("a"), elsewhere("a", "")),
        ] {
            let kind = ApiResource::new(GroupVersionKind::new("a.b", "v1", "Thing"), "things", scope);
            let owner = Owner { reference: reference("u", None), namespace: owner.map(str::to_owned) };
            assert_eq!(owner.check(&kind, object), want, "{owner:?} of {object:?}");
        }
    }

    /// A16: one more owner, the same one again, and one controller at most.
    #[test]
    fn a16_owners_among_each_other() {
        let (yes, no) = (Some(true), None);
        let other = LocalError::AnotherController { kind: "Widget".into(), name: "x".into() };
        for (owners, new, want) in [
            (vec![], ("u", no), Ok(vec![("u", no)])),
            (vec![("x", no)], ("u", yes), Ok(vec![("x", no), ("u", yes)])),
            (vec![("u", no), ("x", no)], ("u", yes), Ok(vec![("u", yes), ("x", no)])),
            (vec![("u", yes)], ("u", no), Ok(vec![("u", no)])),
            (vec![("x", yes)], ("u", no), Ok(vec![("x", yes), ("u", no)])),
            (vec![("x", yes)], ("u", yes), Err(other)),
        ] {
            let list = |owners: Vec<(&str, _)>| owners.into_iter().map(|(u, c)| reference(u, c)).collect();
            let owner = Owner { reference: reference(new.0, new.1), namespace: None };
            assert_eq!(owner.among(list(owners)), want.map(list), "{new:?}");
        }
    }
}
