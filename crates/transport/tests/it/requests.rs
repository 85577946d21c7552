//! What is sent, and what comes back.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Method, Request, Version, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use steersman_transport::{Body, Client, Error, ErrorKind, Limits, RequestFault};

use crate::server::{Answer, Authority, Server, answer, ok};

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

fn client(server: &Server) -> Client {
    Client::new(server.config()).expect("a client")
}

async fn echo(request: Request<Incoming>) -> Answer {
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    answer(200, body)
}

#[tokio::test]
async fn the_path_is_put_under_the_servers() {
    let server = Server::plain(ok).await;
    let mut config = server.config();
    config.server = format!("{}/k8s/clusters/c-1/", server.url()).parse().expect("a URL");
    Client::new(config).expect("a client").request(get("/api/v1/pods?limit=5")).await.expect("an answer");
    let seen = server.only();
    assert_eq!(
        (seen.method.clone(), seen.path.as_str()),
        (Method::GET, "/k8s/clusters/c-1/api/v1/pods?limit=5")
    );
    assert_eq!(seen.header("host"), Some(server.address.to_string().as_str()));
    assert_eq!(seen.header("content-length"), None);
}

#[tokio::test]
async fn the_user_agent_is_ours_the_users_or_the_requests() {
    let server = Server::plain(ok).await;
    client(&server).request(get("/")).await.expect("an answer");
    let named = Client::builder(server.config()).user_agent("backup/1.0").build().expect("a client");
    named.request(get("/")).await.expect("an answer");
    let mut own = get("/");
    own.headers_mut().insert(header::USER_AGENT, "mine".parse().expect("a value"));
    named.request(own).await.expect("an answer");
    let seen: Vec<_> =
        server.seen().iter().map(|seen| seen.header("user-agent").map(str::to_owned)).collect();
    let default = concat!("steersman/", env!("CARGO_PKG_VERSION")).to_owned();
    assert_eq!(seen, [Some(default), Some("backup/1.0".to_owned()), Some("mine".to_owned())]);
}

#[tokio::test]
async fn nothing_goes_to_another_server() {
    let server = Server::plain(ok).await;
    let other = Server::plain(ok).await;
    let error =
        client(&server).request(get(&format!("{}/api", other.url()))).await.expect_err("another server");
    assert_eq!(error.kind(), &ErrorKind::InvalidRequest(RequestFault::OtherServer));
    assert!(error.hint().is_some());
    assert!(server.seen().is_empty() && other.seen().is_empty());
    client(&server).request(get(&format!("{}/api", server.url()))).await.expect("the same server");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    async fn redirect(request: Request<Incoming>) -> Answer {
        let mut answer = answer(302, "");
        answer.headers_mut().insert(header::LOCATION, request.headers()["x-to"].clone());
        answer
    }
    let target = Server::plain(ok).await;
    let server = Server::plain(redirect).await;
    let mut config = server.config();
    config.credentials.token = Some(steersman_config::Secret::new("t0ken"));
    let client = Client::new(config).expect("a client");
    let request =
        || Request::get("/api").header("x-to", target.url()).body(Body::empty()).expect("a request");
    let response = client.send(request()).await.expect("any answer is a response");
    assert_eq!(response.status(), 302);
    let error = client.request(request()).await.expect_err("it is no success");
    assert_eq!(error.code().map(|code| code.as_u16()), Some(302));
    assert!(error.hint().expect("a hint").contains("redirect"));
    assert_eq!((server.seen().len(), target.seen().len()), (2, 0));
}

#[tokio::test]
async fn http2_is_spoken_over_tls_on_one_connection() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(), ok).await;
    let mut config = server.config();
    config.trust = authority.trust();
    let client = Client::new(config).expect("a client");
    client.request_bytes(get("/0")).await.expect("an answer");
    let many: Vec<_> = (1..50).map(|n| get(&format!("/{n}"))).collect();
    let answers = stream::iter(many).map(|request| client.request_bytes(request)).buffer_unordered(50);
    assert_eq!(answers.try_collect::<Vec<_>>().await.expect("answers").len(), 49);
    let seen = server.seen();
    assert_eq!(seen.len(), 50);
    assert!(seen.iter().all(|seen| seen.version == Version::HTTP_2 && seen.connection == 0));
}

#[tokio::test]
async fn http1_is_spoken_without_tls_and_the_connection_is_kept() {
    let server = Server::plain(ok).await;
    let client = client(&server);
    for _ in 0..5 {
        client.request_bytes(get("/")).await.expect("an answer");
    }
    assert!(server.seen().iter().all(|seen| seen.version == Version::HTTP_11 && seen.connection == 0));
}

#[tokio::test]
async fn bodies_of_bytes_and_of_chunks_arrive() {
    let authority = Authority::new();
    let (plain, tls) = (Server::plain(echo).await, Server::tls(authority.server(), echo).await);
    let mut secure = tls.config();
    secure.trust = authority.trust();
    let big = "0123456789".repeat(300_000);
    for config in [plain.config(), secure] {
        let client = Client::new(config).expect("a client");
        let chunks = stream::iter(["a", "", "bc"]).map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)));
        for (body, want) in [
            (Body::from("text"), "text"),
            (Body::from(big.clone()), big.as_str()),
            (Body::from_stream(chunks), "abc"),
            (Body::empty(), ""),
        ] {
            let request = Request::post("/").body(body).expect("a request");
            let (_, got) = client.request_bytes(request).await.expect("an answer");
            assert!(got == want, "{} bytes", got.len());
        }
    }
    assert_eq!(plain.seen()[0].header("content-length"), Some("4"));
    assert_eq!(plain.seen()[2].header("transfer-encoding"), Some("chunked"));
}

#[tokio::test]
async fn a_body_can_be_read_as_it_comes() {
    async fn chunks(_: Request<Incoming>) -> Answer {
        let chunks = stream::iter(["{\"a\":1}\n", "{\"b\":2}\n"]).then(|chunk| async move {
            tokio::task::yield_now().await;
            Ok(Frame::data(Bytes::from(chunk)))
        });
        http::Response::new(BodyExt::boxed(StreamBody::new(chunks)))
    }
    let server = Server::plain(chunks).await;
    let body = client(&server).request(get("/watch")).await.expect("an answer").into_body();
    let read: Vec<Bytes> = body.into_stream().try_collect().await.expect("chunks");
    assert_eq!(read.concat(), b"{\"a\":1}\n{\"b\":2}\n");
}

#[tokio::test]
async fn a_body_is_collected_up_to_the_limit() {
    async fn numbered(request: Request<Incoming>) -> Answer {
        let length: usize = request.uri().path()[1..].parse().expect("a number");
        let body = vec![b'x'; length];
        if request.uri().query().is_none() {
            return answer(200, body);
        }
        let chunks = stream::iter(body.chunks(3).map(Bytes::copy_from_slice).collect::<Vec<_>>());
        http::Response::new(BodyExt::boxed(StreamBody::new(chunks.map(|chunk| Ok(Frame::data(chunk))))))
    }
    let server = Server::plain(numbered).await;
    let mut limits = Limits::default();
    limits.max_body_bytes = 10;
    let client = Client::builder(server.config()).limits(limits).build().expect("a client");
    for (path, fits) in
        [("/10", true), ("/10?chunked", true), ("/0", true), ("/11", false), ("/11?chunked", false)]
    {
        let got: Result<_, Error> = client.request_bytes(get(path)).await;
        match got {
            Ok((_, body)) => assert!(fits && body.iter().all(|byte| *byte == b'x'), "{path}"),
            Err(error) => {
                assert!(!fits, "{path}: {error}");
                assert_eq!(error.kind(), &ErrorKind::TooLarge { limit: 10 });
                assert_eq!(error.url(), Some(format!("{}{path}", server.url()).as_str()));
            }
        }
    }
}

/// One who does not read on holds up nobody else on the connection.
#[tokio::test]
async fn a_paused_reader_stalls_no_other_stream() {
    async fn long(request: Request<Incoming>) -> Answer {
        match request.uri().path() {
            "/endless" => {
                let chunks = stream::repeat_with(|| Ok(Frame::data(Bytes::from_static(&[b'x'; 16 << 10]))));
                http::Response::new(BodyExt::boxed(StreamBody::new(chunks)))
            }
            _ => answer(200, vec![b'y'; 5 << 20]),
        }
    }
    let authority = Authority::new();
    let server = Server::tls(authority.server(), long).await;
    let mut config = server.config();
    config.trust = authority.trust();
    let client = Client::new(config).expect("a client");
    let mut paused = Vec::new();
    for _ in 0..3 {
        let mut body = client.request(get("/endless")).await.expect("an answer").into_body();
        body.next_chunk().await.expect("a chunk").expect("bytes");
        paused.push(body);
    }
    let (_, body) = client.request_bytes(get("/list")).await.expect("an answer");
    assert_eq!(body.len(), 5 << 20);
    assert!(server.seen().iter().all(|seen| seen.connection == 0));
}

#[tokio::test]
async fn the_head_of_an_answer_has_a_limit() {
    async fn wordy(request: Request<Incoming>) -> Answer {
        let length: usize = request.uri().path()[1..].parse().expect("a number");
        let mut answer = answer(200, "{}");
        answer.headers_mut().insert("x-long", "x".repeat(length).parse().expect("a value"));
        answer
    }
    let authority = Authority::new();
    let (plain, tls) = (Server::plain(wordy).await, Server::tls(authority.server(), wordy).await);
    let mut secure = tls.config();
    secure.trust = authority.trust();
    for (config, want) in [(plain.config(), ErrorKind::Malformed), (secure, ErrorKind::Malformed)] {
        let client = Client::new(config).expect("a client");
        client.request(get("/60000")).await.expect("it fits");
        let error = client.request(get("/70000")).await.expect_err("it does not");
        assert_eq!(error.kind(), &want, "{error:?}");
        client.request(get("/10")).await.expect("the client goes on");
    }
}
