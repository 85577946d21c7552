//! What the server warns of: the header `Warning`, and who hears of it.

mod handler;
mod layer;
mod parse;

pub(crate) use handler::default_handler;
pub use handler::{WarningHandler, Warnings};
pub(crate) use layer::WarningsLayer;
pub use parse::ServerWarning;
