//! [`EnvTest`]: the embedded server as a value.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use http::{Request, Response};
use steersman_config::{ClientCertificate, Config, Credentials, Secret, ServerUrl, Trust};

use super::{
    auth::{MASTERS, User, Users},
    pod_logs::PodLog,
    recorder::{Fault, RecordedRequest},
    server::{Server, Shared},
    tls::{Authority, Leaf},
};
use crate::error::{Error, ErrorKind};

/// The user that [`EnvTest::config`] speaks as.
const ADMIN: &str = "admin";

/// An API server in this process, for tests.
///
/// It listens with TLS on a loopback port of its own, knows a few users, and starts empty but for the four namespaces
/// that every cluster has. It runs on a thread of its own, so a test may block its runtime or pause its clock.
/// Dropping it stops it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), steersman_envtest::Error> {
/// use steersman_envtest::EnvTest;
///
/// let env = EnvTest::start().await?;
/// assert!(env.url().starts_with("https://127.0.0.1:"));
/// env.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EnvTest {
    address: SocketAddr,
    authority: String,
    accounts: Vec<Account>,
    shared: Arc<Shared>,
    server: Server,
}

/// A user with its credentials.
struct Account {
    name: String,
    token: String,
    chain: String,
    key: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How an [`EnvTest`] is to be started.
#[derive(Clone, Debug, Default)]
pub struct EnvTestBuilder {
    port: u16,
    users: Vec<User>,
}

impl EnvTestBuilder {
    /// Listens on this port. Default: 0, any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a user beside the administrator; one of the same name is replaced.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.retain(|other| other.name != user.name);
        self.users.push(user);
        self
    }

    /// Starts the server; it answers when this returns.
    ///
    /// # Errors
    /// If the port is taken, or if certificates or the thread can't be made.
    ///
    /// # Cancel safety
    /// It does not wait for anything: the server is there when the future was polled once.
    pub async fn start(self) -> Result<EnvTest, Error> {
        let authority = Authority::new()?;
        let tls = authority.server_config(&authority.server()?)?;
        let mut users = Users::default();
        let mut accounts = Vec::new();
        let mut all = self.users;
        if !all.iter().any(|user| user.name == ADMIN) {
            all.insert(0, User::new(ADMIN).group(MASTERS));
        }
        for user in all {
            let Leaf { chain_pem, key_pem, der, .. } = authority.client(&user.name, &user.groups)?;
            let token = random_token();
            accounts.push(Account {
                name: user.name.clone(),
                token: token.clone(),
                chain: chain_pem,
                key: key_pem,
            });
            users.add(user, token, der.to_vec());
        }
        let (listener, address) = Server::bind(self.port)?;
        let shared = Arc::new(Shared::new(users));
        let server = Server::start(listener, tls, shared.clone())?;
        Ok(EnvTest { address, authority: authority.pem().to_owned(), accounts, shared, server })
    }
}

impl EnvTest {
    /// Starts a server with the defaults: a free port, and the administrator as its only user.
    ///
    /// # Errors
    /// As [`EnvTestBuilder::start`].
    ///
    /// # Cancel safety
    /// As [`EnvTestBuilder::start`].
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Says how to start a server.
    #[must_use]
    pub fn builder() -> EnvTestBuilder {
        EnvTestBuilder::default()
    }

    /// `https://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate of the server's authority, PEM.
    #[must_use]
    pub fn certificate_authority(&self) -> &str {
        &self.authority
    }

    /// The configuration of the administrator, with a client certificate.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config_for(ADMIN).unwrap_or_else(|_| self.anonymous_config())
    }

    /// The configuration of the administrator, with a bearer token.
    #[must_use]
    pub fn token_config(&self) -> Config {
        self.token_config_for(ADMIN).unwrap_or_else(|_| self.anonymous_config())
    }

    /// The configuration of a user, with a client certificate.
    ///
    /// # Errors
    /// If the builder was not given a user of this name.
    pub fn config_for(&self, user: &str) -> Result<Config, Error> {
        let account = self.account(user)?;
        let mut config = self.anonymous_config();
        let key = Secret::new(account.key.as_str());
        config.credentials.client_certificate = Some(ClientCertificate::new(account.chain.as_str(), key));
        Ok(config)
    }

    /// The configuration of a user, with a bearer token.
    ///
    /// # Errors
    /// If the builder was not given a user of this name.
    pub fn token_config_for(&self, user: &str) -> Result<Config, Error> {
        let account = self.account(user)?;
        let mut config = self.anonymous_config();
        config.credentials.token = Some(Secret::new(account.token.as_str()));
        Ok(config)
    }

    /// A configuration that trusts the server and says nothing about who we are.
    #[must_use]
    pub fn anonymous_config(&self) -> Config {
        let server: ServerUrl = self.url().parse().expect("a socket address makes a URL");
        let mut config = Config::new(server);
        config.trust = Trust::Authorities(self.authority.clone().into_bytes());
        config.credentials = Credentials::default();
        config
    }

    /// A kubeconfig of the administrator, whose cluster, user and context are all called `envtest`.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        let (chain, key) =
            self.account(ADMIN).map(|one| (one.chain.as_str(), one.key.as_str())).unwrap_or_default();
        let mut text = String::from("apiVersion: v1\nkind: Config\n");
        let line = |text: &mut String, line: std::fmt::Arguments<'_>| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{line}");
        };
        line(&mut text, format_args!("clusters:\n- name: envtest\n  cluster:\n    server: {}", self.url()));
        let authority = BASE64_STANDARD.encode(&self.authority);
        line(&mut text, format_args!("    certificate-authority-data: {authority}"));
        line(&mut text, format_args!("users:\n- name: envtest\n  user:"));
        line(&mut text, format_args!("    client-certificate-data: {}", BASE64_STANDARD.encode(chain)));
        line(&mut text, format_args!("    client-key-data: {}", BASE64_STANDARD.encode(key)));
        line(&mut text, format_args!("contexts:\n- name: envtest\n  context:"));
        line(&mut text, format_args!("    cluster: envtest\n    user: envtest\n    namespace: default"));
        line(&mut text, format_args!("current-context: envtest"));
        text
    }

    /// Writes [`kubeconfig`](Self::kubeconfig) to a file that only its owner can read, in one step: whoever looks
    /// sees the old file or the new one.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write_kubeconfig(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let failed = |error: io::Error| Error::with(ErrorKind::Write { path: path.to_owned() }, error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A temporary file is created with mode 0600. Its own error would name a file that nobody asked for.
        let made = tempfile::NamedTempFile::new_in(folder);
        let mut file = made.map_err(|error| failed(error.kind().into()))?;
        file.write_all(self.kubeconfig().as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// The newest resource version.
    #[must_use]
    pub fn resource_version(&self) -> u64 {
        self.shared.read(|state| state.store.revision())
    }

    /// Forgets the history: watches and continue tokens that start before now are answered with 410.
    ///
    /// Watches that are open go on, as they have seen everything.
    pub fn compact(&self) {
        self.shared.change(|state| state.store.compact());
    }

    /// Ends every open watch, as a server does whose time limit is reached.
    pub fn close_watches(&self) {
        self.shared.tell(|signal| signal.closes += 1);
    }

    /// Sends a bookmark to every open watch that allows them.
    pub fn send_bookmarks(&self) {
        self.shared.tell(|signal| signal.bookmarks += 1);
    }

    /// The log of one container, for the test to write; what is written is what `pods/log` serves.
    #[must_use]
    pub fn pod_log(&self, namespace: &str, pod: &str, container: &str) -> PodLog {
        PodLog::new(Arc::clone(&self.shared), namespace, pod, container)
    }

    /// Answers what is sent through the proxy of a pod, in place of its container; a service that selects the pod leads there too.
    /// The request's URI is what stands behind `proxy`. Nothing is answered before the pod is there, and the last call holds.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), steersman_envtest::Error> {
    /// let env = steersman_envtest::EnvTest::start().await?;
    /// env.answer_for_pod("shop", "web", |request| {
    ///     http::Response::new(format!("you asked for {}", request.uri()).into())
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer_for_pod(
        &self,
        namespace: &str,
        pod: &str,
        answer: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) {
        self.shared.sites.put(Some(namespace), pod, Arc::new(answer));
    }

    /// Answers what is sent through the proxy of a node, in place of its kubelet: as
    /// [`answer_for_pod`](Self::answer_for_pod).
    pub fn answer_for_node(
        &self,
        node: &str,
        answer: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) {
        self.shared.sites.put(None, node, Arc::new(answer));
    }

    /// The requests that reached the server, oldest first; at most the last 10 000, with at most 64 MiB of bodies.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.recorder.requests()
    }

    /// Forgets the recorded requests.
    pub fn forget_requests(&self) {
        self.shared.recorder.forget();
    }

    /// Answers the next requests that fit with a fault.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.recorder.add_fault(fault);
    }

    /// Stops the server: its port and its connections are closed when this returns. Stopping twice is fine.
    ///
    /// # Cancel safety
    /// The server stops even if this is not awaited to its end.
    pub async fn stop(&self) {
        self.server.stop().await;
    }

    fn account(&self, name: &str) -> Result<&Account, Error> {
        let unknown = || Error::new(ErrorKind::UnknownUser { name: name.to_owned() });
        self.accounts.iter().find(|account| account.name == name).ok_or_else(unknown)
    }
}

fn random_token() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}
