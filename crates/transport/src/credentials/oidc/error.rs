//! Why there is no id token.

use std::{error::Error as StdError, fmt};

use http::StatusCode;
use steersman_config::ServerUrl;

use super::protocol::{Fault, INVALID_CLIENT, INVALID_GRANT};
use crate::error::Error;

/// Why there is no id token from a provider. It quotes nothing that the provider said.
#[derive(Debug)]
pub(crate) struct OidcError {
    issuer: ServerUrl,
    what: What,
    source: Option<Error>,
}

#[derive(Debug)]
pub(super) enum What {
    /// The id token has expired, and there is no refresh token.
    Expired,
    /// There is neither of them.
    NoTokens,
    /// It could not be asked, or its answer not be read to the end.
    NotAsked,
    /// It refused.
    Refused { status: StatusCode, reason: Option<&'static str> },
    /// What it answered can't be used.
    Unusable(Fault),
    /// The task that asked it is gone.
    Lost,
}

impl OidcError {
    pub(super) fn new(issuer: &ServerUrl, what: What) -> Self {
        Self { issuer: issuer.clone(), what, source: None }
    }

    pub(super) fn because(self, source: Error) -> Self {
        Self { source: Some(source), ..self }
    }

    /// Whether the refresh token is not taken any more.
    pub(super) fn is_used_up(&self) -> bool {
        matches!(self.what, What::Refused { reason: Some(INVALID_GRANT), .. })
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self.what {
            What::Expired | What::NoTokens => {
                "log in again with the tool that wrote auth-provider of the user's entry; only with a refresh-token \
                 is the login renewed by itself"
            }
            What::Refused { reason: Some(INVALID_GRANT), .. } => {
                "log in again: the refresh-token has expired, was taken back, or was used by another program that has \
                 the new one"
            }
            What::Refused { reason: Some(INVALID_CLIENT), .. } => {
                "check client-id and client-secret of the user's auth-provider"
            }
            What::NotAsked => {
                "check idp-issuer-url and idp-certificate-authority of the user's auth-provider, and that the network \
                 reaches the provider"
            }
            What::Refused { .. } | What::Unusable(_) => "check idp-issuer-url of the user's auth-provider",
            What::Lost => "ask again",
        }
    }
}

impl fmt::Display for OidcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuer = &self.issuer;
        match &self.what {
            What::Expired => write!(f, "the id-token of {issuer} has expired, and there is no refresh-token"),
            What::NoTokens => write!(f, "there is neither an id-token of {issuer} nor a refresh-token"),
            What::NotAsked => write!(f, "could not ask {issuer} for a new id-token"),
            What::Refused { status, reason: Some(reason) } => {
                write!(f, "{issuer} gave no new id-token: it answered {} and {reason}", status.as_u16())
            }
            What::Refused { status, reason: None } => {
                write!(f, "{issuer} gave no new id-token: it answered {}", status.as_u16())
            }
            What::Unusable(fault) => {
                write!(f, "{issuer} gave no id-token that can be used: {}", fault.text())
            }
            What::Lost => write!(f, "asking {issuer} for a new id-token was given up"),
        }
    }
}

impl StdError for OidcError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
