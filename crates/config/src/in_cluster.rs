//! The configuration of a process that runs in a pod: the service account that Kubernetes mounts there.

use std::path::PathBuf;

use crate::{
    Config, Credentials, Environment, Error, ErrorKind, ServerUrl, Trust, Warning,
    error::Place,
    pem,
    referenced::{read_file, read_token},
    resolve::check_namespace,
};

/// Why this process is not in a cluster, or `None` if it is: both variables are set, and there is a token.
pub(crate) fn why_not(environment: &Environment) -> Option<String> {
    for name in [HOST, PORT] {
        if environment.variable(name).is_none() {
            return Some(format!("{name} is not set, so this is no pod"));
        }
    }
    let token = token_file(environment);
    (!environment.is_regular_file(&token)).then(|| format!("{} is not a file", token.display()))
}

/// Loads the service account.
pub(crate) fn load(environment: &Environment) -> Result<Config, Error> {
    if let Some(reason) = why_not(environment) {
        return Err(Error::new(ErrorKind::NotConfigured, reason)
            .in_place(Place::ServiceAccount)
            .with_hint("outside a pod, use a kubeconfig"));
    }
    let mut config = Config::new(server(environment)?);
    (config.trust, config.certificate_authority_file) = trust(environment, &mut config.warnings);
    // The server is near, and compressing would cost both sides more than it saves.
    config.disable_compression = true;
    config.default_namespace = namespace(environment)?;
    let token_file = token_file(environment);
    let token = read_token(environment, &token_file)
        .map_err(|problem| problem.into_error(Error::new).in_place(Place::ServiceAccount))?;
    config.credentials =
        Credentials { token: Some(token), token_file: Some(token_file), ..Credentials::default() };
    Ok(config)
}

/// `POD_NAMESPACE`, else the service account's namespace, else `default`.
pub(crate) fn namespace(environment: &Environment) -> Result<String, Error> {
    let (name, from) = match environment.variable(NAMESPACE) {
        Some(name) => (name.to_string_lossy().into_owned(), NAMESPACE.to_owned()),
        None => {
            let path = environment.service_account_file("namespace");
            let bytes = read_file(environment, &path).unwrap_or_default();
            (String::from_utf8_lossy(&bytes).trim().to_owned(), path.display().to_string())
        }
    };
    if name.is_empty() {
        return Ok("default".to_owned());
    }
    match check_namespace(&name) {
        Ok(()) => Ok(name),
        Err(problem) => Err(problem.into_error(Error::new).in_place(Place::ServiceAccount).in_field(from)),
    }
}

fn token_file(environment: &Environment) -> PathBuf {
    environment.absolute(&environment.service_account_file("token"))
}

fn server(environment: &Environment) -> Result<ServerUrl, Error> {
    let text = |name| environment.variable(name).and_then(|value| value.to_str()).unwrap_or_default();
    let (host, port) = (text(HOST), text(PORT));
    let url = if host.contains(':') {
        format!("https://[{host}]:{port}")
    } else {
        format!("https://{host}:{port}")
    };
    let invalid = |message: String| {
        Error::new(ErrorKind::Invalid, message)
            .in_place(Place::ServiceAccount)
            .in_field(format!("{HOST} and {PORT}"))
    };
    let server: ServerUrl =
        url.parse().map_err(|error| invalid("do not make a server's address".to_owned()).caused_by(error))?;
    match server.prefix() {
        "" => Ok(server),
        _ => Err(invalid("do not make a server's address".to_owned())),
    }
}

/// The authorities that are mounted beside the token. Where there are none, the system's are believed, as client-go
/// does: that refuses a cluster's own certificate, and never believes too much.
fn trust(environment: &Environment, warnings: &mut Vec<Warning>) -> (Trust, Option<PathBuf>) {
    let path = environment.service_account_file("ca.crt");
    let reason = match read_file(environment, &path) {
        Ok(pem) => match pem::check_certificates(&pem) {
            Ok(()) => return (Trust::Authorities(pem), Some(environment.absolute(&path))),
            Err(problem) => format!("{} {problem}", path.display()),
        },
        Err(problem) => problem.message,
    };
    warnings.push(Warning::NoAuthorities { reason });
    (Trust::System, None)
}

const HOST: &str = "KUBERNETES_SERVICE_HOST";
const PORT: &str = "KUBERNETES_SERVICE_PORT";

/// What people set by the downward API; client-go reads it too.
const NAMESPACE: &str = "POD_NAMESPACE";
