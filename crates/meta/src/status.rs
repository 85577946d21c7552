//! What a server says when it refuses, and when a deletion is done.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Kubernetes `Status`: the outcome of a request, in the server's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Status {
    /// `Success` or `Failure`.
    pub status: String,
    /// For people.
    pub message: Option<String>,
    /// For programs.
    pub reason: Reason,
    /// What it was about, and why.
    pub details: Option<StatusDetails>,
    /// The HTTP status code; 0 where the server gave none.
    pub code: u16,
    /// The list's part: a new `continue` token comes with an expired one.
    #[serde(skip_serializing_if = "StatusListMeta::is_empty")]
    pub(crate) metadata: StatusListMeta,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StatusListMeta {
    #[serde(rename = "continue", skip_serializing_if = "String::is_empty")]
    continue_token: String,
}

impl StatusListMeta {
    fn is_empty(&self) -> bool {
        self.continue_token.is_empty()
    }
}

impl Status {
    /// Reads a `Status` document; `None` where `body` is something else.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Typed {
            kind: String,
            #[serde(flatten)]
            status: Status,
        }
        let typed: Typed = serde_json::from_slice(body).ok()?;
        (typed.kind == "Status").then_some(typed.status)
    }

    /// The status of an answer that failed: what its body says, or what its code means where the body says nothing.
    ///
    /// The second half follows `NewGenericServerResponse` of apimachinery (`pkg/api/errors/errors.go`). A body of text
    /// is kept up to 2,048 characters, in one line, with control characters left out.
    #[must_use]
    pub fn from_http(code: u16, method: &str, body: &[u8]) -> Self {
        if let Some(mut status) = Self::parse(body) {
            if status.code == 0 {
                status.code = code;
            }
            return status;
        }
        let (reason, message) = match code {
            400 => (Reason::BadRequest, "the server rejected our request for an unknown reason"),
            401 => (Reason::Unauthorized, "the server has asked for the client to provide credentials"),
            403 => (Reason::Forbidden, "the server does not allow access to the requested resource"),
            404 => (Reason::NotFound, "the server could not find the requested resource"),
            405 => {
                (Reason::MethodNotAllowed, "the server does not allow this method on the requested resource")
            }
            406 => (Reason::NotAcceptable, "the server serves none of the content types that were asked for"),
            409 if method == "POST" => (Reason::AlreadyExists, "the server reported a conflict"),
            409 => (Reason::Conflict, "the server reported a conflict"),
            410 => (Reason::Gone, "the requested version is no longer there"),
            413 => (Reason::RequestEntityTooLarge, "the request is too large for the server"),
            415 => (Reason::UnsupportedMediaType, "the server does not take this content type"),
            422 => (Reason::Invalid, "the server rejected our request due to an error in our request"),
            429 => (
                Reason::TooManyRequests,
                "the server has received too many requests and asks us to try again later",
            ),
            503 => (Reason::ServiceUnavailable, "the server is currently unable to handle the request"),
            504 => (Reason::Timeout, "the server was unable to return a response in the time allotted"),
            500.. => {
                (Reason::InternalError, "an error on the server has prevented the request from succeeding")
            }
            _ => (
                Reason::Unknown(String::new()),
                "the server answered with a code that the API does not use here",
            ),
        };
        // A page of HTML becomes one line.
        let text: String = String::from_utf8_lossy(body)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(2048)
            .collect();
        let message = if text.is_empty() { message.to_owned() } else { format!("{message}: {text}") };
        Self { status: "Failure".to_owned(), message: Some(message), reason, code, ..Self::default() }
    }

    /// Whether it says that the request failed.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.status != "Success"
    }

    /// Whether the version or the continue token that was asked for is too old: 410, reason `Expired` or `Gone`.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.code == 410 || matches!(self.reason, Reason::Expired | Reason::Gone)
    }

    /// Whether the version that was asked for lies in the server's future (cause `ResourceVersionTooLarge`).
    #[must_use]
    pub fn is_resource_version_too_large(&self) -> bool {
        self.causes().iter().any(|cause| cause.reason == "ResourceVersionTooLarge")
    }

    /// The causes in its details; empty where there are none.
    #[must_use]
    pub fn causes(&self) -> &[StatusCause] {
        self.details.as_ref().map_or(&[], |details| &details.causes)
    }

    /// After how many seconds the server wants to be asked again.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.details.as_ref().map(|details| details.retry_after_seconds).filter(|seconds| *seconds > 0)
    }

    /// The token with which a list whose own token has expired can go on, at a newer version of the list.
    #[must_use]
    pub fn inconsistent_continue(&self) -> Option<&str> {
        Some(self.metadata.continue_token.as_str()).filter(|token| !token.is_empty())
    }
}

impl fmt::Display for Status {
    /// The server's message; without one, the reason and the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_deref() {
            Some(message) if !message.is_empty() => f.write_str(message),
            _ => write!(f, "{} {}", self.code, self.reason),
        }
    }
}

impl std::error::Error for Status {}

/// Why, in the words that programs read.
///
/// The names are those of `meta/v1` (`StatusReason`) in apimachinery.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Reason {
    /// The object is there already.
    AlreadyExists,
    /// The request is malformed.
    BadRequest,
    /// The object has changed, or somebody else owns the field.
    Conflict,
    /// The version or the continue token is too old.
    Expired,
    /// We may not do that.
    Forbidden,
    /// What was asked for is gone.
    Gone,
    /// The server failed.
    InternalError,
    /// The object breaks a rule of its kind.
    Invalid,
    /// The resource does not serve this method.
    MethodNotAllowed,
    /// The server serves none of the content types that were asked for.
    NotAcceptable,
    /// There is no such object, or no such resource.
    NotFound,
    /// The request is too large for the server.
    RequestEntityTooLarge,
    /// The server can't serve just now.
    ServiceUnavailable,
    /// The server could not do it in time, and did not do it.
    ServerTimeout,
    /// A stored object can't be read.
    StoreReadError,
    /// The server could not answer in time; it may have done it.
    Timeout,
    /// The server asks us to come back later.
    TooManyRequests,
    /// The server does not know who we are.
    Unauthorized,
    /// The server does not take this content type.
    UnsupportedMediaType,
    /// One that is not in the table above; empty where the server gave none.
    Unknown(String),
}

/// Each reason with its name on the wire.
const REASONS: [(Reason, &str); 19] = [
    (Reason::AlreadyExists, "AlreadyExists"),
    (Reason::BadRequest, "BadRequest"),
    (Reason::Conflict, "Conflict"),
    (Reason::Expired, "Expired"),
    (Reason::Forbidden, "Forbidden"),
    (Reason::Gone, "Gone"),
    (Reason::InternalError, "InternalError"),
    (Reason::Invalid, "Invalid"),
    (Reason::MethodNotAllowed, "MethodNotAllowed"),
    (Reason::NotAcceptable, "NotAcceptable"),
    (Reason::NotFound, "NotFound"),
    (Reason::RequestEntityTooLarge, "RequestEntityTooLarge"),
    (Reason::ServiceUnavailable, "ServiceUnavailable"),
    (Reason::ServerTimeout, "ServerTimeout"),
    (Reason::StoreReadError, "StoreReadError"),
    (Reason::Timeout, "Timeout"),
    (Reason::TooManyRequests, "TooManyRequests"),
    (Reason::Unauthorized, "Unauthorized"),
    (Reason::UnsupportedMediaType, "UnsupportedMediaType"),
];

impl Reason {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Unknown(name) = self {
            return name;
        }
        REASONS.iter().find(|(reason, _)| reason == self).map_or("", |(_, name)| name)
    }
}

impl Default for Reason {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl From<String> for Reason {
    fn from(name: String) -> Self {
        match REASONS.iter().find(|(_, known)| *known == name) {
            Some((reason, _)) => reason.clone(),
            None => Self::Unknown(name),
        }
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.as_str().to_owned()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.as_str();
        f.write_str(if name.is_empty() { "Unknown" } else { name })
    }
}

/// What a [`Status`] is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct StatusDetails {
    /// The object's name.
    pub name: String,
    /// The resource's group.
    pub group: String,
    /// The resource, or the kind: servers differ.
    pub kind: String,
    /// The object's uid.
    pub uid: String,
    /// One entry a fault.
    pub causes: Vec<StatusCause>,
    /// In how many seconds to ask again; 0 where the server does not say.
    pub retry_after_seconds: u32,
}

/// One fault of several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StatusCause {
    /// For programs, `FieldValueRequired` for one.
    pub reason: String,
    /// For people.
    pub message: String,
    /// Which field, `spec.replicas` for one.
    pub field: String,
}

#[cfg(test)]
mod tests {
    use super::{Reason, Status};

    /// C29: each of the twenty reasons has its type, and an unknown one keeps its name.
    #[test]
    fn c29_reasons_round_trip() {
        for name in "Unauthorized Forbidden NotFound AlreadyExists Conflict Gone Invalid ServerTimeout StoreReadError \
                     Timeout TooManyRequests BadRequest MethodNotAllowed NotAcceptable RequestEntityTooLarge \
                     UnsupportedMediaType InternalError Expired ServiceUnavailable"
            .split_whitespace()
        {
            let reason = Reason::from(name.to_owned());
            assert!(!matches!(reason, Reason::Unknown(_)), "{name}");
            assert_eq!(reason.as_str(), name);
        }
        assert_eq!(Reason::from("Teapot".to_owned()), Reason::Unknown("Teapot".to_owned()));
        assert_eq!(Reason::default().to_string(), "Unknown");
    }

    /// B54, B55: what the body says wins; without a Status in it the code decides, and the text is kept.
    #[test]
    fn b54_b55_status_of_an_answer() {
        let body = br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"a\" not found",
            "reason":"NotFound","details":{"name":"a","kind":"pods"},"code":404}"#;
        let status = Status::from_http(404, "GET", body);
        assert_eq!(
            (status.to_string().as_str(), &status.reason),
            ("pods \"a\" not found", &Reason::NotFound)
        );
        for (code, method, reason) in [
            (400, "GET", Reason::BadRequest),
            (401, "GET", Reason::Unauthorized),
            (403, "GET", Reason::Forbidden),
            (404, "GET", Reason::NotFound),
            (405, "GET", Reason::MethodNotAllowed),
            (409, "POST", Reason::AlreadyExists),
            (409, "PUT", Reason::Conflict),
            (410, "GET", Reason::Gone),
            (422, "POST", Reason::Invalid),
            (429, "GET", Reason::TooManyRequests),
            (500, "GET", Reason::InternalError),
            (502, "GET", Reason::InternalError),
            (503, "GET", Reason::ServiceUnavailable),
            (504, "GET", Reason::Timeout),
        ] {
            let status = Status::from_http(code, method, b"<html>\n  \x1b[31mno</html>\n");
            assert_eq!((&status.reason, status.code), (&reason, code));
            assert!(status.to_string().ends_with(": <html> [31mno</html>"), "{status}");
        }
    }

    #[test]
    fn a_list_token_survives_in_an_expired_status() {
        let body = br#"{"kind":"Status","metadata":{"continue":"abc"},"status":"Failure","reason":"Expired","code":410}"#;
        let status = Status::parse(body).expect("a Status");
        assert!(status.is_expired());
        assert_eq!(status.inconsistent_continue(), Some("abc"));
        assert_eq!(Status::parse(br#"{"kind":"Pod"}"#), None);
        assert_eq!(Status::parse(b"not json"), None);
    }
}
