//! What was learnt, kept on disk for the next process.

use std::{
    env, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use steersman_transport::Client;
use tokio::{task, time::timeout};
use tracing::debug;

use self::guard::Access;
mod file;
mod format;
mod guard;
mod kubectl;
mod prune;

pub(crate) use format::Kept;

/// Where and for how long a discoverer keeps what it learns on disk.
///
/// A process that starts within the [time to live](Self::with_ttl) asks the server nothing; after it, the server is asked
/// whether the documents are still the same, which costs it a few bytes. A look-up that misses asks the server in any
/// case.
///
/// The server's version is kept beside it once somebody has learnt it ([`learn_version`]): if it is another later, the
/// server is asked whatever the age is.
///
/// [`learn_version`]: crate::Discoverer::learn_version
///
/// The file is named by the server's address and by what its certificate is believed for. It holds what all who may ask
/// are told, and no secret; it is readable for its owner alone all the same (0600, in a folder of 0700), is replaced in one
/// step, and carries a checksum. A file that is broken, too long, a link, of another owner, writable for others, of another
/// server or version counts as no file, and so does one in a folder that others may write to; a cache that cannot be
/// written is done without. What could not be read of the server is not kept, and is asked for by the next process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskCache {
    path: PathBuf,
    ttl: Duration,
    place: Place,
    /// What names the server of a client that has no identity.
    server: String,
}

/// Whose place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The user's cache folder: it may be made, and old files in it are removed.
    Own,
    /// Where somebody says.
    Named,
    /// kubectl's, a folder.
    Kubectl,
}

impl DiskCache {
    /// This file. Its folder is made if it is not there.
    ///
    /// It holds one server at a time: what another left there is not used, and is replaced. A client that was made of a
    /// service has no [identity](Client::identity), so that the servers of two such clients look alike: give each a file of
    /// its own, or [say](Self::for_server) which one it is.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ttl: TTL, place: Place::Named, server: String::new() }
    }

    /// The file of the client's server in the user's cache folder: `steersman/discovery` in `$XDG_CACHE_HOME`, else in
    /// `~/.cache` (macOS: `~/Library/Caches`; Windows: `%LOCALAPPDATA%`). The newest 64 are kept there.
    ///
    /// `None` for a client without an [identity](Client::identity), as one that was made of a service, and where there is
    /// no such folder.
    #[must_use]
    pub fn default_for(client: &Client) -> Option<Self> {
        let name = client.identity()?.file_name();
        let path = user_cache_folder()?.join("steersman").join("discovery").join(name);
        Some(Self { path, ttl: TTL, place: Place::Own, server: String::new() })
    }

    /// kubectl's own cache folder of the client's server: below `$KUBECACHEDIR`, else `~/.kube/cache`. What kubectl and
    /// its like learn is used here and the other way round, for 6 hours by the time of each file.
    ///
    /// It is kubectl's choice that a server is known there by its address alone, and that members of the user's group may
    /// read the files; those that it makes group-writable are believed here. A group version whose file is missing,
    /// as that of one which was stale, is asked for by itself; where there are more than four of them, the server is asked for
    /// all of them at once first. Nothing is renewed by asking whether it still holds, and no version of the server is kept.
    ///
    /// `None` for a client that was not made of a configuration, and where there is no such folder.
    #[must_use]
    pub fn kubectl_for(client: &Client) -> Option<Self> {
        Some(Self::kubectl(kubectl::folder_for(client)?))
    }

    /// As [`kubectl_for`](Self::kubectl_for), in this folder: the one that holds `servergroups.json`.
    #[must_use]
    pub fn kubectl(folder: impl Into<PathBuf>) -> Self {
        Self { path: folder.into(), ttl: KUBECTL_TTL, place: Place::Kubectl, server: String::new() }
    }

    /// Names the server of a client without an [identity](Client::identity), as one that was made of a service: what is kept
    /// under one name is not used under another. Any text does that is the same in the next process, as the server's
    /// address; none by default. A client with an identity goes by that, and kubectl's folder by its place.
    #[must_use]
    pub fn for_server(mut self, name: impl Into<String>) -> Self {
        self.server = name.into();
        self
    }

    /// Trusts what is kept for this long; 10 minutes by default, 6 hours in kubectl's folder. After that the server is asked whether it still holds, which
    /// costs it a few bytes if it marks its documents. With zero the server is asked each time.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// The file, or kubectl's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the server's version has a place beside what is kept.
    pub(crate) fn keeps_version(&self) -> bool {
        self.place != Place::Kubectl
    }

    /// What is kept; `None` if there is nothing that can be used.
    pub(crate) async fn load(&self, client: &Client) -> Option<Kept> {
        let (this, server) = (self.clone(), self.server_of(client));
        let loaded = in_background(move || this.load_now(&server, SystemTime::now())).await?;
        loaded
            .inspect_err(|why| debug!(path = %self.path.display(), %why, "the discovery cache is not used"))
            .ok()
    }

    /// Keeps what can be kept.
    pub(crate) async fn save(&self, client: &Client, kept: Kept) {
        let (this, server) = (self.clone(), self.server_of(client));
        if let Some(Err(why)) = in_background(move || this.save_now(&server, kept)).await {
            debug!(path = %self.path.display(), %why, "the discovery cache is not written");
        }
    }

    /// Removes what is kept.
    pub(crate) async fn forget(&self) {
        let this = self.clone();
        if let Some(Err(why)) = in_background(move || this.forget_now()).await {
            debug!(path = %self.path.display(), %why, "the discovery cache is not removed");
        }
    }

    fn forget_now(&self) -> io::Result<()> {
        match self.place {
            Place::Kubectl => kubectl::forget(&self.path),
            Place::Own | Place::Named => file::remove(&self.path),
        }
    }

    /// By what the server is known: its address, and what its certificate is believed for; else what it is called here.
    fn server_of(&self, client: &Client) -> String {
        client.identity().map_or_else(|| self.server.clone(), ToString::to_string)
    }

    fn load_now(&self, server: &str, now: SystemTime) -> Result<Kept, String> {
        if self.place == Place::Kubectl {
            let discovery = kubectl::load(&self.path, now, self.ttl)?;
            return Ok(Kept { discovery, version: None });
        }
        let (bytes, _) = file::read(&self.path, Access::OwnerOnly).map_err(|error| error.to_string())?;
        let Kept { discovery, version } = format::decode(&bytes, server)?;
        Ok(Kept { discovery: format::as_of(discovery, now, self.ttl), version })
    }

    fn save_now(&self, server: &str, kept: Kept) -> Result<(), String> {
        if self.place == Place::Kubectl {
            return kubectl::save(&self.path, &kept.discovery, SystemTime::now(), self.ttl);
        }
        let Some(discovery) = format::keepable(&kept.discovery) else { return Ok(()) };
        let kept = Kept { discovery, ..kept };
        let bytes = format::encode(&kept, server)?;
        file::replace(&self.path, &bytes).map_err(|error| error.to_string())?;
        if self.place == Place::Own {
            prune::old_files(&self.path);
        }
        Ok(())
    }
}

/// Runs what may block, as a disk in the network can; `None` if it takes too long.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    timeout(PATIENCE, task::spawn_blocking(work)).await.ok()?.ok()
}

fn user_cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = |path: &str| folder("HOME").map(|home| home.join(path));
    match env::consts::OS {
        "windows" => folder("LOCALAPPDATA"),
        "macos" => folder("XDG_CACHE_HOME").or_else(|| below_home("Library/Caches")),
        _ => folder("XDG_CACHE_HOME").or_else(|| below_home(".cache")),
    }
}

/// Renewal is cheap, and what was deleted or changed since is only seen then.
const TTL: Duration = Duration::from_secs(10 * 60);

/// What kubectl trusts its cache for.
const KUBECTL_TTL: Duration = Duration::from_secs(6 * 60 * 60);

/// How long a disk is waited for. Then the server is quicker.
const PATIENCE: Duration = Duration::from_secs(5);
