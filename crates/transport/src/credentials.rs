//! The bearer token of each request.

mod layer;
mod service;
mod source;
mod token_file;

pub(crate) use layer::CredentialsLayer;
pub(crate) use source::TokenSource;
