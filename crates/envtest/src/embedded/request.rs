//! One request as plain values: what was asked, of which resource, with which options.

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

use super::status::{Failure, Outcome};

/// A request that was read whole.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: Method,
    /// Still percent-encoded, without the query.
    pub(crate) path: String,
    pub(crate) query: Query,
    /// The query as it came.
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type of the body, without its parameters, in lower case.
    pub(crate) fn content_type(&self) -> String {
        self.header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// The query parameters, decoded, in the order of the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let decode =
            |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
        Self(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(key, value)| (decode(key), decode(value)))
                .collect(),
        )
    }

    /// The first value of `key`, or the empty text: the API machinery does not tell the two apart.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// A switch: present and neither `0` nor `false`, as the API machinery converts query parameters.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.has(key) && !matches!(self.get(key).to_ascii_lowercase().as_str(), "0" | "false")
    }

    /// A whole number, if the parameter is there.
    pub(crate) fn number(&self, key: &str) -> Outcome<Option<i64>> {
        let text = self.get(key);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| Failure::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))
    }
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Something that is not a resource: discovery, health, version.
    Path(Vec<String>),
    /// A collection, an object, or a subresource of one.
    Resource(ResourcePath),
}

/// A path below a group and version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResourcePath {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: Option<String>,
    pub(crate) plural: String,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
    /// There are more segments than a subresource has.
    pub(crate) deeper: bool,
}

impl Target {
    /// Reads a path as the API server's request-info resolver does.
    pub(crate) fn parse(path: &str) -> Self {
        let segments: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
            ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
            _ => return Self::Path(segments),
        };
        let (namespace, rest) = match rest {
            // `namespaces/x` is the namespace itself, and so are its subresources.
            ["namespaces", _] | ["namespaces", _, "status" | "finalize"] if group.is_empty() => (None, rest),
            ["namespaces", name, rest @ ..] if !rest.is_empty() => (Some((*name).to_owned()), rest),
            _ => (None, rest),
        };
        let text = |index: usize| rest.get(index).map(|part| (*part).to_owned());
        let plural = text(0).unwrap_or_default();
        Self::Resource(ResourcePath {
            group: group.to_owned(),
            version: version.to_owned(),
            namespace,
            plural,
            name: text(1),
            subresource: text(2),
            deeper: rest.len() > 3,
        })
    }
}

/// What a request wants done to a resource: the verbs that authorization speaks of.
pub(crate) fn verb(method: &Method, resource: &ResourcePath, query: &Query) -> Option<&'static str> {
    let named = resource.name.is_some();
    match *method {
        Method::GET | Method::HEAD if named => Some("get"),
        Method::GET | Method::HEAD if query.flag("watch") => Some("watch"),
        Method::GET | Method::HEAD => Some("list"),
        Method::POST => Some("create"),
        Method::PUT => Some("update"),
        Method::PATCH => Some("patch"),
        Method::DELETE if named => Some("delete"),
        Method::DELETE => Some("deletecollection"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Query, ResourcePath, Target};

    #[test]
    fn paths() {
        for (path, want) in [
            ("/api/v1/pods", ("", "v1", None, "pods", None, None)),
            ("/api/v1/namespaces", ("", "v1", None, "namespaces", None, None)),
            ("/api/v1/namespaces/a", ("", "v1", None, "namespaces", Some("a"), None)),
            ("/api/v1/namespaces/a/status", ("", "v1", None, "namespaces", Some("a"), Some("status"))),
            ("/api/v1/namespaces/a/pods/b", ("", "v1", Some("a"), "pods", Some("b"), None)),
            (
                "/apis/apps/v1/namespaces/a/deployments/b/scale",
                ("apps", "v1", Some("a"), "deployments", Some("b"), Some("scale")),
            ),
            ("/apis/e.com/v1/things/x%3Ay", ("e.com", "v1", None, "things", Some("x:y"), None)),
        ] {
            let (group, version, namespace, plural, name, subresource) = want;
            let own = |text: &str| text.to_owned();
            assert_eq!(
                Target::parse(path),
                Target::Resource(ResourcePath {
                    group: own(group),
                    version: own(version),
                    namespace: namespace.map(own),
                    plural: own(plural),
                    name: name.map(own),
                    subresource: subresource.map(own),
                    deeper: false,
                }),
                "{path}"
            );
        }
        for path in ["/", "/api", "/api/v1", "/apis/apps", "/apis/apps/v1", "/version"] {
            assert!(matches!(Target::parse(path), Target::Path(_)), "{path}");
        }
    }

    #[test]
    fn queries() {
        let query =
            Query::parse("labelSelector=a%3Db%2Cc&watch=true&x=1+2&force=false&dryRun=All&dryRun=None");
        assert_eq!((query.get("labelSelector"), query.get("x"), query.get("y")), ("a=b,c", "1 2", ""));
        assert!(query.flag("watch") && !query.flag("force") && !query.flag("y"));
        assert_eq!(query.all("dryRun").collect::<Vec<_>>(), ["All", "None"]);
        assert!(Query::parse("limit=x").number("limit").is_err());
    }
}
