//! One resource, with what lies below it.

use steersman_meta::{
    ApiResource, ApiSubresource, GroupVersion, GroupVersionKind, Scope, Shared, Text, Verb,
};

use super::{Lists, Reader, Writer};

/// Room to gather lists in, used again for each resource.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    texts: Vec<Text>,
    below: Vec<ApiSubresource>,
}

/// Whose kind a subresource takes and gives.
mod kind_of {
    /// That of the resource.
    pub(super) const THE_RESOURCE: u8 = 0;
    /// Another of the resource's group version.
    pub(super) const THE_VERSION: u8 = 1;
    /// One of another group version.
    pub(super) const ANOTHER: u8 = 2;
}

pub(super) fn encode(body: &mut Writer, resource: &ApiResource, verbs: &Lists<'_>) {
    body.text(&resource.kind);
    body.text(&resource.plural);
    body.text(&resource.singular);
    body.list(&resource.short_names, |body, name| body.text(name));
    body.list(&resource.categories, |body, name| body.text(name));
    body.byte(u8::from(resource.is_namespaced()));
    body.option(resource.response_group_version.as_ref(), |body, other| {
        body.text(&other.group);
        body.text(&other.version);
    });
    body.option(resource.storage_version_hash.as_ref(), |body, hash| body.text(hash));
    body.length(verbs.place(&resource.verbs));
    body.list(&resource.subresources, |body, below| {
        body.text(&below.name);
        let GroupVersionKind { group, version, kind } = &below.kind;
        let is_of_version = *group == resource.group && *version == resource.version;
        if is_of_version && *kind == resource.kind {
            body.byte(kind_of::THE_RESOURCE);
        } else if is_of_version {
            body.byte(kind_of::THE_VERSION);
            body.text(kind);
        } else {
            body.byte(kind_of::ANOTHER);
            body.text(group);
            body.text(version);
            body.text(kind);
        }
        body.length(verbs.place(&below.verbs));
    });
}

pub(super) fn decode(
    body: &mut Reader<'_>,
    part: &GroupVersion,
    verbs: &[Shared<Verb>],
    scratch: &mut Scratch,
) -> Option<ApiResource> {
    let gvk = part.clone().with_kind(body.name()?);
    let mut resource = ApiResource::new(gvk, body.segment()?, Scope::Cluster);
    resource.singular = body.name()?;
    resource.short_names = body.shared(&mut scratch.texts, Reader::name)?;
    resource.categories = body.shared(&mut scratch.texts, Reader::name)?;
    resource.scope = if body.byte()? == 1 { Scope::Namespaced } else { Scope::Cluster };
    resource.response_group_version =
        body.option(|body| Some(GroupVersion { group: body.name()?, version: body.name()? }))?;
    resource.storage_version_hash = body.option(Reader::name)?;
    resource.verbs = verbs.get(body.length()?)?.clone();
    let below = |body: &mut Reader<'_>| {
        let name = body.segments()?;
        let kind = match body.byte()? {
            kind_of::THE_RESOURCE => part.clone().with_kind(&resource.kind),
            kind_of::THE_VERSION => part.clone().with_kind(body.name()?),
            kind_of::ANOTHER => {
                GroupVersionKind { group: body.name()?, version: body.name()?, kind: body.name()? }
            }
            _ => return None,
        };
        Some(ApiSubresource::new(name, kind, verbs.get(body.length()?)?.clone()))
    };
    resource.subresources = body.shared(&mut scratch.below, below)?;
    Some(resource)
}
