//! The one form in which a server's address travels through the workspace.

use std::{fmt, str::FromStr};

use http::Uri;

/// The address of an API server: `http` or `https`, a host, a port, and a path prefix without a final slash.
///
/// Parsed once, here; connecting, TLS names and proxy rules all read the same parts.
///
/// ```
/// use steersman_config::ServerUrl;
///
/// let url: ServerUrl = "https://10.0.0.1:6443/k8s/clusters/c-1/".parse()?;
/// assert_eq!((url.host(), url.port(), url.prefix()), ("10.0.0.1", 6443, "/k8s/clusters/c-1"));
/// # Ok::<(), steersman_config::ServerUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    https: bool,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    /// Empty, or starts with a slash and does not end in one.
    prefix: String,
}

impl ServerUrl {
    /// Whether connections are encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host name or address; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; the scheme's own where the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path under which the API lives: empty, or with a leading slash and no final one.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// `host:port`, with brackets around an IPv6 address.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    /// Reads a URL as client-go does: the path is a prefix, query and fragment are dropped.
    ///
    /// # Errors
    /// If it is no `http` or `https` URL with a host, or names a user: credentials have fields of their own.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let without_fragment = text.split('#').next().unwrap_or_default();
        let uri: Uri = without_fragment.parse().map_err(|_| ServerUrlError::Malformed)?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err(ServerUrlError::Scheme),
            None => return Err(ServerUrlError::NoScheme),
        };
        let authority = uri.authority().ok_or(ServerUrlError::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(ServerUrlError::UserInfo);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(ServerUrlError::NoHost);
        }
        // `Authority::port` has no answer for `:x` and `:65536`, just as for no port at all.
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") if https => 443,
            Some("") => 80,
            Some(port) => port
                .strip_prefix(':')
                .filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|port| port.parse().ok())
                .ok_or(ServerUrlError::Malformed)?,
            None => return Err(ServerUrlError::Malformed),
        };
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { https, host: host.to_ascii_lowercase(), port, prefix })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.prefix)
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Why a text is not the address of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerUrlError {
    /// It is no URL.
    Malformed,
    /// It names no host.
    NoHost,
    /// It does not start with `https://` or `http://`.
    NoScheme,
    /// Its scheme is neither `https` nor `http`.
    Scheme,
    /// It holds a user name or a password.
    UserInfo,
}

impl fmt::Display for ServerUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is not a URL",
            Self::NoHost => "it names no host",
            Self::NoScheme => "it does not start with https:// or http://",
            Self::Scheme => "its scheme is neither https nor http",
            Self::UserInfo => "it holds a user name, which belongs in the user's entry",
        })
    }
}

impl std::error::Error for ServerUrlError {}

#[cfg(test)]
mod tests {
    use super::{ServerUrl, ServerUrlError};

    #[test]
    fn urls() {
        for (text, want) in [
            ("https://example.com", Ok("https://example.com:443")),
            ("http://example.com/", Ok("http://example.com:80")),
            ("https://[::1]:6443/p//", Ok("https://[::1]:6443/p")),
            ("HTTPS://EXAMPLE.com/A?x=1#f", Ok("https://example.com:443/A")),
            ("https://", Err(ServerUrlError::Malformed)),
            ("https://user:pw@example.com", Err(ServerUrlError::UserInfo)),
            ("ftp://example.com", Err(ServerUrlError::Scheme)),
            ("example.com:6443", Err(ServerUrlError::NoScheme)),
            ("https://exa mple.com", Err(ServerUrlError::Malformed)),
            ("https://example.com:", Err(ServerUrlError::Malformed)),
            ("https://example.com:https", Err(ServerUrlError::Malformed)),
            ("https://example.com:65536", Err(ServerUrlError::Malformed)),
            ("https://example.com:+1", Err(ServerUrlError::Malformed)),
            ("https://[::1]:x", Err(ServerUrlError::Malformed)),
            ("https://[::1]", Ok("https://[::1]:443")),
        ] {
            let got = text.parse::<ServerUrl>().map(|url| url.to_string());
            assert_eq!(got, want.map(str::to_owned), "{text}");
        }
    }
}
