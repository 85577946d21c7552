//! Tokens of an OpenID Connect provider, against a provider and an API server of the test's own.

use std::{
    collections::VecDeque,
    error::Error as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use futures::future::join_all;
use http::{Method, Request, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use steersman_config::{Config, Environment, Loader, Oidc, Secret};
use steersman_transport::{Body, Client, ClientBuilder, Error, ErrorKind};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::server::{Answer, Authority, Server, answer};

/// A JWT for somebody, that expires in so many seconds.
pub(crate) fn jwt(who: &str, seconds: i64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let expires = i64::try_from(now).expect("a time") + seconds;
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"{who}","exp":{expires}}}"#)))
}

/// What a provider answers at its token endpoint.
pub(crate) fn given(id_token: &str, refresh_token: Option<&str>) -> (u16, String) {
    let answer =
        serde_json::json!({"id_token": id_token, "access_token": "a", "refresh_token": refresh_token});
    (200, answer.to_string())
}

/// A provider: what it says of itself, what it gives next, and what it was asked.
pub(crate) struct Provider {
    pub(crate) server: Server,
    pub(crate) pem: String,
    script: Arc<Script>,
}

#[derive(Default)]
struct Script {
    document: Mutex<Option<(u16, String)>>,
    answers: Mutex<VecDeque<(u16, String)>>,
    forms: Mutex<Vec<String>>,
}

const DOCUMENT: &str = "/realm/.well-known/openid-configuration";

impl Provider {
    pub(crate) async fn new(authority: &Authority, answers: Vec<(u16, String)>) -> Self {
        let script = Arc::new(Script { answers: Mutex::new(answers.into()), ..Script::default() });
        let for_handler = Arc::clone(&script);
        let handler = move |request: Request<Incoming>| {
            let script = Arc::clone(&for_handler);
            async move { script.answer(request).await }
        };
        let server = Server::of(Some(authority.server()), handler).await;
        let provider = Self { server, pem: authority.pem.clone(), script };
        provider.says(200, &provider.document());
        provider
    }

    fn document(&self) -> String {
        serde_json::json!({"issuer": self.issuer(), "token_endpoint": format!("{}/token", self.server.url())})
            .to_string()
    }

    pub(crate) fn says(&self, code: u16, document: &str) {
        *self.script.document.lock().expect("no panic") = Some((code, document.to_owned()));
    }

    pub(crate) fn issuer(&self) -> String {
        format!("{}/realm/", self.server.url())
    }

    pub(crate) fn oidc(&self, id_token: Option<&str>, refresh_token: Option<&str>) -> Oidc {
        let mut oidc = Oidc::new(self.issuer(), "kubernetes");
        oidc.certificate_authority = Some(self.pem.clone().into_bytes());
        oidc.id_token = id_token.map(Secret::new);
        oidc.refresh_token = refresh_token.map(Secret::new);
        oidc
    }

    fn forms(&self) -> Vec<String> {
        self.script.forms.lock().expect("no panic").clone()
    }
}

impl Script {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        let authorization = request.headers().get("authorization").is_some();
        let body = request.into_body().collect().await.expect("a body").to_bytes();
        let (code, text) = match path.as_str() {
            DOCUMENT => self.document.lock().expect("no panic").clone().expect("a document"),
            "/token" => {
                let form = String::from_utf8_lossy(&body);
                let form = if authorization { format!("(header) {form}") } else { form.into_owned() };
                self.forms.lock().expect("no panic").push(form);
                self.answers.lock().expect("no panic").pop_front().unwrap_or((500, "none left".to_owned()))
            }
            _ => (404, "no such page".to_owned()),
        };
        let mut answer = answer(code, text.clone());
        if code / 100 == 3 {
            answer.headers_mut().insert(header::LOCATION, text.parse().expect("a value"));
        }
        answer
    }
}

/// Knows only `good`.
async fn api(request: Request<Incoming>) -> Answer {
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let claims = token.and_then(|token| token.split('.').nth(1)).map(|claims| URL_SAFE_NO_PAD.decode(claims));
    match claims {
        Some(Ok(claims)) if String::from_utf8_lossy(&claims).contains(r#""good""#) => answer(200, "{}"),
        _ => answer(401, "who are you?"),
    }
}

fn config(server: &Server, oidc: Oidc) -> Config {
    let mut config = server.config();
    config.credentials.oidc = Some(oidc);
    config
}

fn request(method: &Method) -> Request<Body> {
    Request::builder().method(method).uri("/api").body(Body::from("{}")).expect("a request")
}

async fn get(client: &Client) -> Result<(), Error> {
    client.request(request(&Method::GET)).await.map(drop)
}

/// Keeps what it is given.
type Kept = Arc<Mutex<Vec<(String, String)>>>;

fn keeping(builder: ClientBuilder) -> (Client, Kept) {
    let kept = Kept::default();
    let keep = Arc::clone(&kept);
    let builder = builder.keep_oidc_tokens(move |tokens| {
        let pair = (tokens.id_token.expose().to_owned(), tokens.refresh_token.expose().to_owned());
        keep.lock().expect("no panic").push(pair);
        Ok(())
    });
    (builder.build().expect("a client"), kept)
}

/// An id token that is still good needs no provider; one that is not, or expires in some seconds, is replaced first.
#[tokio::test]
async fn an_id_token_is_used_until_it_expires() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    for (id_token, asked) in [
        (Some(jwt("good", 3600)), 0),
        (Some(jwt("good", 15)), 0),
        (Some(jwt("good", 5)), 1),
        (Some(jwt("good", -5)), 1),
        (Some("opaque".to_owned()), 1),
        (None, 1),
    ] {
        let new = jwt("good", 3600);
        let provider = Provider::new(&authority, vec![given(&new, None)]).await;
        let oidc = provider.oidc(id_token.as_deref(), Some("r1"));
        let (client, kept) = keeping(Client::builder(config(&server, oidc)));
        assert!(provider.server.seen().is_empty(), "nothing is asked before it is needed");
        for _ in 0..3 {
            get(&client).await.expect("an answer");
        }
        let sent = server.seen().last().and_then(|seen| seen.header("authorization").map(str::to_owned));
        let want = if asked == 0 { id_token.clone().expect("one") } else { new.clone() };
        assert_eq!(sent, Some(format!("Bearer {want}")));
        assert_eq!(provider.forms().len(), asked, "{id_token:?}");
        if asked > 0 {
            let form = "grant_type=refresh_token&refresh_token=r1&client_id=kubernetes";
            assert_eq!(provider.forms(), [form]);
            assert_eq!(*kept.lock().expect("no panic"), [(new, "r1".to_owned())]);
        }
    }
}

/// All who wait go with the token of one question; and the next question goes with the refresh token that came with it.
#[tokio::test]
async fn tokens_are_renewed_once_for_all() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    let answers = vec![
        given(&jwt("good", -1), Some("r2")),
        given(&jwt("good", -1), None),
        given(&jwt("good", 3600), None),
    ];
    let provider = Provider::new(&authority, answers).await;
    let mut oidc = provider.oidc(None, Some("r1"));
    oidc.client_secret = Some(Secret::new("s/1"));
    let (client, kept) = keeping(Client::builder(config(&server, oidc)));
    for _ in 0..3 {
        let all = join_all((0..50).map(|_| get(&client))).await;
        assert!(all.iter().all(Result::is_ok), "{all:?}");
    }
    let form = |refresh: &str| format!("(header) grant_type=refresh_token&refresh_token={refresh}");
    assert_eq!(provider.forms(), [form("r1"), form("r2"), form("r2")]);
    let header = provider.server.seen()[1].header("authorization").map(str::to_owned);
    assert_eq!(header.as_deref(), Some("Basic a3ViZXJuZXRlczpzJTJGMQ=="));
    let kept: Vec<_> = kept.lock().expect("no panic").iter().map(|(_, refresh)| refresh.clone()).collect();
    assert_eq!(kept, ["r2", "r2", "r2"]);
}

/// A 401 makes one question and one replay, whatever the verb; without a refresh token there is nothing to ask for.
#[tokio::test]
async fn a_401_makes_one_question_and_one_replay() {
    let authority = Authority::new();
    for (method, refresh, new, want, sent, asked) in [
        (Method::GET, Some("r"), "good", 200, 2, 1),
        (Method::POST, Some("r"), "good", 200, 2, 1),
        (Method::DELETE, Some("r"), "good", 200, 2, 1),
        (Method::PATCH, Some("r"), "bad", 401, 2, 1),
        (Method::GET, None, "good", 401, 1, 0),
    ] {
        let server = Server::plain(api).await;
        let provider = Provider::new(&authority, vec![given(&jwt(new, 3600), None); 9]).await;
        let oidc = provider.oidc(Some(&jwt("old", 3600)), refresh);
        let (client, _) = keeping(Client::builder(config(&server, oidc)));
        let response = client.send(request(&method)).await.expect("an answer");
        assert_eq!(response.status().as_u16(), want, "{method}");
        assert_eq!((server.seen().len(), provider.forms().len()), (sent, asked), "{method}");
        // A storm of them is ridden out with the token that there is.
        let storm = join_all((0..20).map(|_| client.send(request(&method)))).await;
        let same = |answer: &Result<http::Response<Body>, _>| {
            answer.as_ref().is_ok_and(|answer| answer.status().as_u16() == want)
        };
        assert!(storm.iter().all(same), "{method}");
        assert_eq!(provider.forms().len(), asked, "{method}");
    }
}

/// Whatever is wrong with the provider, the request is not sent, and the error says what to do.
#[tokio::test]
async fn what_is_wrong_with_the_provider_is_said() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    let good = || vec![given(&jwt("good", 3600), None)];
    let document = |text: &str| Some((200, text.to_owned()));
    let long = format!(r#"{{"token_endpoint":"{}"}}"#, "x".repeat(1 << 20));
    let refuses = |code: u16, text: &str| vec![(code, text.to_owned())];
    type Said = (u16, String);
    // What is wrong, the document if it is that, what is given, what is said, and what is advised.
    type Case = (&'static str, Option<Said>, Vec<Said>, &'static str, &'static str);
    let cases: Vec<Case> = vec![
        ("no such issuer", Some((404, "no".to_owned())), good(), "it answered 404", "idp-issuer-url"),
        ("an error", Some((500, "CANARY".to_owned())), good(), "it answered 500", "idp-issuer-url"),
        ("a redirect", Some((302, server.url())), good(), "it answered 302", "idp-issuer-url"),
        ("a login page", document("<html>CANARY</html>"), good(), "no JSON object", "idp-issuer-url"),
        ("nothing said", document("{}"), good(), "names no token_endpoint", "idp-issuer-url"),
        (
            "plain HTTP",
            document(r#"{"token_endpoint":"http://127.0.0.1:1/"}"#),
            good(),
            "no https URL",
            "idp-issuer-url",
        ),
        ("endless", document(&long), good(), "could not ask", "idp-issuer-url"),
        (
            "nobody there",
            document(r#"{"token_endpoint":"https://127.0.0.1:1/"}"#),
            good(),
            "could not ask",
            "network",
        ),
        (
            "used up",
            None,
            refuses(400, r#"{"error":"invalid_grant"}"#),
            "400 and invalid_grant",
            "log in again",
        ),
        (
            "unknown",
            None,
            refuses(401, r#"{"error":"invalid_client"}"#),
            "401 and invalid_client",
            "client-id",
        ),
        ("echoed", None, refuses(400, r#"{"error":"CANARY"}"#), "it answered 400", "idp-issuer-url"),
        ("a redirect of tokens", None, refuses(307, &server.url()), "it answered 307", "idp-issuer-url"),
        ("no id token", None, refuses(200, r#"{"access_token":"CANARY"}"#), "no id_token", "idp-issuer-url"),
        ("opaque", None, refuses(200, r#"{"id_token":"CANARY"}"#), "no JWT", "idp-issuer-url"),
        ("two lines", None, refuses(200, r#"{"id_token":"CANARY\nx"}"#), "does not fit", "idp-issuer-url"),
        ("no JSON", None, refuses(200, "id_token=CANARY"), "no JSON object", "idp-issuer-url"),
        ("too much", None, vec![(200, "x".repeat((1 << 20) + 1))], "could not ask", "idp-issuer-url"),
    ];
    for (name, document, answers, want, hint) in cases {
        let provider = Provider::new(&authority, answers).await;
        if let Some((code, text)) = document {
            provider.says(code, &text);
        }
        let (client, kept) = keeping(Client::builder(config(
            &server,
            provider.oidc(Some(&jwt("good", -1)), Some("CANARY-r")),
        )));
        let error = get(&client).await.expect_err(name);
        assert_eq!(error.kind(), &ErrorKind::Credentials, "{name}");
        let cause = error.source().expect("a cause").to_string();
        assert!(cause.contains(want), "{name}: {cause}");
        assert!(error.hint().is_some_and(|said| said.contains(hint)), "{name}: {error:?}");
        assert!(!format!("{error:?}{error}{cause}").contains("CANARY"), "{name}: {error:?}");
        assert!(kept.lock().expect("no panic").is_empty(), "{name}");
        assert!(!error.is_outcome_unknown(), "{name}: the request itself was not sent");
    }
    assert!(server.seen().is_empty(), "no redirect was followed, and nothing sent without a token");
}

/// Its authorities are its own: neither those of the API server nor any others are believed.
#[tokio::test]
async fn the_provider_has_authorities_of_its_own() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = Server::tls(ours.server(), api).await;
    let provider = Provider::new(&theirs, vec![given(&jwt("good", 3600), None)]).await;
    for (pem, trusted) in [(&ours.pem, false), (&theirs.pem, true)] {
        let mut oidc = provider.oidc(None, Some("r"));
        oidc.certificate_authority = Some(pem.clone().into_bytes());
        let mut config = config(&server, oidc);
        config.trust = ours.trust();
        let (client, _) = keeping(Client::builder(config));
        let got = get(&client).await;
        assert_eq!(got.is_ok(), trusted, "{got:?}");
        assert_eq!(provider.server.seen().len(), if trusted { 2 } else { 0 });
    }
}

/// Without tokens nothing is asked of anybody.
#[tokio::test]
async fn without_tokens_there_is_nothing_to_ask_with() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    let provider = Provider::new(&authority, Vec::new()).await;
    let expired = jwt("good", -1);
    for (id_token, want) in
        [(None, "neither an id-token"), (Some(expired.as_str()), "has expired"), (Some("opaque"), "no JWT")]
    {
        let client = Client::new(config(&server, provider.oidc(id_token, None))).expect("a client");
        let error = get(&client).await.expect_err("no tokens");
        assert_eq!(error.kind(), &ErrorKind::Credentials);
        assert!(error.source().expect("a cause").to_string().contains(want), "{error:?}");
    }
    assert!(provider.server.seen().is_empty() && server.seen().is_empty());
}

/// Some providers know a client's secret only in the form; and a token endpoint may be on another server.
#[tokio::test]
async fn a_client_that_is_not_known_by_its_header_says_it_in_the_form() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    let tokens = vec![(401, r#"{"error":"invalid_client"}"#.to_owned()), given(&jwt("good", 3600), None)];
    let (issuer, endpoint) =
        (Provider::new(&authority, vec![]).await, Provider::new(&authority, tokens).await);
    issuer.says(200, &endpoint.document());
    let mut oidc = issuer.oidc(None, Some("r"));
    oidc.client_secret = Some(Secret::new("s"));
    let (client, _) = keeping(Client::builder(config(&server, oidc)));
    get(&client).await.expect("an answer");
    assert_eq!(
        endpoint.forms(),
        [
            "(header) grant_type=refresh_token&refresh_token=r",
            "grant_type=refresh_token&refresh_token=r&client_id=kubernetes&client_secret=s",
        ]
    );
    assert_eq!((issuer.server.seen().len(), issuer.forms().len()), (1, 0));
}

/// From a kubeconfig and back into it: the next process goes on with what this one got.
#[tokio::test]
async fn new_tokens_are_written_to_the_kubeconfig() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(), api).await;
    let provider = Provider::new(&authority, vec![given(&jwt("good", 3600), Some("r2"))]).await;
    let login = Login::new(&server, &provider, &jwt("good", -1), "r1");
    for process in 0..3 {
        let client = login.client();
        get(&client).await.expect("an answer");
        assert_eq!(provider.forms().len(), 1, "process {process}");
    }
    assert_eq!(login.stored().refresh_token, Some(Secret::new("r2")));
}

/// What another process stored meanwhile is used: kubectl, for one, has used up the refresh token that this one knows.
#[tokio::test]
async fn a_login_is_shared_with_other_processes() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(), api).await;
    let (expired, good) = (jwt("good", -1), jwt("good", 3600));
    let used_up = || (400, r#"{"error":"invalid_grant"}"#.to_owned());
    // What this process has, what is stored when it needs another, what the provider says, and what it is asked with.
    for (name, ours, theirs, answers, asked) in [
        ("a good token", expired.clone(), (good.clone(), "r2"), vec![], vec![]),
        ("a newer login", expired.clone(), (expired.clone(), "r2"), vec![given(&good, None)], vec!["r2"]),
        ("nothing new", expired.clone(), (expired.clone(), "r1"), vec![given(&good, None)], vec!["r1"]),
        (
            "an older login",
            expired.clone(),
            (expired.clone(), "r0"),
            vec![used_up(), given(&good, None)],
            vec!["r0", "r1"],
        ),
        ("one that the server takes", jwt("old", 3600), (good.clone(), "r2"), vec![], vec![]),
        (
            "the one that it refuses",
            jwt("old", 3600),
            (jwt("old", 3600), "r1"),
            vec![given(&good, None)],
            vec!["r1"],
        ),
    ] {
        let provider = Provider::new(&authority, answers).await;
        let login = Login::new(&server, &provider, &ours, "r1");
        let client = login.client();
        login.write(&server, &provider, &theirs.0, theirs.1);
        get(&client).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let form = |refresh| format!("grant_type=refresh_token&refresh_token={refresh}&client_id=kubernetes");
        let want: Vec<String> = asked.into_iter().map(form).collect();
        assert_eq!(provider.forms(), want, "{name}");
    }
    // The tokens of another provider, and of another client, are none of this one's business.
    for (from, to) in [("client-id: kubernetes", "client-id: other"), ("/realm/", "/other-realm/")] {
        let provider = Provider::new(&authority, vec![given(&good, None)]).await;
        let login = Login::new(&server, &provider, &expired, "r1");
        let client = login.client();
        login.write(&server, &provider, &good, "r2");
        let stored = std::fs::read_to_string(&login.path).expect("a file");
        assert!(stored.contains(from));
        std::fs::write(&login.path, stored.replace(from, to)).expect("a file");
        get(&client).await.expect("an answer");
        assert_eq!(provider.forms(), ["grant_type=refresh_token&refresh_token=r1&client_id=kubernetes"]);
    }
    // What can't be read any more is not needed.
    let provider = Provider::new(&authority, vec![given(&good, None)]).await;
    let login = Login::new(&server, &provider, &expired, "r1");
    let client = login.client();
    std::fs::remove_file(&login.path).expect("a file");
    get(&client).await.expect("an answer");
    assert_eq!(provider.forms().len(), 1);
}

/// A kubeconfig with a user of a provider.
struct Login {
    path: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Login {
    fn new(server: &Server, provider: &Provider, id_token: &str, refresh_token: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let login = Self { path: folder.path().join("config"), _folder: folder };
        login.write(server, provider, id_token, refresh_token);
        login
    }

    fn write(&self, server: &Server, provider: &Provider, id_token: &str, refresh_token: &str) {
        let kubeconfig = format!(
            "clusters: [{{name: c, cluster: {{server: '{}', certificate-authority-data: {pem}}}}}]
users: [{{name: jane, user: {{auth-provider: {{name: oidc, config: {{client-id: kubernetes, idp-issuer-url: '{}',
  idp-certificate-authority-data: {pem}, id-token: {id_token}, refresh-token: {refresh_token}}}}}}}}}]
contexts: [{{name: x, context: {{cluster: c, user: jane}}}}]
current-context: x
",
            server.url(),
            provider.issuer(),
            pem = STANDARD.encode(&provider.pem),
        );
        std::fs::write(&self.path, kubeconfig).expect("a file");
    }

    fn loader(&self) -> Loader {
        Loader::new().environment(Environment::empty()).path(&self.path)
    }

    fn stored(&self) -> Oidc {
        self.loader().load().expect("a configuration").credentials.oidc.expect("a provider")
    }

    /// A client that shares the login.
    fn client(&self) -> Client {
        let (keep, again) = (self.loader(), self.loader());
        Client::builder(self.loader().load().expect("a configuration"))
            .keep_oidc_tokens(move |tokens| {
                Ok(keep.keep_oidc_tokens(&tokens.id_token, &tokens.refresh_token)?)
            })
            .reload_oidc_tokens(move || again.load()?.credentials.oidc.ok_or("there is no provider".into()))
            .build()
            .expect("a client")
    }
}

/// Some providers take a refresh token only once: it is sent once, even where the answer is lost.
#[tokio::test]
async fn a_refresh_token_is_sent_at_most_once() {
    let authority = Authority::new();
    let mut tls = authority.server();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let issuer = format!("https://{}", listener.local_addr().expect("an address"));
    let document = format!(r#"{{"token_endpoint":"{issuer}/token"}}"#);
    let forms = Arc::new(AtomicUsize::new(0));
    let log = Arc::clone(&forms);
    let serving = tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.expect("a connection");
            let mut tls = acceptor.accept(tcp).await.expect("TLS");
            let mut buffer = [0; 4096];
            // Requests are short: each comes in one piece, or its form in a second.
            while let Ok(length @ 1..) = tls.read(&mut buffer).await {
                if buffer[..length].starts_with(b"GET") {
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", document.len());
                    tls.write_all(format!("{head}{document}").as_bytes()).await.expect("a client");
                    tls.flush().await.expect("a client");
                } else {
                    // It is taken, and the connection is gone.
                    log.fetch_add(1, Ordering::SeqCst);
                    break;
                }
            }
        }
    });
    let server = Server::plain(api).await;
    let mut oidc = Oidc::new(issuer, "kubernetes");
    oidc.certificate_authority = Some(authority.pem.clone().into_bytes());
    oidc.refresh_token = Some(Secret::new("once"));
    let client = Client::new(config(&server, oidc)).expect("a client");
    let all = join_all((0..10).map(|_| get(&client))).await;
    for error in all.into_iter().map(|answer| answer.expect_err("no token")) {
        assert_eq!(error.kind(), &ErrorKind::Credentials, "{error:?}");
    }
    assert_eq!(forms.load(Ordering::SeqCst), 1);
    assert!(server.seen().is_empty());
    serving.abort();
}

/// Where the new tokens can't be kept they are used all the same.
#[tokio::test]
async fn tokens_that_can_not_be_kept_are_used() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    for panics in [false, true] {
        let provider = Provider::new(&authority, vec![given(&jwt("good", 3600), Some("r2"))]).await;
        let client = Client::builder(config(&server, provider.oidc(None, Some("r1"))))
            .keep_oidc_tokens(move |_| {
                assert!(!panics, "as the test says");
                Err("the disk is full".into())
            })
            .build()
            .expect("a client");
        for _ in 0..2 {
            get(&client).await.expect("an answer");
        }
        assert_eq!(provider.forms().len(), 1);
    }
}

/// A token and a name with a password come before the provider, and a header of the request's own before all.
#[tokio::test]
async fn other_credentials_come_first() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    let provider = Provider::new(&authority, Vec::new()).await;
    let mut own = request(&Method::GET);
    own.headers_mut().insert("authorization", "Bearer own".parse().expect("a value"));
    let mut config = config(&server, provider.oidc(None, Some("r")));
    let client = Client::new(config.clone()).expect("a client");
    client.send(own).await.expect("an answer");
    config.credentials.token = Some(Secret::new("fixed"));
    Client::new(config).expect("a client").send(request(&Method::GET)).await.expect("an answer");
    let sent: Vec<_> =
        server.seen().iter().filter_map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, ["Bearer own", "Bearer fixed"]);
    assert!(provider.server.seen().is_empty());
}

/// A provider that does not answer is given up in the end, whoever still waits.
#[tokio::test(start_paused = true)]
async fn a_provider_that_is_silent_is_given_up() {
    async fn never(_: Request<Incoming>) -> Answer {
        std::future::pending().await
    }
    let authority = Authority::new();
    let server = Server::plain(api).await;
    let silent = Server::tls(authority.server(), never).await;
    let mut oidc = Oidc::new(silent.url(), "kubernetes");
    oidc.certificate_authority = Some(authority.pem.clone().into_bytes());
    oidc.refresh_token = Some(Secret::new("r"));
    let client = Client::new(config(&server, oidc)).expect("a client");
    let started = tokio::time::Instant::now();
    let error = get(&client).await.expect_err("nobody answers");
    assert_eq!(error.kind(), &ErrorKind::Credentials, "{error:?}");
    assert!(started.elapsed() <= Duration::from_secs(31), "{:?}", started.elapsed());
    assert!(server.seen().is_empty());
}

/// G16: dropped at any moment, a request leaves a client that goes on, and the provider is asked once.
#[tokio::test]
async fn g16_who_waits_for_a_token_can_go_away() {
    let authority = Authority::new();
    let server = Server::plain(api).await;
    for polls in 0..25 {
        let provider = Provider::new(&authority, vec![given(&jwt("good", 3600), None)]).await;
        let (client, _) = keeping(Client::builder(config(&server, provider.oidc(None, Some("r")))));
        let mut asking = Box::pin(get(&client));
        for _ in 0..polls {
            if futures::poll!(&mut asking).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(asking);
        get(&client).await.expect("the client goes on");
        assert_eq!(provider.forms().len(), 1, "after {polls} polls");
    }
}
