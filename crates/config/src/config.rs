//! The plain value that the rest of the client starts from.

use std::{fmt, path::PathBuf, time::Duration};

use crate::{Credentials, Overrides, ProxyUrl, ServerUrl, TimeoutError, Warning};

/// Everything that is needed to talk to one cluster as one user.
///
/// All paths in it are absolute, all `…-data` fields are decoded: what a `Config` says does not depend on the
/// place that it came from. It prints without its secrets.
///
/// Where several places say something, an [override](crate::Overrides) wins over the kubeconfig's entry, and the entry over
/// the default. Each field says below what kubectl does with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Where the API server is: scheme, host, port and a path prefix. No default: without a server there is no
    /// configuration. kubectl: `server` of the cluster, or `--server`.
    pub server: ServerUrl,
    /// The name of the kubeconfig context that this came from; `None` in a cluster, for a bare URL, or where cluster and
    /// user were chosen without one. kubectl: `--context`, else `current-context`.
    pub context: Option<String>,
    /// The namespace that is meant where none is said. In order: the one that was chosen, the context's, in a pod
    /// `POD_NAMESPACE`, in a pod the service account's, `default`. kubectl does the same, and uses it for every call;
    /// this client asks first.
    pub default_namespace: String,
    /// Which certificates of the server are believed. Default: the system's. kubectl: `certificate-authority`,
    /// `certificate-authority-data` and `insecure-skip-tls-verify`; an override of any of them replaces all three.
    pub trust: Trust,
    /// The file that the authorities of [`trust`](Self::trust) were read from, to be read again as they are rotated. `None`,
    /// the default: they came from elsewhere. kubectl: `certificate-authority`; in a pod, the service account's `ca.crt`.
    pub certificate_authority_file: Option<PathBuf>,
    /// The name that the server's certificate must carry. `None`, the default: the host of [`server`](Self::server).
    /// kubectl: `tls-server-name`, which an override of the server clears.
    pub tls_server_name: Option<String>,
    /// The proxy to go through. `None`, the default: what the environment says, which is for the transport to read.
    /// kubectl: `proxy-url` of the cluster wins over the environment's proxies.
    pub proxy_url: Option<ProxyUrl>,
    /// Whether to ask the server for answers that are not compressed. Default: no, and in a pod, near the server, yes.
    /// kubectl: `disable-compression`; in a pod it asks for compressed ones.
    pub disable_compression: bool,
    /// How long a request may take from its beginning to its end. `None`, the default: no such limit. A kubeconfig
    /// can't set it; kubectl: `--request-timeout`.
    pub timeout: Option<Duration>,
    /// Who we are. Default: nobody. Without TLS only the impersonation is left, as kubectl sends no credentials over
    /// plain HTTP.
    pub credentials: Credentials,
    /// What was found that does no harm, but may not be what was meant: in the order in which it was found. Default:
    /// nothing. kubectl logs these.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// A configuration for `server` with the system's certificates, no credentials, and the namespace `default`.
    #[must_use]
    pub fn new(server: ServerUrl) -> Self {
        Self {
            server,
            context: None,
            default_namespace: "default".to_owned(),
            trust: Trust::System,
            certificate_authority_file: None,
            tls_server_name: None,
            proxy_url: None,
            disable_compression: false,
            timeout: None,
            credentials: Credentials::default(),
            warnings: Vec::new(),
        }
    }

    /// Reads a [`timeout`](Self::timeout) that is a text: Go's durations (`1m30s`, `500ms`), or a number of seconds.
    /// Nothing and zero are no limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use steersman_config::Config;
    ///
    /// let mut config = Config::new("https://10.0.0.1".parse()?);
    /// config.timeout = Config::parse_timeout("1m30s")?;
    /// assert_eq!(config.timeout, Some(Duration::from_secs(90)));
    /// assert_eq!(Config::parse_timeout("")?, None);
    /// assert!(Config::parse_timeout("soon").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it is none of these; also if it is negative, which client-go takes for a timeout that has passed.
    pub fn parse_timeout(text: &str) -> Result<Option<Duration>, TimeoutError> {
        if text.is_empty() {
            return Ok(None);
        }
        Overrides::parse_timeout(text).map(|timeout| Some(timeout).filter(|timeout| !timeout.is_zero()))
    }
}

/// Which certificates of the server are believed.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// Those that the operating system believes.
    #[default]
    System,
    /// Those that one of these authorities signed, and no others. PEM, one certificate or several.
    Authorities(Vec<u8>),
    /// Any certificate at all. Only ever what a configuration says in so many words
    /// (`insecure-skip-tls-verify: true`).
    Insecure,
}

impl fmt::Debug for Trust {
    /// Certificates by their length: nobody reads them as bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::Authorities(pem) => write!(f, "Authorities({} bytes)", pem.len()),
            Self::Insecure => f.write_str("Insecure"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Config;

    /// C04: a duration, a Go duration as text, or none.
    #[test]
    fn c04_timeouts_as_text() {
        for (text, want) in [
            ("", Some(None)),
            ("0", Some(None)),
            ("0s", Some(None)),
            ("30", Some(Some(30_000))),
            ("1m30s", Some(Some(90_000))),
            ("1.5h", Some(Some(5_400_000))),
            ("500ms", Some(Some(500))),
            ("soon", None),
            ("1m30", None),
            ("-1s", None),
            (" ", None),
            ("1d", None),
        ] {
            let want = want.map(|limit| limit.map(Duration::from_millis));
            assert_eq!(Config::parse_timeout(text).ok(), want, "{text:?}");
        }
    }
}
