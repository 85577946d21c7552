//! Whom a file on disk can be believed.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use other::{check_folder, create_new, make_folder, open};
#[cfg(unix)]
pub(super) use unix::{check_folder, create_new, make_folder, open};
