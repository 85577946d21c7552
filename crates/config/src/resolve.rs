//! From a kubeconfig and a choice in it to one [`Config`], by client-go's rules.

use std::path::{Path, PathBuf};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use rustls_pki_types::ServerName;
use steersman_meta as meta;

use crate::{
    ClientCertificate, Cluster, Config, Credentials, Environment, Error, ErrorKind, Kubeconfig, NamedCluster,
    NamedContext, NamedUser, Secret, ServerUrl, ServerUrlError, Trust, User,
    kubeconfig::Origin,
    nearest, pem,
    referenced::{Problem, check_token, read_file, read_token},
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
    let Some(cluster) = find_cluster(kubeconfig, selection, context)? else { return Ok(Resolved::Nothing) };
    let user = find_user(kubeconfig, selection, context)?;

    let cluster_entry = Entry { what: "cluster", name: &cluster.name, origin: &cluster.origin, environment };
    let server = server(&cluster_entry, &cluster.cluster)?;
    let mut config = Config::new(server);
    config.context = context.map(|entry| entry.name.clone());
    let trust = trust(&cluster_entry, &cluster.cluster, config.server.is_https())?;
    if config.server.is_https() {
        config.trust = trust;
        config.tls_server_name = tls_server_name(&cluster_entry, &cluster.cluster)?;
    }
    if let Some(user) = user {
        let entry = Entry { what: "user", name: &user.name, origin: &user.origin, environment };
        check_user(&entry, &user.user, config.server.is_https())?;
        if config.server.is_https() {
            config.credentials = credentials(&entry, &user.user)?;
        } else {
            tracing::warn!(server = %config.server, user = user.name, "server without TLS: credentials are not sent");
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

/// The entry that is being read, for paths that are relative to its file and for errors.
struct Entry<'a> {
    what: &'static str,
    name: &'a str,
    origin: &'a Origin,
    environment: &'a Environment,
}

impl Entry<'_> {
    fn error(&self, field: &str, problem: Problem) -> Error {
        let at = self.origin.key(self.what).key(field);
        problem
            .into_error(|kind, message| at.error(kind, message))
            .in_entry(self.what, self.name)
            .in_field(field)
    }

    fn invalid(&self, field: &str, message: impl Into<String>) -> Error {
        self.error(field, Problem::invalid(message))
    }

    fn unsupported(&self, field: &str, message: &str, hint: &'static str) -> Error {
        self.error(field, Problem::unsupported(message).with_hint(hint))
    }

    /// A path that the entry names, relative to the entry's file.
    fn path(&self, field: &str, path: &str) -> Result<PathBuf, Error> {
        let path = Path::new(path);
        let absolute = match self.origin.path().and_then(Path::parent) {
            Some(folder) => folder.join(path),
            None => self.environment.absolute(path),
        };
        if absolute.is_relative() {
            return Err(
                self.invalid(field, "is a relative path, and there is no folder that it is relative to")
            );
        }
        Ok(absolute)
    }

    fn read(&self, field: &str, path: &str) -> Result<(PathBuf, Vec<u8>), Error> {
        let path = self.path(field, path)?;
        let bytes = read_file(self.environment, &path).map_err(|problem| self.error(field, problem))?;
        Ok((path, bytes))
    }

    /// The content of a pair of fields, `field` a file and `field-data` base64, checked by `check`; `None` if neither
    /// is set.
    fn file_or_data(
        &self,
        field: &str,
        file: Option<&str>,
        data: Option<&str>,
        check: fn(&[u8]) -> Result<(), &'static str>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let data_field = format!("{field}-data");
        match (file, data) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                let message = format!("{field} and {data_field} are both set");
                Err(self.invalid(&data_field, message).with_hint("keep one of them"))
            }
            (Some(file), None) => {
                let (path, bytes) = self.read(field, file)?;
                check(&bytes).map_err(|message| self.error(field, Problem::about(&path, message)))?;
                Ok(Some(bytes))
            }
            (None, Some(data)) => {
                let bytes = decode_base64(data).ok_or_else(|| {
                    let problem = Problem::invalid("is not base64");
                    self.error(
                        &data_field,
                        problem.with_hint("it is the base64 of a PEM file, on one line or several"),
                    )
                })?;
                check(&bytes).map_err(|message| self.invalid(&data_field, message))?;
                Ok(Some(bytes))
            }
        }
    }
}

/// As Go reads it: line breaks are skipped, padding is needed.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let engine =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let joined: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    engine.decode(joined).ok()
}

fn server(entry: &Entry<'_>, cluster: &Cluster) -> Result<ServerUrl, Error> {
    if cluster.proxy_url.is_some() {
        return Err(entry.unsupported(
            "proxy-url",
            "is not supported yet",
            "take the field away if the server can be reached directly",
        ));
    }
    let Some(text) = &cluster.server else {
        return Err(entry.invalid("server", "is not set"));
    };
    let parsed = if text.contains("://") {
        text.parse::<ServerUrl>()
    } else {
        // client-go: an address alone means plain HTTP, and has no path.
        format!("http://{text}").parse::<ServerUrl>().and_then(|url| match url.prefix() {
            "" => Ok(url),
            _ => Err(ServerUrlError::NoScheme),
        })
    };
    parsed.map_err(|error| entry.invalid("server", "is not the address of a server").caused_by(error))
}

fn trust(entry: &Entry<'_>, cluster: &Cluster, https: bool) -> Result<Trust, Error> {
    let authorities = entry.file_or_data(
        "certificate-authority",
        cluster.certificate_authority.as_deref(),
        cluster.certificate_authority_data.as_deref(),
        pem::check_certificates,
    )?;
    match (authorities, cluster.insecure_skip_tls_verify) {
        (Some(_), true) if https => Err(entry
            .invalid("insecure-skip-tls-verify", "is true although the cluster names a certificate authority")
            .with_hint("keep one of them; the authority is the safe one")),
        (Some(pem), _) => Ok(Trust::Authorities(pem)),
        (None, true) => Ok(Trust::Insecure),
        (None, false) => Ok(Trust::System),
    }
}

fn tls_server_name(entry: &Entry<'_>, cluster: &Cluster) -> Result<Option<String>, Error> {
    let Some(name) = &cluster.tls_server_name else { return Ok(None) };
    match ServerName::try_from(name.as_str()) {
        Ok(_) => Ok(Some(name.clone())),
        Err(_) => Err(entry.invalid("tls-server-name", "is neither a host name nor an IP address")),
    }
}

/// What contradicts itself, and what this crate cannot do yet. Without TLS only impersonation is used.
fn check_user(entry: &Entry<'_>, user: &User, https: bool) -> Result<(), Error> {
    let basic = user.username.is_some() || user.password.is_some();
    if user.token.is_some() && basic {
        return Err(entry
            .invalid("token", "token and username or password are both set, only one of them is allowed")
            .with_hint("keep the token"));
    }
    let impersonates = [
        ("as", user.impersonate.is_some()),
        ("as-uid", user.impersonate_uid.is_some()),
        ("as-groups", !user.impersonate_groups.is_empty()),
        ("as-user-extra", !user.impersonate_user_extra.is_empty()),
    ];
    if let Some((field, _)) = impersonates.iter().find(|(_, set)| *set) {
        if *field != "as" {
            return Err(entry.invalid(field, "is set although as is not"));
        }
        return Err(entry.unsupported(
            field,
            "impersonation is not supported yet",
            "take the as fields away, or use the credentials of that user",
        ));
    }
    if user.exec.is_some() && user.auth_provider.is_some() {
        return Err(entry
            .invalid("auth-provider", "exec and auth-provider are both set")
            .with_hint("keep exec"));
    }
    if !https {
        return Ok(());
    }
    if user.exec.is_some() {
        return Err(entry.unsupported(
            "exec",
            "credential plugins are not supported yet",
            "put a token into a file and name it in tokenFile",
        ));
    }
    if let Some(provider) = &user.auth_provider {
        return Err(entry.unsupported(
            "auth-provider",
            "auth providers are not supported",
            match provider.name.as_deref() {
                Some("gcp") => "kubectl has replaced it by the exec plugin gke-gcloud-auth-plugin",
                Some("azure") => "kubectl has replaced it by the exec plugin kubelogin",
                _ => "put a token into a file and name it in tokenFile",
            },
        ));
    }
    if basic {
        let field = if user.username.is_some() { "username" } else { "password" };
        return Err(entry.unsupported(
            field,
            "basic authentication is not supported yet",
            "Kubernetes has no basic authentication since 1.19; use a token or a client certificate",
        ));
    }
    Ok(())
}

fn credentials(entry: &Entry<'_>, user: &User) -> Result<Credentials, Error> {
    let client_certificate = client_certificate(entry, user)?;
    let mut token = user.token.clone();
    if let Some(token) = &token {
        check_token(token).map_err(|problem| entry.error("token", problem))?;
    }
    let mut token_file = None;
    if let Some(file) = &user.token_file {
        let path = entry.path("tokenFile", file)?;
        // With a token beside it, the file may come later: it is read again and again anyway.
        if token.is_none() {
            let read =
                read_token(entry.environment, &path).map_err(|problem| entry.error("tokenFile", problem))?;
            token = Some(read);
        }
        token_file = Some(path);
    }
    Ok(Credentials { token, token_file, client_certificate })
}

fn client_certificate(entry: &Entry<'_>, user: &User) -> Result<Option<ClientCertificate>, Error> {
    let chain = entry.file_or_data(
        "client-certificate",
        user.client_certificate.as_deref(),
        user.client_certificate_data.as_deref(),
        pem::check_certificates,
    )?;
    let Some(chain) = chain else {
        if user.client_key.is_some() || user.client_key_data.is_some() {
            tracing::warn!(user = entry.name, "a client key without a certificate is not used");
        }
        return Ok(None);
    };
    let key_data = user.client_key_data.as_ref().map(Secret::expose);
    let key = entry.file_or_data("client-key", user.client_key.as_deref(), key_data, pem::check_key)?;
    let Some(key) = key else {
        return Err(entry
            .invalid("client-key", "is not set although there is a client certificate")
            .with_hint("set client-key or client-key-data"));
    };
    let field = if user.client_key.is_some() { "client-key" } else { "client-key-data" };
    match String::from_utf8(key) {
        Ok(key) => Ok(Some(ClientCertificate::new(chain, Secret::new(key)))),
        Err(_) => Err(entry.invalid(field, "is not valid PEM")),
    }
}
