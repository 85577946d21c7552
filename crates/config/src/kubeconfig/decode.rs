//! From the tree of a text to the entries of a kubeconfig.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    AuthProvider, Cluster, Context, ExecConfig, ExecEnvVar, Kubeconfig, NamedCluster, NamedContext,
    NamedExtension, NamedUser, Preferences, Step, User,
    fields::{Fields, Misshapen, read_list, read_string},
    origin::Origin,
    text,
};
use crate::{Error, ErrorKind, Secret};

/// Reads the text that `top` is the top of.
pub(super) fn kubeconfig(top: &Origin) -> Result<Kubeconfig, Error> {
    let tree = text::parse(top.text()).map_err(|problem| top.malformed(problem))?;
    let mut fields = Fields::of(tree).map_err(|error| misshapen(top, error))?;
    check_type(top, &mut fields)?;
    let mut scalars = || {
        Ok((
            fields.string("current-context")?,
            fields.part("preferences", preferences)?.unwrap_or_default(),
            extensions(&mut fields)?,
        ))
    };
    let (current_context, preferences, extensions) = scalars().map_err(|error| misshapen(top, error))?;
    let clusters = entries(top, &mut fields, &CLUSTERS, |name, body, origin, other| {
        Ok(NamedCluster { name, cluster: cluster(body)?, other: other.rest(), origin })
    })?;
    let users = entries(top, &mut fields, &USERS, |name, body, origin, other| {
        Ok(NamedUser { name, user: user(body)?, other: other.rest(), origin })
    })?;
    let contexts = entries(top, &mut fields, &CONTEXTS, |name, body, origin, other| {
        Ok(NamedContext { name, context: context(body)?, other: other.rest(), origin })
    })?;
    Ok(Kubeconfig {
        current_context_origin: current_context.as_ref().map(|_| top.key("current-context")),
        current_context,
        clusters,
        users,
        contexts,
        preferences,
        extensions,
        other: fields.rest(),
    })
}

/// Some other Kubernetes file is an error, but only if it says that it is one: kubectl does not ask for these keys.
fn check_type(top: &Origin, fields: &mut Fields) -> Result<(), Error> {
    for (key, wanted) in [("apiVersion", "v1"), ("kind", "Config")] {
        let got = fields.string(key).map_err(|error| misshapen(top, error))?;
        if got.is_some_and(|got| got != wanted) {
            let message = format!("must be {wanted}: this is not a kubeconfig");
            return Err(top.key(key).error(ErrorKind::Malformed, message).in_field(key));
        }
    }
    Ok(())
}

/// What one of the three lists calls its entries.
struct List {
    key: &'static str,
    body: &'static str,
}

const CLUSTERS: List = List { key: "clusters", body: "cluster" };
const USERS: List = List { key: "users", body: "user" };
const CONTEXTS: List = List { key: "contexts", body: "context" };

fn entries<T>(
    top: &Origin,
    fields: &mut Fields,
    list: &List,
    read: impl Fn(String, Value, Origin, Fields) -> Result<T, Misshapen>,
) -> Result<Vec<T>, Error> {
    let items = fields.list(list.key, Ok).map_err(|error| misshapen(top, error))?;
    let mut names = BTreeSet::new();
    let mut entries = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let origin = top.key(list.key).index(index);
        let unnamed = |error: Misshapen| {
            let field = format!("{}[{index}]{}", list.key, render(&error.at, "."));
            descend(&origin, &error.at).error(ErrorKind::Malformed, error.message).in_field(field)
        };
        let mut entry = Fields::of(item).map_err(unnamed)?;
        // kubectl takes an entry without a name too, and some tools write them.
        let name = entry.string("name").map_err(unnamed)?.unwrap_or_default();
        if !names.insert(name.clone()) {
            let message = format!("stands in the list {} twice", list.key);
            return Err(origin.error(ErrorKind::Malformed, message).in_entry(list.body, &name));
        }
        let body = entry.any(list.body);
        entries.push(read(name.clone(), body, origin.clone(), entry).map_err(|error| {
            let at = descend(&origin.key(list.body), &error.at);
            let error = match render(&error.at, "") {
                field if field.is_empty() => {
                    at.error(ErrorKind::Malformed, error.message).in_field(list.body)
                }
                field => at.error(ErrorKind::Malformed, error.message).in_field(field),
            };
            error.in_entry(list.body, &name)
        })?);
    }
    Ok(entries)
}

fn cluster(value: Value) -> Result<Cluster, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(Cluster {
        server: fields.string("server")?,
        tls_server_name: fields.string("tls-server-name")?,
        insecure_skip_tls_verify: fields.flag("insecure-skip-tls-verify")?,
        certificate_authority: fields.string("certificate-authority")?,
        certificate_authority_data: fields.string("certificate-authority-data")?,
        proxy_url: fields.secret("proxy-url")?,
        disable_compression: fields.flag("disable-compression")?,
        extensions: extensions(&mut fields)?,
        other: fields.rest(),
    })
}

fn user(value: Value) -> Result<User, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(User {
        client_certificate: fields.string("client-certificate")?,
        client_certificate_data: fields.string("client-certificate-data")?,
        client_key: fields.string("client-key")?,
        client_key_data: fields.secret("client-key-data")?,
        token: fields.secret("token")?,
        token_file: fields.string("tokenFile")?,
        impersonate: fields.string("as")?,
        impersonate_uid: fields.string("as-uid")?,
        impersonate_groups: fields.strings("as-groups")?,
        impersonate_user_extra: fields.mapping("as-user-extra", |value| read_list(value, read_string))?,
        username: fields.string("username")?,
        password: fields.secret("password")?,
        auth_provider: fields.part("auth-provider", auth_provider)?,
        exec: fields.part("exec", exec)?,
        extensions: extensions(&mut fields)?,
        other: fields.rest(),
    })
}

fn auth_provider(value: Value) -> Result<AuthProvider, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(AuthProvider {
        name: fields.string("name")?,
        config: fields.mapping("config", |value| read_string(value).map(Secret::new))?,
        other: fields.rest(),
    })
}

fn exec(value: Value) -> Result<ExecConfig, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(ExecConfig {
        command: fields.string("command")?,
        args: fields.strings("args")?,
        env: fields.list("env", exec_env)?,
        api_version: fields.string("apiVersion")?,
        install_hint: fields.string("installHint")?,
        provide_cluster_info: fields.flag("provideClusterInfo")?,
        interactive_mode: fields.string("interactiveMode")?,
        other: fields.rest(),
    })
}

fn exec_env(value: Value) -> Result<ExecEnvVar, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(ExecEnvVar { name: fields.string("name")?, value: fields.secret("value")?, other: fields.rest() })
}

fn context(value: Value) -> Result<Context, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(Context {
        cluster: fields.string("cluster")?,
        user: fields.string("user")?,
        namespace: fields.string("namespace")?,
        extensions: extensions(&mut fields)?,
        other: fields.rest(),
    })
}

fn preferences(value: Value) -> Result<Preferences, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(Preferences {
        colors: fields.flag("colors")?,
        extensions: extensions(&mut fields)?,
        other: fields.rest(),
    })
}

fn extensions(fields: &mut Fields) -> Result<Vec<NamedExtension>, Misshapen> {
    let list = fields.list("extensions", extension)?;
    let mut names = BTreeSet::new();
    match list.iter().position(|extension| !names.insert(extension.name.as_str())) {
        None => Ok(list),
        Some(index) => {
            Err(Misshapen::new("has the name of an earlier one").below_index(index).below_key("extensions"))
        }
    }
}

fn extension(value: Value) -> Result<NamedExtension, Misshapen> {
    let mut fields = Fields::of(value)?;
    Ok(NamedExtension {
        name: fields.string("name")?.unwrap_or_default(),
        extension: fields.any("extension"),
        other: fields.rest(),
    })
}

fn misshapen(top: &Origin, error: Misshapen) -> Error {
    let field = render(&error.at, "");
    let at = descend(top, &error.at);
    match field.is_empty() {
        true => at.error(ErrorKind::Malformed, error.message),
        false => at.error(ErrorKind::Malformed, error.message).in_field(field),
    }
}

fn descend(from: &Origin, steps: &[Step]) -> Origin {
    steps.iter().fold(from.clone(), |origin, step| match step {
        Step::Key(key) => origin.key(key),
        Step::Index(index) => origin.index(*index),
    })
}

/// `exec.env[0].name`; `lead` stands before a first key.
fn render(steps: &[Step], lead: &str) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                text.push_str(if text.is_empty() { lead } else { "." });
                text.push_str(key);
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
