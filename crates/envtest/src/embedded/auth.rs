//! Who a request comes from, and what they may do.

use std::collections::HashMap;

use http::HeaderMap;

use super::{
    request::{ResourcePath, Target},
    status::{Failure, Outcome, qualified},
};

/// The group of those who may do everything.
pub(crate) const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";

/// A user of an [`EnvTest`](crate::EnvTest), with a client certificate and a bearer token of its own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct User {
    /// The name, which is also the common name of the certificate.
    pub name: String,
    /// The groups beyond `system:authenticated`; a member of `system:masters` may do everything.
    pub groups: Vec<String>,
    /// What the user may do. Default: everything.
    pub access: Access,
}

/// What a [`User`] may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Everything.
    #[default]
    Full,
    /// Get, list and watch of everything.
    ReadOnly,
    /// What every user may do: discovery, the version, and asking what they may do.
    None,
}

impl User {
    /// A user without groups who may do everything.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), groups: Vec::new(), access: Access::Full }
    }

    /// The same user as a member of one more group.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// The same user with this access.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }
}

/// Who a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
    access: Access,
}

/// All who can be recognized.
#[derive(Debug, Default)]
pub(crate) struct Users {
    by_name: HashMap<String, User>,
    by_token: HashMap<String, String>,
    /// By the client certificate, DER.
    by_certificate: HashMap<Vec<u8>, String>,
}

impl Users {
    pub(crate) fn add(&mut self, user: User, token: String, certificate: Vec<u8>) {
        self.by_token.insert(token, user.name.clone());
        self.by_certificate.insert(certificate, user.name.clone());
        self.by_name.insert(user.name.clone(), user);
    }

    /// Recognizes the sender: a certificate first, then a token, a user's or an issued one, then nobody in particular.
    pub(crate) fn authenticate(
        &self,
        certificate: Option<&[u8]>,
        headers: &HeaderMap,
        issued: impl FnOnce(&str) -> Option<Identity>,
    ) -> Outcome<Identity> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let token = text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let name = match (certificate, token) {
            (Some(certificate), _) if self.by_certificate.contains_key(certificate) => {
                self.by_certificate.get(certificate)
            }
            (_, Some(token)) => match self.by_token.get(token) {
                Some(name) => Some(name),
                None => {
                    let identity = issued(token).ok_or_else(Failure::unauthorized)?;
                    return self.impersonate(identity, headers);
                }
            },
            (Some(_), None) => return Err(Failure::unauthorized()),
            (None, None) => None,
        };
        let identity = match name.and_then(|name| self.by_name.get(name)) {
            Some(user) => Identity::of(user),
            None => Identity {
                name: "system:anonymous".to_owned(),
                groups: vec!["system:unauthenticated".to_owned()],
                access: Access::None,
            },
        };
        self.impersonate(identity, headers)
    }

    /// `Impersonate-User` and `Impersonate-Group`: whoever may do everything may be anybody.
    fn impersonate(&self, identity: Identity, headers: &HeaderMap) -> Outcome<Identity> {
        let Some(name) = headers.get("impersonate-user").and_then(|value| value.to_str().ok()) else {
            return Ok(identity);
        };
        if !identity.may_all() {
            let why = format!(
                "User {:?} cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
                identity.name
            );
            return Err(Failure::forbidden("users", "", name, &why));
        }
        let mut groups: Vec<String> = headers
            .get_all("impersonate-group")
            .iter()
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect();
        let known = self.by_name.get(name);
        if groups.is_empty()
            && let Some(user) = known
        {
            groups.clone_from(&user.groups);
        }
        if !groups.iter().any(|group| group == AUTHENTICATED) {
            groups.push(AUTHENTICATED.to_owned());
        }
        let access = known.map_or(Access::None, |user| user.access);
        Ok(Identity { name: name.to_owned(), groups, access })
    }
}

impl Identity {
    fn of(user: &User) -> Self {
        let mut groups = user.groups.clone();
        groups.push(AUTHENTICATED.to_owned());
        Self { name: user.name.clone(), groups, access: user.access }
    }

    /// A service account, which may do what everybody may.
    pub(crate) fn service_account(namespace: &str, name: &str) -> Self {
        Self {
            name: format!("system:serviceaccount:{namespace}:{name}"),
            groups: vec![
                "system:serviceaccounts".to_owned(),
                format!("system:serviceaccounts:{namespace}"),
                AUTHENTICATED.to_owned(),
            ],
            access: Access::None,
        }
    }

    fn may_all(&self) -> bool {
        self.access == Access::Full || self.groups.iter().any(|group| group == MASTERS)
    }

    /// Whether this user may do `verb` to a resource.
    pub(crate) fn may(&self, verb: &str, group: &str, plural: &str) -> bool {
        let everybody = self.groups.iter().any(|one| one == AUTHENTICATED)
            && verb == "create"
            && matches!(
                (group, plural),
                ("authorization.k8s.io", "selfsubjectaccessreviews")
                    | ("authentication.k8s.io", "selfsubjectreviews")
            );
        self.may_all()
            || everybody
            || (self.access == Access::ReadOnly && matches!(verb, "get" | "list" | "watch"))
    }

    /// Whether this user may read a path that is no resource.
    pub(crate) fn may_path(&self, verb: &str, path: &str) -> bool {
        let public = matches!(path, "/healthz" | "/livez" | "/readyz" | "/version" | "/version/");
        let discovery = matches!(path, "/api" | "/apis" | "/openapi" | "/api/" | "/apis/")
            || ["/api/", "/apis/", "/openapi/"].iter().any(|prefix| path.starts_with(prefix));
        let authenticated = self.groups.iter().any(|group| group == AUTHENTICATED);
        self.may_all()
            || (verb == "get" && (public || (discovery && authenticated) || self.access == Access::ReadOnly))
    }

    /// Refuses what this user may not do, in the words of RBAC.
    pub(crate) fn authorize(&self, verb: &str, target: &Target, path: &str) -> Outcome<()> {
        match target {
            Target::Path(_) if self.may_path(verb, path) => Ok(()),
            Target::Path(_) => Err(Failure::new(
                403,
                "Forbidden",
                format!("forbidden: User {:?} cannot {verb} path {path:?}", self.name),
            )
            .with_details(serde_json::json!({}))),
            Target::Resource(resource) if self.may(verb, &resource.group, &resource.plural) => Ok(()),
            Target::Resource(resource) => Err(self.forbidden(verb, resource)),
        }
    }

    fn forbidden(&self, verb: &str, resource: &ResourcePath) -> Failure {
        let scope = match &resource.namespace {
            Some(namespace) => format!("in the namespace {namespace:?}"),
            // A namespace is named by its own requests as the namespace they are in.
            None => match (&resource.name, resource.plural.as_str()) {
                (Some(name), "namespaces") if resource.group.is_empty() => {
                    format!("in the namespace {name:?}")
                }
                _ => "at the cluster scope".to_owned(),
            },
        };
        let what = match &resource.subresource {
            Some(subresource) => format!("{}/{subresource}", resource.plural),
            None => resource.plural.clone(),
        };
        let why = format!(
            "User {:?} cannot {verb} resource {what:?} in API group {:?} {scope}",
            self.name, resource.group
        );
        let name = resource.name.as_deref().unwrap_or_default();
        tracing::debug!(user = self.name, verb, resource = qualified(&what, &resource.group), "forbidden");
        Failure::forbidden(&resource.plural, &resource.group, name, &why)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{Access, Target, User, Users};

    fn users() -> Users {
        let mut users = Users::default();
        users.add(User::new("admin").group("system:masters"), "t-admin".into(), b"c-admin".to_vec());
        users.add(User::new("reader").access(Access::ReadOnly), "t-reader".into(), b"c-reader".to_vec());
        users.add(User::new("none").access(Access::None), "t-none".into(), b"c-none".to_vec());
        users
    }

    fn headers(token: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !token.is_empty() {
            headers.insert("authorization", HeaderValue::try_from(format!("Bearer {token}")).expect("ascii"));
        }
        headers
    }

    #[test]
    fn recognized() {
        for (certificate, token, want) in [
            (Some(&b"c-admin"[..]), "", Some("admin")),
            (None, "t-reader", Some("reader")),
            (None, "", Some("system:anonymous")),
            (None, "wrong", None),
            (Some(&b"other"[..]), "", None),
        ] {
            let got = users().authenticate(certificate, &headers(token), |_| None).ok().map(|one| one.name);
            assert_eq!(got.as_deref(), want);
        }
    }

    #[test]
    fn allowed() {
        let target = Target::parse("/api/v1/namespaces/x/configmaps/a");
        for (token, verb, want) in [
            ("t-admin", "delete", None),
            ("t-reader", "get", None),
            (
                "t-reader",
                "delete",
                Some(
                    "configmaps \"a\" is forbidden: User \"reader\" cannot delete resource \"configmaps\" \
                      in API group \"\" in the namespace \"x\"",
                ),
            ),
            (
                "",
                "get",
                Some(
                    "configmaps \"a\" is forbidden: User \"system:anonymous\" cannot get resource \"configmaps\" \
                      in API group \"\" in the namespace \"x\"",
                ),
            ),
        ] {
            let identity = users().authenticate(None, &headers(token), |_| None).expect("a user");
            let got = identity.authorize(verb, &target, "").err().map(|failure| failure.message().to_owned());
            assert_eq!(got.as_deref(), want);
        }
        let nobody = users().authenticate(None, &headers("t-none"), |_| None).expect("a user");
        assert!(nobody.may_path("get", "/apis") && !nobody.may_path("get", "/metrics"));
        let mut impersonation = headers("t-admin");
        impersonation.insert("impersonate-user", HeaderValue::from_static("reader"));
        let reader = users().authenticate(None, &impersonation, |_| None).expect("allowed");
        assert!(!reader.may("delete", "", "pods") && reader.may("list", "", "pods"));
    }
}
