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
