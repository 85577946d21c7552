//! Changing kubeconfig files, as `kubectl config` does.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Loader, gather::Places};
use crate::{
    Error, ErrorKind, Kubeconfig, NamedCluster, NamedContext, NamedUser,
    error::Place,
    kubeconfig::Listed,
    store::{self, Lock, Refusal, spoken},
};

impl Loader {
    /// Changes the kubeconfig files that [`load`](Self::load) would read, as `kubectl config` does, and tells which of
    /// them were written.
    ///
    /// The files are locked, read and merged; `change` gets the result, and what it changes is written to where it
    /// belongs: an entry to the file that it came from, whatever is new to the first file that exists. Where there is no
    /// file, one is made: [`path`](Self::path), the last of `KUBECONFIG`, or `~/.kube/config` with its folder. What is not
    /// changed is not written, and if nothing is changed, no file is.
    ///
    /// Each file is written whole or not at all, with the mode 0600; its comments are lost. Of several files some may be
    /// written and others not, if this process ends between them. As in kubectl, an entry that is taken away brings to
    /// light what a later file says under its name.
    ///
    /// The lock is kubectl's: a file `<file>.lock` beside each one. Nobody waits for it, and nobody takes it from
    /// anyone.
    ///
    /// ```
    /// use steersman_config::{Environment, Loader};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("config");
    /// std::fs::write(&path, "{contexts: [{name: dev, context: {}}, {name: prod, context: {}}], current-context: dev}")?;
    ///
    /// let loader = Loader::new().environment(Environment::empty()).path(&path);
    /// let written = loader.edit(|kubeconfig| kubeconfig.use_context("prod"))?;
    /// assert_eq!(written, [path]);
    /// assert_eq!(loader.kubeconfig()?.current_context.as_deref(), Some("prod"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of `change`, and then nothing is written; [`ErrorKind::Locked`] if somebody else is writing, or died and
    /// left a lock, whose name and age the error says; [`ErrorKind::Unwritable`] if a file can't be written; what is
    /// wrong with a file that can't be read.
    pub fn edit(
        &self,
        change: impl FnOnce(&mut Kubeconfig) -> Result<(), Error>,
    ) -> Result<Vec<PathBuf>, Error> {
        let paths = match &self.path {
            Some(path) => vec![self.environment.absolute(path)],
            None => Places::of(&self.environment).paths,
        };
        let Some(destination) = paths.iter().find(|path| path.exists()).or(paths.last()).cloned() else {
            return Err(Error::new(ErrorKind::NotConfigured, "there is no kubeconfig file to change")
                .with_hint("set KUBECONFIG to the path of one"));
        };
        if let Some(folder) = destination.parent() {
            fs::create_dir_all(folder).map_err(|cause| unwritable(&destination, cause))?;
        }
        let locks = lock_all(&paths)?;
        let mut files =
            Files { paths: &paths, destination: &destination, content: BTreeMap::new(), changed: Vec::new() };
        for path in &paths {
            let content = Kubeconfig::read_if_exists(path, &self.environment)?.unwrap_or_default();
            files.content.insert(path, content);
        }
        let start = files.merged();
        let mut end = start.clone();
        change(&mut end)?;
        files.spread(&start, &end);
        files.write(&locks)
    }
}

/// The lock of each file, or why it has none: that hurts only if the file is to be written.
type Locks = BTreeMap<PathBuf, Result<Lock, io::Error>>;

/// In the order of their names, as kubectl does, so that two writers of the same files can't wait for each other.
fn lock_all(paths: &[PathBuf]) -> Result<Locks, Error> {
    let mut sorted: Vec<&PathBuf> = paths.iter().collect();
    sorted.sort();
    let mut locks = Locks::new();
    for path in sorted {
        let lock = match Lock::of(path) {
            Ok(lock) => Ok(lock),
            Err(Refusal::Io(cause)) => Err(cause),
            Err(Refusal::Held { lock, age }) => {
                let age = age.map_or_else(String::new, |age| format!(" for {}", spoken(age)));
                let message = format!("is locked: {} has been there{age}", lock.display());
                return Err(Error::new(ErrorKind::Locked, message)
                    .in_place(Place::File(path.clone()))
                    .with_hint("somebody is changing the file: try again; if nobody is, remove the lock"));
            }
        };
        locks.insert(path.clone(), lock);
    }
    Ok(locks)
}

/// The files one by one, and which of them say something new.
struct Files<'a> {
    paths: &'a [PathBuf],
    /// Where what is new goes.
    destination: &'a Path,
    content: BTreeMap<&'a Path, Kubeconfig>,
    /// Without doubles.
    changed: Vec<PathBuf>,
}

impl Files<'_> {
    fn merged(&self) -> Kubeconfig {
        let in_order = self.paths.iter().filter_map(|path| self.content.get(path.as_path()));
        in_order.cloned().reduce(Kubeconfig::merge).unwrap_or_default()
    }

    /// Brings what differs between `start` and `end` to the files that it belongs to.
    fn spread(&mut self, start: &Kubeconfig, end: &Kubeconfig) {
        self.spread_entries::<NamedCluster>(start, end);
        self.spread_entries::<NamedUser>(start, end);
        self.spread_entries::<NamedContext>(start, end);
        if start.current_context != end.current_context {
            let name = end.current_context.clone().filter(|name| !name.is_empty());
            // No other file may say it then, or the merged one would.
            let is_gone = name.is_none();
            self.at_every(
                |file| is_gone && file.current_context.is_some(),
                |file| file.current_context = None,
            );
            if !is_gone {
                self.at(self.destination, |file| file.current_context = name);
            }
        }
        if start.preferences != end.preferences {
            let none = crate::Preferences::default();
            self.at_every(|file| file.preferences != none, |file| file.preferences = none.clone());
            self.at(self.destination, |file| file.preferences.clone_from(&end.preferences));
        }
        if start.extensions != end.extensions {
            self.at_every(|file| !file.extensions.is_empty(), |file| file.extensions.clear());
            self.at(self.destination, |file| file.extensions.clone_from(&end.extensions));
        }
        if start.other != end.other {
            let none = crate::OtherFields::default();
            self.at_every(|file| file.other != none, |file| file.other = none.clone());
            self.at(self.destination, |file| file.other.clone_from(&end.other));
        }
    }

    fn spread_entries<T: Listed>(&mut self, start: &Kubeconfig, end: &Kubeconfig) {
        let index = |kubeconfig| -> BTreeMap<String, T> {
            T::list(kubeconfig).iter().map(|entry| (entry.name().to_owned(), entry.clone())).collect()
        };
        let (before, after) = (index(start), index(end));
        for (name, entry) in &before {
            if !after.contains_key(name) {
                self.at(&self.home_of(entry), |file| T::list_mut(file).retain(|own| own.name() != name));
            }
        }
        for entry in T::list(end) {
            if before.get(entry.name()).is_some_and(|old| old.says_the_same(entry)) {
                continue;
            }
            let path = self.home_of(entry);
            let mut entry = entry.clone();
            if let Some(folder) = path.parent() {
                entry.shorten_paths(folder);
            }
            self.at(&path, |file| {
                let list = T::list_mut(file);
                match list.iter_mut().find(|own| own.name() == entry.name()) {
                    Some(own) => *own = entry,
                    None => list.push(entry),
                }
            });
        }
    }

    /// The file that an entry belongs to.
    fn home_of<T: Listed>(&self, entry: &T) -> PathBuf {
        match entry.origin().path() {
            Some(path) if self.content.contains_key(path) => path.to_owned(),
            _ => self.destination.to_owned(),
        }
    }

    fn at(&mut self, path: &Path, change: impl FnOnce(&mut Kubeconfig)) {
        if let Some(file) = self.content.get_mut(path) {
            change(file);
            if !self.changed.iter().any(|changed| changed == path) {
                self.changed.push(path.to_owned());
            }
        }
    }

    fn at_every(&mut self, which: impl Fn(&Kubeconfig) -> bool, change: impl Fn(&mut Kubeconfig)) {
        for path in self.paths {
            if self.content.get(path.as_path()).is_some_and(&which) {
                self.at(path, &change);
            }
        }
    }

    /// Writes what has changed, once it is known that all of it may be written.
    fn write(self, locks: &Locks) -> Result<Vec<PathBuf>, Error> {
        for path in &self.changed {
            if let Some(Err(cause)) = locks.get(path) {
                return Err(unwritable(path, io::Error::new(cause.kind(), cause.to_string())));
            }
        }
        for path in &self.changed {
            let text = self.content.get(path.as_path()).map(Kubeconfig::to_yaml).unwrap_or_default();
            store::replace(path, text.as_bytes()).map_err(|cause| unwritable(path, cause))?;
        }
        Ok(self.changed)
    }
}

fn unwritable(path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Unwritable, "can't be written")
        .in_place(Place::File(path.to_owned()))
        .caused_by(cause)
}
