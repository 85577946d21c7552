//! What to do about an error.

use std::borrow::Cow;

use super::{Error, ErrorKind, RequestFault, TimedOut, TlsFault};

/// What to do; where the server may have done what was asked, that too.
pub(super) fn of(error: &Error) -> Option<Cow<'static, str>> {
    let hint = of_kind(error);
    if !error.is_outcome_unknown() {
        return hint;
    }
    Some(match hint {
        Some(hint) => Cow::Owned(format!("{hint}; {LOOK_FIRST}")),
        None => Cow::Borrowed(LOOK_FIRST),
    })
}

fn of_kind(error: &Error) -> Option<Cow<'static, str>> {
    let hint = match error.kind() {
        ErrorKind::Api => return answered(error).map(Cow::Borrowed),
        ErrorKind::Config { field: "certificate-authority" } => {
            "set certificate-authority of the cluster's entry: this system has no certificates of its own to go by"
        }
        ErrorKind::Closed => "make another client: what is closed stays closed",
        ErrorKind::Config { .. } | ErrorKind::Interrupted | ErrorKind::Service => return None,
        ErrorKind::Connect => "check the server's address, and that the network reaches it",
        ErrorKind::Proxy => "check proxy-url, HTTPS_PROXY and NO_PROXY, and what the proxy lets through",
        ErrorKind::Credentials => {
            if let Some(hint) = of_credentials(error) {
                return Some(Cow::Owned(hint));
            }
            "check the token file of the user's entry: it must be there, readable, and not empty"
        }
        ErrorKind::Timeout(TimedOut::KeepAlive | TimedOut::Total) => return None,
        ErrorKind::InvalidRequest(RequestFault::OtherServer) => {
            "give the path alone: the server's address comes from the configuration, and credentials go nowhere else"
        }
        ErrorKind::InvalidRequest(RequestFault::NoUpgrade) => "add an Upgrade to the request's extensions",
        ErrorKind::InvalidRequest(_) => return None,
        ErrorKind::NotTaken(_) => "nothing was done: the request can be repeated",
        ErrorKind::Timeout(TimedOut::Waiting) => {
            "fewer requests at once, or a higher rate limit, would not have to wait"
        }
        ErrorKind::Malformed => "check the port of the server's address: something else may listen there",
        ErrorKind::Refused => {
            "nothing listens there: is the server running, and are its address and port right?"
        }
        ErrorKind::Resolve => "check the host in the server's address, and the name server of this machine",
        ErrorKind::Timeout(TimedOut::Connect) => {
            "the server's address does not answer: check it, and any firewall or VPN on the way"
        }
        ErrorKind::Timeout(TimedOut::Tls) => "something accepts connections there, but does not answer TLS",
        ErrorKind::Timeout(TimedOut::BodyIdle) => {
            "a stream that may be silent needs a longer body_idle timeout, or none"
        }
        ErrorKind::Timeout(_) => "the server may be overloaded; the response_head timeout can be made longer",
        ErrorKind::Tls(TlsFault::ClientCertificate) => {
            "check client-certificate and client-key of the user's entry: they may be missing, expired, or for another \
             cluster"
        }
        ErrorKind::Tls(TlsFault::Expired | TlsFault::NotYetValid) => {
            "check the clock of this machine; otherwise the server needs a new certificate"
        }
        ErrorKind::Tls(TlsFault::NotTls) => {
            "check the port of the server's address, and whether the server is one for http://"
        }
        ErrorKind::Tls(TlsFault::UnknownIssuer) => {
            "check certificate-authority of the cluster's entry: it must be that of this server, which may have been \
             set up anew"
        }
        ErrorKind::Tls(TlsFault::WrongName) => {
            "use a server address that the certificate names, or set tls-server-name of the cluster's entry to one"
        }
        ErrorKind::Tls(TlsFault::Other) => return None,
        ErrorKind::TooLarge { .. } => {
            "ask for less at once: a limit, a selector, or a stream in place of the whole"
        }
        ErrorKind::Compression(_) => {
            "something between here and the server compresses badly; disable-compression in the kubeconfig does without"
        }
        ErrorKind::Upgrade => "something between here and the server may not let upgrades through",
    };
    Some(Cow::Borrowed(hint))
}

fn answered(error: &Error) -> Option<&'static str> {
    Some(match error.code()?.as_u16() {
        300..=399 => {
            "no redirect is followed: the server's address may be that of a login page or of a proxy, or lack a path"
        }
        401 => "the credentials are missing, wrong or expired: log in again, or check the user's entry",
        403 => "ask for a role that allows it; `kubectl auth can-i` says what these credentials may do",
        404 if error.status()?.details.as_ref().is_some_and(|details| !details.name.is_empty()) => {
            "check the name and the namespace: an object of that name is not there"
        }
        404 => {
            "check the API version and the path: the server does not serve it, and its kind may not be installed"
        }
        409 if error.is_already_exists() => "take another name, or change the object that is there",
        409 => "read the object again and repeat the change on what it says now",
        410 => "start over without the old version or continue token",
        413 => "send less: the server takes no more than a few megabytes at once",
        415 => "check the content type: a patch has one of its own",
        422 => "mend the fields that the causes name: each says which rule it breaks",
        429 => "the server is busy: wait, and ask less often",
        503 | 504 => {
            "wait and ask again: the server, or the one that serves this API for it, does not answer now"
        }
        _ => return None,
    })
}

/// The advice of a plugin, and of a provider's tokens.
#[cfg(feature = "tls")]
fn of_credentials(error: &Error) -> Option<String> {
    use std::sync::Arc;

    use crate::credentials::{ExecError, OidcError};

    let cause = std::error::Error::source(error)?;
    if let Some(error) = cause.downcast_ref::<Arc<OidcError>>() {
        return Some(error.hint().to_owned());
    }
    cause.downcast_ref::<Arc<ExecError>>().map(|error| error.hint())
}

/// There are neither.
#[cfg(not(feature = "tls"))]
fn of_credentials(_: &Error) -> Option<String> {
    None
}

const LOOK_FIRST: &str = "the server may have done it all the same: look before it is repeated";
