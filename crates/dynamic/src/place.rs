//! Which namespace a call works in: decided here, from values, before anything is sent.

use steersman_meta::{ApiResource, Namespace};

use crate::LocalError;

/// What was said about namespaces on the resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing.
    #[default]
    Unsaid,
    /// `all_namespaces()`.
    All,
    /// `default_namespace()`: the context's own.
    Context,
    /// `namespace("…")`.
    Named(String),
}

/// What kinds of place a call can work in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Lists and watches: one namespace, or all.
    Any,
    /// Everything else: one namespace.
    One,
}

/// The defaults that stand behind what was said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fallback<'a> {
    /// The context's namespace.
    pub(crate) context: &'a str,
    /// The namespace that was set on the client, if one was.
    pub(crate) client: Option<&'a str>,
}

/// The namespace of a call: its own; else the content's; else the client's default, if the user set one; else an error.
/// `Ok(None)` is the whole cluster.
pub(crate) fn namespace(
    resource: &ApiResource,
    place: &Place,
    content: Option<&str>,
    fallback: Fallback<'_>,
    reach: Reach,
) -> Result<Option<Namespace>, LocalError> {
    if !resource.is_namespaced() {
        let said = match place {
            Place::Named(namespace) => Some(namespace.as_str()),
            Place::Context | Place::All | Place::Unsaid => None,
        };
        return match said.or(content) {
            Some(namespace) => Err(LocalError::NamespaceOnClusterScoped { namespace: namespace.to_owned() }),
            None => Ok(None),
        };
    }
    let call = match place {
        Place::Named(namespace) => Some(namespace.as_str()),
        Place::Context => Some(fallback.context),
        Place::All if reach == Reach::Any => return Ok(None),
        Place::All => return Err(LocalError::AllNamespaces),
        Place::Unsaid => None,
    };
    if let (Some(call), Some(content)) = (call, content)
        && call != content
    {
        return Err(LocalError::NamespaceMismatch { call: call.to_owned(), content: content.to_owned() });
    }
    match call.or(content).or(fallback.client) {
        Some(namespace) => Namespace::parse(namespace).map(Some).map_err(LocalError::Name),
        None => Err(LocalError::MissingNamespace),
    }
}

#[cfg(test)]
mod tests {
    use steersman_meta::{ApiResource, GroupVersionKind, Scope};

    use super::{Fallback, Place, Reach, namespace};

    /// A32, A33, B04, B05, D03, D26, D37: the call's own, the content's, the client's, or an error; never all of them
    /// by itself.
    #[test]
    fn a32_a33_b04_b05_d03_d26_d37_which_namespace() {
        let pods = ApiResource::new(GroupVersionKind::new("", "v1", "Pod"), "pods", Scope::Namespaced);
        let nodes = ApiResource::new(GroupVersionKind::new("", "v1", "Node"), "nodes", Scope::Cluster);
        let named = |name: &str| Place::Named(name.to_owned());
        let mismatch = "the call says namespace \"a\", and the content \"b\"";
        let cluster_scoped = "the kind is cluster-scoped, and the namespace \"a\" was given";
        let missing = "the kind is namespaced, and no namespace was given";
        let one = "this call works in one namespace, not in all of them";
        for (resource, place, content, client, reach, want) in [
            (&pods, named("a"), None, None, Reach::One, Ok("a")),
            (&pods, named("a"), Some("a"), None, Reach::One, Ok("a")),
            (&pods, named("a"), Some("b"), None, Reach::One, Err(mismatch)),
            (&pods, named("a"), None, Some("c"), Reach::Any, Ok("a")),
            (&pods, Place::Unsaid, Some("b"), Some("c"), Reach::One, Ok("b")),
            (&pods, Place::Unsaid, None, Some("c"), Reach::One, Ok("c")),
            (&pods, Place::Unsaid, None, Some("c"), Reach::Any, Ok("c")),
            (&pods, Place::Unsaid, None, None, Reach::One, Err(missing)),
            (&pods, Place::Unsaid, None, None, Reach::Any, Err(missing)),
            (&pods, Place::Context, None, Some("c"), Reach::One, Ok("context")),
            (&pods, Place::All, None, Some("c"), Reach::Any, Ok("")),
            (&pods, Place::All, None, None, Reach::One, Err(one)),
            (&pods, Place::All, Some("b"), None, Reach::One, Err(one)),
            (&pods, named("../x"), None, None, Reach::One, Err("\"../x\" is no namespace: it holds '/'")),
            (&pods, named(""), None, None, Reach::Any, Err("the namespace is empty")),
            (&nodes, Place::Unsaid, None, Some("c"), Reach::One, Ok("")),
            (&nodes, Place::All, None, None, Reach::Any, Ok("")),
            (&nodes, Place::Context, None, None, Reach::One, Ok("")),
            (&nodes, named("a"), None, None, Reach::One, Err(cluster_scoped)),
            (&nodes, Place::Unsaid, Some("a"), None, Reach::One, Err(cluster_scoped)),
        ] {
            let case = format!("{} {place:?} {content:?} {client:?} {reach:?}", resource.kind);
            let fallback = Fallback { context: "context", client };
            let got = namespace(resource, &place, content, fallback, reach)
                .map(|namespace| namespace.map_or(String::new(), |namespace| namespace.to_string()))
                .map_err(|error| error.to_string());
            assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "{case}");
        }
    }
}
