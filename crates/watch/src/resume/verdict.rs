//! Which failures heal.

use steersman_meta::Status;

use crate::{DecodeError, Failure};

/// What a failure calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Expired,
    Fatal,
    Retry,
    TooLarge,
    Undecodable,
}

pub(super) fn verdict(failure: &Failure) -> Verdict {
    match failure {
        Failure::Decode(error) => decode_verdict(error),
        Failure::Local | Failure::NoResourceVersion => Verdict::Fatal,
        Failure::Silent | Failure::Transport => Verdict::Retry,
        Failure::Status { status, .. } => status_verdict(status),
    }
}

/// Whether a failure says that the server has no streamed lists: it does not take the parameters, or forbids them.
/// 403 may as well mean that nobody may watch; the list and the watch behind it will tell.
pub(super) fn refuses_watch_list(failure: &Failure) -> bool {
    let Failure::Status { status, .. } = failure else { return false };
    matches!(status.code, 400 | 403 | 405 | 406 | 415 | 422 | 501)
}

fn decode_verdict(error: &DecodeError) -> Verdict {
    if error.is_incomplete() { Verdict::Retry } else { Verdict::Undecodable }
}

fn status_verdict(status: &Status) -> Verdict {
    if status.is_expired() {
        return Verdict::Expired;
    }
    if status.is_resource_version_too_large() {
        return Verdict::TooLarge;
    }
    match status.code {
        408 | 425 | 429 => Verdict::Retry,
        400..500 => Verdict::Fatal,
        // From 500 on; and what has no code, or one of a success, is a server that is not itself.
        _ => Verdict::Retry,
    }
}
