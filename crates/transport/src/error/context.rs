//! Which request an error belongs to.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use http::{Method, Request, Uri};
use tokio::time::Instant;

/// What an error says of its request.
pub(crate) struct RequestContext {
    pub(crate) method: Method,
    server: Option<Arc<str>>,
    uri: Uri,
    /// Redacted, once somebody has asked: few requests fail.
    url: OnceLock<String>,
    pub(crate) started: Instant,
    pub(crate) attempts: Attempts,
}

/// How often a request was sent: an extension through which the stack tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    pub(crate) fn set(&self, number: u32) {
        self.0.store(number, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl RequestContext {
    pub(crate) fn new<B>(server: Option<&Arc<str>>, request: &Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            server: server.map(Arc::clone),
            uri: request.uri().clone(),
            url: OnceLock::new(),
            started: Instant::now(),
            attempts: Attempts::default(),
        }
    }

    /// Redacted.
    pub(crate) fn url(&self) -> &str {
        self.url.get_or_init(|| redacted(self.server.as_deref().unwrap_or_default(), &self.uri))
    }
}

impl fmt::Debug for RequestContext {
    /// With the redacted URL, and not with the one that was sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContext")
            .field("method", &self.method)
            .field("url", &self.url())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// The URL of a request, without a user's name in it, and with the values of only those query parameters that are known
/// to hold no secret: the words of a command that is executed can be passwords.
pub(crate) fn redacted(server: &str, uri: &Uri) -> String {
    let mut url = match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        _ => server.to_owned(),
    };
    url.push_str(uri.path());
    for (index, pair) in uri.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if !HARMLESS.contains(&name) => {
                url.push_str(name);
                url.push_str("=[redacted]");
            }
            _ => url.push_str(pair),
        }
    }
    url
}

const HARMLESS: [&str; 30] = [
    "allowWatchBookmarks",
    "container",
    "dryRun",
    "fieldManager",
    "fieldSelector",
    "fieldValidation",
    "follow",
    "force",
    "gracePeriodSeconds",
    "labelSelector",
    "limit",
    "limitBytes",
    "orphanDependents",
    "ports",
    "pretty",
    "previous",
    "propagationPolicy",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "sinceSeconds",
    "sinceTime",
    "stderr",
    "stdin",
    "stdout",
    "tailLines",
    "timeoutSeconds",
    "timestamps",
    "tty",
    "watch",
];

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn urls_are_shown_without_secrets() {
        for (server, uri, want) in [
            (
                "https://h:6443/p",
                "/api/v1/pods?limit=5&watch=true",
                "https://h:6443/p/api/v1/pods?limit=5&watch=true",
            ),
            ("", "/x?command=mysql&command=-psecret&tty=1", "/x?command=[redacted]&command=[redacted]&tty=1"),
            ("", "/x?continue=abc", "/x?continue=[redacted]"),
            ("https://h:1", "https://user:secret@other:2/y?flag", "https://other:2/y?flag"),
        ] {
            assert_eq!(redacted(server, &uri.parse().expect("a URI")), want);
        }
    }
}
