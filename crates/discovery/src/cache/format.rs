//! The file's content, as a function of values.
//!
//! ```text
//! magic      8 bytes
//! SHA-256   32 bytes, of all that follows
//! format     u32
//! library    text, its version
//! server     text, its address and what its certificate is believed for
//! roots      twice: 0, or 1 and the root: when it was read, its form, its mark, its groups
//! ```
//!
//! A number is little-endian; a text or a list has its length before it, in seven bits a byte, the lowest first.

use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use steersman_meta::{ApiResource, ApiSubresource, GroupVersionKind, Scope, Verb};

use crate::{
    Discovery,
    listing::{self, Content, Group, Listing, Root, Version},
    source::{Form, Source},
};

mod reader;
mod writer;

use reader::Reader;
use writer::Writer;

/// What of `discovery` can be kept: nothing that failed, and nothing that is incomplete as if it were whole.
pub(super) fn keepable(discovery: &Discovery) -> Option<Listing> {
    let mut listing = listing::take_apart(discovery);
    listing.core = listing.core.and_then(keepable_root);
    listing.groups = listing.groups.and_then(keepable_root);
    (listing.core.is_some() || listing.groups.is_some()).then_some(listing)
}

/// A document that says all is kept if all of it could be read; of the others, those that could be.
fn keepable_root(mut root: Root) -> Option<Root> {
    let is_whole =
        |version: &Version| matches!(version.content, Content::Read { fault: None, .. } | Content::Unread);
    for group in &mut root.groups {
        for version in &mut group.versions {
            if is_whole(version) {
                continue;
            }
            if root.source.form == Form::Aggregated || version.name.is_empty() {
                return None;
            }
            version.content = Content::Unread;
        }
    }
    Some(root)
}

/// What is kept, as it may be used at `now`: a root that is older than `ttl`, or from the future, only after the server
/// has said that it still holds; and not at all if the server cannot say so.
pub(super) fn as_of(mut listing: Listing, now: SystemTime, ttl: Duration) -> Discovery {
    let as_of = |mut root: Root| {
        root.source.is_current = now.duration_since(root.source.read_at).is_ok_and(|age| age < ttl);
        (root.source.is_current || root.source.etag.is_some()).then_some(root)
    };
    listing.core = listing.core.and_then(as_of);
    listing.groups = listing.groups.and_then(as_of);
    listing::assemble(listing)
}

/// Writes it down.
pub(super) fn encode(listing: &Listing, server: &str) -> Vec<u8> {
    let mut body = Writer::default();
    body.u32(FORMAT);
    body.text(LIBRARY);
    body.text(server);
    for root in [&listing.core, &listing.groups] {
        body.option(root.as_ref(), encode_root);
    }
    let body = body.into_bytes();
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&Sha256::digest(&body));
    bytes.extend_from_slice(&body);
    bytes
}

/// Reads it.
///
/// # Errors
/// Why it can't be used.
pub(super) fn decode(bytes: &[u8], server: &str) -> Result<Listing, String> {
    let (head, body) = bytes.split_at_checked(HEAD).ok_or("it is too short")?;
    let (magic, sum) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err("it is something else".to_owned());
    }
    if Sha256::digest(body)[..] != *sum {
        return Err("its checksum is wrong".to_owned());
    }
    let mut body = Reader::new(body);
    if (body.u32(), body.text().as_deref()) != (Some(FORMAT), Some(LIBRARY)) {
        return Err("another version wrote it".to_owned());
    }
    if body.text().as_deref() != Some(server) {
        return Err("it is about another server".to_owned());
    }
    let listing = decode_roots(&mut body).filter(|_| body.is_at_end());
    listing.ok_or_else(|| "it makes no sense".to_owned())
}

fn decode_roots(body: &mut Reader<'_>) -> Option<Listing> {
    Some(Listing { core: body.option(decode_root)?, groups: body.option(decode_root)? })
}

fn encode_root(body: &mut Writer, root: &Root) {
    let since = root.source.read_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    body.u64(u64::try_from(since.as_millis()).unwrap_or_default());
    body.byte(u8::from(root.source.form == Form::Aggregated));
    body.option(root.source.etag.as_ref(), |body, etag| body.text(etag));
    body.list(&root.groups, |body, group| {
        body.text(&group.name);
        body.option(group.preferred.as_ref(), |body, preferred| body.text(preferred));
        body.list(&group.versions, |body, version| {
            body.text(&version.name);
            let resources = match &version.content {
                Content::Read { resources, .. } => Some(resources),
                Content::Unread | Content::Failed(_) => None,
            };
            body.option(resources, |body, resources| body.list(resources, encode_resource));
        });
    });
}

fn decode_root(body: &mut Reader<'_>) -> Option<Root> {
    let read_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(body.u64()?))?;
    let form = if body.byte()? == 1 { Form::Aggregated } else { Form::Legacy };
    let source =
        Source { form, etag: body.option(Reader::text)?.map(String::from), read_at, is_current: false };
    let groups = body.list(|body| {
        let (name, preferred) = (body.text()?, body.option(Reader::text)?);
        let versions = body.list(|body| {
            let version = body.text()?;
            let resources = body.option(|body| {
                body.list(|body| decode_resource(body, &name, &version, preferred.as_deref()))
            })?;
            let content = match resources {
                Some(resources) => Content::Read { resources, fault: None },
                None => Content::Unread,
            };
            Some(Version { name: version, content })
        })?;
        Some(Group { name, versions, preferred })
    })?;
    Some(Root { source, groups })
}

fn encode_resource(body: &mut Writer, resource: &ApiResource) {
    body.text(&resource.kind);
    body.text(&resource.plural);
    body.text(&resource.singular);
    body.list(&resource.short_names, |body, name| body.text(name));
    body.list(&resource.categories, |body, name| body.text(name));
    body.byte(u8::from(resource.is_namespaced()));
    body.list(&resource.verbs, encode_verb);
    body.option(resource.storage_version_hash.as_ref(), |body, hash| body.text(hash));
    body.list(&resource.subresources, |body, sub| {
        body.text(&sub.name);
        body.text(&sub.kind.group);
        body.text(&sub.kind.version);
        body.text(&sub.kind.kind);
        body.list(&sub.verbs, encode_verb);
    });
}

fn decode_resource(
    body: &mut Reader<'_>,
    group: &str,
    version: &str,
    preferred: Option<&str>,
) -> Option<ApiResource> {
    let gvk = GroupVersionKind::new(group, version, body.text()?);
    let mut resource = ApiResource::new(gvk, body.text()?, Scope::Cluster);
    resource.singular = body.text()?;
    resource.short_names = body.list(Reader::text)?.into();
    resource.categories = body.list(Reader::text)?.into();
    resource.scope = if body.byte()? == 1 { Scope::Namespaced } else { Scope::Cluster };
    resource.verbs = body.list(decode_verb)?.into();
    resource.storage_version_hash = body.option(Reader::text)?;
    resource.subresources = body
        .list(|body| {
            let name = body.text()?;
            let kind = GroupVersionKind { group: body.text()?, version: body.text()?, kind: body.text()? };
            Some(ApiSubresource::new(name, kind, body.list(decode_verb)?))
        })?
        .into();
    resource.preferred = preferred == Some(version);
    Some(resource)
}

/// The usual verbs take a byte.
fn encode_verb(body: &mut Writer, verb: &Verb) {
    match VERBS.iter().zip(1..).find(|(usual, _)| *usual == verb) {
        Some((_, number)) => body.byte(number),
        None => {
            body.byte(0);
            body.text(verb.as_str());
        }
    }
}

fn decode_verb(body: &mut Reader<'_>) -> Option<Verb> {
    match body.byte()? {
        0 => Some(Verb::from(body.text()?.as_str())),
        number => VERBS.get(usize::from(number) - 1).cloned(),
    }
}

const VERBS: [Verb; 8] = [
    Verb::Create,
    Verb::Delete,
    Verb::DeleteCollection,
    Verb::Get,
    Verb::List,
    Verb::Patch,
    Verb::Update,
    Verb::Watch,
];

const MAGIC: &[u8; 8] = b"STEERSD\n";

/// The magic and the checksum.
const HEAD: usize = MAGIC.len() + 32;

/// Changes with what follows the checksum.
const FORMAT: u32 = 1;

const LIBRARY: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests;
