//! A provider, and the tokens that it gives.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use steersman_config::{Config, Oidc, Secret, ServerUrl, Trust};
use tokio::task::spawn_blocking;

use super::{
    error::{OidcError, What},
    id_token::expiry,
    protocol::{ClientId, Fault, INVALID_CLIENT, WELL_KNOWN, authorization, endpoint, form, given, reason},
    store::{OidcStore, OidcTokens},
};
use crate::{
    body::Body,
    client::Client,
    credentials::{
        obtained::{Obtain, Obtained},
        source::bearer,
    },
    error::{Error, ErrorKind},
    limits::Limits,
    proxy::Way,
    timeouts::Timeouts,
    warnings::Warnings,
};

/// The tokens that are used now.
pub(crate) struct Tokens {
    pub(crate) bearer: HeaderValue,
    expires: SystemTime,
    refresh: Option<Secret>,
}

impl Tokens {
    /// Those of a configuration, if its id token can be used and says until when.
    fn of(oidc: &Oidc) -> Option<Self> {
        let token = oidc.id_token.as_ref()?.expose();
        Some(Self { bearer: bearer(token)?, expires: expiry(token)?, refresh: oidc.refresh_token.clone() })
    }
}

/// A provider that gives a new id token for a refresh token.
///
/// It is asked by a client of its own, of this very crate: over TLS, with the authorities of the provider and no
/// credentials but those of the form, without redirects, and with limits on time and bytes. What it is asked is a write,
/// and so is sent at most once: some providers take a refresh token only once.
#[derive(Debug)]
pub(crate) struct Provider {
    issuer: ServerUrl,
    client_id: ClientId,
    /// Of the configuration; a newer one is among the [`Tokens`].
    refresh: Option<Secret>,
    had_id_token: bool,
    trust: Trust,
    way: Way,
    client: Client,
    store: OidcStore,
}

impl Provider {
    /// The provider of a configuration, with the tokens that are there already.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the provider's URL is not one of `https`, its authorities can't be read, or the id token
    /// does not fit into a header.
    pub(crate) fn new(oidc: &Oidc, way: &Way, store: OidcStore) -> Result<Arc<Obtained<Self>>, Error> {
        let refused = |field: &'static str| Error::new(ErrorKind::Config { field });
        let issuer: ServerUrl =
            oidc.issuer_url.parse().map_err(|error| refused("idp-issuer-url").because(error))?;
        if !issuer.is_https() {
            return Err(
                refused("idp-issuer-url").because("it is no https URL, and secrets would be sent there")
            );
        }
        let trust = oidc.certificate_authority.clone().map_or(Trust::System, Trust::Authorities);
        let client = ask(issuer.clone(), trust.clone(), way)?;
        if oidc.id_token.as_ref().is_some_and(|token| bearer(token.expose()).is_none()) {
            return Err(refused("id-token"));
        }
        let first = Tokens::of(oidc);
        let provider = Self {
            issuer,
            client_id: ClientId { id: oidc.client_id.clone(), secret: oidc.client_secret.clone() },
            refresh: oidc.refresh_token.clone(),
            had_id_token: oidc.id_token.is_some(),
            trust,
            way: way.clone(),
            client,
            store,
        };
        Ok(Obtained::new(provider, first))
    }

    fn failed(&self, what: What) -> OidcError {
        OidcError::new(&self.issuer, what)
    }

    fn not_asked(&self, error: Error) -> OidcError {
        self.failed(What::NotAsked).because(error)
    }

    fn unusable(&self, fault: Fault) -> OidcError {
        self.failed(What::Unusable(fault))
    }

    /// A new id token, and the refresh token to use from now on.
    async fn refresh(&self, refresh_token: &Secret) -> Result<OidcTokens, OidcError> {
        let document = Request::get(WELL_KNOWN).header(header::ACCEPT, JSON).body(Body::empty());
        let document = document.expect("a path of ours is a URI");
        let (status, document) =
            answer(&self.client, document).await.map_err(|error| self.not_asked(error))?;
        if !status.is_success() {
            return Err(self.failed(What::Refused { status, reason: None }));
        }
        let endpoint = endpoint(&document, &self.client_id).map_err(|fault| self.unusable(fault))?;
        let client = if endpoint.server.authority() == self.issuer.authority() {
            self.client_at_the_root().await?
        } else {
            self.client_of(endpoint.server.clone()).await?
        };
        let mut refusal = self.failed(What::Lost);
        for way in endpoint.ways {
            let mut request = Request::post(&endpoint.target)
                .header(header::ACCEPT, JSON)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(value) = authorization(&self.client_id, way) {
                request = request.header(header::AUTHORIZATION, value);
            }
            let request = request
                .body(Body::from(form(&self.client_id, refresh_token, way)))
                .expect("the target is a part of a URI");
            let (status, body) = answer(&client, request).await.map_err(|error| self.not_asked(error))?;
            if status.is_success() {
                let given = given(&body).map_err(|fault| self.unusable(fault))?;
                return Ok(OidcTokens {
                    id_token: given.id_token,
                    refresh_token: given.refresh_token.unwrap_or_else(|| refresh_token.clone()),
                });
            }
            let reason = reason(&body);
            refusal = self.failed(What::Refused { status, reason });
            // Who does not know the client has not looked at the refresh token.
            if status != StatusCode::UNAUTHORIZED && reason != Some(INVALID_CLIENT) {
                break;
            }
        }
        Err(refusal)
    }

    /// The token endpoint need not lie below the issuer's path.
    async fn client_at_the_root(&self) -> Result<Client, OidcError> {
        if self.issuer.prefix().is_empty() {
            return Ok(self.client.clone());
        }
        let root = format!("https://{}", self.issuer.authority());
        self.client_of(root.parse().expect("it is a part of a server's URL")).await
    }

    async fn client_of(&self, server: ServerUrl) -> Result<Client, OidcError> {
        let (trust, way) = (self.trust.clone(), self.way.clone());
        match spawn_blocking(move || ask(server, trust, &way)).await {
            Ok(client) => client.map_err(|error| self.not_asked(error)),
            Err(_) => Err(self.failed(What::Lost)),
        }
    }

    /// Keeps new tokens for the next process, or says that they are not kept.
    async fn keep(&self, used: &Secret, tokens: &OidcTokens) {
        if let Err(error) = self.store.keep(tokens.clone()).await {
            tracing::warn!(issuer = %self.issuer, %error, "the new tokens could not be stored");
        } else if !self.store.keeps() && tokens.refresh_token != *used {
            tracing::warn!(
                issuer = %self.issuer,
                "the provider gave a new refresh-token, which is nowhere stored: the one in the kubeconfig may be used up"
            );
        }
    }

    /// What another process may have stored meanwhile. Tokens of another provider, or of another client of it, are not for
    /// this one to see.
    async fn stored(&self) -> Option<Oidc> {
        match self.store.reload().await {
            Ok(stored) => stored.filter(|stored| {
                stored.client_id == self.client_id.id && stored.issuer_url.parse() == Ok(self.issuer.clone())
            }),
            Err(error) => {
                tracing::warn!(issuer = %self.issuer, %error, "the stored tokens could not be read again");
                None
            }
        }
    }
}

impl Obtain for Provider {
    type Value = Tokens;
    type Error = OidcError;

    async fn obtain(&self, last: Option<Arc<Tokens>>) -> Result<Tokens, OidcError> {
        let stored = self.stored().await;
        // Somebody else may have been here: kubectl, for one, which then has used up the refresh token that we know.
        if let Some(tokens) = stored.as_ref().and_then(Tokens::of)
            && Self::is_fresh(&tokens, SystemTime::now())
            && last.as_ref().is_none_or(|last| last.bearer != tokens.bearer)
        {
            return Ok(tokens);
        }
        let newest = stored.as_ref().and_then(|stored| stored.refresh_token.as_ref());
        let ours = last.as_ref().and_then(|tokens| tokens.refresh.as_ref()).or(self.refresh.as_ref());
        let Some(first) = newest.or(ours) else {
            let what = match (&last, self.had_id_token) {
                (Some(_), _) => What::Expired,
                (None, true) => What::Unusable(Fault::NotAJwt),
                (None, false) => What::NoTokens,
            };
            return Err(self.failed(what));
        };
        let (refresh_token, tokens) = match (self.refresh(first).await, ours) {
            // Ours is newer only if it could not be stored.
            (Err(error), Some(ours)) if error.is_used_up() && ours != first => {
                (ours, self.refresh(ours).await?)
            }
            (tokens, _) => (first, tokens?),
        };
        let bearer = bearer(tokens.id_token.expose()).ok_or_else(|| self.unusable(Fault::BadToken))?;
        let expires = expiry(tokens.id_token.expose()).ok_or_else(|| self.unusable(Fault::NotAJwt))?;
        // After it is known that they can be used, and before anybody uses them.
        self.keep(refresh_token, &tokens).await;
        Ok(Tokens { bearer, expires, refresh: Some(tokens.refresh_token) })
    }

    fn is_fresh(tokens: &Tokens, now: SystemTime) -> bool {
        now.checked_add(LEEWAY).is_some_and(|soon| soon < tokens.expires)
    }

    fn can_renew(&self, last: &Tokens) -> bool {
        last.refresh.is_some() || self.store.reload.is_some()
    }

    fn lost(&self) -> OidcError {
        self.failed(What::Lost)
    }
}

/// A client that asks a provider.
fn ask(server: ServerUrl, trust: Trust, way: &Way) -> Result<Client, Error> {
    let mut config = Config::new(server);
    config.trust = trust;
    let limits = Limits {
        max_body_bytes: MAX_ANSWER_BYTES,
        max_error_body_bytes: MAX_ANSWER_BYTES,
        ..Limits::default()
    };
    let timeouts = Timeouts { total: Some(TOTAL), ..Timeouts::default() };
    let client = Client::builder(config)
        .limits(limits)
        .timeouts(timeouts)
        .proxy(way.proxy.clone())
        .proxy_trust(way.trust.clone())
        .crypto(way.crypto)
        .warnings(Warnings::ignored())
        .build();
    client.map_err(|error| match error.kind() {
        ErrorKind::Config { field: "certificate-authority" | "certificate-authority-data" } => {
            Error::new(ErrorKind::Config { field: "idp-certificate-authority" }).because(error)
        }
        _ => error,
    })
}

/// The code and the whole body of whatever is answered.
async fn answer(client: &Client, request: Request<Body>) -> Result<(StatusCode, Bytes), Error> {
    let response = client.send(request).await?;
    let status = response.status();
    let body = response.into_body().collect(MAX_ANSWER_BYTES).await?;
    Ok((status, body))
}

const JSON: &str = "application/json";
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// From the question to the end of the answer.
const TOTAL: Duration = Duration::from_secs(30);
/// As for the tokens of plugins.
const LEEWAY: Duration = Duration::from_secs(10);
