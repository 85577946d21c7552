//! From a kubeconfig and a choice in it to one [`Config`], by client-go's rules.

mod cluster;
mod entry;
mod flatten;
mod user;

use steersman_meta as meta;

use self::entry::Entry;
use crate::{
    Author, Cluster, Config, Credentials, Environment, Error, ErrorKind, Kubeconfig, NamedCluster,
    NamedContext, NamedUser, Overrides, Trust, User, Warning, nearest, overrides::Overridden,
    referenced::Problem,
};

/// What is chosen by name rather than by the kubeconfig itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Selection<'a> {
    pub(crate) context: Option<&'a str>,
    pub(crate) cluster: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
}

/// All that a kubeconfig is read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) selection: Selection<'a>,
    pub(crate) overrides: &'a Overrides,
    pub(crate) environment: &'a Environment,
    pub(crate) author: Author,
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
pub(crate) fn resolve(kubeconfig: &Kubeconfig, reading: Reading<'_>) -> Result<Resolved, Error> {
    let context = find_context(kubeconfig, reading.selection)?;
    let Some(named) = find_cluster(kubeconfig, reading, context)? else { return Ok(Resolved::Nothing) };
    let user = find_user(kubeconfig, reading.selection, context)?;

    let mut cluster = named.map(|named| named.cluster.clone()).unwrap_or_default();
    let entry = Entry {
        what: "cluster",
        name: named.map_or("", |named| &named.name),
        origin: named.map(|named| &named.origin),
        overridden: reading.overrides.apply_to_cluster(&mut cluster),
        environment: reading.environment,
        author: reading.author,
    };
    let mut config = server_side(&entry, &cluster)?;
    config.context = context.map(|entry| entry.name.clone());
    config.timeout = reading.overrides.timeout.filter(|timeout| !timeout.is_zero());

    let mut merged = user.map(|named| named.user.clone()).unwrap_or_default();
    let entry = Entry {
        what: "user",
        name: user.map_or("", |named| &named.name),
        origin: user.map(|named| &named.origin),
        overridden: reading.overrides.apply_to_user(&mut merged),
        ..entry
    };
    config.credentials = client_side(&entry, &merged, &cluster, &mut config)?;
    let namespace = match context {
        Some(entry) => namespace(entry, &mut config, reading)?,
        None => Namespace::Implied,
    };
    Ok(Resolved::Found { config: Box::new(config), namespace })
}

/// Puts what was said in its place over the service account's configuration.
pub(crate) fn override_service_account(config: &mut Config, reading: Reading<'_>) -> Result<(), Error> {
    let overrides = reading.overrides;
    let entry = |overridden| Entry {
        what: "user",
        name: "",
        origin: None,
        overridden,
        environment: reading.environment,
        author: reading.author,
    };
    // Only what is said: the rest is the service account's.
    let mut cluster = Cluster::default();
    let said = overrides.apply_to_cluster(&mut cluster);
    let is = |field: &str, said: &Overridden| said.contains(field);
    let at = entry(said.clone());
    if is("server", &said) {
        config.server = cluster::server(&at, &cluster)?;
    }
    if is("certificate-authority", &said) {
        (config.trust, config.certificate_authority_file) =
            cluster::trust(&at, &cluster, config.server.is_https())?;
        config.warnings.retain(|warning| !matches!(warning, Warning::NoAuthorities { .. }));
        warn_of_insecurity(config);
    }
    config.tls_server_name = cluster::tls_server_name(&at, &cluster)?;
    config.proxy_url = cluster::proxy_url(&at, &cluster)?;
    config.disable_compression |= cluster.disable_compression;
    config.timeout = overrides.timeout.filter(|timeout| !timeout.is_zero());

    let mut user = User::default();
    let said = overrides.apply_to_user(&mut user);
    let at = entry(said.clone());
    user::check(&at, &user)?;
    let new = user::credentials(&at, &user, &mut config.warnings)?;
    let old = std::mem::take(&mut config.credentials);
    // Whoever says who they are is not the service account.
    let replaces = new.token.is_some() || new.basic.is_some() || new.client_certificate.is_some();
    config.credentials = Credentials {
        token: if replaces { new.token } else { old.token },
        token_file: if replaces { new.token_file } else { old.token_file },
        client_certificate: new.client_certificate,
        basic: new.basic,
        impersonation: user::impersonation(&user),
        ..Credentials::default()
    };
    if !config.server.is_https() {
        config.trust = Trust::System;
        config.certificate_authority_file = None;
        config.credentials =
            Credentials { impersonation: config.credentials.impersonation.take(), ..Credentials::default() };
    }
    Ok(())
}

/// All of a configuration that the cluster says.
fn server_side(entry: &Entry<'_>, cluster: &Cluster) -> Result<Config, Error> {
    let mut config = Config::new(cluster::server(entry, cluster)?);
    // Without TLS these are checked all the same, as client-go does, but mean nothing.
    let https = config.server.is_https();
    let (trust, authority_file) = cluster::trust(entry, cluster, https)?;
    let tls_server_name = cluster::tls_server_name(entry, cluster)?;
    if https {
        config.trust = trust;
        config.certificate_authority_file = authority_file;
        config.tls_server_name = tls_server_name;
        warn_of_insecurity(&mut config);
    }
    config.proxy_url = cluster::proxy_url(entry, cluster)?;
    config.disable_compression = cluster.disable_compression;
    Ok(config)
}

/// All that the user says, as far as it is of use with this server.
fn client_side(
    entry: &Entry<'_>,
    user: &User,
    cluster: &Cluster,
    config: &mut Config,
) -> Result<Credentials, Error> {
    user::check(entry, user)?;
    let mut credentials = Credentials::default();
    if config.server.is_https() {
        credentials = user::credentials(entry, user, &mut config.warnings)?;
        if let (Some(exec), Some(true)) =
            (&mut credentials.exec, user.exec.as_ref().map(|exec| exec.provide_cluster_info))
        {
            let info = cluster::exec_info(cluster, &config.trust, config.proxy_url.clone());
            exec.cluster_info = Some(Box::new(info));
        }
    } else if entry.origin.is_some() && has_credentials(user) {
        config.warnings.push(Warning::CredentialsUnused { user: entry.name.to_owned() });
    }
    credentials.impersonation = user::impersonation(user);
    Ok(credentials)
}

fn has_credentials(user: &User) -> bool {
    user.token.is_some()
        || user.token_file.is_some()
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some()
        || user.username.is_some()
        || user.password.is_some()
        || user.exec.is_some()
        || user.auth_provider.is_some()
}

fn warn_of_insecurity(config: &mut Config) {
    if config.trust == Trust::Insecure {
        config.warnings.push(Warning::Insecure);
    }
}

fn namespace(context: &NamedContext, config: &mut Config, reading: Reading<'_>) -> Result<Namespace, Error> {
    let Some(name) = &context.context.namespace else { return Ok(Namespace::Implied) };
    let entry = Entry {
        what: "context",
        name: &context.name,
        origin: Some(&context.origin),
        overridden: Overridden::new(),
        environment: reading.environment,
        author: reading.author,
    };
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

/// `None` if nothing names a cluster at all; no entry if the overrides say all that is said.
fn find_cluster<'a>(
    kubeconfig: &'a Kubeconfig,
    reading: Reading<'_>,
    context: Option<&NamedContext>,
) -> Result<Option<Option<&'a NamedCluster>>, Error> {
    let selected = reading.selection.cluster;
    let named = context.and_then(|entry| entry.context.cluster.as_deref());
    // As in client-go, only a cluster that was asked for must be there then.
    let optional = selected.is_none() && reading.overrides.names_a_server();
    let Some(name) = selected.or(named) else {
        return match context {
            _ if optional => Ok(Some(None)),
            None => Ok(None),
            Some(context) => Err(context
                .origin
                .error(ErrorKind::Invalid, "is not set")
                .in_entry("context", &context.name)
                .in_field("cluster")),
        };
    };
    match kubeconfig.cluster(name) {
        Some(cluster) => Ok(Some(Some(cluster))),
        None if optional => Ok(Some(None)),
        None => {
            let names = kubeconfig.clusters.iter().map(|entry| entry.name.as_str());
            let hint = nearest::describe("clusters", name, names);
            Err(missing("cluster", name, selected.is_some(), context).with_hint(hint))
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
