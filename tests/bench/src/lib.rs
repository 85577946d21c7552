//! What the programs of the bench share that know our client: the documents of a large cluster, for those that measure what
//! knowing it costs.
//!
//! **Invariant.** It measures nothing.

mod documents;
mod parsed;

pub use documents::{Documents, client};
pub use parsed::Parsed;
