//! Answers that come compressed: asked for, and read as if they were not.
//!
//! gzip (RFC 1952) alone, as one member or as many that follow each other: a server that compresses a watch ends a member,
//! or flushes it, behind each event, and each event is given on as soon as it is whole.

mod body;
mod layer;

use body::Gunzip;
pub(crate) use layer::CompressionLayer;

/// Whether the server may compress its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// It may, with gzip. It saves most of a slow link's time, and costs both sides the work. kube-apiserver compresses
    /// lists and objects of more than 128 KiB, and no watches.
    Gzip,
    /// It must not.
    None,
}
