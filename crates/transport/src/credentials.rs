//! Who we say that we are: the header `Authorization`, the client certificate that comes with it, and as whom to act.

mod exec;
mod impersonation;
mod layer;
mod obtained;
mod oidc;
mod service;
mod source;
mod token_file;

pub(crate) use exec::ExecError;
pub use exec::{ExecPolicy, ExecRule};
pub(crate) use impersonation::headers as impersonation_headers;
pub(crate) use layer::{CredentialsLayer, ImpersonationLayer};
pub use oidc::OidcTokens;
pub(crate) use oidc::{OidcError, OidcStore};
pub(crate) use source::Source;
