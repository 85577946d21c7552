//! The paths of a resource as templates, for those who show them or fill them in themselves.

use serde::{Deserialize, Serialize};

use crate::{ApiPath, ApiResource, Name, Namespace, Scope};

/// Where a resource is served, with `{namespace}` and `{name}` for what a call puts in. [`ApiPath`] builds the paths of
/// calls, and encodes what is put in.
///
/// ```
/// use steersman_meta::{ApiResource, GroupVersionKind, Scope};
///
/// let widgets = ApiResource::new(GroupVersionKind::new("example.com", "v1", "Widget"), "widgets", Scope::Namespaced);
/// assert_eq!(widgets.urls().full, "/apis/example.com/v1/widgets/{name}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiUrls {
    /// All of its objects.
    pub base: String,
    /// One object, without a namespace.
    pub full: String,
    /// Its objects in a namespace; `None` where its objects live in none.
    pub namespaced_base: Option<String>,
    /// One object in a namespace; `None` where its objects live in none.
    pub namespaced_full: Option<String>,
}

impl ApiResource {
    /// The paths of the resource, as templates (row B35).
    #[must_use]
    pub fn urls(&self) -> ApiUrls {
        let base = ApiPath::collection(self, None::<&Namespace>).to_string();
        let version = ApiPath::group_version(&self.group_version());
        let name = base.rsplit('/').next().unwrap_or_default();
        let is_namespaced = self.scope == Scope::Namespaced;
        let namespaced_base = is_namespaced.then(|| format!("{version}/namespaces/{{namespace}}/{name}"));
        let namespaced_full = namespaced_base.as_ref().map(|base| format!("{base}/{{name}}"));
        ApiUrls { full: format!("{base}/{{name}}"), base, namespaced_base, namespaced_full }
    }

    /// Where one of its objects is served, or all of them where no name is given; in a namespace, or in all of them where none
    /// is given. A namespace is left out where its objects live in none (row B34).
    ///
    /// ```
    /// use steersman_meta::{ApiResource, GroupVersionKind, Name, Namespace, Scope};
    ///
    /// let pods = ApiResource::new(GroupVersionKind::new("", "v1", "Pod"), "pods", Scope::Namespaced);
    /// let (web, shop) = (Name::parse("web")?, Namespace::parse("shop")?);
    /// assert_eq!(pods.path(Some(&web), Some(&shop)).to_string(), "/api/v1/namespaces/shop/pods/web");
    /// assert_eq!(pods.path(None, Some(&shop)).to_string(), "/api/v1/namespaces/shop/pods");
    /// assert_eq!(pods.path(None, None).to_string(), "/api/v1/pods");
    /// # Ok::<(), steersman_meta::NameError>(())
    /// ```
    #[must_use]
    pub fn path(&self, name: Option<&Name>, namespace: Option<&Namespace>) -> ApiPath {
        match name {
            Some(name) => ApiPath::object(self, namespace, name),
            None => ApiPath::collection(self, namespace),
        }
    }

    /// The name of one object: what the server says, else the kind in lower case, as kubectl guesses it (row B37).
    #[must_use]
    pub fn singular_name(&self) -> String {
        if self.singular.is_empty() { self.kind.to_lowercase() } else { self.singular.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ApiResource, ApiSubresource, GroupVersionKind, Name, Namespace, Scope, Verb};

    fn pods() -> ApiResource {
        ApiResource::new(GroupVersionKind::new("", "v1", "Pod"), "pods", Scope::Namespaced)
    }

    fn nodes() -> ApiResource {
        ApiResource::new(
            GroupVersionKind::new("metrics.k8s.io", "v1beta1", "NodeMetrics"),
            "nodes",
            Scope::Cluster,
        )
    }

    /// B35: the templates, with namespaces only where there are any.
    #[test]
    fn b35_urls() {
        let urls = pods().urls();
        assert_eq!((urls.base.as_str(), urls.full.as_str()), ("/api/v1/pods", "/api/v1/pods/{name}"));
        assert_eq!(urls.namespaced_base.as_deref(), Some("/api/v1/namespaces/{namespace}/pods"));
        assert_eq!(urls.namespaced_full.as_deref(), Some("/api/v1/namespaces/{namespace}/pods/{name}"));
        let urls = nodes().urls();
        assert_eq!(urls.full, "/apis/metrics.k8s.io/v1beta1/nodes/{name}");
        assert_eq!((urls.namespaced_base, urls.namespaced_full), (None, None));
    }

    /// B34: the four shapes of a path; a resource without namespaces has two of them.
    #[test]
    fn b34_paths() {
        let name = Name::parse("a").expect("a name");
        let namespace = Namespace::parse("n").expect("a name");
        for (resource, name, namespace, want) in [
            (pods(), None, None, "/api/v1/pods"),
            (pods(), None, Some(&namespace), "/api/v1/namespaces/n/pods"),
            (pods(), Some(&name), None, "/api/v1/pods/a"),
            (pods(), Some(&name), Some(&namespace), "/api/v1/namespaces/n/pods/a"),
            (nodes(), None, None, "/apis/metrics.k8s.io/v1beta1/nodes"),
            (nodes(), None, Some(&namespace), "/apis/metrics.k8s.io/v1beta1/nodes"),
            (nodes(), Some(&name), None, "/apis/metrics.k8s.io/v1beta1/nodes/a"),
            (nodes(), Some(&name), Some(&namespace), "/apis/metrics.k8s.io/v1beta1/nodes/a"),
        ] {
            assert_eq!(resource.path(name, namespace).to_string(), want);
        }
    }

    /// B33, B37: the group version in one text; a name for one object in any case.
    #[test]
    fn b33_b37_names() {
        assert_eq!(
            (pods().api_version(), nodes().api_version()),
            ("v1".to_owned(), "metrics.k8s.io/v1beta1".to_owned())
        );
        let mut said = pods();
        said.singular = "pod".into();
        for (resource, want) in [(pods(), "pod"), (said, "pod"), (nodes(), "nodemetrics")] {
            assert_eq!(resource.singular_name(), want);
        }
    }

    /// B36: all of it is written, and read again.
    #[test]
    fn b36_there_and_back() {
        let mut resource = pods();
        resource.singular = "pod".into();
        resource.short_names = ["po".into()].into();
        resource.categories = ["all".into()].into();
        resource.verbs = [Verb::Get, Verb::Other("impersonate".into())].into();
        resource.storage_version_hash = Some("abc=".into());
        resource.response_group_version = Some(crate::GroupVersion::new("b.c", "v2"));
        resource.preferred = true;
        let kind = GroupVersionKind::new("policy", "v1", "Eviction");
        resource.subresources = [ApiSubresource::new("eviction", kind, [Verb::Create])].into();
        let text = serde_json::to_value(&resource).expect("it serializes");
        assert_eq!(text["shortNames"][0], "po");
        assert_eq!(text["responseGroupVersion"]["version"], "v2");
        assert_eq!(resource.gvk(), GroupVersionKind::new("b.c", "v2", "Pod"));
        assert_eq!(text["subresources"][0]["kind"]["kind"], "Eviction");
        assert_eq!(serde_json::from_value::<ApiResource>(text).expect("it is read"), resource);
        // What is not there is empty.
        let least = serde_json::json!({"group": "", "version": "v1", "kind": "Pod", "plural": "pods", "scope": "Namespaced"});
        assert_eq!(serde_json::from_value::<ApiResource>(least).expect("it is enough"), pods());
    }
}
