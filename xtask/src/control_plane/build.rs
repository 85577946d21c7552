//! The programs in the cache: built once, whole or not at all, by one build at a time.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::control_plane::pins::{CONTROL_PLANE, GO_VARIABLES, KWOK, Module, Pins};
use crate::run::{self, Failure};
use crate::workspace::{self, cannot};

/// The folder of the programs, built first if they are not in the cache.
pub(super) fn binaries() -> Result<PathBuf, Failure> {
    built(&CONTROL_PLANE)
}

/// The fake kubelet, built first if it is not in the cache.
pub(super) fn kwok() -> Result<PathBuf, Failure> {
    Ok(built(&KWOK)?.join("kwok"))
}

fn built(module: &'static Module) -> Result<PathBuf, Failure> {
    let pins = Pins::read(module)?;
    let cached = Cached::new(&cache()?, &pins)?;
    if !cached.is_complete() {
        let _lock = lock_builds()?;
        // Whoever had the lock before us may have built just this.
        if !cached.is_complete() {
            cached.build(&pins)?;
        }
    }
    Ok(cached.bin())
}

/// The folder of the programs, which must be there.
pub(super) fn bin_dir() -> Result<PathBuf, Failure> {
    let cached = Cached::new(&cache()?, &Pins::read(&CONTROL_PLANE)?)?;
    if cached.is_complete() {
        Ok(cached.bin())
    } else {
        Err(Failure::new("the control plane is not built: `cargo xtask control-plane build` does that"))
    }
}

/// What this command keeps in the cache: a folder for each build, and that of the servers that are up.
pub(super) fn cache() -> Result<PathBuf, Failure> {
    let folder = workspace::cache_dir()?.join("control-plane");
    fs::create_dir_all(&folder).map_err(|error| cannot("create", &folder, &error))?;
    Ok(folder)
}

/// One build in the cache.
#[derive(Debug)]
struct Cached {
    folder: PathBuf,
    key: String,
    module: &'static Module,
}

impl Cached {
    fn new(cache: &Path, pins: &Pins) -> Result<Self, Failure> {
        Ok(Self { folder: cache.join(pins.folder_name()?), key: pins.key()?, module: pins.module() })
    }

    fn bin(&self) -> PathBuf {
        self.folder.join("bin")
    }

    fn partial(&self) -> PathBuf {
        let mut path = self.folder.clone().into_os_string();
        path.push(".partial");
        path.into()
    }

    fn is_complete(&self) -> bool {
        fs::read_to_string(self.folder.join(KEY)).is_ok_and(|key| key == self.key)
            && self.module.programs.iter().all(|program| self.bin().join(program.name).is_file())
    }

    /// Builds into a folder beside the real one, which gets its name when everything is in it.
    fn build(&self, pins: &Pins) -> Result<(), Failure> {
        let started = Instant::now();
        let partial = self.partial();
        // What a build left that was killed; there is no other now, as we hold the lock.
        remove(&partial)?;
        let bin = partial.join("bin");
        fs::create_dir_all(&bin).map_err(|error| cannot("create", &bin, &error))?;
        for program in self.module.programs {
            go_build(pins, program.package, &bin.join(program.name))?;
        }
        let key = partial.join(KEY);
        fs::write(&key, &self.key).map_err(|error| cannot("write", &key, &error))?;
        // Another key under this name, or programs that somebody removed.
        remove(&self.folder)?;
        fs::rename(&partial, &self.folder).map_err(|error| cannot("rename", &partial, &error))?;
        println!("built in {} s", started.elapsed().as_secs());
        Ok(())
    }
}

fn go_build(pins: &Pins, package: &str, output: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    let mut go = Command::new("go");
    go.current_dir(pins.module().path())
        .envs(GO_VARIABLES)
        .arg("build")
        .args(pins.flags()?)
        .arg("-o")
        .arg(output)
        .arg(package);
    run::run(&mut go).map_err(|failure| Failure::new(format!("{failure}; {GO_IS_NEEDED}")))?;
    let size = fs::metadata(output).map_err(|error| cannot("read", output, &error))?.len();
    println!("  {} MB in {} s", size / 1_000_000, started.elapsed().as_secs());
    Ok(())
}

/// One build at a time; the system frees the lock when we end, however we do.
fn lock_builds() -> Result<File, Failure> {
    let path = cache()?.join("build.lock");
    let file = File::create(&path).map_err(|error| cannot("create", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            println!("another build is running; waiting for it");
            file.lock().map_err(|error| cannot("lock", &path, &error))?;
            Ok(file)
        }
        Err(TryLockError::Error(error)) => Err(cannot("lock", &path, &error)),
    }
}

fn remove(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| cannot("remove", folder, &error))?;
    }
    Ok(())
}

/// The file that says what the programs beside it were built from.
const KEY: &str = "built-from";

const GO_IS_NEEDED: &str =
    "building the control plane needs Go 1.26 or newer, and the Go modules that go.sum names";

#[cfg(test)]
mod tests {
    //! A build counts only if it is whole and made of what is pinned now.

    use super::*;

    #[test]
    fn a_build_is_complete_with_its_key_and_every_program() {
        let cache = workspace::scratch("control-plane-cache").unwrap();
        let cached = Cached::new(&cache, &Pins::read(&CONTROL_PLANE).unwrap()).unwrap();
        assert!(!cached.is_complete());
        fs::create_dir_all(cached.bin()).unwrap();
        for program in CONTROL_PLANE.programs {
            fs::write(cached.bin().join(program.name), "").unwrap();
        }
        assert!(!cached.is_complete(), "without its key");
        fs::write(cached.folder.join(KEY), "another").unwrap();
        assert!(!cached.is_complete(), "with another key");
        fs::write(cached.folder.join(KEY), &cached.key).unwrap();
        assert!(cached.is_complete());
        fs::remove_file(cached.bin().join("kubectl")).unwrap();
        assert!(!cached.is_complete(), "without one of the programs");
    }
}
