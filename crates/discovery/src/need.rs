//! What a question has to know, and what has to be asked of the server for it: only that.

use std::collections::HashSet;

use steersman_meta::GroupVersion;

use crate::{Discovery, document::RootKind, source::Form};

/// What a question has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Everything,
    /// This group version, wherever it is described.
    Version(GroupVersion),
}

/// What is asked of the server in one go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wants {
    pub(crate) core: bool,
    pub(crate) groups: bool,
    /// Those that have a document of their own, as far as it has not been read.
    pub(crate) missing: Versions,
    /// Those that have a document of their own, even if it has been read.
    pub(crate) anew: Versions,
    /// Whether to forget what is known, and not to ask whether it still holds.
    pub(crate) from_nothing: bool,
    /// Whether a look-up that missed asks, so that the pace of misses is charged for it.
    pub(crate) is_paced: bool,
}

/// Some group versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    all: bool,
    these: HashSet<GroupVersion>,
}

impl Need {
    /// What is served at `apps/v1`, or at `v1`.
    pub(crate) fn of_version(api_version: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self::Version(GroupVersion::new(group, version))
    }

    /// What to ask so that this is known; nothing where it is.
    pub(crate) fn wants(&self, known: Option<&Discovery>) -> Wants {
        let is_read = |root| known.is_some_and(|known| known.sources().is_current(root));
        let is_unread = |version| known.is_some_and(|known| known.unread().contains(version));
        match self {
            Self::Everything => {
                // One document may say them all.
                let asks_again = known.is_some_and(|known| {
                    let form = known.sources().groups.as_ref().map(|source| source.form);
                    form == Some(Form::Kubectl) && known.unread().len() > FEW
                });
                let (core, groups) = (!is_read(RootKind::Core), !is_read(RootKind::Groups) || asks_again);
                let some = core || groups || known.is_none_or(|known| !known.unread().is_empty());
                let missing = if some { Versions::all() } else { Versions::default() };
                Wants { core, groups, missing, ..Wants::default() }
            }
            Self::Version(version) => {
                let root = RootKind::of(&version.group);
                let mut wants = Wants::default();
                if !is_read(root) {
                    *wants.root_mut(root) = true;
                }
                if !is_read(root) || is_unread(version) {
                    wants.missing = Versions::one(version);
                }
                wants
            }
        }
    }

    /// What to ask after a look-up found nothing in what is known: whatever could have brought it since.
    pub(crate) fn wants_after_miss(&self, known: Option<&Discovery>) -> Wants {
        let Self::Version(version) = self else {
            return Wants { core: true, groups: true, anew: Versions::all(), ..Wants::default() };
        };
        let root = RootKind::of(&version.group);
        let form =
            known.and_then(|known| known.sources().of(root).filter(|it| it.is_current)).map(|it| it.form);
        let mut wants = Wants { anew: Versions::one(version), ..Wants::default() };
        // A group version with a document of its own changes in that document alone.
        if form.is_none_or(|form| form == Form::Aggregated)
            || !known.is_some_and(|known| known.lists(version))
        {
            *wants.root_mut(root) = true;
        }
        // Names that resemble the one that is not there may stand in the other.
        let other = root.other();
        if !known.is_some_and(|known| known.sources().is_current(other)) {
            *wants.root_mut(other) = true;
        }
        wants
    }
}

impl Wants {
    /// Everything, whatever is known.
    pub(crate) fn everything_from_nothing() -> Self {
        Self { from_nothing: true, ..Need::Everything.wants_after_miss(None) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn root(&self, root: RootKind) -> bool {
        match root {
            RootKind::Core => self.core,
            RootKind::Groups => self.groups,
        }
    }

    fn root_mut(&mut self, root: RootKind) -> &mut bool {
        match root {
            RootKind::Core => &mut self.core,
            RootKind::Groups => &mut self.groups,
        }
    }

    /// Whether a document of that group version's own is to be read, if it has one that has not been.
    pub(crate) fn reads(&self, version: &GroupVersion) -> bool {
        self.missing.has(version) || self.anew.has(version)
    }

    /// Adds what another wants.
    pub(crate) fn add(&mut self, other: &Self) {
        self.core |= other.core;
        self.groups |= other.groups;
        self.missing.add(&other.missing);
        self.anew.add(&other.anew);
        self.from_nothing |= other.from_nothing;
        self.is_paced |= other.is_paced;
    }

    /// Whether an answer to this answers `other` too.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let mut both = self.clone();
        both.add(other);
        both == *self
    }
}

impl Versions {
    fn all() -> Self {
        Self { all: true, these: HashSet::new() }
    }

    fn one(version: &GroupVersion) -> Self {
        Self { all: false, these: HashSet::from([version.clone()]) }
    }

    pub(crate) fn has(&self, version: &GroupVersion) -> bool {
        self.all || self.these.contains(version)
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.all && self.these.is_empty()
    }

    fn add(&mut self, other: &Self) {
        self.all |= other.all;
        self.these.extend(other.these.iter().cloned());
    }
}

/// So many small documents are asked for rather than one that may say all.
const FEW: usize = 4;
