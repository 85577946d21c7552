//! The one place that builds API paths.

use std::fmt;

use crate::{ApiResource, GroupVersion, Name, Namespace, Query, query::encode_segment};

/// The path of an API request, each part encoded, so that no name can lead elsewhere.
///
/// ```
/// use steersman_meta::{ApiPath, ApiResource, GroupVersionKind, Name, Namespace, Scope};
///
/// let deployments = ApiResource::new(GroupVersionKind::new("apps", "v1", "Deployment"), "deployments", Scope::Namespaced);
/// let path = ApiPath::object(&deployments, Some(&Namespace::parse("shop")?), &Name::parse("web")?).subresource("scale")?;
/// assert_eq!(path.to_string(), "/apis/apps/v1/namespaces/shop/deployments/web/scale");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPath {
    text: String,
}

impl ApiPath {
    /// The root of a group version: `/api/v1`, `/apis/apps/v1`.
    #[must_use]
    pub fn group_version(group_version: &GroupVersion) -> Self {
        Self::root(&group_version.group, &group_version.version)
    }

    /// A collection: all objects of a resource, or those of one namespace.
    ///
    /// The namespace is left out where the resource has none (row B34).
    #[must_use]
    pub fn collection(resource: &ApiResource, namespace: Option<&Namespace>) -> Self {
        let mut path = Self::root(&resource.group, &resource.version);
        if let Some(namespace) = namespace.filter(|_| resource.is_namespaced()) {
            path = path.in_namespace(namespace);
        }
        path.push(&resource.plural);
        path
    }

    /// One object.
    #[must_use]
    pub fn object(resource: &ApiResource, namespace: Option<&Namespace>, name: &Name) -> Self {
        let mut path = Self::collection(resource, namespace);
        path.push(name.as_str());
        path
    }

    /// A path that is said in words of the caller's: `/version`, `apis/apps/v1`. It is split at its slashes; one in
    /// front may be missing.
    ///
    /// # Errors
    /// If a part is no segment of a path: empty, `.` or `..`, or with a `%`; parts are encoded here, once.
    ///
    /// ```
    /// use steersman_meta::ApiPath;
    ///
    /// let log = ApiPath::parse("api/v1/namespaces/shop")?.below("pods/web-0/log")?;
    /// assert_eq!(log.to_string(), "/api/v1/namespaces/shop/pods/web-0/log");
    /// assert!(ApiPath::parse("/api/v1/../secrets").is_err());
    /// # Ok::<(), steersman_meta::NameError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, crate::NameError> {
        Self { text: String::with_capacity(96) }.below(text.strip_prefix('/').unwrap_or(text))
    }

    /// What lies below, said in words of the caller's: `pods/web-0/log`. Nothing adds nothing.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn below(self, text: &str) -> Result<Self, crate::NameError> {
        if text.is_empty() { Ok(self) } else { self.subresource(text) }
    }

    /// The path of a folder: with a slash behind it, as the root behind a proxy has.
    #[must_use]
    pub fn folder(mut self) -> Self {
        self.text.push('/');
        self
    }

    /// Below, the part of a namespace.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &Namespace) -> Self {
        self.push("namespaces");
        self.push(namespace.as_str());
        self
    }

    /// What lies below an object; a name of several parts is split at its slashes.
    ///
    /// # Errors
    /// If a part is no segment of a path.
    pub fn subresource(mut self, name: &str) -> Result<Self, crate::NameError> {
        for part in name.split('/') {
            self.push(Name::parse(part)?.as_str());
        }
        Ok(self)
    }

    /// The path with a query behind it; an empty one adds nothing.
    #[must_use]
    pub fn with_query(&self, query: &Query) -> String {
        if query.is_empty() { self.text.clone() } else { format!("{}?{query}", self.text) }
    }

    fn root(group: &str, version: &str) -> Self {
        let mut path = Self { text: String::with_capacity(96) };
        if group.is_empty() {
            path.push("api");
        } else {
            path.push("apis");
            path.push(group);
        }
        path.push(version);
        path
    }

    fn push(&mut self, segment: &str) {
        self.text.push('/');
        self.text.extend(encode_segment(segment));
    }
}

impl fmt::Display for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::ApiPath;
    use crate::{ApiResource, GroupVersionKind, Name, Namespace, Scope};

    /// B34: the four shapes; a namespace is left out where the resource has none.
    #[test]
    fn b34_shapes() {
        let pods = ApiResource::new(GroupVersionKind::new("", "v1", "Pod"), "pods", Scope::Namespaced);
        let nodes = ApiResource::new(GroupVersionKind::new("", "v1", "Node"), "nodes", Scope::Cluster);
        let widgets =
            ApiResource::new(GroupVersionKind::new("a.b", "v2", "Widget"), "widgets", Scope::Namespaced);
        let namespace = Namespace::parse("n").expect("a namespace");
        let name = Name::parse("x y?#:").expect("a name");
        for (path, want) in [
            (ApiPath::collection(&pods, None), "/api/v1/pods"),
            (ApiPath::collection(&pods, Some(&namespace)), "/api/v1/namespaces/n/pods"),
            (ApiPath::object(&pods, Some(&namespace), &name), "/api/v1/namespaces/n/pods/x%20y%3F%23:"),
            (ApiPath::collection(&nodes, Some(&namespace)), "/api/v1/nodes"),
            (ApiPath::object(&nodes, None, &name), "/api/v1/nodes/x%20y%3F%23:"),
            (ApiPath::collection(&widgets, Some(&namespace)), "/apis/a.b/v2/namespaces/n/widgets"),
            (ApiPath::group_version(&widgets.group_version()), "/apis/a.b/v2"),
        ] {
            assert_eq!(path.to_string(), want);
        }
    }

    /// E08: a path in words of the caller's goes down, and never up or across.
    #[test]
    fn e08_said_paths() {
        let path = |base: &str, below: &str| {
            ApiPath::parse(base).and_then(|path| path.below(below)).map(|path| path.to_string()).ok()
        };
        for (base, below, want) in [
            ("/version", "", Some("/version")),
            ("version", "", Some("/version")),
            ("/apis", "apps/v1", Some("/apis/apps/v1")),
            ("/api", "v1/namespaces/a/pods/p q?x=1#y", Some("/api/v1/namespaces/a/pods/p%20q%3Fx=1%23y")),
            ("/api", "é", Some("/api/%C3%A9")),
            ("", "pods", Some("/pods")),
            ("//api", "", None),
            ("/api/", "", None),
            ("/api/..", "", None),
            ("/api", "../version", None),
            ("/api", "./version", None),
            ("/api", "a//b", None),
            ("/api", "/b", None),
            ("/api", "a/", None),
            ("/api", "a%2fb", None),
            ("/api", "%2e%2e", None),
            ("/api", "a\r\nb", None),
            ("/api", "a\0", None),
        ] {
            assert_eq!(path(base, below).as_deref(), want, "{base:?} {below:?}");
        }
    }

    #[test]
    fn a_subresource_can_have_parts_and_no_way_out() {
        let pods = ApiResource::new(GroupVersionKind::new("", "v1", "Pod"), "pods", Scope::Namespaced);
        let pod = ApiPath::object(&pods, None, &Name::parse("p").expect("a name"));
        assert_eq!(
            pod.clone().subresource("a/b").map(|path| path.to_string()),
            Ok("/api/v1/pods/p/a/b".to_owned())
        );
        for bad in ["", "a/../b", "a//b", "%2e"] {
            assert!(pod.clone().subresource(bad).is_err(), "{bad:?}");
        }
    }
}
