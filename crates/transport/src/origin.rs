//! From the path of a request to a URL on the one server that the client talks to.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::{Either, Ready, ready};
use http::{Request, Uri, uri};
use steersman_config::ServerUrl;
use tower::{Layer, Service};

use crate::error::{BoxError, Error, ErrorKind, RequestFault};

/// Puts the server's address before the path of each request, and refuses what is for another server.
#[derive(Clone, Debug)]
pub(crate) struct OriginLayer {
    origin: Arc<Origin>,
}

impl OriginLayer {
    pub(crate) fn new(server: &ServerUrl) -> Self {
        Self { origin: Arc::new(Origin::new(server)) }
    }
}

impl<S> Layer<S> for OriginLayer {
    type Service = OriginService<S>;

    fn layer(&self, inner: S) -> OriginService<S> {
        OriginService { inner, origin: Arc::clone(&self.origin) }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct OriginService<S> {
    inner: S,
    origin: Arc<Origin>,
}

impl<S, B> Service<Request<B>> for OriginService<S>
where
    S: Service<Request<B>, Error = BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<S::Future, Ready<Result<S::Response, BoxError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.origin.resolve(request.uri()) {
            Ok(uri) => {
                *request.uri_mut() = uri;
                Either::Left(self.inner.call(request))
            }
            Err(fault) => Either::Right(ready(Err(Error::new(ErrorKind::InvalidRequest(fault)).into()))),
        }
    }
}

/// Where the server is.
#[derive(Debug)]
struct Origin {
    server: ServerUrl,
    scheme: uri::Scheme,
    authority: Option<uri::Authority>,
}

impl Origin {
    fn new(server: &ServerUrl) -> Self {
        let scheme = if server.is_https() { uri::Scheme::HTTPS } else { uri::Scheme::HTTP };
        // Read once, and not with each request. Whatever a server's URL has is an authority; else each request says so.
        Self { server: server.clone(), scheme, authority: server.authority().parse().ok() }
    }

    /// The URL of a request: the server's address and prefix with the path of `uri`; a whole URL stays as it is, if it
    /// lies under the server's address.
    fn resolve(&self, uri: &Uri) -> Result<Uri, RequestFault> {
        if has_dot_segment(uri.path()) {
            return Err(RequestFault::DotSegment);
        }
        if uri.authority().is_some() || uri.scheme().is_some() {
            return if self.covers(uri) { Ok(uri.clone()) } else { Err(RequestFault::OtherServer) };
        }
        let root = uri::PathAndQuery::from_static("/");
        let path_and_query = uri.path_and_query().cloned().unwrap_or(root);
        if !path_and_query.as_str().starts_with('/') {
            return Err(RequestFault::Uri);
        }
        let path_and_query = match self.server.prefix() {
            "" => path_and_query,
            prefix => format!("{prefix}{path_and_query}").parse().map_err(|_| RequestFault::Uri)?,
        };
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = self.authority.clone();
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).map_err(|_| RequestFault::Uri)
    }

    fn covers(&self, uri: &Uri) -> bool {
        let Some(rest) = uri.path().strip_prefix(self.server.prefix()) else { return false };
        let in_prefix = rest.is_empty() || rest.starts_with('/');
        let bare: Result<ServerUrl, _> = uri.to_string().parse();
        in_prefix
            && bare.is_ok_and(|url| {
                (url.is_https(), url.host(), url.port())
                    == (self.server.is_https(), self.server.host(), self.server.port())
            })
    }
}

fn has_dot_segment(path: &str) -> bool {
    // What most paths are: there is nothing to look at closely.
    let plain = path.starts_with('/') && !path.contains('%') && !path.contains("/.");
    !plain && path.split('/').any(is_dot_segment)
}

/// Whether a segment of a path is `.` or `..`, also percent-encoded.
fn is_dot_segment(segment: &str) -> bool {
    if !segment.starts_with(['.', '%']) || segment.len() > "%2e%2e".len() {
        return false;
    }
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::{Origin, RequestFault};

    #[track_caller]
    fn check(server: &str, uri: &str, want: Result<&str, RequestFault>) {
        let origin = Origin::new(&server.parse().expect("a server"));
        let got = origin.resolve(&uri.parse().expect("a URI")).map(|uri| uri.to_string());
        assert_eq!(got, want.map(str::to_owned), "{uri} on {server}");
    }

    #[test]
    fn paths_get_the_servers_address() {
        check("https://h", "/api?limit=1", Ok("https://h:443/api?limit=1"));
        check("http://[::1]:8080", "/api", Ok("http://[::1]:8080/api"));
        check(
            "https://h:6443/k8s/c-1/",
            "/api/v1/pods?watch=1",
            Ok("https://h:6443/k8s/c-1/api/v1/pods?watch=1"),
        );
        check("https://h", "/", Ok("https://h:443/"));
        check("https://h", "/a%2fb/..c/.d/e..", Ok("https://h:443/a%2fb/..c/.d/e.."));
    }

    #[test]
    fn urls_must_lie_under_the_servers_address() {
        check("https://h/p", "https://h/p/api", Ok("https://h/p/api"));
        check("https://h/p", "https://H:443/p", Ok("https://H:443/p"));
        for elsewhere in [
            "https://h/api",
            "https://h/pp/api",
            "http://h/p/api",
            "https://h:444/p/api",
            "https://other/p/api",
            "https://user:pw@h/p/api",
            "h:443",
        ] {
            check("https://h/p", elsewhere, Err(RequestFault::OtherServer));
        }
        check("https://h", "*", Err(RequestFault::Uri));
    }

    #[test]
    fn dot_segments_are_refused() {
        for path in ["/a/../b", "/.", "/..", "/a/%2e%2E/b", "/a/.%2e", "/%2e?x=1"] {
            check("https://h/p", path, Err(RequestFault::DotSegment));
        }
    }
}
