//! An answer that the caller reads.

use std::{any, error, fmt};

use bytes::Bytes;
use http::{Response, response::Parts};
use serde::de::DeserializeOwned;
use steersman_transport::{Body, BoxError};

use crate::{
    Error,
    error::Cause,
    exchange::{Exchange, Refusal},
    verbs::awaits,
};

/// The answer to a verb, or to a request by hand, which the caller reads. Awaited, it gives the answer with its whole body.
///
/// Each verb has it as `raw()`. Everything that the verb checks and sends is as it always is; what comes back is not looked at,
/// apart from whether it is a success: that the server refuses is an error, unless [`any_status`](Self::any_status) says
/// otherwise.
///
/// ```
/// # use steersman_dynamic::{DynamicClient, Resource};
/// # async fn doc(pods: Resource) -> Result<(), steersman_dynamic::Error> {
/// #[derive(serde::Deserialize)]
/// struct Pod {
///     spec: Spec,
/// }
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Spec {
///     node_name: Option<String>,
/// }
///
/// let web: Pod = pods.get("web").raw().value().await?;
/// let answer = pods.list().limit(5).raw().await?;
/// println!("{:?}, {} bytes, {:?}", answer.headers().get("audit-id"), answer.body().len(), web.spec.node_name);
/// let bytes = pods.delete("web").raw().decode(|_, body| Ok::<_, std::io::Error>(body.len())).await?;
/// # let _ = bytes;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If something is wrong with the call ([`local`](Error::local)), if the server refuses ([`status`](Error::status)), if there is
/// no answer, or if it is not what it is read as.
///
/// # Cancel safety
/// As the verb: of a write it is not known then whether the server does it.
#[must_use = "a verb does nothing until it is awaited"]
pub struct RawAnswer {
    exchange: Result<Exchange, Error>,
    refusal: Refusal,
}

impl RawAnswer {
    pub(crate) fn to(exchange: Result<Exchange, Error>) -> Self {
        Self { exchange, refusal: Refusal::Error }
    }

    pub(crate) fn with_refusal(self, refusal: Refusal) -> Self {
        Self { refusal, ..self }
    }

    /// Takes whatever the server answers for an answer. Default: what is no success (2xx) is an error.
    pub fn any_status(self) -> Self {
        self.with_refusal(Refusal::Answer)
    }

    /// The answer with a body that is read as it comes. It may be silent for as long as it likes, and go on for ever, unless the
    /// call has a timeout.
    pub async fn stream(self) -> Result<Response<Body>, Error> {
        self.exchange?.stream(self.refusal).await
    }

    /// The body of the answer, as text; what is no UTF-8 is replaced.
    pub async fn text(self) -> Result<String, Error> {
        let (_, _, body) = self.exchange?.whole(self.refusal).await?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// The body of the answer, as JSON, in any type that can be made of it: one of your own, or a `serde_json::Value`. What
    /// can't be read is an error that says where, and nothing of the value, which may be a secret's.
    pub async fn value<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.decode(|_, body| serde_json::from_slice(&body).map_err(|error| Unreadable::as_a::<T>(&error)))
            .await
    }

    /// The answer, read by `decode`.
    pub async fn decode<T, E>(self, decode: impl FnOnce(&Parts, Bytes) -> Result<T, E>) -> Result<T, Error>
    where
        E: Into<BoxError>,
    {
        let (attempt, head, body) = self.exchange?.whole(self.refusal).await?;
        decode(&head, body).map_err(|error| attempt.failed(Cause::Decoder(error.into())))
    }

    async fn send(self) -> Result<Response<Bytes>, Error> {
        let (_, head, body) = self.exchange?.whole(self.refusal).await?;
        Ok(Response::from_parts(head, body))
    }
}

awaits!(RawAnswer => Response<Bytes>);

impl fmt::Debug for RawAnswer {
    /// What is tried; nothing of the query, the headers and the body, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempt = self.exchange.as_ref().map(|exchange| exchange.attempt().to_string());
        f.debug_struct("RawAnswer").field("attempt", &attempt).field("refusal", &self.refusal).finish()
    }
}

/// JSON that is not of the wanted type, or no JSON: where, without what is there.
#[derive(Debug)]
struct Unreadable {
    wanted: &'static str,
    is_json: bool,
    line: usize,
    column: usize,
}

impl Unreadable {
    fn as_a<T>(error: &serde_json::Error) -> Self {
        Self {
            wanted: any::type_name::<T>(),
            is_json: error.is_data(),
            line: error.line(),
            column: error.column(),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, is_json, line, column } = self;
        if *is_json {
            write!(f, "the answer does not read as {wanted}: see line {line}, column {column}")
        } else {
            write!(f, "the answer is no JSON: see line {line}, column {column}")
        }
    }
}

impl error::Error for Unreadable {}
