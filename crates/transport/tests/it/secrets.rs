//! No secret is in what is printed or logged.

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use http::{Request, header};
use hyper::body::Incoming;
use steersman_config::{ClientCertificate, Config, Secret};
use steersman_transport::{Body, Client, Error, Upgrade};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::server::{Answer, Authority, Server, answer, ok};

/// Keeps all that is logged in this thread, of all crates, at all levels.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.0, "{field}={value:?}");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut Text(&mut self.0.lock().expect("no panic")));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Text(&mut self.0.lock().expect("no panic")));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Text(&mut self.0.lock().expect("no panic")));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn everything(error: &Error) -> String {
    let mut text = format!("{error:?}\n{error}\n{:?}\n", error.hint());
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = writeln!(text, "{error}\n{error:?}");
        cause = error.source();
    }
    text
}

async fn refuse(_: Request<Incoming>) -> Answer {
    answer(401, "who are you?")
}

#[tokio::test]
async fn no_secret_is_printed_or_logged() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());

    let authority = Authority::new();
    let refusing = Server::tls(authority.server_for_certificates(), refuse).await;
    let plain = Server::plain(ok).await;
    let folder = tempfile::tempdir().expect("a folder");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "CANARY-file\nCANARY-second-line").expect("a file");

    let certificate = authority.client_certificate();
    let key_text = certificate.key.expose().lines().nth(1).expect("a line of the key").to_owned();
    let with = |base: Config, token: bool, file: bool| {
        let mut config = base;
        config.trust = authority.trust();
        config.credentials.token = token.then(|| Secret::new("CANARY-token"));
        config.credentials.token_file = file.then(|| token_file.clone());
        config.credentials.client_certificate = Some(certificate.clone());
        config
    };
    let request = || {
        Request::post("/api?token=CANARY-query&command=CANARY-command")
            .header(header::AUTHORIZATION, "Basic CANARY-header")
            .body(Body::from("CANARY-body"))
            .expect("a request")
    };
    let mut printed = String::new();
    for config in [
        with(refusing.config(), true, false),
        with(refusing.config(), false, true),
        with(plain.config(), true, true),
        with(Config::new("https://127.0.0.1:1".parse().expect("a URL")), true, false),
    ] {
        let builder = Client::builder(config.clone());
        let _ = writeln!(printed, "{config:?}\n{builder:?}\n{:?}", request().body());
        let client = builder.build().expect("a client");
        let _ = writeln!(printed, "{client:?}\n{:?}", client.identity());
        let plain_get = Request::get("/api?continue=CANARY-continue").body(Body::empty()).expect("a request");
        let elsewhere =
            Request::get("https://user:CANARY-userinfo@h/").body(Body::empty()).expect("a request");
        let upgrade = Request::get("/exec?command=CANARY-exec")
            .extension(Upgrade::new("websocket"))
            .body(Body::empty())
            .expect("a request");
        for error in [
            client.request_bytes(request()).await.err(),
            client.request_bytes(plain_get).await.err(),
            client.request_bytes(elsewhere).await.err(),
            client.upgrade(upgrade).await.err(),
        ]
        .into_iter()
        .flatten()
        {
            printed.push_str(&everything(&error));
        }
    }

    // What can't be used is not quoted.
    let mut bad = with(refusing.config(), false, false);
    bad.credentials.token = Some(Secret::new("CANARY\nline"));
    let error = Client::new(bad.clone()).expect_err("a bad token");
    printed.push_str(&everything(&error));
    bad.credentials.token = None;
    for (chain, key) in
        [("-----BEGIN CANARY", "-----BEGIN CANARY"), (authority.pem.as_str(), "-----BEGIN CANARY\nCANARY")]
    {
        bad.credentials.client_certificate = Some(ClientCertificate::new(chain, Secret::new(key)));
        printed.push_str(&everything(&Client::new(bad.clone()).expect_err("a bad key")));
    }

    let logged = log.0.lock().expect("no panic").clone();
    assert!(!logged.is_empty() && printed.contains("401"), "nothing was tested");
    for (place, text) in [("printed", &printed), ("logged", &logged)] {
        let at = text.find("CANARY").or_else(|| text.find(&key_text));
        assert_eq!(at.map(|at| &text[at.saturating_sub(200)..(at + 60).min(text.len())]), None, "{place}");
    }
}

/// G9: 20 secrets, each in a place of its own.
#[cfg(unix)]
#[tokio::test]
async fn g09_twenty_canaries_are_never_seen() {
    use std::os::unix::fs::PermissionsExt;

    use steersman_config::{Basic, ExecApiVersion, ExecPlugin, InteractiveMode, Oidc};
    use steersman_transport::{Metrics, RequestSummary, ServerWarning, Warnings};

    #[derive(Default)]
    struct Told(Mutex<String>);
    impl Metrics for Told {
        fn request(&self, request: &RequestSummary<'_>) {
            let _ = writeln!(self.0.lock().expect("no panic"), "{request:?}");
        }
    }

    async fn hostile(_: Request<Incoming>) -> Answer {
        let mut answer = answer(401, "CANARY-01-answer is no Status");
        answer.headers_mut().insert("set-cookie", "session=CANARY-02-cookie".parse().expect("a value"));
        answer
    }

    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let told = Arc::new(Told::default());
    let server = Server::plain(hostile).await;
    let folder = tempfile::tempdir().expect("a folder");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "CANARY-03-token-file").expect("a file");
    let script = folder.path().join("plugin");
    let print = r#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"CANARY-04-printed","expirationTimestamp":"2999-01-01T00:00:00Z"}}'"#;
    let source = folder.path().join("source");
    std::fs::write(&source, format!("#!/bin/sh\n{print}\n")).expect("a file");
    assert!(std::process::Command::new("cp").arg(&source).arg(&script).status().expect("cp").success());
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let plugin = |command: &str| {
        let mut plugin = ExecPlugin::new(command, ExecApiVersion::V1, InteractiveMode::Never);
        plugin.args = vec!["--password=CANARY-05-argument".to_owned()];
        plugin.env = vec![("SECRET".to_owned(), Secret::new("CANARY-06-variable"))];
        plugin
    };
    let change = |change: &dyn Fn(&mut Config)| {
        let mut config = server.config();
        change(&mut config);
        config
    };
    let command = script.to_str().expect("text");
    let configs = [
        change(&|c| c.credentials.token = Some(Secret::new("CANARY-07-token"))),
        change(&|c| c.credentials.token_file = Some(token_file.clone())),
        change(&|c| c.credentials.basic = Some(Basic::new("jane", Secret::new("CANARY-08-password")))),
        change(&|c| c.credentials.exec = Some(plugin(command))),
        change(&|c| c.credentials.exec = Some(plugin("/nonexistent"))),
        change(&|c| c.proxy_url = Some("http://jane:CANARY-09-proxy@127.0.0.1:1".parse().expect("a URL"))),
        change(&|c| c.credentials.token = Some(Secret::new("CANARY-10-bad\ntoken"))),
        change(&|c| c.credentials.basic = Some(Basic::new("a:b", Secret::new("CANARY-11-password")))),
        change(&|c| {
            let mut oidc = Oidc::new("https://issuer", "client");
            oidc.client_secret = Some(Secret::new("CANARY-12-client-secret"));
            oidc.id_token = Some(Secret::new("CANARY-13-id-token"));
            oidc.refresh_token = Some(Secret::new("CANARY-14-refresh-token"));
            c.credentials.oidc = Some(oidc);
        }),
        change(&|c| {
            let key = Secret::new("-----BEGIN PRIVATE KEY-----\nCANARY-15-key\n-----END PRIVATE KEY-----");
            c.server = "https://127.0.0.1:1".parse().expect("a URL");
            c.trust = Authority::new().trust();
            c.credentials.client_certificate = Some(ClientCertificate::new("no PEM", key));
        }),
    ];
    let mut printed = String::new();
    for config in configs {
        let builder = Client::builder(config.clone())
            .metrics(Arc::clone(&told) as Arc<dyn Metrics>)
            .warnings(Warnings::to(|_: &ServerWarning| {}));
        let _ = writeln!(printed, "{config:?}\n{builder:?}");
        let client = match builder.build() {
            Ok(client) => client,
            Err(error) => {
                printed.push_str(&everything(&error));
                continue;
            }
        };
        let request = Request::post("/api?command=CANARY-16-command&continue=CANARY-17-continue")
            .header(header::COOKIE, "CANARY-18-cookie")
            .header("sec-websocket-protocol", "base64url.bearer.authorization.k8s.io.CANARY-19-bearer")
            .body(Body::from("CANARY-20-body"))
            .expect("a request");
        let _ = writeln!(printed, "{:?} {client:?}", request.body());
        printed.push_str(&everything(&client.request_bytes(request).await.expect_err("a refusal")));
    }
    printed.push_str(&told.0.lock().expect("no panic"));
    let logged = log.0.lock().expect("no panic").clone();
    assert!(logged.contains("http.request.method") && printed.contains("401"), "nothing was tested");
    // The body of an answer that is no Status is the server's message, which its reader is shown.
    nothing_of(&printed.replace("CANARY-01-answer", ""), "printed");
    nothing_of(&logged.replace("CANARY-01-answer", ""), "logged");
}

/// Nothing of any canary, as it is, in base64 at any offset, or in hexadecimal digits. Its letters need no escape in a URL.
#[track_caller]
fn nothing_of(text: &str, place: &str) {
    for form in ["CANARY", "Q0FOQVJZ", "NBTkFSW", "DQU5BUl", "43414e415259", "43414E415259"] {
        let at = text.find(form);
        let around = at.map(|at| text[..at].chars().rev().take(200).collect::<Vec<_>>());
        let around = around.map(|before| before.into_iter().rev().collect::<String>());
        assert_eq!(around, None, "{place}: {form}");
    }
}

/// G9: twelve more, where plugins, providers, proxies and upgrades have them, each on the way to success and to failure.
#[cfg(unix)]
#[tokio::test]
async fn g09_canaries_of_plugins_providers_proxies_and_upgrades_are_never_seen() {
    use std::os::unix::fs::PermissionsExt;

    use steersman_config::{ExecApiVersion, ExecPlugin, InteractiveMode};
    use steersman_transport::Limits;

    use crate::oidc::{Provider, given, jwt};

    /// Says what it was told, as a hostile or a careless server does.
    async fn echo(request: Request<Incoming>) -> Answer {
        let told: String =
            request.headers().iter().map(|(name, value)| format!("{name}: {value:?} ")).collect();
        let code = match (request.method().as_str(), request.uri().path()) {
            ("CONNECT", _) => 407,
            (_, "/long") => 200,
            (_, "/redirect") => 302,
            _ => 500,
        };
        let mut answer =
            answer(code, if code == 200 { "CANARY-21-body of a success".repeat(10) } else { String::new() });
        for (name, value) in [("x-told", told.as_str()), ("location", "https://h/?token=CANARY-22-location")]
        {
            if let Ok(value) = value.parse() {
                answer.headers_mut().insert(name, value);
            }
        }
        answer
    }

    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let server = Server::plain(echo).await;
    let authority = Authority::new();
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = |number: u32, text: &str| {
        let (script, source) =
            (folder.path().join(format!("plugin{number}")), folder.path().join(format!("source{number}")));
        std::fs::write(&source, format!("#!/bin/sh\n{text}\n")).expect("a file");
        assert!(std::process::Command::new("cp").arg(&source).arg(&script).status().expect("cp").success());
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        ExecPlugin::new(script.to_str().expect("text"), ExecApiVersion::V1, InteractiveMode::Never)
    };
    let refused = |text: &str| vec![(400, text.to_owned())];
    let providers = [
        Provider::new(
            &authority,
            vec![given(&jwt("CANARY-23-claims", 3600), Some("CANARY-24-new-refresh-token"))],
        )
        .await,
        Provider::new(
            &authority,
            refused(r#"{"error":"CANARY-25-refresh","error_description":"CANARY-25-refresh"}"#),
        )
        .await,
        Provider::new(&authority, vec![(200, r#"{"id_token":"CANARY-26-id-token"}"#.to_owned())]).await,
        Provider::new(&authority, vec![(302, "https://h/CANARY-27-location".to_owned())]).await,
    ];
    let mut configs = Vec::new();
    for provider in &providers {
        let mut oidc = provider.oidc(Some(&jwt("CANARY-23-claims", -1)), Some("CANARY-25-refresh"));
        oidc.client_secret = Some(Secret::new("CANARY-28-client-secret"));
        let mut config = server.config();
        config.credentials.oidc = Some(oidc);
        configs.push(config);
    }
    for (number, text) in [
        (0, "echo CANARY-29-stdout; exit 3"),
        (1, r#"echo '{"kind":"ExecCredential","status":{"token":"CANARY-29-stdout"}}'"#),
        (
            2,
            r#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientKeyData":"CANARY-30-key"}}'"#,
        ),
        (
            3,
            r#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t","clientCertificateData":"no PEM","clientKeyData":"-----BEGIN CANARY-30-key"}}'"#,
        ),
    ] {
        let mut config = server.config();
        config.credentials.exec = Some(plugin(number, text));
        configs.push(config);
    }
    let mut proxied = Config::new("https://127.0.0.2:1".parse().expect("a URL"));
    proxied.trust = authority.trust();
    let proxy = format!("http://jane:CANARY-31-proxy@{}", server.address);
    proxied.proxy_url = Some(proxy.parse().expect("a URL"));
    configs.push(proxied);

    let mut printed = String::new();
    for config in configs {
        let mut limits = Limits::default();
        limits.max_body_bytes = 20;
        let builder = Client::builder(config.clone()).limits(limits);
        let _ = writeln!(printed, "{config:?}\n{builder:?}");
        let client = builder.build().expect("a client");
        let request = |path: &str| {
            Request::get(path)
                .header("sec-websocket-protocol", "base64url.bearer.authorization.k8s.io.CANARY-32-bearer")
                .body(Body::empty())
                .expect("a request")
        };
        let mut upgrade = request("/exec?command=CANARY-33-command");
        upgrade.extensions_mut().insert(Upgrade::new("websocket"));
        for error in [
            client.request_bytes(request("/long")).await.map(drop).expect_err("a long body, or no way to it"),
            client
                .request_bytes(request("/redirect"))
                .await
                .map(drop)
                .expect_err("a redirect, or no way to it"),
            client
                .request_bytes(request("/refused"))
                .await
                .map(drop)
                .expect_err("a refusal, or no way to it"),
            client.upgrade(upgrade).await.map(drop).expect_err("a refusal, or no way to it"),
        ] {
            printed.push_str(&everything(&error));
        }
    }
    let logged = log.0.lock().expect("no panic").clone();
    for (want, text) in [
        ("gave no new id-token", &printed),
        ("failed with exit code 3", &printed),
        ("longer than 20 bytes", &printed),
        ("the proxy", &printed),
        ("500", &printed),
        ("nowhere stored", &logged),
    ] {
        assert!(text.contains(want), "nothing was tested of {want:?}");
    }
    nothing_of(&printed, "printed");
    nothing_of(&logged, "logged");
}

/// G11: what is in a request's URI never reaches another server or another path than it says.
#[tokio::test]
async fn g11_paths_arrive_as_they_are_or_not_at_all() {
    let server = Server::plain(ok).await;
    let mut config = server.config();
    config.credentials.token = Some(Secret::new("CANARY"));
    let client = Client::new(config).expect("a client");
    let pieces = [
        "a", "..", ".", "/", "?", "#", "%2f", "%2F", "%2e", "%00", "//", "@", ":", ";", "\\", "\r\n", "\0",
        " ", "é",
    ];
    let mut sent = 0;
    for first in pieces {
        for second in pieces {
            for third in ["", "x", "/y", "/.."] {
                let uri = format!("/api/v1/{first}{second}{third}");
                let Ok(request) = Request::get(&uri).body(Body::empty()) else { continue };
                let wanted = request.uri().path_and_query().expect("a path").to_string();
                let path = request.uri().path().to_ascii_lowercase().replace("%2e", ".");
                let dotted = path.split('/').any(|segment| matches!(segment, "." | ".."));
                match client.request(request).await {
                    Ok(_) => {
                        sent += 1;
                        let seen = server.seen();
                        assert!(!dotted && seen.len() == sent, "{uri}");
                        assert_eq!(seen[sent - 1].path, wanted, "{uri}");
                    }
                    Err(error) => assert!(dotted, "{uri}: {error}"),
                }
            }
        }
    }
    assert!(sent > 100, "{sent}");
}
