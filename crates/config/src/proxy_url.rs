//! The address of a proxy, which may hold a password.

use std::{fmt, str::FromStr};

use http::Uri;

use crate::Secret;

/// The address of a proxy: `http`, `https` or `socks5`, a host, a port, and the user with the password where there are
/// any. It prints without those.
///
/// ```
/// use steersman_config::{ProxyScheme, ProxyUrl};
///
/// let proxy: ProxyUrl = "http://jane:hunter2@proxy.example.com".parse()?;
/// assert_eq!((proxy.scheme(), proxy.host(), proxy.port()), (ProxyScheme::Http, "proxy.example.com", 80));
/// assert_eq!(proxy.to_string(), "http://[redacted]@proxy.example.com:80");
/// assert_eq!(proxy.userinfo().unwrap().expose(), "jane:hunter2");
/// # Ok::<(), steersman_config::ProxyUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    scheme: ProxyScheme,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    userinfo: Option<Secret>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyScheme {
    /// HTTP; port 80 unless another is named.
    Http,
    /// HTTP over TLS; port 443 unless another is named.
    Https,
    /// SOCKS 5, the proxy looks up names; port 1080 unless another is named.
    Socks5,
}

impl ProxyUrl {
    /// How the proxy is spoken to.
    #[must_use]
    pub fn scheme(&self) -> ProxyScheme {
        self.scheme
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

    /// `user:password` or `user`, percent-encoded as in the URL.
    #[must_use]
    pub fn userinfo(&self) -> Option<&Secret> {
        self.userinfo.as_ref()
    }

    /// The whole URL, password included: a secret where there is [one](Self::userinfo).
    #[must_use]
    pub fn expose(&self) -> String {
        let userinfo = self.userinfo.as_ref().map(|text| format!("{}@", text.expose())).unwrap_or_default();
        self.with_userinfo(&userinfo)
    }

    fn with_userinfo(&self, userinfo: &str) -> String {
        let Self { scheme, host, port, .. } = self;
        match host.contains(':') {
            true => format!("{}://{userinfo}[{host}]:{port}", scheme.as_str()),
            false => format!("{}://{userinfo}{host}:{port}", scheme.as_str()),
        }
    }
}

impl ProxyScheme {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks5 => 1080,
        }
    }
}

impl FromStr for ProxyUrl {
    type Err = ProxyUrlError;

    /// Reads a URL with the schemes that client-go takes. A path means nothing to a proxy and is dropped.
    ///
    /// # Errors
    /// If it is no URL with a host, or has another scheme.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Before anything else, so that a scheme which nobody knows is said to be just that.
        let scheme = match text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
            Some("http") => ProxyScheme::Http,
            Some("https") => ProxyScheme::Https,
            Some("socks5") => ProxyScheme::Socks5,
            _ => return Err(ProxyUrlError::Scheme),
        };
        let uri: Uri = text.parse().map_err(|_| ProxyUrlError::Malformed)?;
        let authority = uri.authority().ok_or(ProxyUrlError::Malformed)?;
        let (userinfo, host_and_port) = match authority.as_str().rsplit_once('@') {
            Some((userinfo, rest)) => (Some(userinfo).filter(|text| !text.is_empty()), rest),
            None => (None, authority.as_str()),
        };
        let host = authority.host();
        let port = match host_and_port.strip_prefix(host) {
            Some("" | ":") => scheme.default_port(),
            Some(port) => port
                .strip_prefix(':')
                .filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|port| port.parse().ok())
                .ok_or(ProxyUrlError::Malformed)?,
            None => return Err(ProxyUrlError::Malformed),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(ProxyUrlError::Malformed);
        }
        Ok(Self { scheme, host: host.to_ascii_lowercase(), port, userinfo: userinfo.map(Secret::new) })
    }
}

/// Hides user and password.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_userinfo(if self.userinfo.is_some() { "[redacted]@" } else { "" }))
    }
}

/// Hides user and password.
impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Why a text is not the address of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyUrlError {
    /// It is no URL with a host.
    Malformed,
    /// Its scheme is none of `http`, `https` and `socks5`, or it has none.
    Scheme,
}

impl fmt::Display for ProxyUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is not a URL with a host",
            Self::Scheme => "it does not start with http://, https:// or socks5://",
        })
    }
}

impl std::error::Error for ProxyUrlError {}

#[cfg(test)]
mod tests {
    use super::{ProxyUrl, ProxyUrlError};

    #[test]
    fn urls() {
        for (text, want) in [
            ("http://p", Ok("http://p:80")),
            ("https://P/", Ok("https://p:443")),
            ("socks5://p", Ok("socks5://p:1080")),
            ("SOCKS5://p:9", Ok("socks5://p:9")),
            ("http://[::1]:3128/ignored", Ok("http://[::1]:3128")),
            ("http://u:p@h:1", Ok("http://u:p@h:1")),
            ("http://u%40x@h", Ok("http://u%40x@h:80")),
            ("http://@h", Ok("http://h:80")),
            ("http://h:", Ok("http://h:80")),
            ("socks5h://p", Err(ProxyUrlError::Scheme)),
            ("socks4://p", Err(ProxyUrlError::Scheme)),
            ("ftp://p", Err(ProxyUrlError::Scheme)),
            ("p:3128", Err(ProxyUrlError::Scheme)),
            ("", Err(ProxyUrlError::Scheme)),
            ("http://", Err(ProxyUrlError::Malformed)),
            ("http://a b", Err(ProxyUrlError::Malformed)),
            ("http://h:99999", Err(ProxyUrlError::Malformed)),
            ("http://h:+1", Err(ProxyUrlError::Malformed)),
        ] {
            let got = text.parse::<ProxyUrl>().map(|url| url.expose());
            assert_eq!(got, want.map(str::to_owned), "{text}");
        }
    }
}
