//! The lines of a log: cut out of the chunks in which they come.

mod cutter;
mod line;
mod lines;

pub(crate) use cutter::LineCutter;
pub use line::LogLine;
pub(crate) use line::Newlines;
pub use lines::LogLines;
pub(crate) use lines::{Source, Told};
