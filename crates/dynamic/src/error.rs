//! What can go wrong, in the words of the person who called.

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use http::HeaderMap;
use steersman_meta::{ApplyConflict, Name, Namespace, ObjectError, ReadError, Reason, Status};
use steersman_transport::{ErrorKind, TimedOut};
use steersman_watch::Failure;

use crate::{Report, WaitError};

mod attempt;

mod cause;

mod local;

pub(crate) use attempt::Attempt;
pub(crate) use cause::{Cause, Unexpected};
pub use local::LocalError;

/// A call that failed: what was tried, on which object, and why.
///
/// `Display` says what was tried; the cause is in [`source`](StdError::source), and what to do about it in
/// [`hint`](Self::hint). `Debug` prints all of it, line by line, so that a `main` that returns this error tells its
/// user everything; so does [`report`](Self::report).
///
/// # What can happen, and what to do
///
/// The predicates reach through all layers. `docs/errors.md` of the project names every variant below them.
///
/// | what | how to tell | what to do |
/// |---|---|---|
/// | The call itself is wrong, and nothing was sent. | [`local`](Self::local) | Change the call, as the hint says. |
/// | There is no configuration, or it can't be used. | [`is_config`](Self::is_config) | Mend the file that the error names. |
/// | The server can't be reached. | [`is_connect`](Self::is_connect) | Nothing was done; look at the address, or try again later. |
/// | TLS failed. | [`is_tls`](Self::is_tls) | Look at the hint. |
/// | The connection broke. | [`is_interrupted`](Self::is_interrupted) | A read may be repeated. |
/// | There is no such object, or no such kind. | [`is_not_found`](Self::is_not_found) | Create it, or install its definition; where it may be missing, ask with [`if_exists`](crate::verbs::Get::if_exists). |
/// | It is there already. | [`is_already_exists`](Self::is_already_exists) | Read it, replace it, or take another name. |
/// | Somebody else was faster. | [`is_conflict`](Self::is_conflict) | Read it again and change that: [`change`](crate::ResourceInstance::change) does both. |
/// | Others own fields of an apply. | [`apply_conflicts`](Self::apply_conflicts) | Leave the fields out, or take them over with [`force`](crate::verbs::Apply::force). |
/// | The object breaks a rule of its kind. | [`is_invalid`](Self::is_invalid) | Look at the causes in [`status`](Self::status), and change the content. |
/// | The request is malformed, or has unknown fields and is strict. | [`is_bad_request`](Self::is_bad_request) | Change the content. |
/// | The server does not know us. | [`is_unauthorized`](Self::is_unauthorized) | Log in again. |
/// | We may not do that. | [`is_forbidden`](Self::is_forbidden) | Ask for the right; [`can_i`](crate::Resource::can_i) tells. |
/// | The server has too much to do. | [`is_too_many_requests`](Self::is_too_many_requests) | Wait as long as [`retry_after`](Self::retry_after) says. |
/// | A version or a continue token is too old. | [`is_expired`](Self::is_expired) | List from the start. |
/// | A deadline passed. | [`is_timeout`](Self::is_timeout) | A read may be repeated; of a write see the next row. |
/// | The server may have done it. | [`is_outcome_unknown`](Self::is_outcome_unknown) | Look before it is repeated. |
/// | The server does not give parts of all objects. | [`is_shard_ignored`](Self::is_shard_ignored) | Turn its feature gate on, or take everything. |
/// | A wait came to nothing. | [`wait`](Self::wait) | It says what was seen last. |
pub struct Error(Box<Inner>);

struct Inner {
    attempt: Attempt,
    cause: Cause,
}

impl Error {
    fn new(attempt: Attempt, cause: Cause) -> Self {
        Self(Box::new(Inner { attempt, cause }))
    }

    /// The same error, which says that it was tried before.
    pub(crate) fn at_attempt(mut self, attempt: u32) -> Self {
        self.0.attempt.attempt = attempt;
        self
    }

    pub(crate) fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// What was tried: `get`, `create`, `connect`.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.0.attempt.verb
    }

    /// On what: `apps/v1 Deployment`. `None` where it is about no resource.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        Some(&*self.0.attempt.resource).filter(|resource| !resource.is_empty())
    }

    /// In which namespace, where it was one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.0.attempt.namespace.as_ref().map(Namespace::as_str)
    }

    /// On the object of which name, where it was one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.attempt.name.as_ref().map(Name::as_str)
    }

    /// Where the request went, without what may be secret in it, if there was one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.transport().and_then(steersman_transport::Error::url)
    }

    /// How often the request was sent; 0 if there was none, or it did not go through the stack of a client.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.transport().map_or(0, steersman_transport::Error::attempts)
    }

    /// From the request to the error, if there was a request.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.transport().and_then(steersman_transport::Error::elapsed)
    }

    /// How long the server wants to be left alone, if it says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.0.cause {
            Cause::Transport(error) => error.retry_after(),
            Cause::Discovery(error) => error.transport()?.retry_after(),
            _ => self.status()?.retry_after_seconds().map(|seconds| Duration::from_secs(seconds.into())),
        }
    }

    /// Whether the server may have done what was asked, without our knowing: look before it is repeated.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.transport().is_some_and(steersman_transport::Error::is_outcome_unknown)
    }

    fn transport(&self) -> Option<&steersman_transport::Error> {
        match &self.0.cause {
            Cause::Discovery(error) => error.transport(),
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// What the server said, if it was the server that refused.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match &self.0.cause {
            Cause::Discovery(error) => error.status(),
            Cause::Refused(status) => Some(status),
            Cause::Transport(error) => error.status(),
            _ => None,
        }
    }

    /// The HTTP status code, if it was the server that refused.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.status().map(|status| status.code)
    }

    /// The headers of the server's refusal, if it came as an answer of its own, and not inside a watch.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.transport().and_then(steersman_transport::Error::headers)
    }

    /// The body of the server's refusal, as it came, if it came as an answer of its own; cut at
    /// [`max_error_body_bytes`](steersman_transport::Limits::max_error_body_bytes).
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.transport().and_then(steersman_transport::Error::body)
    }

    /// The server's reason, if it was the server that refused.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.status().map(|status| &status.reason)
    }

    /// What is wrong with the call itself, if nothing was sent.
    #[must_use]
    pub fn local(&self) -> Option<&LocalError> {
        match &self.0.cause {
            Cause::Local(error) => Some(error),
            _ => None,
        }
    }

    /// The fields that an apply wanted and others own; none for any other failure.
    ///
    /// ```no_run
    /// # async fn doc(widgets: steersman_dynamic::Resource, mine: serde_json::Value) -> Result<(), steersman_dynamic::Error> {
    /// if let Err(error) = widgets.apply(mine).field_manager("me").await {
    ///     for conflict in error.apply_conflicts() {
    ///         println!("{conflict}"); // .spec.size is owned by "kubectl-edit" (Update, example.com/v1, 2026-11-27T05:00:00Z)
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn apply_conflicts(&self) -> Vec<ApplyConflict> {
        self.status().map(Status::apply_conflicts).unwrap_or_default()
    }

    /// Why a wait came to nothing, if it was a wait.
    #[must_use]
    pub fn wait(&self) -> Option<&WaitError> {
        match &self.0.cause {
            Cause::Wait(error) => Some(error),
            _ => None,
        }
    }

    /// Whether there is no such object, or no such kind. A server that does not say what it serves is no reason to say so,
    /// even if it answers 404.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match &self.0.cause {
            Cause::Discovery(error) => error.is_not_found(),
            _ => self.code() == Some(404),
        }
    }

    /// Whether the object is there already: 409 with the reason `AlreadyExists`.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.status().is_some_and(|status| status.reason == Reason::AlreadyExists)
    }

    /// Whether the object has changed meanwhile, or others own fields that an apply sets: 409, and not
    /// [`is_already_exists`](Self::is_already_exists).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409) && !self.is_already_exists()
    }

    /// Whether we may not do that: 403.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    /// Whether the server does not know who we are: 401.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.code() == Some(401)
    }

    /// Whether the object breaks a rule of its kind: 422.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.code() == Some(422)
    }

    /// Whether the server says that the request is malformed: 400.
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        self.code() == Some(400)
    }

    /// Whether the server asks us to come back later: 429.
    #[must_use]
    pub fn is_too_many_requests(&self) -> bool {
        self.code() == Some(429)
    }

    /// Whether a version or a continue token is too old: 410.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.status().is_some_and(Status::is_expired)
    }

    /// Whether there is no configuration, or it can't be used; nothing was sent.
    #[must_use]
    pub fn is_config(&self) -> bool {
        let of_transport =
            |error: &steersman_transport::Error| matches!(error.kind(), ErrorKind::Config { .. });
        matches!(self.0.cause, Cause::Config(_)) || self.transport().is_some_and(of_transport)
    }

    /// Whether no connection came about, TLS included, so that nothing was sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.transport().is_some_and(steersman_transport::Error::is_connect)
    }

    /// Whether TLS failed.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.transport().is_some_and(steersman_transport::Error::is_tls)
    }

    /// Whether the connection broke after it was made; what became of the request is for
    /// [`is_outcome_unknown`](Self::is_outcome_unknown) to say.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.transport().is_some_and(steersman_transport::Error::is_interrupted)
    }

    /// Whether a deadline passed, ours or the server's.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        let ours = match &self.0.cause {
            Cause::Discovery(error) => error.is_timeout(),
            Cause::Transport(error) => error.is_timeout(),
            Cause::Wait(error) => matches!(error, WaitError::DeadlinePassed { .. }),
            _ => false,
        };
        let theirs = |status: &Status| {
            status.code == 504 || matches!(status.reason, Reason::ServerTimeout | Reason::Timeout)
        };
        ours || self.status().is_some_and(theirs)
    }

    /// Whether the server left a [shard selector](crate::verbs::List::shard) aside, or gave another part: what came before the
    /// error is of the part that was asked for.
    #[must_use]
    pub fn is_shard_ignored(&self) -> bool {
        matches!(self.0.cause, Cause::Shard(_))
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.0.cause {
            Cause::Config(error) => error.hint().map(Into::into),
            Cause::Discovery(error) => error.hint(),
            Cause::Local(error) => error.hint().map(Into::into),
            Cause::Transport(error) if *error.kind() == ErrorKind::Timeout(TimedOut::Total) => Some(
                "give it longer: .timeout(…) on the call, or on DynamicClient::builder(); or .without_timeout()"
                    .to_owned(),
            ),
            Cause::Transport(error) => error.hint().map(Into::into),
            Cause::Refused(status) if status.is_expired() => {
                Some("list again, and watch from the list's resource version".to_owned())
            }
            Cause::Wait(error) => error.hint().map(Into::into),
            Cause::Shard(_) => Some(
                "turn the feature gate ShardedListAndWatch of kube-apiserver on, or take everything and choose by \
                 ShardSelector::matches"
                    .to_owned(),
            ),
            Cause::Decoder(_) | Cause::Read(_) | Cause::Refused(_) => None,
            Cause::Watch(failure) if !matches!(failure, Failure::Decode(_)) => None,
            Cause::Answer(_) | Cause::Json(_) | Cause::Unexpected(_) | Cause::Watch(_) => {
                Some("is there really a Kubernetes API server at this address?".to_owned())
            }
        }
    }

    /// The error with all its causes and the hint, a line each.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        Report::new(self, self.hint())
    }
}

impl From<ReadError> for Error {
    /// So that reads of objects go with `?` among calls.
    fn from(error: ReadError) -> Self {
        Attempt::to("read", "the object").failed(Cause::Read(error))
    }
}

impl From<ObjectError> for Error {
    /// So that edits of objects go with `?` among calls.
    fn from(error: ObjectError) -> Self {
        Attempt::to("change", "the object").failed(LocalError::NotAnObject(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.0.attempt)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.report(), f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(match &self.0.cause {
            Cause::Config(error) => error,
            Cause::Decoder(error) => error.as_ref(),
            Cause::Discovery(error) => error,
            Cause::Local(error) => error,
            Cause::Transport(error) => error,
            Cause::Refused(status) => &**status,
            Cause::Answer(error) => error,
            Cause::Json(error) => error,
            Cause::Read(error) => error,
            Cause::Shard(error) => error,
            Cause::Unexpected(error) => error,
            Cause::Wait(error) => error,
            Cause::Watch(error) => error,
        })
    }
}
