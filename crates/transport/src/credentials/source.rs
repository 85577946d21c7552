//! Where the token comes from.

use std::sync::Arc;

use http::HeaderValue;
use steersman_config::Credentials;

use super::token_file::TokenFile;
use crate::error::{Error, ErrorKind};

/// Where the bearer token comes from.
///
/// Tokens are sent over plain HTTP too: whether a configuration may carry them there is decided where it is loaded.
#[derive(Clone)]
pub(crate) enum TokenSource {
    None,
    Fixed(HeaderValue),
    File(Arc<TokenFile>),
}

impl TokenSource {
    pub(crate) fn of(credentials: &Credentials) -> Result<Self, Error> {
        let fixed = match &credentials.token {
            Some(token) => match bearer(token.expose()) {
                Some(value) => Some(value),
                None => return Err(Error::new(ErrorKind::Config { field: "token" })),
            },
            None => None,
        };
        Ok(match (&credentials.token_file, fixed) {
            (Some(path), fixed) => Self::File(Arc::new(TokenFile::new(path.clone(), fixed))),
            (None, Some(fixed)) => Self::Fixed(fixed),
            (None, None) => Self::None,
        })
    }
}

/// The header value of a token; `None` where it does not fit into a header.
pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
