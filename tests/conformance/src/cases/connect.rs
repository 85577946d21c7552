//! The ways from files and variables to the server: what stands in them is all that a client needs.

use std::{fs, path::Path};

use http::Request;
use serde_json::json;
use steersman::{
    Client,
    config::{Environment, Loader, Trust},
    prelude::*,
    transport::Body,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, same},
};

cases![
    c02_a_kubeconfig_with_files_beside_it,
    c02_a_kubeconfig_with_a_token,
    c02_a_kubeconfig_with_a_token_file,
    d02_a_pod_uses_its_service_account,
    e02_a_server_below_a_path,
];

/// A folder for kubeconfigs.
fn folder() -> Result<TempDir, Failure> {
    tempfile::tempdir().map_err(|error| Failure::new(error.to_string()))
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Outcome {
    fs::write(path, text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn load(loader: &Loader) -> Result<Config, Failure> {
    loader.load().map_err(|error| Failure::new(error.to_string()))
}

/// A kubeconfig file of one cluster and one user, read by way of `KUBECONFIG`.
fn from_file(folder: &Path, server: &str, user: &str, namespace: &str) -> Result<Config, Failure> {
    let path = folder.join("config");
    write(
        &path,
        format!(
            "clusters: [{{name: c, cluster: {{server: '{server}', certificate-authority: ca.pem}}}}]\n\
             users: [{{name: u, user: {{{user}}}}}]\n\
             contexts: [{{name: x, context: {{cluster: c, user: u, namespace: {namespace}}}}}]\n\
             current-context: x\n"
        ),
    )?;
    load(&Loader::new().environment(Environment::empty().with_variable("KUBECONFIG", path)))
}

/// The authorities of the server, PEM.
fn authorities(config: &Config) -> Result<&[u8], Failure> {
    match &config.trust {
        Trust::Authorities(pem) => Ok(pem),
        other => Err(Failure::new(format!("the server has no authorities of its own: {other:?}"))),
    }
}

fn token(config: &Config) -> Result<&str, Failure> {
    match &config.credentials.token {
        Some(token) => Ok(token.expose()),
        None => Err(Failure::new("the configuration has no token")),
    }
}

/// Connects and writes, in the namespace that the configuration says, and gives the name of who did.
async fn who_writes(context: &Context, config: Config) -> Result<String, Failure> {
    let cluster = DynamicClient::builder().config(config).connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?.default_namespace();
    config_maps.create(Context::config_map("a", "web")).await?;
    same!(context.config_maps().await?.get("a").await?.namespace(), Some(context.namespace.as_str()));
    let reviews = cluster.resource("authentication.k8s.io/v1", "SelfSubjectReview").await?;
    let review = reviews.create(json!({})).await?;
    Ok(review.at::<String>("/status/userInfo/username")?.unwrap_or_default())
}

/// C02, A37: certificates and key are files beside the kubeconfig.
async fn c02_a_kubeconfig_with_files_beside_it(context: Context) -> Outcome {
    let folder = folder()?;
    let Some(certificate) = &context.config.credentials.client_certificate else {
        return Err(Failure::new("the configuration has no client certificate"));
    };
    write(&folder.path().join("ca.pem"), authorities(&context.config)?)?;
    write(&folder.path().join("cert.pem"), &certificate.chain)?;
    write(&folder.path().join("key.pem"), certificate.key.expose())?;
    let user = "client-certificate: cert.pem, client-key: ./key.pem";
    let config = from_file(folder.path(), &context.config.server.to_string(), user, &context.namespace)?;
    ensure!(!who_writes(&context, config).await?.is_empty(), "nobody wrote");
    Ok(())
}

/// C02, A37: a token in the kubeconfig.
async fn c02_a_kubeconfig_with_a_token(context: Context) -> Outcome {
    let folder = folder()?;
    write(&folder.path().join("ca.pem"), authorities(&context.token_config)?)?;
    let user = format!("token: '{}'", token(&context.token_config)?);
    let config =
        from_file(folder.path(), &context.token_config.server.to_string(), &user, &context.namespace)?;
    ensure!(!who_writes(&context, config).await?.is_empty(), "nobody wrote");
    Ok(())
}

/// C02, A37: a token in a file beside the kubeconfig, which wins over the token in it.
async fn c02_a_kubeconfig_with_a_token_file(context: Context) -> Outcome {
    let folder = folder()?;
    write(&folder.path().join("ca.pem"), authorities(&context.token_config)?)?;
    write(&folder.path().join("token"), format!("{}\n", token(&context.token_config)?))?;
    let user = "tokenFile: token, token: an-old-one";
    let config =
        from_file(folder.path(), &context.token_config.server.to_string(), user, &context.namespace)?;
    ensure!(!who_writes(&context, config).await?.is_empty(), "nobody wrote");
    Ok(())
}

/// D02, D03, C02: the folder and the variables that a pod has are enough, down to the namespace.
async fn d02_a_pod_uses_its_service_account(context: Context) -> Outcome {
    let folder = folder()?;
    write(&folder.path().join("ca.crt"), authorities(&context.token_config)?)?;
    write(&folder.path().join("token"), token(&context.token_config)?)?;
    write(&folder.path().join("namespace"), &context.namespace)?;
    let server = &context.token_config.server;
    let environment = Environment::empty()
        .with_variable("KUBERNETES_SERVICE_HOST", server.host())
        .with_variable("KUBERNETES_SERVICE_PORT", server.port().to_string())
        .with_service_account_dir(folder.path());
    let config = load(&Loader::new().environment(environment))?;
    same!(config.default_namespace, context.namespace);
    same!(config.context, None);
    ensure!(!who_writes(&context, config).await?.is_empty(), "nobody wrote");
    Ok(())
}

/// E02: a server whose API lives below a path, as behind a proxy for many clusters.
async fn e02_a_server_below_a_path(context: Context) -> Outcome {
    let text = |error: std::io::Error| Failure::new(error.to_string());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(text)?;
    let server = format!("http://{}{PREFIX}", listener.local_addr().map_err(text)?);
    let upstream = Client::new(context.config.clone())?;
    let proxy = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(forward(stream, upstream.clone()));
        }
    });
    let folder = folder()?;
    write(&folder.path().join("ca.pem"), authorities(&context.config)?)?;
    let config = from_file(folder.path(), &server, "token: is-not-sent-without-tls", &context.namespace)?;
    same!(config.server.prefix(), PREFIX.trim_end_matches('/'));
    let wrote = who_writes(&context, config).await;
    proxy.abort();
    ensure!(!wrote?.is_empty(), "nobody wrote");
    Ok(())
}

/// Where the API lives behind [`forward`].
const PREFIX: &str = "/k8s/clusters/c-1/";

/// Answers one request: below the prefix as the server does, with the proxy's own credentials, and elsewhere by 404.
async fn forward(stream: TcpStream, upstream: Client) -> Result<(), Failure> {
    let text = |error: std::io::Error| Failure::new(error.to_string());
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.map_err(text)?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let first = head.first().map(String::as_str).unwrap_or_default();
    let (method, target) = first
        .split_once(' ')
        .and_then(|(method, rest)| Some((method, rest.split_once(' ')?.0)))
        .unwrap_or_default();
    let headers: Vec<_> = head.iter().skip(1).filter_map(|line| line.split_once(": ")).collect();
    let header =
        |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
    let mut body = vec![0; header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).await.map_err(text)?;

    let answer = match target.strip_prefix(PREFIX) {
        Some(path) if header("authorization").is_none() => {
            let mut request = Request::builder().method(method).uri(format!("/{path}"));
            for name in ["accept", "content-type"] {
                if let Some(value) = header(name) {
                    request = request.header(name, value);
                }
            }
            let (head, body) = upstream.request_bytes(request.body(Body::from(body))?).await?;
            let kind =
                head.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let head = format!(
                "HTTP/1.1 {}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                head.status,
                body.len()
            );
            [head.as_bytes(), &body].concat()
        }
        _ => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
    };
    stream.write_all(&answer).await.map_err(text)?;
    stream.shutdown().await.map_err(text)
}
