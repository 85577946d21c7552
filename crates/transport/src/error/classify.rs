//! From the errors of the crates below to kinds of our own: by type, never by text.

use std::{error::Error as StdError, fmt, io};

use super::{BoxError, Error, ErrorKind, NotTaken, TimedOut, TlsFault};

/// Says what an error that is not ours means, and keeps of its chain what names the cause.
pub(super) fn foreign(error: BoxError) -> Error {
    match find(error.as_ref()) {
        Found { kind, root: Some(0) } => Error::new(kind).because(error),
        Found { kind, root: Some(depth) } => Error::new(kind).because(Root { chain: error, depth }),
        Found { kind, root: None } => Error::new(kind),
    }
}

struct Found {
    kind: ErrorKind,
    /// How many causes down the one stands that says what happened; those above only say that something did.
    root: Option<usize>,
}

fn find(error: &(dyn StdError + 'static)) -> Found {
    let mut connecting = false;
    let mut remembered = None;
    let mut io = None;
    let mut hyper = None;
    for (depth, cause) in causes(error).enumerate() {
        connecting |= tls::is_connecting(cause);
        remembered = remembered.or_else(|| tls::remembered(cause));
        if let Some(ours) = cause.downcast_ref::<Error>() {
            return Found { kind: ours.kind().clone(), root: ours.source().map(|_| depth + 1) };
        }
        if let Some(fault) = tls::fault(cause) {
            let kind = if connecting || is_before_the_request(fault) {
                ErrorKind::Tls(fault)
            } else {
                ErrorKind::Interrupted
            };
            return Found { kind, root: Some(depth) };
        }
        if let Some(kind) = tls::of_h2(cause) {
            return Found { kind, root: Some(depth) };
        }
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            io = Some((depth, cause.kind()));
        }
        if let Some(cause) = cause.downcast_ref::<hyper::Error>() {
            hyper = Some((depth, of_hyper(cause)));
        }
    }
    if let Some(fault) = remembered.filter(|fault| connecting || is_before_the_request(*fault)) {
        let root = io.map(|(depth, _)| depth).or(hyper.map(|(depth, _)| depth));
        return Found { kind: ErrorKind::Tls(fault), root };
    }
    match (io, hyper) {
        (Some((depth, io::ErrorKind::ConnectionRefused)), _) => {
            Found { kind: ErrorKind::Refused, root: Some(depth) }
        }
        (Some((depth, io::ErrorKind::TimedOut)), _) if connecting => {
            Found { kind: ErrorKind::Timeout(TimedOut::Connect), root: Some(depth) }
        }
        (Some((depth, _)), _) if connecting => Found { kind: ErrorKind::Connect, root: Some(depth) },
        (Some((depth, _)), _) => Found { kind: ErrorKind::Interrupted, root: Some(depth) },
        (None, Some((depth, kind))) => Found { kind, root: Some(depth) },
        (None, None) if connecting => Found { kind: ErrorKind::Connect, root: Some(1) },
        (None, None) => Found { kind: ErrorKind::Service, root: Some(0) },
    }
}

/// Whether it is known of a fault on a connection that stood that the request was not looked at. With TLS 1.3 a server
/// refuses a client certificate behind the handshake, and reads nothing before; a record that makes no sense can come at
/// any time.
fn is_before_the_request(fault: TlsFault) -> bool {
    fault == TlsFault::ClientCertificate
}

fn of_hyper(error: &hyper::Error) -> ErrorKind {
    if error.is_timeout() {
        ErrorKind::Timeout(TimedOut::KeepAlive)
    } else if error.is_parse() {
        ErrorKind::Malformed
    } else if error.is_canceled() {
        // hyper gives the message back with it: nothing was written.
        ErrorKind::NotTaken(NotTaken::Unsent)
    } else {
        ErrorKind::Interrupted
    }
}

/// Whether the server has refused the client certificate on the connection of a request that failed.
#[cfg(feature = "tls")]
pub(crate) fn is_certificate_refused(error: &(dyn StdError + 'static)) -> bool {
    tls::remembered(error) == Some(TlsFault::ClientCertificate)
}

/// What TLS has to do with an error of a connection.
#[cfg(feature = "tls")]
pub(crate) fn tls_fault(error: &io::Error) -> Option<TlsFault> {
    causes(error).find_map(tls::fault)
}

/// The error and its causes. An `io::Error` that holds another error names that one's source as its own, which would
/// hide the very error that it holds.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| next(*error))
}

fn next<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match held {
        Some(held) => Some(held),
        None => error.source(),
    }
}

/// An error that speaks as one of its causes does.
struct Root {
    chain: BoxError,
    depth: usize,
}

impl Root {
    fn cause(&self) -> &(dyn StdError + 'static) {
        causes(self.chain.as_ref()).nth(self.depth).unwrap_or(self.chain.as_ref())
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.cause(), f)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.cause(), f)
    }
}

impl StdError for Root {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // Not `next`: an `io::Error` prints the error that it holds, and then names that one's source.
        self.cause().source()
    }
}

#[cfg(feature = "tls")]
mod tls {
    //! What is known only where the connections are ours.

    use std::error::Error as StdError;

    use http::Extensions;
    use hyper_util::client::legacy;
    use rustls::{AlertDescription as Alert, CertificateError as Certificate, Error as Rustls};

    use crate::{
        error::{ErrorKind, NotTaken, TlsFault},
        wire::FaultMemory,
    };

    /// What HTTP/2 says of a stream; `None` where the socket below says more, or it is no error of HTTP/2.
    pub(super) fn of_h2(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
        let error = error.downcast_ref::<h2::Error>()?;
        if error.is_io() {
            return None;
        }
        Some(match (error.is_remote(), error.is_library()) {
            // Only streams above the last that the server takes fail with its GOAWAY (RFC 9113, section 6.8).
            (true, _) if error.is_go_away() => ErrorKind::NotTaken(NotTaken::GoAway),
            // RFC 9113, section 8.7.
            (true, _) if error.reason() == Some(h2::Reason::REFUSED_STREAM) => {
                ErrorKind::NotTaken(NotTaken::RefusedStream)
            }
            // It was h2 that gave up, over what it got.
            (_, true) => ErrorKind::Malformed,
            _ => ErrorKind::Interrupted,
        })
    }

    /// What TLS said on the connection that the request was on.
    pub(super) fn remembered(error: &(dyn StdError + 'static)) -> Option<TlsFault> {
        let connection = error.downcast_ref::<legacy::Error>()?.connect_info()?;
        let mut extras = Extensions::new();
        connection.get_extras(&mut extras);
        extras.get::<FaultMemory>()?.fault()
    }

    pub(super) fn is_connecting(error: &(dyn StdError + 'static)) -> bool {
        error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect)
    }

    pub(super) fn fault(error: &(dyn StdError + 'static)) -> Option<TlsFault> {
        Some(match error.downcast_ref::<Rustls>()? {
            // The second where there is an authority of the right name with another key: that of a cluster that was set
            // up anew.
            Rustls::InvalidCertificate(Certificate::UnknownIssuer | Certificate::BadSignature) => {
                TlsFault::UnknownIssuer
            }
            Rustls::InvalidCertificate(
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
            ) => TlsFault::WrongName,
            Rustls::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => {
                TlsFault::Expired
            }
            Rustls::InvalidCertificate(Certificate::NotValidYet | Certificate::NotValidYetContext { .. }) => {
                TlsFault::NotYetValid
            }
            Rustls::AlertReceived(
                Alert::AccessDenied
                | Alert::BadCertificate
                | Alert::CertificateExpired
                | Alert::CertificateRequired
                | Alert::CertificateRevoked
                | Alert::CertificateUnknown
                | Alert::DecryptError
                | Alert::UnknownCA
                | Alert::UnsupportedCertificate,
            ) => TlsFault::ClientCertificate,
            Rustls::InvalidMessage(_) => TlsFault::NotTls,
            _ => TlsFault::Other,
        })
    }
}

#[cfg(not(feature = "tls"))]
mod tls {
    //! Nothing: connections are made by the user's own service.

    use std::error::Error as StdError;

    use crate::error::TlsFault;

    pub(super) fn of_h2(_: &(dyn StdError + 'static)) -> Option<crate::ErrorKind> {
        None
    }

    pub(super) fn remembered(_: &(dyn StdError + 'static)) -> Option<TlsFault> {
        None
    }

    pub(super) fn is_connecting(_: &(dyn StdError + 'static)) -> bool {
        false
    }

    pub(super) fn fault(_: &(dyn StdError + 'static)) -> Option<TlsFault> {
        None
    }
}
