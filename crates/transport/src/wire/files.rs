//! Certificates in files, which are rotated while a client lives.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use steersman_config::{CertificateFiles, ClientCertificate, Config, Secret, Trust};
use tokio::time::Instant;

/// What the TLS side of a connection is made of.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Material {
    pub(crate) trust: Trust,
    pub(crate) certificate: Option<ClientCertificate>,
}

impl Material {
    pub(super) fn of(config: &Config) -> Self {
        Self { trust: config.trust.clone(), certificate: config.credentials.client_certificate.clone() }
    }
}

/// The files that a configuration's certificates came from, and when to look at them again: at the first request after
/// five minutes (client-go's `transport/cert_rotation.go` and `ca_rotation.go`), and sooner where a connection fails.
///
/// Without a look that is due, a request costs a reading of the clock.
pub(super) struct Files {
    authorities: Option<PathBuf>,
    certificate: Option<CertificateFiles>,
    started: Instant,
    /// When to look again, in milliseconds after `started`.
    next_look: AtomicU64,
    /// What is in use.
    current: Mutex<Material>,
}

impl Files {
    /// None if nothing of the configuration lies in a file.
    pub(super) fn of(config: &Config) -> Option<Self> {
        let authorities = config
            .certificate_authority_file
            .clone()
            .filter(|_| matches!(config.trust, Trust::Authorities(_)));
        let certificate =
            config.credentials.client_certificate.as_ref().and_then(|certificate| certificate.files.clone());
        let any = config.server.is_https() && (authorities.is_some() || certificate.is_some());
        any.then(|| Self {
            authorities,
            certificate,
            started: Instant::now(),
            next_look: AtomicU64::new(millis(LOOK_AGAIN)),
            current: Mutex::new(Material::of(config)),
        })
    }

    /// Whether to look at the files now; of several who ask at once, one is told to.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let now = millis(now.duration_since(self.started));
        let due = self.next_look.load(Ordering::Relaxed);
        let next = now.saturating_add(millis(LOOK_AGAIN));
        now >= due && self.next_look.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Something is wrong with what is in use: it may have been rotated.
    pub(super) fn look_soon(&self, now: Instant) {
        let soon = millis(now.duration_since(self.started)).saturating_add(millis(RETRY));
        self.next_look.fetch_min(soon, Ordering::Relaxed);
    }

    /// Reads the files, and gives what they hold to `take` if it is something new. What can't be read, and what `take`
    /// refuses, changes nothing: the last good certificates stay in use. Blocks.
    pub(super) fn look<E: std::fmt::Display>(&self, take: impl FnOnce(&Material) -> Result<(), E>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match self.read(&current) {
            Ok(found) => found,
            Err((path, error)) => {
                tracing::warn!(path = %path.display(), %error, "keeping the last certificates: a file can't be read");
                return self.look_soon(Instant::now());
            }
        };
        if *current == found {
            return;
        }
        match take(&found) {
            Ok(()) => *current = found,
            Err(error) => {
                tracing::warn!(%error, "keeping the last certificates: those in the files can't be used");
                self.look_soon(Instant::now());
            }
        }
    }

    fn read(&self, current: &Material) -> Result<Material, (&Path, io::Error)> {
        let mut found = current.clone();
        if let Some(path) = &self.authorities {
            found.trust = Trust::Authorities(read(path).map_err(|error| (path.as_path(), error))?);
        }
        if let Some(files) = &self.certificate {
            let chain = read(&files.chain).map_err(|error| (files.chain.as_path(), error))?;
            let key = read(&files.key)
                .and_then(|key| String::from_utf8(key).map_err(|_| io::ErrorKind::InvalidData.into()))
                .map_err(|error| (files.key.as_path(), error))?;
            let mut certificate = ClientCertificate::new(chain, Secret::new(key));
            certificate.files = Some(files.clone());
            found.certificate = Some(certificate);
        }
        Ok(found)
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for somebody to write.
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than 1 MiB"));
    }
    Ok(bytes)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

const LOOK_AGAIN: Duration = Duration::from_secs(5 * 60);
/// After a failure, and between the two halves of a rotation.
const RETRY: Duration = Duration::from_secs(5);
/// As where the configuration is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, fs, time::Duration};

    use steersman_config::{CertificateFiles, ClientCertificate, Config, Secret, Trust};
    use tokio::time::{Instant, advance};

    use super::{Files, Material};

    fn config(folder: &std::path::Path) -> Config {
        let mut config = Config::new("https://h".parse().expect("a URL"));
        config.trust = Trust::Authorities(b"ca 1".to_vec());
        config.certificate_authority_file = Some(folder.join("ca"));
        let mut certificate = ClientCertificate::new("chain 1", Secret::new("key 1"));
        certificate.files = Some(CertificateFiles::new(folder.join("chain"), folder.join("key")));
        config.credentials.client_certificate = Some(certificate);
        for (name, content) in [("ca", "ca 1"), ("chain", "chain 1"), ("key", "key 1")] {
            fs::write(folder.join(name), content).expect("a file");
        }
        config
    }

    /// What a look gives, if anything.
    fn look(files: &Files) -> Option<Material> {
        let mut given = None;
        files.look(|material| {
            given = Some(material.clone());
            Ok::<_, Infallible>(())
        });
        given
    }

    #[tokio::test(start_paused = true)]
    async fn files_are_looked_at_each_five_minutes_and_sooner_after_a_failure() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Files::of(&config(folder.path())).expect("files");
        assert!(!files.is_due(Instant::now()));
        advance(Duration::from_secs(299)).await;
        assert!(!files.is_due(Instant::now()));
        advance(Duration::from_secs(1)).await;
        assert!(files.is_due(Instant::now()));
        assert!(!files.is_due(Instant::now()), "somebody looks already");
        files.look_soon(Instant::now());
        assert!(
            !files.is_due(Instant::now()),
            "a server that refuses everybody is no reason to read at each request"
        );
        advance(Duration::from_secs(5)).await;
        assert!(files.is_due(Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_new_is_given_once_and_what_is_bad_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Files::of(&config(folder.path())).expect("files");
        assert!(look(&files).is_none(), "nothing has changed");

        fs::write(folder.path().join("ca"), "ca 2").expect("a file");
        assert_eq!(look(&files).map(|found| found.trust), Some(Trust::Authorities(b"ca 2".to_vec())));
        assert!(look(&files).is_none());

        fs::write(folder.path().join("chain"), "chain 2").expect("a file");
        files.look(|_| Err("the key is another one's"));
        advance(Duration::from_secs(5)).await;
        assert!(files.is_due(Instant::now()), "the other half will come soon");
        fs::write(folder.path().join("key"), "key 2").expect("a file");
        let found = look(&files).and_then(|found| found.certificate).expect("a pair");
        assert_eq!((found.chain.as_slice(), found.key.expose()), (b"chain 2".as_slice(), "key 2"));

        for spoil in
            [|path: &std::path::Path| fs::remove_file(path), |path: &std::path::Path| fs::create_dir(path)]
        {
            spoil(&folder.path().join("key")).expect("a change");
            assert!(look(&files).is_none());
        }
        fs::remove_dir(folder.path().join("key")).expect("a change");
        fs::write(folder.path().join("key"), vec![b'k'; (1 << 20) + 1]).expect("a file");
        assert!(look(&files).is_none(), "too long");
    }

    #[tokio::test]
    async fn what_lies_in_no_file_is_not_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = config(folder.path());
        config.certificate_authority_file = None;
        assert!(Files::of(&config).is_some(), "the client's certificate");
        config.credentials.client_certificate = None;
        assert!(Files::of(&config).is_none());
    }
}
