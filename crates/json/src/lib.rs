//! JSON text in chunks: cut into documents, read in place, spliced.
//!
//! A [`Document`] is one checked JSON value and the bytes it came in. A [`Value`] is a borrowed view of a part
//! of it: reading walks the text, no tree is built. A [`Cutter`] makes documents out of a stream of chunks, and an
//! [`ElementCutter`] out of the elements of one long array.
//! Changing a document makes a new text by splicing the old one, so what is not touched keeps its spelling.
//!
//! Where JSON leaves room, these rules hold for every function here: of duplicate keys the last one counts;
//! equality is of content, so key order, white space, escapes and the spelling of a number do not matter.
//!
//! **Invariant.** This crate knows nothing of Kubernetes, of sockets, clocks or async. All text in a [`Document`]
//! has been checked once, so that no read can meet malformed text; no read, and no check, recurses deeper than
//! [`MAX_DEPTH`].

mod error;
mod scan;
mod shape;
mod spans;
mod tracker;
mod outline;
mod walk;
mod document;
mod value;
mod members;
mod string;
mod number;
mod pointer;
mod splice;
mod equal;
mod serialize;
mod deserialize;
mod cutter;
mod segment;
mod element_cutter;

pub use cutter::{Cutter, DEFAULT_MAX_DOCUMENT_BYTES};
pub use document::Document;
pub use element_cutter::{Cut, ElementCutter};
pub use error::{Error, Expected, PointerFault};
pub use members::{Elements, Members};
pub use outline::Outline;
pub use scan::MAX_DEPTH;
pub use shape::{MAX_SLOTS, Shape, Wanted};
pub use value::{Kind, Value};
