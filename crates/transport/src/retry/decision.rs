//! Whether to ask again: a function of values.

use std::time::Duration;

use http::{Method, StatusCode};

use super::RetryPolicy;
use crate::error::{ErrorKind, TimedOut};

/// What is known when an attempt is over.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the input of a pure function, which its callers build whole")]
pub struct Attempt<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// What came of it.
    pub outcome: Outcome<'a>,
    /// Its number, from 1.
    pub number: u32,
    /// From the beginning of the first attempt to now.
    pub elapsed: Duration,
    /// From now to the request's own deadline; `None` where it has none.
    pub left: Option<Duration>,
    /// A random number, for the jitter.
    pub chance: u64,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is an answer, or there is none")]
pub enum Outcome<'a> {
    /// The server answered.
    Answered {
        /// With this code.
        status: StatusCode,
        /// And asked to be left alone for so long.
        retry_after: Option<Duration>,
    },
    /// There is no answer, for this reason. The kind says whether bytes of the request may have been taken.
    Failed(&'a ErrorKind),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "either it is repeated, or not")]
pub enum Decision {
    /// Send the request again, after this long.
    RetryAfter(Duration),
    /// Give the caller what there is.
    Stop(Stop),
}

/// Why a request is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// It is done, or it would come out the same again.
    Final,
    /// The server may have done it: it is the caller's to look.
    OutcomeUnknown,
    /// It has been sent often enough.
    Attempts,
    /// There is no time left to wait and ask again.
    Deadline,
}

/// Decides whether a request is sent again.
///
/// What only reads (GET, HEAD, OPTIONS) is repeated after a connection that broke, 429, 502, 503, 504, and 500 where the
/// server says when to come back. Anything else only where the server provably did not take it: a stream that it
/// refused, a connection that was closed before a byte was written, and 429 with a `Retry-After`, which is how its flow
/// control sends requests away. A server that can't be reached at all is not asked again: the caller wants to know.
#[must_use]
pub fn decide(policy: &RetryPolicy, attempt: &Attempt<'_>) -> Decision {
    if let Some(stop) = verdict(attempt.method, attempt.outcome) {
        return Decision::Stop(stop);
    }
    if attempt.number >= policy.max_attempts {
        return Decision::Stop(Stop::Attempts);
    }
    let pause = match attempt.outcome {
        Outcome::Answered { retry_after: Some(pause), .. } => pause.min(policy.max_retry_after),
        _ => policy.backoff(attempt.number, attempt.chance),
    };
    let late = attempt.elapsed.saturating_add(pause) > policy.deadline;
    if late || attempt.left.is_some_and(|left| pause >= left) {
        return Decision::Stop(Stop::Deadline);
    }
    Decision::RetryAfter(pause)
}

/// Why a request must not be repeated, whatever time and attempts are left; `None` where it may.
fn verdict(method: &Method, outcome: Outcome<'_>) -> Option<Stop> {
    let reads = method.is_safe();
    match outcome {
        Outcome::Answered { status, retry_after } => {
            let again = match status {
                StatusCode::TOO_MANY_REQUESTS => reads || retry_after.is_some(),
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                    reads
                }
                StatusCode::INTERNAL_SERVER_ERROR => reads && retry_after.is_some(),
                _ => false,
            };
            if again { None } else { Some(Stop::Final) }
        }
        Outcome::Failed(kind) => match kind {
            ErrorKind::NotTaken(_) => None,
            ErrorKind::Interrupted | ErrorKind::Timeout(TimedOut::KeepAlive) if reads => None,
            kind if kind.is_outcome_unknown() && !reads => Some(Stop::OutcomeUnknown),
            _ => Some(Stop::Final),
        },
    }
}
