//! Where things are: the root of the workspace, its files, cargo's description of it, and the cache.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{self, Failure};

/// A text file of the workspace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct File {
    /// From the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}

/// What `cargo metadata` says of the workspace's own packages.
pub(crate) fn metadata() -> Result<Value, Failure> {
    let text = run::output(&mut run::cargo(["metadata", "--no-deps", "--format-version=1", "--offline"]))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("cargo metadata is not JSON: {error}")))
}

/// The folder that cargo builds into.
pub(crate) fn target_dir() -> Result<PathBuf, Failure> {
    let metadata = metadata()?;
    let folder = metadata["target_directory"].as_str();
    folder.map(PathBuf::from).ok_or_else(|| Failure::new("cargo metadata names no target directory"))
}

/// A folder of our own under the target directory, empty.
pub(crate) fn scratch(name: &str) -> Result<PathBuf, Failure> {
    let folder = target_dir()?.join("xtask").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| cannot("empty", &folder, &error))?;
    }
    fs::create_dir_all(&folder).map_err(|error| cannot("create", &folder, &error))?;
    Ok(folder)
}

/// Where tools and built servers are kept, outside the clone: `$STEERSMAN_CACHE`, else `steersman` in the user's cache
/// folder. Whatever is kept there has its version in its path.
pub(crate) fn cache_dir() -> Result<PathBuf, Failure> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("STEERSMAN_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("steersman")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/steersman")))
        .ok_or_else(|| Failure::new("no cache folder: set STEERSMAN_CACHE, XDG_CACHE_HOME or HOME"))
}

/// Every text file of the workspace, by path, without what is built or hidden (`.ci` is ours and is not hidden).
pub(crate) fn files() -> Result<Vec<File>, Failure> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| cannot("read", &folder, &error))? {
            let path = entry.map_err(|error| cannot("read", &folder, &error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && (!name.starts_with('.') || name == ".ci" || name == ".cargo") {
                    folders.push(path);
                }
            } else if name == ".git" {
                // In a working tree beside the clone it is a file, and git's.
            } else if let Ok(text) = fs::read_to_string(&path) {
                // What is not UTF-8 is not text, and no rule reads it.
                files.push(File { path: relative(&root, &path), text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// A failure of the file system that names what was tried on which path.
pub(crate) fn cannot(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    //! The workspace is found and read as it is.

    use super::*;

    #[test]
    fn the_files_of_the_workspace_are_found() {
        let files = files().unwrap();
        let has = |path: &str| files.iter().any(|file| file.path == path);
        assert!(has("Cargo.toml") && has("xtask/src/main.rs") && has(".ci/run"));
        assert!(!files.iter().any(|file| file.path == ".git"
            || file.path.starts_with(".git/")
            || file.path.starts_with("target/")));
    }

    #[test]
    fn cargo_describes_the_workspace() {
        let metadata = metadata().unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        assert!(packages.iter().any(|package| package["name"] == "xtask"));
    }
}
