//! OpenID Connect: the id token until it expires, and then another for the refresh token.

mod error;
mod id_token;
mod protocol;
mod provider;
mod store;

pub(crate) use error::OidcError;
pub(crate) use provider::{Provider, Tokens};
pub(crate) use store::OidcStore;
pub use store::OidcTokens;
