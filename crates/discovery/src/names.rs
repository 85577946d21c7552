//! The index: every name of every resource, sorted, in eight bytes each.

use std::cmp::Ordering;

use steersman_meta::ApiResource;

/// One name of one resource. The text itself stays in the resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) resource: u32,
    pub(crate) form: Form,
}

/// What kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Kind,
    Plural,
    Singular,
    Short(u16),
}

impl Name {
    pub(crate) fn text<'a>(&self, resources: &'a [ApiResource]) -> &'a str {
        let resource = &resources[self.resource as usize];
        match self.form {
            Form::Kind => &resource.kind,
            Form::Plural => &resource.plural,
            Form::Singular => &resource.singular,
            Form::Short(at) => &resource.short_names[usize::from(at)],
        }
    }

    pub(crate) fn of<'a>(&self, resources: &'a [ApiResource]) -> &'a ApiResource {
        &resources[self.resource as usize]
    }

    /// Whether it names the resource as such, as against a short name. Where the server gives no singular, that is the
    /// kind in lower case, as kubectl guesses it.
    pub(crate) fn is_resource_name(&self, resources: &[ApiResource]) -> bool {
        match self.form {
            Form::Plural | Form::Singular => true,
            Form::Kind => self.of(resources).singular.is_empty(),
            Form::Short(_) => false,
        }
    }
}

/// All names, sorted by their text without regard to case, then by the resources' order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Box<[Name]>);

impl Names {
    /// Indexes `resources`, of which there are fewer than 2³².
    pub(crate) fn index(resources: &[ApiResource]) -> Self {
        let mut names = Vec::with_capacity(resources.len() * 4);
        for (at, resource) in (0_u32..).zip(resources) {
            let short = (0..=u16::MAX).zip(&resource.short_names).map(|(at, _)| Form::Short(at));
            let forms = [Form::Kind, Form::Plural, Form::Singular].into_iter().chain(short);
            names.extend(forms.map(|form| Name { resource: at, form }));
        }
        names.retain(|name| !name.text(resources).is_empty());
        // Most names differ in their first bytes: compared as numbers, they need not be looked up in the resources.
        let mut keyed: Vec<_> = names.iter().map(|name| (start(name.text(resources)), *name)).collect();
        keyed.sort_unstable_by(|(a_start, a), (b_start, b)| {
            a_start
                .cmp(b_start)
                .then_with(|| compare_behind(a.text(resources), b.text(resources)))
                .then(a.resource.cmp(&b.resource))
                .then(a.form.cmp(&b.form))
        });
        Self(keyed.into_iter().map(|(_, name)| name).collect())
    }

    /// The names that read like `text`, whatever their case, in the order of their resources. Allocates nothing.
    pub(crate) fn named(&self, text: &str, resources: &[ApiResource]) -> &[Name] {
        let start = self.0.partition_point(|name| compare(name.text(resources), text) == Ordering::Less);
        let rest = &self.0[start..];
        &rest[..rest.partition_point(|name| compare(name.text(resources), text) == Ordering::Equal)]
    }

    /// These names, which are sorted already.
    pub(crate) fn sorted(names: Vec<Name>) -> Self {
        Self(names.into())
    }

    pub(crate) fn as_slice(&self) -> &[Name] {
        &self.0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Name> {
        self.0.iter()
    }
}

/// Compares two that begin alike, as far as [`start`] looks.
fn compare_behind(a: &str, b: &str) -> Ordering {
    if a.len() <= START && b.len() <= START { a.len().cmp(&b.len()) } else { compare(a, b) }
}

const START: usize = 16;

/// The first bytes, in lower case, as a number that compares as they do.
fn start(text: &str) -> u128 {
    let mut bytes = [0; START];
    for (to, from) in bytes.iter_mut().zip(text.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    u128::from_be_bytes(bytes)
}

/// Compares without regard to the case of ASCII letters; names in Kubernetes have no others.
fn compare(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use steersman_meta::{ApiResource, GroupVersionKind, Scope};

    use super::{Names, compare};

    /// The short cut of the first bytes leads to the order that comparing leads to, and every name is found.
    #[test]
    fn names_are_sorted_and_found() {
        let kinds = [
            "Pod",
            "POD",
            "pods",
            "Po",
            "P",
            "Podium",
            "ExactlySixteenOK",
            "ExactlySixteenOk",
            "ExactlySixteenOKs",
            "exactlysixteenokr",
            "ExactlySixteenO",
            "LongerThanSixteenBytes",
            "LongerThanSixteenByter",
            "a",
            "a\0",
            "A\0\0",
            "ä",
            "Zz",
        ];
        let made =
            |kind: &&str| ApiResource::new(GroupVersionKind::new("", "v1", *kind), "xs", Scope::Cluster);
        let resources: Vec<ApiResource> = kinds.iter().map(made).collect();
        let names = Names::index(&resources);
        let sorted = |pair: &[super::Name]| {
            let order = compare(pair[0].text(&resources), pair[1].text(&resources));
            order.then(pair[0].resource.cmp(&pair[1].resource)).is_lt()
        };
        assert!(names.as_slice().windows(2).all(sorted), "{names:?}");
        for kind in kinds {
            let want = kinds.iter().filter(|other| compare(other, kind).is_eq()).count();
            assert_eq!(names.named(kind, &resources).len(), want, "{kind:?}");
        }
        assert_eq!(names.named("xs", &resources).len(), kinds.len());
        assert!(names.named("", &resources).is_empty() && names.named("nothing", &resources).is_empty());
    }
}
