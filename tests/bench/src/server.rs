//! `serve`: a replay of a recorded kube-apiserver, over plain HTTP/1.1 and over TLS with HTTP/2.
//!
//! It answers as the recorded one would that had as many pods as it is told, and sends a pod at a time, as that one does.
//! Nothing is decided while it answers but where an item ends: it takes less of the processor than any client.

use std::{io, net::Ipv4Addr, path::PathBuf, sync::Arc};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::Outcome;

mod answer;
mod certificate;
mod items;
mod replay;
mod template;

use replay::Replay;

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many pods there are.
    #[arg(long, default_value_t = 10_000)]
    pods: u64,
    /// Where to keep the certificate of the authority, for clients. Default: a file that goes with the server.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Says where it listens in one line of JSON, and serves until the standard input is closed.
pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let served = runtime.block_on(serve(options));
    // Whoever still reads is not waited for.
    runtime.shutdown_background();
    served
}

async fn serve(options: &Options) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let ca = options.ca.clone().unwrap_or_else(|| folder.path().join("ca.pem"));
    let (authority, tls) = certificate::make()?;
    std::fs::write(&ca, authority)?;
    let replay = Arc::new(Replay::new(options.pods)?);
    let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let https = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    say(&json!({
        "http": format!("http://{}", http.local_addr()?),
        "https": format!("https://{}", https.local_addr()?),
        "ca": ca,
        "listBytes": replay.list_bytes(),
        "storeBytes": replay.store_bytes()?,
    }))?;
    tokio::spawn(accept(http, None, Arc::clone(&replay)));
    tokio::spawn(accept(https, Some(TlsAcceptor::from(tls)), replay));
    let mut nothing = [0; 64];
    while tokio::io::stdin().read(&mut nothing).await? > 0 {}
    Ok(())
}

fn say(line: &serde_json::Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    io::Write::write_all(&mut out, format!("{line}\n").as_bytes())?;
    io::Write::flush(&mut out)
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, replay: Arc<Replay>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (tls, replay) = (tls.clone(), Arc::clone(&replay));
        tokio::spawn(async move {
            socket.set_nodelay(true)?;
            match tls {
                Some(tls) => connection(tls.accept(socket).await?, replay).await,
                None => connection(socket, replay).await,
            }
        });
    }
}

async fn connection<S>(socket: S, replay: Arc<Replay>) -> Outcome<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http2().max_concurrent_streams(MAX_STREAMS);
    let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let answer = replay.answer(&request);
        async move { Ok::<_, std::convert::Infallible>(answer) }
    });
    server.serve_connection(TokioIo::new(socket), answer).await
}

/// As kube-apiserver allows by default.
const MAX_STREAMS: u32 = 100;
