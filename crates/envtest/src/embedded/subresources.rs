//! What lies below the objects of each kind: one table, for discovery and for the paths.

use super::{
    kinds::{Kind, built_in},
    write::Part,
};

/// One subresource, as discovery lists it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subresource<'a> {
    pub(crate) name: &'a str,
    /// What it takes and gives.
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) verbs: &'a [&'a str],
    pub(crate) serves: Serves,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serves {
    /// An object, or a part of it.
    Part(Part),
    /// The log of a pod.
    Log,
    /// Whatever answers behind a pod, a service or a node.
    Proxy,
    /// Something that is asked for below an object, and is not stored.
    Action(Action),
}

/// What is asked for below an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A pod is given to a node.
    Bind,
    /// A pod is to go, if nothing protects it.
    Evict,
    /// A service account gets a token.
    IssueToken,
}

/// The subresources of a kind: those of built-in kinds by name, those of CRDs in the order of their controller.
pub(crate) fn of(kind: &Kind) -> Vec<Subresource<'_>> {
    let (group, version) = (kind.group.as_str(), kind.version.as_str());
    let own = |name, verbs, serves| Subresource { name, group, version, kind: &kind.kind, verbs, serves };
    let status = kind.status.then(|| own("status", PART, Serves::Part(Part::Status)));
    let scale = kind.scale.as_ref().map(|_| Subresource {
        name: "scale",
        group: "autoscaling",
        version: "v1",
        kind: "Scale",
        verbs: PART,
        serves: Serves::Part(Part::Scale),
    });
    if kind.is_custom() {
        return status.into_iter().chain(scale).collect();
    }
    let mut all: Vec<Subresource<'_>> = status.into_iter().chain(scale).collect();
    let other = |name, [group, version, kind]: [&'static str; 3], verbs, serves| Subresource {
        name,
        group,
        version,
        kind,
        verbs,
        serves,
    };
    match kind.bucket().as_str() {
        "pods" => all.extend([
            other("binding", BINDING, CREATE, Serves::Action(Action::Bind)),
            own("ephemeralcontainers", PART, Serves::Part(Part::EphemeralContainers)),
            other("eviction", EVICTION, CREATE, Serves::Action(Action::Evict)),
            own("log", &["get"], Serves::Log),
            other("proxy", ["", "v1", "PodProxyOptions"], PROXY, Serves::Proxy),
            own("resize", PART, Serves::Part(Part::Resize)),
        ]),
        "nodes" => all.push(other("proxy", ["", "v1", "NodeProxyOptions"], PROXY, Serves::Proxy)),
        "services" => {
            all.push(other("proxy", ["", "v1", "ServiceProxyOptions"], PROXY, Serves::Proxy));
        }
        "serviceaccounts" => {
            all.push(other("token", TOKEN_REQUEST, CREATE, Serves::Action(Action::IssueToken)));
        }
        "certificatesigningrequests.certificates.k8s.io" => {
            all.push(own("approval", PART, Serves::Part(Part::Approval)));
        }
        _ => {}
    }
    all.sort_by_key(|one| one.name);
    all
}

/// What an action takes, as a kind whose objects are never stored.
pub(crate) fn content_kind(action: Action) -> Kind {
    built_in(match action {
        Action::Bind => BINDING,
        Action::Evict => EVICTION,
        Action::IssueToken => TOKEN_REQUEST,
    })
}

/// The verbs of a part that can be read and changed.
const PART: &[&str] = &["get", "patch", "update"];
const CREATE: &[&str] = &["create"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];

const BINDING: [&str; 3] = ["", "v1", "Binding"];
const EVICTION: [&str; 3] = ["policy", "v1", "Eviction"];
const TOKEN_REQUEST: [&str; 3] = ["authentication.k8s.io", "v1", "TokenRequest"];

#[cfg(test)]
mod tests {
    use super::{Action, content_kind, of};
    use crate::embedded::kinds::built_ins;

    #[test]
    fn what_lies_below_a_kind() {
        for (plural, want) in [
            ("configmaps", &[][..]),
            ("nodes", &["proxy", "status"]),
            ("deployments", &["scale", "status"]),
            ("pods", &["binding", "ephemeralcontainers", "eviction", "log", "proxy", "resize", "status"]),
            ("serviceaccounts", &["token"]),
            ("certificatesigningrequests", &["approval", "status"]),
        ] {
            let kind = built_ins().iter().find(|kind| kind.plural == plural).expect("a kind");
            assert_eq!(of(kind).iter().map(|one| one.name).collect::<Vec<_>>(), want);
        }
    }

    #[test]
    fn what_is_taken_has_a_schema() {
        for action in [Action::Bind, Action::Evict, Action::IssueToken] {
            let kind = content_kind(action);
            assert!(kind.schema.properties.contains_key("metadata"), "{}", kind.kind);
        }
    }
}
