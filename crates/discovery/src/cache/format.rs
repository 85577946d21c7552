//! The file's content, as a function of values.
//!
//! ```text
//! magic      8 bytes
//! length     u64, of all that follows the checksum
//! CRC-32     u32, of the same
//! format     u32
//! library    text, its version
//! server     text, its address and what its certificate is believed for
//! version    0, or 1 and a text: the server's version, if somebody asked for it
//! sources    twice: 0, or 1 and when a root was read, its form, its mark
//! groups     list: name, preferred version, versions
//! unread     list: a group's place among them, a version
//! verbs      list of lists: each list of verbs, once
//! contents   list: a group's place, a version, and its resources
//! names      list: the index as it is used, sorted
//! ```
//!
//! A number is little-endian; a text or a list has its length before it, in seven bits a byte, the lowest first.
//! So nothing is parsed, compared or sorted at a start: texts are taken from where they stand.
//!
//! The checksum finds what disks and crashes do; who may write the file is a matter of owners and modes. What it
//! does not find leads to other names, and to nothing worse: each length and each place is checked when it is used,
//! names are such as a document may have, and there are no more of them than in one.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, SystemTime},
};

use steersman_meta::{ApiResource, GroupVersion, Shared, Text, Verb};

use crate::{
    ApiGroup, Discovery,
    listing::{self, Content, Root, Version},
    source::{Form, Source, Sources},
};

mod index;
mod reader;
mod resource;
mod writer;

use reader::Reader;
use writer::Writer;

/// What is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) discovery: Discovery,
    /// The server's version, if somebody asked for it.
    pub(crate) version: Option<Text>,
}

/// What of `discovery` can be kept: nothing that failed, and nothing that is incomplete as if it were whole.
pub(super) fn keepable(discovery: &Discovery) -> Option<Discovery> {
    if discovery.failures().is_empty() {
        let sources = discovery.sources();
        return (sources.core.is_some() || sources.groups.is_some()).then(|| discovery.clone());
    }
    let mut listing = listing::take_apart(discovery);
    listing.core = listing.core.and_then(keepable_root);
    listing.groups = listing.groups.and_then(keepable_root);
    (listing.core.is_some() || listing.groups.is_some()).then(|| listing::assemble(listing))
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
pub(super) fn as_of(kept: Discovery, now: SystemTime, ttl: Duration) -> Discovery {
    let is_current = |source: &Source| now.duration_since(source.read_at).is_ok_and(|age| age < ttl);
    let as_of = |source: &Source| Source { is_current: is_current(source), ..source.clone() };
    let sources = Sources {
        core: kept.sources().core.as_ref().map(as_of),
        groups: kept.sources().groups.as_ref().map(as_of),
    };
    let is_of_use = |source: &Source| source.is_current || source.etag.is_some();
    let kept = kept.with_sources(sources);
    let sources = kept.sources();
    if sources.core.iter().chain(&sources.groups).all(is_of_use) {
        return kept;
    }
    let mut listing = listing::take_apart(&kept);
    listing.core = listing.core.filter(|root| is_of_use(&root.source));
    listing.groups = listing.groups.filter(|root| is_of_use(&root.source));
    listing::assemble(listing)
}

/// Writes it down.
///
/// # Errors
/// Why it can't be kept.
pub(super) fn encode(kept: &Kept, server: &str) -> Result<Vec<u8>, &'static str> {
    let Kept { discovery, version } = kept;
    let mut body = Writer::default();
    body.u32(FORMAT);
    body.text(LIBRARY);
    body.text(server);
    body.option(version.as_ref(), |body, version| body.text(version));
    for source in [&discovery.sources().core, &discovery.sources().groups] {
        body.option(source.as_ref(), encode_source);
    }
    let groups = discovery.api_groups();
    body.list(groups, |body, group| {
        body.text(&group.name);
        body.option(group.preferred.as_ref(), |body, preferred| body.text(preferred));
        body.list(&group.versions, |body, version| body.text(version));
    });
    let places: HashMap<&str, usize> = groups.iter().map(|group| group.name.as_str()).zip(0..).collect();
    let unread: Vec<&GroupVersion> = discovery.unread().iter().collect();
    let verbs = Lists::of(discovery.resources());
    let is_one_part = |a: &ApiResource, b: &ApiResource| a.group == b.group && a.version == b.version;
    let parts: Vec<&[ApiResource]> = discovery.resources().chunk_by(is_one_part).collect();
    let group_versions =
        parts.iter().map(|part| &part[0].group).chain(unread.iter().map(|unread| &unread.group));
    // All groups are known: what is not among them was not listed by the server, and is not kept.
    if !group_versions.clone().all(|group| places.contains_key(group.as_str())) {
        return Err("a group of it was never listed");
    }
    body.list(&unread, |body, unread| {
        body.length(places[unread.group.as_str()]);
        body.text(&unread.version);
    });
    body.list(&verbs.lists, |body, list| body.list(list, |body, verb| body.text(verb.as_str())));
    body.list(&parts, |body, part| {
        body.length(places[part[0].group.as_str()]);
        body.text(&part[0].version);
        body.list(part, |body, resource| resource::encode(body, resource, &verbs));
    });
    index::encode(&mut body, discovery.names());
    body.into_bytes().map(|body| with_head(&body)).ok_or("it is too much to be read again")
}

/// Reads it.
///
/// # Errors
/// Why it can't be used.
pub(super) fn decode(bytes: &[u8], server: &str) -> Result<Kept, String> {
    let body = without_head(bytes)?;
    let mut body = Reader::new(body);
    if (body.u32(), body.str()) != (Some(FORMAT), Some(LIBRARY)) {
        return Err("another version wrote it".to_owned());
    }
    if body.str() != Some(server) {
        return Err("it is about another server".to_owned());
    }
    let kept = decode_rest(&mut body).filter(|_| body.is_at_end());
    kept.ok_or_else(|| "it makes no sense".to_owned())
}

fn decode_rest(body: &mut Reader<'_>) -> Option<Kept> {
    let version = body.option(Reader::text)?;
    let sources = Sources { core: body.option(decode_source)?, groups: body.option(decode_source)? };
    let groups = body.list(|body| {
        let (name, preferred) = (body.group()?, body.option(Reader::segment)?);
        Some(ApiGroup { name, preferred, versions: body.list(Reader::segment)? })
    })?;
    let unread = body.list(|body| {
        let group = groups.get(body.length()?)?;
        Some(GroupVersion { group: group.name.clone(), version: body.segment()? })
    })?;
    let verbs = body.list(|body| body.list(|body| Some(Verb::from(body.str()?))).map(Shared::from))?;
    let mut resources = Vec::new();
    let mut scratch = resource::Scratch::default();
    for _ in 0..body.count()? {
        let group = groups.get(body.length()?)?;
        let part = GroupVersion { group: group.name.clone(), version: body.segment()? };
        let is_preferred = group.preferred.as_ref() == Some(&part.version);
        for _ in 0..body.count()? {
            let mut resource = resource::decode(body, &part, &verbs, &mut scratch)?;
            resource.preferred = is_preferred;
            resources.push(resource);
        }
    }
    let names = index::decode(body, &resources)?;
    let unread: HashSet<GroupVersion> = unread.into_iter().collect();
    let discovery = Discovery::indexed(groups, resources, names, Vec::new(), unread).with_sources(sources);
    Some(Kept { discovery, version })
}

fn encode_source(body: &mut Writer, source: &Source) {
    let since = source.read_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    body.u64(u64::try_from(since.as_millis()).unwrap_or_default());
    body.byte(u8::from(source.form == Form::Aggregated));
    body.option(source.etag.as_ref(), |body, etag| body.text(etag));
}

fn decode_source(body: &mut Reader<'_>) -> Option<Source> {
    let read_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(body.u64()?))?;
    let form = if body.byte()? == 1 { Form::Aggregated } else { Form::Legacy };
    let etag = body.option(Reader::text)?.map(String::from);
    Some(Source { form, etag, read_at, is_current: false })
}

/// The lists of verbs, each once, with their places.
struct Lists<'a> {
    lists: Vec<&'a [Verb]>,
    places: HashMap<&'a [Verb], usize>,
}

impl<'a> Lists<'a> {
    fn of(resources: &'a [ApiResource]) -> Self {
        let mut found = Self { lists: Vec::new(), places: HashMap::new() };
        for resource in resources {
            found.add(&resource.verbs);
            for below in &resource.subresources {
                found.add(&below.verbs);
            }
        }
        found
    }

    fn add(&mut self, list: &'a [Verb]) {
        self.places.entry(list).or_insert_with(|| {
            self.lists.push(list);
            self.lists.len() - 1
        });
    }

    fn place(&self, list: &[Verb]) -> usize {
        self.places.get(list).copied().unwrap_or_default()
    }
}

fn with_head(body: &[u8]) -> Vec<u8> {
    [&head_of(body)[..], body].concat()
}

fn head_of(body: &[u8]) -> Vec<u8> {
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    [&MAGIC[..], &length.to_le_bytes(), &crc32fast::hash(body).to_le_bytes()].concat()
}

fn without_head(bytes: &[u8]) -> Result<&[u8], &'static str> {
    let (head, body) = bytes.split_at_checked(HEAD).ok_or("it is too short")?;
    if !head.starts_with(MAGIC) {
        return Err("it is something else");
    }
    if head != head_of(body) {
        return Err("its checksum is wrong");
    }
    Ok(body)
}

const MAGIC: &[u8; 8] = b"STEERSD\n";

/// The magic, the length and the checksum.
const HEAD: usize = MAGIC.len() + 8 + 4;

/// Changes with what stands before and behind it.
const FORMAT: u32 = 2;

const LIBRARY: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests;
