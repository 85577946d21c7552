//! Whom a file on disk can be believed.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use other::{check_folder, create_new, make_folder, open};
#[cfg(unix)]
pub(super) use unix::{check_folder, create_new, make_folder, open};

/// Who may have access to a file that is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Its owner, who is the user of this process.
    OwnerOnly,
    /// Its group too, as kubectl makes its files; others may read it.
    GroupToo,
}
