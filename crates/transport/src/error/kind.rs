//! The kinds of errors, each with what it says of the request's fate.

use std::fmt;

/// What kind of error it is.
///
/// "Not sent" means that the request can be made again whatever it was; "unknown" that the server may have done what was
/// asked, so that only what changes nothing should be repeated without looking.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server answered, with a refusal: [`status`](crate::Error::status) has its words. Whether to ask again is for
    /// its code and [`retry_after`](crate::Error::retry_after) to say.
    Api,
    /// The client is closed, by [`Client::close`](crate::Client::close). Not sent, if it was not sent before: see
    /// [`attempts`](crate::Error::attempts). It fails again.
    Closed,
    /// The answer's body is compressed in a way that can't be read. The server did what was asked.
    Compression(CompressionFault),
    /// The configuration can't be used, for what stands in this field of it. Not sent; it fails again.
    Config {
        /// The field, as a kubeconfig calls it.
        field: &'static str,
    },
    /// The connection could not be made, for another reason than those below. Not sent.
    Connect,
    /// The credentials can't be had: the token file can't be read, for one. Not sent.
    Credentials,
    /// The connection broke after it was made, or the server gave up the request's stream. Unknown.
    Interrupted,
    /// The request is one that this client does not send. Not sent; it fails again.
    InvalidRequest(RequestFault),
    /// What came back is no HTTP, or its head is longer than
    /// [`max_header_bytes`](crate::Limits::max_header_bytes). Unknown.
    Malformed,
    /// A connection stood, but the request was not taken: it can be repeated whatever it was. Not sent.
    NotTaken(NotTaken),
    /// The proxy did not connect us to the server. Not sent.
    Proxy,
    /// Nobody listens at the address. Not sent.
    Refused,
    /// The server's name has no address. Not sent.
    Resolve,
    /// A service or a layer of the user's own failed. Unknown.
    Service,
    /// A deadline has passed. Not sent where it was one of the connection's, else unknown.
    Timeout(TimedOut),
    /// TLS failed before the server looked at the request. Not sent.
    Tls(TlsFault),
    /// The body is longer than this. The server did what was asked.
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The server agreed to something else than the upgrade that was asked for, or the connection could not be taken
    /// over. Unknown.
    Upgrade,
}

impl ErrorKind {
    /// A short name, as spans have it.
    #[cfg(feature = "tls")]
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Closed => "closed",
            Self::Compression(_) => "compression",
            Self::Config { .. } => "config",
            Self::Connect => "connect",
            Self::Credentials => "credentials",
            Self::Interrupted => "interrupted",
            Self::InvalidRequest(_) => "invalid_request",
            Self::Malformed => "malformed",
            Self::NotTaken(_) => "not_taken",
            Self::Proxy => "proxy",
            Self::Refused => "refused",
            Self::Resolve => "resolve",
            Self::Service => "service",
            Self::Timeout(_) => "timeout",
            Self::Tls(_) => "tls",
            Self::TooLarge { .. } => "too_large",
            Self::Upgrade => "upgrade",
        }
    }

    /// Whether a request that ended like this may have been done all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Interrupted | Self::Malformed | Self::Service | Self::Upgrade => true,
            Self::Timeout(what) => !matches!(what, TimedOut::Connect | TimedOut::Tls | TimedOut::Waiting),
            _ => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api => f.write_str("the server refused"),
            Self::Closed => f.write_str("the client is closed"),
            Self::Compression(fault) => write!(f, "{fault}"),
            Self::Config { field } => write!(f, "{field} of the configuration can't be used"),
            Self::Connect => f.write_str("could not connect"),
            Self::Credentials => f.write_str("could not get the credentials"),
            Self::Interrupted => f.write_str("the connection broke"),
            Self::InvalidRequest(fault) => write!(f, "{fault}"),
            Self::Malformed => f.write_str("the answer can't be read as HTTP"),
            Self::NotTaken(why) => write!(f, "{why}"),
            Self::Proxy => f.write_str("the proxy did not connect us to the server"),
            Self::Refused => f.write_str("the connection was refused"),
            Self::Resolve => f.write_str("could not find the address of the server's name"),
            Self::Service => f.write_str("the service failed"),
            Self::Timeout(what) => write!(f, "{what}"),
            Self::Tls(fault) => write!(f, "{fault}"),
            Self::TooLarge { limit } => write!(f, "the body is longer than {limit} bytes"),
            Self::Upgrade => f.write_str("the connection was not upgraded"),
        }
    }
}

/// How it is known that the server did not take a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTaken {
    /// The server is closing the connection, and said (HTTP/2 GOAWAY) that it does not process this request.
    GoAway,
    /// The server refused the request's stream (HTTP/2 REFUSED_STREAM), which it does before it looks at it.
    RefusedStream,
    /// The connection was closed before a byte of the request was written.
    Unsent,
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GoAway => "the server closed the connection before it took the request",
            Self::RefusedStream => "the server refused to take the request",
            Self::Unsent => "the connection was closed before the request was sent",
        })
    }
}

/// What is wrong with a compressed body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompressionFault {
    /// It becomes more than this many times as long as it is, and more than 1 MiB.
    Bomb {
        /// The limit.
        ratio: u64,
    },
    /// It is no gzip, or a checksum is wrong or cut off.
    Corrupt,
    /// It ends too early.
    Truncated,
}

impl fmt::Display for CompressionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bomb { ratio } => write!(f, "the compressed body becomes more than {ratio} times as long"),
            Self::Corrupt => f.write_str("the body is not the gzip that the server says it is"),
            Self::Truncated => f.write_str("the compressed body ends too early"),
        }
    }
}

/// Why a request is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFault {
    /// A segment of its path is `.` or `..`, spelt out or percent-encoded: servers differ on where it would end.
    DotSegment,
    /// It asks [`Client::upgrade`](crate::Client::upgrade) for no [`Upgrade`](crate::Upgrade).
    NoUpgrade,
    /// Its URI is neither a path nor on the server of the configuration.
    OtherServer,
    /// Its path and query make no URI together with the server's address.
    Uri,
    /// The name of the protocol of the upgrade does not fit into a header.
    UpgradeProtocol,
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DotSegment => "a segment of the path is . or ..",
            Self::NoUpgrade => "the request asks for no upgrade",
            Self::OtherServer => "the URI is not on the server of the configuration",
            Self::Uri => "the URI is malformed",
            Self::UpgradeProtocol => "the name of the upgrade's protocol does not fit into a header",
        })
    }
}

/// Which deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimedOut {
    /// [`Timeouts::body_idle`](crate::Timeouts::body_idle).
    BodyIdle,
    /// [`Timeouts::connect`](crate::Timeouts::connect).
    Connect,
    /// The server did not answer the pings of an HTTP/2 connection.
    KeepAlive,
    /// [`Timeouts::response_head`](crate::Timeouts::response_head).
    ResponseHead,
    /// [`Timeouts::tls`](crate::Timeouts::tls).
    Tls,
    /// [`Timeouts::total`](crate::Timeouts::total).
    Total,
    /// The client's own rate limit would have held the request back for longer than its deadline.
    Waiting,
    /// The server agreed to an upgrade, but the connection was not handed over within 10 s.
    Upgrade,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BodyIdle => "the server went silent in the middle of the body",
            Self::Connect => "the connection was not made in time",
            Self::KeepAlive => "the server stopped answering on the connection",
            Self::ResponseHead => "the server did not answer in time",
            Self::Tls => "TLS was not agreed on in time",
            Self::Total => "the request was not over in time",
            Self::Upgrade => "the upgraded connection was not handed over in time",
            Self::Waiting => "the client's rate limit did not let the request out in time",
        })
    }
}

/// What went wrong with TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// The server refused our certificate, or wants one.
    ClientCertificate,
    /// The server's certificate has expired.
    Expired,
    /// The server's certificate is not valid yet.
    NotYetValid,
    /// What answers there does not speak TLS.
    NotTls,
    /// Something else, which the source names.
    Other,
    /// The server's certificate is signed by nobody whom the configuration believes.
    UnknownIssuer,
    /// The server's certificate is for another name.
    WrongName,
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientCertificate => "the server did not accept the client certificate",
            Self::Expired => "the server's certificate has expired",
            Self::NotYetValid => "the server's certificate is not valid yet",
            Self::NotTls => "the server does not speak TLS",
            Self::Other => "TLS failed",
            Self::UnknownIssuer => "the server's certificate is signed by an unknown authority",
            Self::WrongName => "the server's certificate is for another name",
        })
    }
}
