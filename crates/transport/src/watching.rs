//! Telling watches from other requests.

use http::Uri;

/// Whether a request asks for a watch: `watch` is set in its query, as an API server reads it.
pub(crate) fn is_watch(uri: &Uri) -> bool {
    uri.query().into_iter().flat_map(|query| query.split('&')).any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        name == "watch" && !matches!(value.to_ascii_lowercase().as_str(), "false" | "0")
    })
}

#[cfg(test)]
mod tests {
    use super::is_watch;

    #[test]
    fn watches_are_told_by_their_query() {
        for (uri, want) in [
            ("/api/v1/pods?watch=true", true),
            ("/api/v1/pods?limit=1&watch=1", true),
            ("/api/v1/pods?watch", true),
            ("/api/v1/pods?watch=false", false),
            ("/api/v1/pods?watch=0", false),
            ("/api/v1/pods?watcher=true", false),
            ("/api/v1/pods?labelSelector=watch%3Dtrue", false),
            ("/api/v1/watch", false),
        ] {
            assert_eq!(is_watch(&uri.parse().expect("a URI")), want, "{uri}");
        }
    }
}
