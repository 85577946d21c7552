//! Through proxies: all traffic, and nothing that is the server's alone.

use std::sync::{Arc, Mutex};

use http::Request;
use steersman_config::{Config, Secret, Trust};
use steersman_transport::{Body, Client, ErrorKind, Proxy, Upgrade};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use tokio_rustls::TlsAcceptor;

use crate::server::{Authority, Server, ok};

/// What a proxy does.
#[derive(Clone, Debug)]
enum Kind {
    /// Connects after the right CONNECT.
    Connect,
    /// Says this and hangs up.
    Say(Vec<u8>),
    /// Speaks SOCKS 5, and wants a name and a password where it says so.
    Socks { password: bool, reply: u8 },
}

/// A proxy, and all that it was told before it connected.
struct Running {
    address: std::net::SocketAddr,
    told: Arc<Mutex<Vec<Vec<u8>>>>,
    _tasks: JoinSet<()>,
}

impl Running {
    async fn start(kind: Kind) -> Self {
        Self::start_with(kind, None).await
    }

    /// A proxy that speaks TLS itself, where it is told how.
    async fn start_with(kind: Kind, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let told = Arc::<Mutex<Vec<_>>>::default();
        let log = Arc::clone(&told);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (tcp, _) = listener.accept().await.expect("a connection");
                let (kind, log, tls) = (kind.clone(), Arc::clone(&log), tls.clone());
                connections.spawn(async move {
                    // Whoever hangs up ends it.
                    let _ = match tls {
                        None => serve(tcp, kind, &log).await,
                        Some(tls) => match tls.accept(tcp).await {
                            Ok(tls) => serve(tls, kind, &log).await,
                            Err(error) => Err(error),
                        },
                    };
                });
            }
        });
        Self { address, told, _tasks: tasks }
    }

    fn told(&self) -> Vec<String> {
        let told = self.told.lock().expect("no panic");
        told.iter().map(|told| String::from_utf8_lossy(told).into_owned()).collect()
    }
}

async fn serve(
    mut tcp: impl AsyncRead + AsyncWrite + Unpin,
    kind: Kind,
    log: &Mutex<Vec<Vec<u8>>>,
) -> std::io::Result<()> {
    let mut told = Vec::new();
    let target = match &kind {
        Kind::Connect | Kind::Say(_) => {
            while !told.ends_with(b"\r\n\r\n") {
                told.push(tcp.read_u8().await?);
            }
            let text = String::from_utf8_lossy(&told).into_owned();
            log.lock().expect("no panic").push(told);
            if let Kind::Say(bytes) = &kind {
                tcp.write_all(bytes).await?;
                return Ok(());
            }
            tcp.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
            text.split(' ').nth(1).expect("a target").to_owned()
        }
        Kind::Socks { password, reply } => {
            let count = usize::from({
                tcp.read_u8().await?;
                tcp.read_u8().await?
            });
            let mut methods = vec![0; count];
            tcp.read_exact(&mut methods).await?;
            let method = if *password { 2 } else { 0 };
            tcp.write_all(&[5, method]).await?;
            if *password {
                tcp.read_u8().await?;
                for _ in 0..2 {
                    let mut text = vec![0; usize::from(tcp.read_u8().await?)];
                    tcp.read_exact(&mut text).await?;
                    told.extend([text, b":".to_vec()].concat());
                }
                tcp.write_all(&[1, u8::from(told != b"jane:p w:")]).await?;
            }
            let mut head = [0; 4];
            tcp.read_exact(&mut head).await?;
            let host = match head[3] {
                1 => std::net::Ipv4Addr::from(tcp.read_u32().await?).to_string(),
                _ => {
                    let mut name = vec![0; usize::from(tcp.read_u8().await?)];
                    tcp.read_exact(&mut name).await?;
                    String::from_utf8(name).expect("a name")
                }
            };
            let target = format!("{host}:{}", tcp.read_u16().await?);
            told.extend(target.as_bytes());
            log.lock().expect("no panic").push(told);
            tcp.write_all(&[5, *reply, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
            if *reply != 0 {
                return Ok(());
            }
            target
        }
    };
    let mut server = TcpStream::connect(target).await?;
    copy_bidirectional(&mut tcp, &mut server).await?;
    Ok(())
}

fn get() -> Request<Body> {
    Request::get("/api").body(Body::empty()).expect("a request")
}

fn through(mut config: Config, proxy: &str) -> Client {
    config.credentials.token = Some(Secret::new("t0ken"));
    config.proxy_url = Some(proxy.parse().expect("a proxy"));
    Client::new(config).expect("a client")
}

/// D09: requests and upgrades go through the proxy, over TLS and without, and the proxy is told of no token.
#[tokio::test]
async fn d09_all_traffic_goes_through_the_proxy() {
    let authority = Authority::new();
    for (kind, scheme, user, want) in [
        (Kind::Connect, "http", "", None),
        (Kind::Connect, "http", "jane:p%20w@", Some("proxy-authorization: basic amfuztpwihc=")),
        (Kind::Connect, "http", "jane@", Some("proxy-authorization: basic amfuzto=")),
        (Kind::Socks { password: false, reply: 0 }, "socks5", "", None),
        (Kind::Socks { password: true, reply: 0 }, "socks5", "jane:p%20w@", Some("jane:p w:")),
    ] {
        for secure in [true, false] {
            let server =
                if secure { Server::tls(authority.server(), ok).await } else { Server::plain(ok).await };
            let proxy = Running::start(kind.clone()).await;
            let mut config = server.config();
            config.trust = authority.trust();
            let client = through(config, &format!("{scheme}://{user}{}", proxy.address));
            client.request_bytes(get()).await.expect("an answer");
            let mut upgrade = get();
            upgrade.extensions_mut().insert(Upgrade::new("websocket"));
            client.upgrade(upgrade).await.expect_err("it is not granted");
            assert_eq!(server.seen().len(), 2);
            assert!(server.seen().iter().all(|seen| seen.header("authorization") == Some("Bearer t0ken")));
            assert!(server.seen().iter().all(|seen| seen.header("proxy-authorization").is_none()));
            let told = proxy.told();
            assert_eq!(told.len(), 2, "each connection goes through the proxy: {told:?}");
            for told in told {
                assert!(told.contains(&server.address.to_string()), "{told}");
                assert!(!told.contains("t0ken"), "{told}");
                let told = told.to_ascii_lowercase();
                match want {
                    Some(want) => assert!(told.contains(want), "{told}"),
                    None => assert!(!told.contains("proxy-authorization"), "{told}"),
                }
            }
        }
    }
}

/// A proxy that does not connect us is named as the cause, its password is not, and nobody goes around it.
#[tokio::test]
async fn a_proxy_that_refuses_is_an_error() {
    let server = Server::plain(ok).await;
    for kind in [
        Kind::Say(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".to_vec()),
        Kind::Say(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Kind::Say(b"HTTP/1.1 502 Bad Gateway\r\n\r\n".to_vec()),
        Kind::Say(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n".to_vec()),
        Kind::Say(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        Kind::Say(Vec::new()),
        Kind::Say([b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'x'; 64 << 10]].concat()),
        Kind::Socks { password: false, reply: 1 },
        Kind::Socks { password: false, reply: 2 },
        Kind::Socks { password: false, reply: 5 },
        Kind::Socks { password: true, reply: 0 },
    ] {
        let proxy = Running::start(kind.clone()).await;
        let scheme = if matches!(kind, Kind::Socks { .. }) { "socks5" } else { "http" };
        let client = through(server.config(), &format!("{scheme}://jane:hunter2@{}", proxy.address));
        let error = client.request(get()).await.expect_err("no connection");
        assert!(error.is_connect() && !error.is_outcome_unknown(), "{kind:?}: {error:?}");
        assert!(matches!(error.kind(), ErrorKind::Proxy | ErrorKind::Connect), "{kind:?}: {error:?}");
        assert!(error.hint().is_some());
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        assert!(server.seen().is_empty(), "nobody goes around the proxy");
    }
    // A proxy that is not there.
    let client = through(server.config(), "http://127.0.0.1:1");
    assert_eq!(client.request(get()).await.expect_err("no proxy").kind(), &ErrorKind::Refused);
    assert!(server.seen().is_empty());
    // Who says so goes straight.
    let mut config = server.config();
    config.proxy_url = Some("http://127.0.0.1:1".parse().expect("a proxy"));
    let client = Client::builder(config).proxy(Proxy::Direct).build().expect("a client");
    client.request(get()).await.expect("an answer");
}

/// D09: through a proxy that speaks TLS itself. It is believed by rules of its own, and the server by the configuration's;
/// what it refuses is the proxy's doing, and nothing reaches it that is the server's alone.
#[tokio::test]
async fn d09_a_proxy_that_speaks_tls() {
    let (of_server, of_proxy) = (Authority::new(), Authority::new());
    let acceptor = || Some(TlsAcceptor::from(Arc::new(of_proxy.server())));
    for (trust, believed) in [(of_proxy.trust(), true), (of_server.trust(), false), (Trust::System, false)] {
        for secure in [true, false] {
            let server =
                if secure { Server::tls(of_server.server(), ok).await } else { Server::plain(ok).await };
            let proxy = Running::start_with(Kind::Connect, acceptor()).await;
            let mut config = server.config();
            config.trust = of_server.trust();
            config.credentials.token = Some(Secret::new("t0ken"));
            config.proxy_url = Some(format!("https://jane:pw@{}", proxy.address).parse().expect("a proxy"));
            let client = Client::builder(config).proxy_trust(trust.clone()).build().expect("a client");
            let got = client.request_bytes(get()).await;
            let mut upgrade = get();
            upgrade.extensions_mut().insert(Upgrade::new("websocket"));
            client.upgrade(upgrade).await.expect_err("it is not granted");
            if believed {
                got.expect("an answer");
                assert_eq!((server.seen().len(), proxy.told().len()), (2, 2));
                let told = proxy.told().concat().to_ascii_lowercase();
                assert!(told.contains("proxy-authorization: basic") && !told.contains("t0ken"), "{told}");
            } else {
                let error = got.expect_err("nobody vouches for the proxy");
                assert!(error.is_connect() && !error.is_outcome_unknown(), "{error:?}");
                assert!(server.seen().is_empty() && proxy.told().is_empty(), "nothing was said");
            }
        }
    }
    let proxy = Running::start_with(
        Kind::Say(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".to_vec()),
        acceptor(),
    )
    .await;
    let server = Server::plain(ok).await;
    let mut config = server.config();
    config.proxy_url = Some(format!("https://{}", proxy.address).parse().expect("a proxy"));
    let client = Client::builder(config).proxy_trust(of_proxy.trust()).build().expect("a client");
    assert_eq!(client.request(get()).await.expect_err("refused").kind(), &ErrorKind::Proxy);
    assert!(server.seen().is_empty());
}
