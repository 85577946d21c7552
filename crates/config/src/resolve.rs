//! From a kubeconfig and a choice in it to one [`Config`], by client-go's rules.

mod cluster;
mod entry;
mod user;

use steersman_meta as meta;

use self::entry::Entry;
use crate::{
    Config, Environment, Error, ErrorKind, Kubeconfig, NamedCluster, NamedContext, NamedUser, nearest,
    referenced::Problem,
};

/// What is chosen by name rather than by the kubeconfig itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Selection<'a> {
    pub(crate) context: Option<&'a str>,
    pub(crate) cluster: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
}

/// What a kubeconfig comes to.
#[derive(Debug)]
pub(crate) enum Resolved {
    /// A configuration; its namespace is `default` where the context names none.
    Found { config: Box<Config>, namespace: Namespace },
    /// It says nothing, which to kubectl is the same as not being there.
    Nothing,
}

/// Where the default namespace came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    Implied,
    Named,
}

/// Resolves the selected context, or cluster and user.
pub(crate) fn resolve(
    kubeconfig: &Kubeconfig,
    selection: Selection<'_>,
    environment: &Environment,
) -> Result<Resolved, Error> {
    let context = find_context(kubeconfig, selection)?;
    let Some(named) = find_cluster(kubeconfig, selection, context)? else { return Ok(Resolved::Nothing) };
    let user = find_user(kubeconfig, selection, context)?;

    let entry = Entry { what: "cluster", name: &named.name, origin: &named.origin, environment };
    let mut config = Config::new(cluster::server(&entry, &named.cluster)?);
    config.context = context.map(|entry| entry.name.clone());
    // Without TLS both are checked all the same, as client-go does, but mean nothing.
    let https = config.server.is_https();
    let trust = cluster::trust(&entry, &named.cluster, https)?;
    let tls_server_name = cluster::tls_server_name(&entry, &named.cluster)?;
    if https {
        config.trust = trust;
        config.tls_server_name = tls_server_name;
    }
    if let Some(named) = user {
        let entry = Entry { what: "user", name: &named.name, origin: &named.origin, environment };
        user::check(&entry, &named.user, https)?;
        if https {
            config.credentials = user::credentials(&entry, &named.user)?;
        } else {
            tracing::warn!(server = %config.server, user = named.name, "server without TLS: credentials are not sent");
        }
    }
    let namespace = match context {
        Some(entry) => namespace(entry, &mut config, environment)?,
        None => Namespace::Implied,
    };
    Ok(Resolved::Found { config: Box::new(config), namespace })
}

fn namespace(
    context: &NamedContext,
    config: &mut Config,
    environment: &Environment,
) -> Result<Namespace, Error> {
    let Some(name) = &context.context.namespace else { return Ok(Namespace::Implied) };
    let entry = Entry { what: "context", name: &context.name, origin: &context.origin, environment };
    check_namespace(name).map_err(|problem| entry.error("namespace", problem))?;
    config.default_namespace.clone_from(name);
    Ok(Namespace::Named)
}

/// Refuses what could not stand in the path of a request. The rest of the rule is the server's to say.
pub(crate) fn check_namespace(name: &str) -> Result<(), Problem> {
    match meta::Namespace::parse(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::invalid("cannot be the name of a namespace")),
    }
}

fn find_context<'a>(
    kubeconfig: &'a Kubeconfig,
    selection: Selection<'_>,
) -> Result<Option<&'a NamedContext>, Error> {
    let Some(name) = selection.context.or(kubeconfig.current_context.as_deref()) else { return Ok(None) };
    if let Some(context) = kubeconfig.context(name) {
        return Ok(Some(context));
    }
    let hint =
        nearest::describe("contexts", name, kubeconfig.contexts.iter().map(|entry| entry.name.as_str()));
    let error = match (selection.context, &kubeconfig.current_context_origin) {
        (None, Some(origin)) => origin
            .error(ErrorKind::NotFound, format!("names the context {name:?}, which does not exist"))
            .in_field("current-context"),
        _ => Error::new(ErrorKind::NotFound, "does not exist").in_entry("context", name),
    };
    Err(error.with_hint(hint))
}

/// `None` if nothing names a cluster at all.
fn find_cluster<'a>(
    kubeconfig: &'a Kubeconfig,
    selection: Selection<'_>,
    context: Option<&NamedContext>,
) -> Result<Option<&'a NamedCluster>, Error> {
    let named = context.and_then(|entry| entry.context.cluster.as_deref());
    let Some(name) = selection.cluster.or(named) else {
        return match context {
            None => Ok(None),
            Some(context) => Err(context
                .origin
                .error(ErrorKind::Invalid, "is not set")
                .in_entry("context", &context.name)
                .in_field("cluster")),
        };
    };
    match kubeconfig.cluster(name) {
        Some(cluster) => Ok(Some(cluster)),
        None => {
            let names = kubeconfig.clusters.iter().map(|entry| entry.name.as_str());
            let hint = nearest::describe("clusters", name, names);
            Err(missing("cluster", name, selection.cluster.is_some(), context).with_hint(hint))
        }
    }
}

/// `None` is nobody: a context need not name a user. One that names a user who does not exist is an error here; kubectl
/// goes on without credentials.
fn find_user<'a>(
    kubeconfig: &'a Kubeconfig,
    selection: Selection<'_>,
    context: Option<&NamedContext>,
) -> Result<Option<&'a NamedUser>, Error> {
    let named = context.and_then(|entry| entry.context.user.as_deref());
    let Some(name) = selection.user.or(named) else { return Ok(None) };
    match kubeconfig.user(name) {
        Some(user) => Ok(Some(user)),
        None => {
            let hint =
                nearest::describe("users", name, kubeconfig.users.iter().map(|entry| entry.name.as_str()));
            Err(missing("user", name, selection.user.is_some(), context).with_hint(hint))
        }
    }
}

fn missing(what: &'static str, name: &str, selected: bool, context: Option<&NamedContext>) -> Error {
    match context {
        Some(context) if !selected => context
            .origin
            .key("context")
            .key(what)
            .error(ErrorKind::NotFound, format!("names the {what} {name:?}, which does not exist"))
            .in_entry("context", &context.name)
            .in_field(what),
        _ => Error::new(ErrorKind::NotFound, "does not exist").in_entry(what, name),
    }
}
