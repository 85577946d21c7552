//! What is known, with parts of it replaced by what the server says now.

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use steersman_meta::GroupVersion;

use crate::{
    Discovery,
    document::RootKind,
    listing::{self, Content, Listing, Root},
    need::Wants,
    source::{Form, Source, Sources},
};

/// What a root answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What is known of it still holds.
    StillHolds,
    Root(Root),
}

/// What is known, while parts of it are replaced. It is taken apart only if something changes.
pub(crate) struct Update<'a> {
    known: &'a Discovery,
    sources: Sources,
    apart: Option<Listing>,
}

impl<'a> Update<'a> {
    pub(crate) fn of(known: &'a Discovery) -> Self {
        Self { known, sources: known.sources().clone(), apart: None }
    }

    /// Takes over what the roots answered.
    pub(crate) fn take(&mut self, answers: [(RootKind, Option<Answer>); 2], wants: &Wants) {
        for (root, answer) in &answers {
            if let (Some(Answer::StillHolds), Some(source)) = (answer, self.sources.of_mut(*root)) {
                *source = Source { read_at: SystemTime::now(), is_current: true, ..source.clone() };
            }
        }
        for (root, answer) in answers {
            if let Some(Answer::Root(mut fresh)) = answer {
                let held = self.listing().root_mut(root).take();
                if let Some(held) = held.filter(|held| held.source.is_current) {
                    keep_what_was_read(&mut fresh, held, wants);
                }
                *self.listing().root_mut(root) = Some(fresh);
            }
        }
        for root in [RootKind::Core, RootKind::Groups] {
            let is_apart = self.sources.of(root).is_some_and(|source| source.form != Form::Aggregated);
            if is_apart && !wants.root(root) && !wants.anew.is_empty() {
                let versions = self.listing().root_mut(root).iter_mut().flat_map(|root| &mut root.groups);
                for group in versions {
                    for version in &mut group.versions {
                        if wants.anew.has(&GroupVersion::new(&group.name, &version.name)) {
                            version.content = Content::Unread;
                        }
                    }
                }
            }
        }
    }

    /// The group versions whose documents are to be read.
    pub(crate) fn unread(&self, wants: &Wants) -> HashSet<GroupVersion> {
        let Some(listing) = &self.apart else {
            return self.known.unread().iter().filter(|version| wants.reads(version)).cloned().collect();
        };
        let mut unread = HashSet::new();
        for group in listing.roots().flat_map(|root| &root.groups) {
            for version in &group.versions {
                let this = GroupVersion::new(&group.name, &version.name);
                if matches!(version.content, Content::Unread) && wants.reads(&this) {
                    unread.insert(this);
                }
            }
        }
        unread
    }

    /// Puts in what the documents of group versions say.
    pub(crate) fn fill(&mut self, mut contents: HashMap<GroupVersion, Content>) {
        for group in self.listing().roots_mut().flat_map(|root| &mut root.groups) {
            for version in group.versions.iter_mut().filter(|it| matches!(it.content, Content::Unread)) {
                if let Some(content) = contents.remove(&GroupVersion::new(&group.name, &version.name)) {
                    version.content = content;
                }
            }
        }
    }

    pub(crate) fn into_discovery(self) -> Discovery {
        match self.apart {
            Some(listing) => listing::assemble(listing),
            None => self.known.clone().with_sources(self.sources),
        }
    }

    fn listing(&mut self) -> &mut Listing {
        self.apart.get_or_insert_with(|| {
            listing::take_apart(&self.known.clone().with_sources(self.sources.clone()))
        })
    }
}

/// Of what has a document of its own, what was read stays, unless it is wanted anew.
fn keep_what_was_read(fresh: &mut Root, held: Root, wants: &Wants) {
    let mut read: HashMap<GroupVersion, Content> = HashMap::new();
    for group in held.groups {
        for version in group.versions {
            if matches!(version.content, Content::Read { .. }) {
                read.insert(GroupVersion::new(&group.name, version.name), version.content);
            }
        }
    }
    for group in &mut fresh.groups {
        for version in group.versions.iter_mut().filter(|it| matches!(it.content, Content::Unread)) {
            let this = GroupVersion::new(&group.name, &version.name);
            if !wants.anew.has(&this) {
                version.content = read.remove(&this).unwrap_or(Content::Unread);
            }
        }
    }
}
