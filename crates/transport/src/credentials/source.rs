//! Where the credentials come from.

use std::{sync::Arc, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use steersman_config::{ClientCertificate, Credentials};
use tokio::time::Instant;

use super::{
    exec::{ExecPolicy, Plugin, Printed},
    obtained::{Forgotten, Obtain, Obtained},
    oidc::{OidcStore, Provider, Tokens},
    token_file::TokenFile,
};
use crate::{
    error::{BoxError, Error, ErrorKind},
    proxy::Way,
};

/// Where the credentials come from.
///
/// They are sent over plain HTTP too: whether a configuration may carry them there is decided where it is loaded.
#[derive(Clone)]
pub(crate) enum Source {
    None,
    Fixed(HeaderValue),
    File(Arc<TokenFile>),
    Plugin(Arc<Obtained<Plugin>>),
    Provider(Arc<Obtained<Provider>>),
}

/// What one request goes with.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) authorization: Option<HeaderValue>,
    of: Of,
}

/// What a grant was made of, for whoever gave it to know it by.
#[derive(Clone)]
enum Of {
    Header,
    Printed(Arc<Printed>),
    Tokens(Arc<Tokens>),
}

impl Grant {
    pub(super) fn certificate(&self) -> Option<&ClientCertificate> {
        match &self.of {
            Of::Printed(printed) => printed.certificate.as_ref(),
            Of::Header | Of::Tokens(_) => None,
        }
    }
}

impl From<HeaderValue> for Grant {
    fn from(authorization: HeaderValue) -> Self {
        Self { authorization: Some(authorization), of: Of::Header }
    }
}

impl From<Arc<Printed>> for Grant {
    fn from(printed: Arc<Printed>) -> Self {
        Self { authorization: printed.bearer.clone(), of: Of::Printed(printed) }
    }
}

impl From<Arc<Tokens>> for Grant {
    fn from(tokens: Arc<Tokens>) -> Self {
        Self { authorization: Some(tokens.bearer.clone()), of: Of::Tokens(tokens) }
    }
}

impl Source {
    /// What the credentials of a configuration come from; a provider is asked that `way`, and what it gives is kept
    /// in `store`.
    pub(crate) fn of(
        credentials: &Credentials,
        policy: &ExecPolicy,
        way: &Way,
        store: &OidcStore,
    ) -> Result<Self, Error> {
        let refused = |field| move || Error::new(ErrorKind::Config { field });
        if let Some(given) = &credentials.basic {
            if given.username.contains(':') {
                return Err(refused("username")());
            }
            return Ok(Self::Fixed(
                basic(&given.username, given.password.expose()).ok_or_else(refused("password"))?,
            ));
        }
        let fixed = match &credentials.token {
            Some(token) => Some(bearer(token.expose()).ok_or_else(refused("token"))?),
            None => None,
        };
        Ok(match (&credentials.token_file, fixed, &credentials.exec) {
            (Some(path), fixed, _) => Self::File(Arc::new(TokenFile::new(path.clone(), fixed))),
            (None, Some(fixed), _) => Self::Fixed(fixed),
            (None, None, Some(plugin)) if credentials.uses_exec() => {
                Self::Plugin(Plugin::new(plugin.clone(), policy.clone()))
            }
            (None, None, _) => match &credentials.oidc {
                Some(oidc) => Self::Provider(Provider::new(oidc, way, store.clone())?),
                None => Self::None,
            },
        })
    }

    /// Whether a client certificate may come from here.
    pub(crate) fn may_have_a_certificate(&self) -> bool {
        matches!(self, Self::Plugin(_))
    }

    /// The credentials, which may have to be read or asked for.
    pub(super) async fn grant(&self) -> Result<Grant, BoxError> {
        match self {
            Self::None => Ok(Grant { authorization: None, of: Of::Header }),
            Self::Fixed(value) => Ok(value.clone().into()),
            Self::File(file) => match file.fresh(Instant::now()) {
                Some(value) => Ok(value.into()),
                None => Ok(file.bearer().await?.into()),
            },
            Self::Plugin(plugin) => obtained(plugin).await,
            Self::Provider(provider) => obtained(provider).await,
        }
    }

    /// Other credentials than those that the server refused; `None` where there are none.
    pub(super) async fn renewed(&self, refused: &Grant) -> Option<Grant> {
        match (self, &refused.of) {
            (Self::File(file), _) => {
                let old = refused.authorization.as_ref()?;
                file.forget(old);
                let new = file.bearer().await.ok()?;
                (new != *old).then(|| new.into())
            }
            (Self::Plugin(plugin), Of::Printed(printed)) => renewed(plugin, printed).await,
            (Self::Provider(provider), Of::Tokens(tokens)) => renewed(provider, tokens).await,
            _ => None,
        }
    }
}

async fn obtained<O>(obtained: &Arc<Obtained<O>>) -> Result<Grant, BoxError>
where
    O: Obtain<Error: std::error::Error>,
    Grant: From<Arc<O::Value>>,
{
    match obtained.fresh(SystemTime::now()) {
        Some(value) => Ok(value.into()),
        None => Ok(obtained.get().await.map_err(|error| failed(&error))?.into()),
    }
}

async fn renewed<O>(obtained: &Arc<Obtained<O>>, refused: &Arc<O::Value>) -> Option<Grant>
where
    O: Obtain<Error: std::error::Error>,
    Grant: From<Arc<O::Value>>,
{
    if obtained.forget(refused) == Forgotten::No {
        return None;
    }
    match obtained.get().await {
        Ok(new) => Some(new.into()),
        Err(error) => {
            tracing::warn!(%error, "the server refused the credentials, and there are no new ones");
            None
        }
    }
}

/// The credentials could not be had, for this reason.
pub(super) fn failed<E>(error: &Arc<E>) -> BoxError
where
    E: std::error::Error + Send + Sync + 'static,
{
    Error::new(ErrorKind::Credentials).because(Arc::clone(error)).into()
}

/// The header value of a token; `None` where it does not fit into a header.
pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(format!("Bearer {token}"))
}

fn basic(username: &str, password: &str) -> Option<HeaderValue> {
    sensitive(format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
}

fn sensitive(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
