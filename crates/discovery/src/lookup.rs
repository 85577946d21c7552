//! What a word means: the rules of kubectl's REST mapper and of its short names, without its machinery.

use steersman_meta::{ApiResource, GroupVersion};

use crate::{
    Asked, Candidate, Discovery, GroupFailure, LookupError,
    names::{Form, Name},
    suggest,
};

mod short_names;

use short_names::by_short_name;
pub(crate) use short_names::could_also_mean;

/// See [`Discovery::get`].
pub(crate) fn exact<'a>(discovery: &'a Discovery, api_version: &str, kind: &str) -> Option<&'a ApiResource> {
    let (group, version) = split_api_version(api_version);
    let resources = discovery.resources();
    let named = |text: &str, rank: fn(&Name, &str, &[ApiResource]) -> u8| {
        let here = |name: &&Name| name.of(resources).group == group && name.of(resources).version == version;
        let ranked = discovery.names().named(text, resources).iter().filter(here);
        let best = ranked.min_by_key(|name| (rank(name, text, resources), name.resource));
        best.filter(|name| rank(name, text, resources) < u8::MAX).map(|name| name.of(resources))
    };
    let found = named(kind, |name, text, resources| match name.form {
        Form::Kind if name.text(resources) == text => 0,
        Form::Plural => 1,
        Form::Kind => 2,
        Form::Singular => 3,
        Form::Short(_) => u8::MAX,
    });
    found
        .or_else(|| named(listed_kind(kind)?, |name, _, _| if name.form == Form::Kind { 0 } else { u8::MAX }))
}

/// Why [`exact`] found nothing.
pub(crate) fn missing_kind(discovery: &Discovery, api_version: &str, kind: &str) -> LookupError {
    let asked = Asked::Kind { api_version: api_version.to_owned(), kind: kind.to_owned() };
    let (group, version) = split_api_version(api_version);
    let this = |failure: &&GroupFailure| failure.group_version == GroupVersion::new(group, version);
    if let Some(failure) = discovery.failures().iter().find(this) {
        return LookupError::Unavailable { asked, failure: failure.clone() };
    }
    let same_group = |failure: &&GroupFailure| failure.group_version.group == group;
    let failures = discovery.failures().iter().filter(same_group).cloned().collect();
    LookupError::NotFound { asked, suggestions: suggest::nearest(discovery, kind, Some(group)), failures }
}

/// See [`Discovery::find`].
pub(crate) fn find<'a>(discovery: &'a Discovery, text: &str) -> Result<&'a ApiResource, LookupError> {
    let readings = Reading::all(text);
    if readings.iter().flatten().any(|reading| reading.group == Group::Any)
        && let Some(failure) = unread_core(discovery)
    {
        let asked = Asked::Name(text.to_owned());
        return Err(LookupError::Unavailable { asked, failure: failure.clone() });
    }
    let rules: [fn(&Discovery, &Reading<'_>) -> Vec<u32>; 4] =
        [by_name, by_short_name, by_kind, by_list_kind];
    // Names and short names belong together in kubectl: each reading goes through both before the next has its turn.
    for rules in [&rules[..2], &rules[2..]] {
        for reading in readings.iter().flatten() {
            if let Some(hits) =
                rules.iter().map(|rule| rule(discovery, reading)).find(|hits| !hits.is_empty())
            {
                return decide(discovery, text, &hits);
            }
        }
    }
    Err(missing_name(discovery, text, &readings))
}

/// Why nothing of the core group could be read. It comes before all others, so that a word without a group may be one of its
/// names: `pods` must not come to mean `pods.metrics.k8s.io` for as long as `/api` is down.
fn unread_core(discovery: &Discovery) -> Option<&GroupFailure> {
    let nothing_is_read = |failure: &&GroupFailure| {
        let GroupVersion { group, version } = &failure.group_version;
        let is_of_it = |resource: &ApiResource| resource.group.is_empty() && resource.version == *version;
        group.is_empty() && !version.is_empty() && !discovery.resources().iter().any(is_of_it)
    };
    discovery.failures().iter().find(nothing_is_read)
}

/// One way to read a word: `NAME`, `NAME.GROUP` or `NAME.VERSION.GROUP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading<'a> {
    name: &'a str,
    version: Option<&'a str>,
    group: Group<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group<'a> {
    Any,
    /// This one; if no group is called that, those whose names begin so.
    Near(&'a str),
    Exactly(&'a str),
}

impl<'a> Reading<'a> {
    /// The ways in which `text` can be read, the first that fits wins.
    fn all(text: &'a str) -> [Option<Self>; 3] {
        let Some((name, rest)) = text.split_once('.') else {
            return [Some(Self { name: text, version: None, group: Group::Any }), None, None];
        };
        let full = rest.split_once('.').map(|(version, group)| Self {
            name,
            version: Some(version),
            group: Group::Exactly(group),
        });
        let group = if rest.is_empty() { Group::Any } else { Group::Near(rest) };
        let core = Self { name, version: Some(rest), group: Group::Exactly("") };
        [full, Some(Self { name, version: None, group }), (!rest.contains('.')).then_some(core)]
    }

    /// Whether `group` is one that this reading names, in the narrow sense.
    fn names_group(&self, group: &str) -> bool {
        match self.group {
            Group::Any => true,
            Group::Near(this) | Group::Exactly(this) => this == group,
        }
    }

    /// Whether `group` is one that this reading can mean.
    fn may_mean_group(&self, group: &str) -> bool {
        self.names_group(group) || matches!(self.group, Group::Near(start) if group.starts_with(start))
    }

    fn names_version(&self, version: &str) -> bool {
        self.version.is_none_or(|this| this == version)
    }
}

fn by_name(discovery: &Discovery, reading: &Reading<'_>) -> Vec<u32> {
    matching(discovery, reading, reading.name, |name| name.is_resource_name(discovery.resources()))
}

fn by_kind(discovery: &Discovery, reading: &Reading<'_>) -> Vec<u32> {
    let exact = |name: &Name| name.form == Form::Kind && name.text(discovery.resources()) == reading.name;
    let hits = matching(discovery, reading, reading.name, exact);
    if !hits.is_empty() {
        return hits;
    }
    matching(discovery, reading, reading.name, |name| name.form == Form::Kind)
}

fn by_list_kind(discovery: &Discovery, reading: &Reading<'_>) -> Vec<u32> {
    let listed = listed_kind(reading.name);
    listed.map_or_else(Vec::new, |kind| matching(discovery, reading, kind, |name| name.form == Form::Kind))
}

/// The resources of which a name reads like `text`, in the group and version that are asked for; in order, each once.
fn matching(
    discovery: &Discovery,
    reading: &Reading<'_>,
    text: &str,
    is_meant: impl Fn(&Name) -> bool,
) -> Vec<u32> {
    let resources = discovery.resources();
    let names = discovery.names().named(text, resources);
    let names =
        names.iter().filter(|name| is_meant(name) && reading.names_version(&name.of(resources).version));
    let hits = |in_group: &dyn Fn(&str) -> bool| {
        let mut hits: Vec<u32> = names
            .clone()
            .filter(|name| in_group(&name.of(resources).group))
            .map(|name| name.resource)
            .collect();
        hits.dedup();
        hits
    };
    let exact = hits(&|group| reading.names_group(group));
    if exact.is_empty() { hits(&|group| reading.may_mean_group(group)) } else { exact }
}

/// Of several hits, the one of the highest priority, unless another of the same group version ties with it.
fn decide<'a>(discovery: &'a Discovery, text: &str, hits: &[u32]) -> Result<&'a ApiResource, LookupError> {
    let hits: Vec<&ApiResource> = hits.iter().map(|at| &discovery.resources()[*at as usize]).collect();
    let first = hits[0];
    let ties = |hit: &&&ApiResource| hit.group == first.group && hit.version == first.version;
    let tied: Vec<Candidate> = hits.iter().filter(ties).map(|hit| Candidate::of(hit)).collect();
    if tied.len() > 1 {
        return Err(LookupError::Ambiguous { asked: Asked::Name(text.to_owned()), candidates: tied });
    }
    Ok(first)
}

/// Why [`find`] found nothing.
fn missing_name(discovery: &Discovery, text: &str, readings: &[Option<Reading<'_>>]) -> LookupError {
    let asked = Asked::Name(text.to_owned());
    let named = |failure: &&GroupFailure| {
        let GroupVersion { group, version } = &failure.group_version;
        let said = |reading: &Reading<'_>| reading.group != Group::Any && reading.names_version(version);
        readings.iter().flatten().any(|reading| said(reading) && reading.may_mean_group(group))
    };
    if let Some(failure) = discovery.failures().iter().find(named) {
        return LookupError::Unavailable { asked, failure: failure.clone() };
    }
    let (name, group) = match text.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (text, None),
    };
    // `pods/log` is no resource, but its first part may be.
    let name = name.split('/').next().unwrap_or(name);
    let suggestions = suggest::nearest(discovery, name, group);
    LookupError::NotFound { asked, suggestions, failures: discovery.failures().to_vec() }
}

/// `apps/v1` as group and version; the core group has no slash.
fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// What a list of this kind lists.
fn listed_kind(kind: &str) -> Option<&str> {
    let kind = kind.strip_suffix("List").or_else(|| kind.strip_suffix("list"))?;
    (!kind.is_empty()).then_some(kind)
}
