//! Where what is known comes from: for each of the two root documents, when it was read and how it can be renewed.

use std::time::SystemTime;

use crate::document::RootKind;

/// Where a [`Discovery`](crate::Discovery) comes from; empty for one that was made by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sources {
    pub(crate) core: Option<Source>,
    pub(crate) groups: Option<Source>,
}

/// One root document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) form: Form,
    /// By which the server recognizes it; of an aggregated one only, as only that says all.
    pub(crate) etag: Option<String>,
    pub(crate) read_at: SystemTime,
    /// Whether it may be used as it is. Else the server is asked first whether it still holds.
    pub(crate) is_current: bool,
}

/// In which form a server describes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The root document says all.
    Aggregated,
    /// The root document names group versions, and each has a document of its own.
    Legacy,
    /// kubectl's folder, which has a file for each group version in any case, does not tell.
    Kubectl,
}

impl Sources {
    pub(crate) fn of(&self, root: RootKind) -> Option<&Source> {
        match root {
            RootKind::Core => self.core.as_ref(),
            RootKind::Groups => self.groups.as_ref(),
        }
    }

    pub(crate) fn of_mut(&mut self, root: RootKind) -> &mut Option<Source> {
        match root {
            RootKind::Core => &mut self.core,
            RootKind::Groups => &mut self.groups,
        }
    }

    /// Whether that root was read and may be used as it is.
    pub(crate) fn is_current(&self, root: RootKind) -> bool {
        self.of(root).is_some_and(|source| source.is_current)
    }
}
