//! Certificates and authorities in files, which are rotated while the client lives.

use std::{fs, path::Path, time::Duration};

use http::Request;
use steersman_config::{CertificateFiles, ClientCertificate, Config};
use steersman_transport::{Body, Client, Error, ErrorKind, TlsFault};
use tempfile::TempDir;
use tokio::time::{advance, pause, resume};

use crate::server::{Authority, Server, ok};

async fn get(client: &Client) -> Result<(), Error> {
    let request = Request::get("/version").body(Body::empty()).expect("a request");
    client.request_bytes(request).await.map(drop)
}

/// A request each minute, for five: none of them finds the connection idle for too long.
async fn five_minutes(client: &Client) -> Result<(), Error> {
    for _ in 0..5 {
        pause();
        advance(Duration::from_secs(60)).await;
        resume();
        get(client).await?;
    }
    Ok(())
}

fn write(folder: &Path, certificate: &ClientCertificate) {
    fs::write(folder.join("chain"), &certificate.chain).expect("a file");
    fs::write(folder.join("key"), certificate.key.expose()).expect("a file");
}

/// A configuration whose certificates lie in a folder.
fn in_files(server: &Server, authority: &Authority) -> (Config, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = server.config();
    config.trust = authority.trust();
    config.certificate_authority_file = Some(folder.path().join("ca"));
    fs::write(folder.path().join("ca"), &authority.pem).expect("a file");
    let mut certificate = authority.client_certificate();
    certificate.files = Some(CertificateFiles::new(folder.path().join("chain"), folder.path().join("key")));
    write(folder.path(), &certificate);
    config.credentials.client_certificate = Some(certificate);
    (config, folder)
}

#[tokio::test]
async fn a_new_certificate_is_shown_and_closes_the_connections_of_the_old_one() {
    let authority = Authority::new();
    let mut server = Server::tls(authority.server_for_certificates(), ok).await;
    let (config, folder) = in_files(&server, &authority);
    let client = Client::new(config).expect("a client");
    let connections = |server: &Server| {
        let mut numbers: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
        numbers.dedup();
        numbers
    };
    get(&client).await.expect("an answer");
    five_minutes(&client).await.expect("answers");
    assert_eq!(connections(&server), [0], "the files are as they were");

    write(folder.path(), &authority.client_certificate());
    five_minutes(&client).await.expect("answers");
    assert_eq!(connections(&server), [0, 1]);
    assert_eq!(server.closed.recv().await, Some(0));

    // Half a rotation, and what no certificate can be read from: the last good one stays.
    for (name, content) in [
        ("key", authority.client_certificate().key.expose().to_owned()),
        ("chain", "nonsense".to_owned()),
        ("ca", String::new()),
    ] {
        let path = folder.path().join(name);
        let good = fs::read(&path).expect("a file");
        fs::write(&path, content).expect("a file");
        five_minutes(&client).await.expect(name);
        fs::write(&path, good).expect("a file");
    }
    fs::remove_file(folder.path().join("chain")).expect("a file");
    five_minutes(&client).await.expect("answers");
    assert_eq!(connections(&server), [0, 1]);
    assert!(server.seen().iter().all(|seen| seen.certificate));
}

#[tokio::test]
async fn other_authorities_are_believed_from_then_on() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::tls(authority.server_for_certificates(), ok).await;
    let (config, folder) = in_files(&server, &authority);
    let client = Client::new(config).expect("a client");
    get(&client).await.expect("an answer");

    fs::write(folder.path().join("ca"), &other.pem).expect("a file");
    let error = five_minutes(&client).await.expect_err("nobody vouches for the server any more");
    assert_eq!(error.kind(), &ErrorKind::Tls(TlsFault::UnknownIssuer));

    // A connection that fails is a reason to look sooner than in five minutes.
    fs::write(folder.path().join("ca"), format!("{}{}", other.pem, authority.pem)).expect("a file");
    pause();
    advance(Duration::from_secs(5)).await;
    resume();
    get(&client).await.expect("an answer");
}

/// With TLS 1.3 the server refuses a certificate after the connection was made: that too is a reason to look soon.
#[tokio::test]
async fn a_refused_certificate_is_looked_at_again_soon() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::tls(authority.server_for_certificates(), ok).await;
    let (mut config, folder) = in_files(&server, &authority);
    let files =
        config.credentials.client_certificate.as_ref().and_then(|certificate| certificate.files.clone());
    let mut stranger = other.client_certificate();
    stranger.files = files;
    config.credentials.client_certificate = Some(stranger);
    let client = Client::new(config).expect("a client");
    let error = get(&client).await.expect_err("a stranger");
    assert_eq!(error.kind(), &ErrorKind::Tls(TlsFault::ClientCertificate));
    write(folder.path(), &authority.client_certificate());
    pause();
    advance(Duration::from_secs(5)).await;
    resume();
    get(&client).await.expect("an answer");
}

/// Reliability, row 16: rotations leave no connections behind.
#[tokio::test]
async fn many_rotations_leave_nothing_behind() {
    let authority = Authority::new();
    let mut server = Server::tls(authority.server_for_certificates(), ok).await;
    let (config, folder) = in_files(&server, &authority);
    let client = Client::new(config).expect("a client");
    get(&client).await.expect("an answer");
    let certificates = [authority.client_certificate(), authority.client_certificate()];
    for rotation in 0..100 {
        write(folder.path(), &certificates[rotation % 2]);
        pause();
        advance(Duration::from_secs(300)).await;
        resume();
        get(&client).await.expect("an answer");
        assert_eq!(server.closed.recv().await, Some(rotation), "the old connection is closed");
    }
    let last = server.seen().last().map(|seen| seen.connection);
    assert_eq!(last, Some(100));
}
