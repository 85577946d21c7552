//! A kubeconfig as it was written: all its entries, with the file that each came from.

mod change;
mod decode;
mod encode;
mod entries;
mod fields;
mod listed;
mod origin;
mod text;

use std::{collections::HashSet, path::Path};

pub use entries::{
    AuthProvider, Cluster, Context, ExecConfig, ExecEnvVar, NamedCluster, NamedContext, NamedExtension,
    NamedUser, OtherFields, Preferences, User,
};
pub(crate) use listed::Listed;
pub(crate) use origin::Origin;
pub(crate) use text::{BINARY_TAGS, Step};

use crate::{
    Environment, Error, ErrorKind,
    environment::{FileProblem, MAX_KUBECONFIG_BYTES},
    error::Place,
};

/// A kubeconfig: one file, or several merged into one, as they were written.
///
/// Every field that kubectl knows is here, also those that [`Config`](crate::Config) cannot express yet; keys that
/// nobody knows are kept in [`OtherFields`]. Reading checks the shape only: an entry that is nonsense hurts when it is
/// used, not when it merely stands in the file. It prints without its secrets.
///
/// ```
/// use steersman_config::Kubeconfig;
///
/// let kubeconfig = Kubeconfig::parse(b"
/// clusters: [{name: dev, cluster: {server: 'https://10.0.0.1:6443'}}]
/// contexts: [{name: dev, context: {cluster: dev, namespace: shop}}]
/// current-context: dev
/// ")?;
/// assert_eq!(kubeconfig.current_context.as_deref(), Some("dev"));
/// assert_eq!(kubeconfig.contexts[0].context.namespace.as_deref(), Some("shop"));
/// # Ok::<(), steersman_config::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Kubeconfig {
    /// The context that is used where no other is asked for. `None` where the file says nothing or `""`.
    pub current_context: Option<String>,
    /// How to reach servers. Names are unique.
    pub clusters: Vec<NamedCluster>,
    /// Who to be. Names are unique.
    pub users: Vec<NamedUser>,
    /// Which cluster, user and namespace belong together. Names are unique.
    pub contexts: Vec<NamedContext>,
    /// Settings of old versions of kubectl; nothing reads them.
    pub preferences: Preferences,
    /// What other tools keep in the file.
    pub extensions: Vec<NamedExtension>,
    /// The keys of the file that no version of kubectl knows.
    pub other: OtherFields,
    pub(crate) current_context_origin: Option<Origin>,
}

impl Kubeconfig {
    /// Reads a kubeconfig from YAML or JSON text. An empty text is an empty kubeconfig.
    ///
    /// Relative paths in it are relative to the current folder of the [`Environment`] that it is used in.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if it is neither, holds several documents, has a value of the wrong type, or names two
    /// entries of a list alike; [`ErrorKind::Unreadable`] if it is larger than 3 MiB.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_KUBECONFIG_BYTES {
            let problem = FileProblem::TooLarge { max_bytes: MAX_KUBECONFIG_BYTES };
            return Err(Error::new(ErrorKind::Unreadable, problem.to_string()).in_place(Place::Memory));
        }
        decode::kubeconfig(&Origin::new(None, bytes)?)
    }

    /// Reads one kubeconfig file. Relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and [`ErrorKind::NotFound`] if there is no such file, [`ErrorKind::Unreadable`] if it
    /// cannot be read or is not a regular file.
    pub fn read(path: impl AsRef<Path>, environment: &Environment) -> Result<Self, Error> {
        let path = environment.absolute(path.as_ref());
        match environment.read(&path, MAX_KUBECONFIG_BYTES) {
            Ok(bytes) => decode::kubeconfig(&Origin::new(Some(path), &bytes)?),
            Err(problem) => Err(unreadable(&path, problem)),
        }
    }

    /// As [`read`](Self::read), but a file that does not exist is `None`.
    pub(crate) fn read_if_exists(path: &Path, environment: &Environment) -> Result<Option<Self>, Error> {
        match Self::read(path, environment) {
            Ok(kubeconfig) => Ok(Some(kubeconfig)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Adds what `later` has and this one has not.
    ///
    /// As in kubectl, an entry is taken whole or not at all: of two entries with one name the first wins, and nothing of
    /// the second is mixed into it. Of scalars the first that is set wins.
    ///
    /// ```
    /// use steersman_config::Kubeconfig;
    ///
    /// let first = Kubeconfig::parse(b"users: [{name: dev, user: {}}]")?;
    /// let second = Kubeconfig::parse(b"{users: [{name: dev, user: {username: x}}], current-context: dev}")?;
    /// let merged = first.merge(second);
    /// assert_eq!(merged.users[0].user.username, None);
    /// assert_eq!(merged.current_context.as_deref(), Some("dev"));
    /// # Ok::<(), steersman_config::Error>(())
    /// ```
    #[must_use]
    pub fn merge(mut self, later: Self) -> Self {
        if self.current_context.is_none() {
            self.current_context = later.current_context;
            self.current_context_origin = later.current_context_origin;
        }
        add_new(&mut self.clusters, later.clusters, |entry| &entry.name);
        add_new(&mut self.users, later.users, |entry| &entry.name);
        add_new(&mut self.contexts, later.contexts, |entry| &entry.name);
        add_new(&mut self.extensions, later.extensions, |entry| &entry.name);
        self.preferences.colors |= later.preferences.colors;
        add_new(&mut self.preferences.extensions, later.preferences.extensions, |entry| &entry.name);
        self.preferences.other.add_new(later.preferences.other);
        self.other.add_new(later.other);
        self
    }

    /// The cluster of that name.
    #[must_use]
    pub fn cluster(&self, name: &str) -> Option<&NamedCluster> {
        self.clusters.iter().find(|entry| entry.name == name)
    }

    /// The user of that name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&NamedUser> {
        self.users.iter().find(|entry| entry.name == name)
    }

    /// The context of that name.
    #[must_use]
    pub fn context(&self, name: &str) -> Option<&NamedContext> {
        self.contexts.iter().find(|entry| entry.name == name)
    }
}

fn add_new<T>(list: &mut Vec<T>, later: Vec<T>, name: impl Fn(&T) -> &String) {
    let names: HashSet<String> = list.iter().map(|own| name(own).clone()).collect();
    list.extend(later.into_iter().filter(|entry| !names.contains(name(entry))));
}

fn unreadable(path: &Path, problem: FileProblem) -> Error {
    let message = problem.to_string();
    let error = match problem {
        FileProblem::Missing(cause) => Error::new(ErrorKind::NotFound, message).caused_by(cause),
        FileProblem::Io(cause) => Error::new(ErrorKind::Unreadable, message).caused_by(cause),
        FileProblem::NotRegular | FileProblem::TooLarge { .. } => Error::new(ErrorKind::Unreadable, message),
    };
    error.in_place(Place::File(path.to_owned()))
}
